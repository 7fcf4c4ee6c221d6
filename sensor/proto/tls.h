/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/tls.h - TLS and SSL: what can be seen of a connection before it is encrypted.
 *
 * A connection is one transaction. Hellos and certificates are kept as they
 * came; fingerprints are made when a rule or report asks. After the handshake
 * nothing is looked at any more. See sensor/proto.h for threads and memory.
 */
#ifndef SENSOR_PROTO_TLS_H
#define SENSOR_PROTO_TLS_H

#include "rules/app/tls.h"
#include "rules/tx.h"
#include "sensor/proto/tls_cert.h"
#include "sensor/proto/tls_hello.h"

#include <stdbool.h>
#include <stdint.h>

struct json;
struct proto;

struct tls_tx {
	struct tx         tx; /* head first */
	struct pool      *pool;
	struct tls_hello  hello[2];
	bool              has_hello[2];
	bool              resumed;  /* a session taken up again: no certificate to come */
	uint16_t          record_version[2];
	struct tls_chain *chain[2]; /* NULL: not seen */
	/* made when asked for */
	struct pbuf       ja3[2], ja3_hash[2], ja4;
	uint64_t          first_ns;
};

extern const struct proto tls_proto;

/* The version in use: the server's choice, else the client's best offer; 0: not known. */
uint16_t tls_version(const struct tls_tx *t);

/* Fingerprints, made on the first call; empty without a hello. */
const struct pbuf *tls_ja3(struct tls_tx *t, int dir);
const struct pbuf *tls_ja3_hash(struct tls_tx *t, int dir);
const struct pbuf *tls_ja4(struct tls_tx *t);

bool tls_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);
bool tls_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out);
/* EVE's "tls" object. */
void tls_eve(struct tx *tx, struct json *j);

#endif
