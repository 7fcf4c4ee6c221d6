/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/smtp_tx.h - a mail on its way: what its transaction keeps. Private to smtp*.c. */
#ifndef SENSOR_PROTO_SMTP_TX_H
#define SENSOR_PROTO_SMTP_TX_H

#include "lib/pool.h"
#include "rules/tx.h"

#include <stdbool.h>

struct json;
struct mime;
struct proto_env;

struct smtp_rcpt;

struct smtp_tx {
	struct tx         tx;
	struct pbuf       helo, mail_from;
	struct smtp_rcpt *rcpts, **rcpts_end;
	unsigned          n_rcpts;
	struct mime      *mime;
};

struct smtp_tx *smtp_tx_new(struct proto_env *env);
/* Release what hangs on it and the struct itself. */
void smtp_tx_free(struct smtp_tx *tx, struct proto_env *env);
void smtp_tx_add_rcpt(struct smtp_tx *tx, struct proto_env *env, struct bytes to);

/* For struct app_ops and struct proto. */
bool smtp_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);
void smtp_eve(struct tx *tx, struct json *j);

#endif
