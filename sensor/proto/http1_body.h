/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/http1_body.h - the body of one message: decoded, kept as a window, made a file.
 *
 * Bytes come in after the transfer coding is off. Content codings are undone,
 * the result is kept up to a limit for rules and goes into the transaction's
 * files (multipart forms: into one a part). One thread.
 */
#ifndef SENSOR_PROTO_HTTP1_BODY_H
#define SENSOR_PROTO_HTTP1_BODY_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

#define HTTP1_LAYERS_MAX 4

struct file;
struct http1_form;
struct http1_tx;
struct inflate;
struct proto_env;

struct http1_body {
	struct pbuf        data;     /* the part kept, decoded */
	uint64_t           start;    /* offset of data.data[0] in the decoded body */
	uint64_t           total;    /* decoded bytes looked at */
	uint64_t           seen;     /* of these the engine has seen */
	uint64_t           wire_len; /* bytes of body as sent, without the transfer coding */
	struct inflate    *layer[HTTP1_LAYERS_MAX]; /* [0] undoes the coding put on last */
	uint8_t            n_layers;
	uint8_t            plain;    /* bit per layer: named but not there, bytes pass through */
	bool               broken;   /* a coding failed after it gave something: the rest is not looked at */
	bool               full;     /* the limit is reached */
	struct file       *file;     /* NULL: none */
	struct http1_form *form;     /* NULL: not a form */
};

/* The head is there: set up the codings and the file. */
void http1_body_open(struct proto_env *env, struct http1_tx *t, int dir);
void http1_body_data(struct proto_env *env, struct http1_tx *t, int dir, struct bytes data);
void http1_body_gap(struct proto_env *env, struct http1_tx *t, int dir, uint64_t n);
void http1_body_close(struct proto_env *env, struct http1_tx *t, int dir);
void http1_body_release(struct http1_body *body, struct pool *pool);

/* What rules may look at now; false: not enough of it yet, or nothing. */
bool http1_body_view(struct http1_tx *t, int dir, struct view *out);
/* May an unfinished body of `size` bytes be looked at? */
bool http1_body_is_due(const struct http1_tx *t, int dir, uint64_t size);

#endif
