/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/tls_cert.h - certificates of a handshake, as text for rules and reports.
 *
 * OpenSSL reads the DER (on the heap, for the length of one call); what is kept
 * lies in the worker's pool. One thread.
 */
#ifndef SENSOR_PROTO_TLS_CERT_H
#define SENSOR_PROTO_TLS_CERT_H

#include "lib/bytes.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stdint.h>

#define TLS_CERTS_MAX 32 /* certificates of a chain that are looked at */
#define TLS_SANS_MAX 1024

/* Part of the message, or of the text. */
struct tls_slice {
	uint32_t at, len;
};

struct tls_chain {
	struct pbuf      raw;  /* the Certificate message, without its first length */
	struct tls_slice der[TLS_CERTS_MAX];
	uint8_t          n_der;
	uint8_t          length; /* certificates in the chain, those beyond the limit too */
	bool             broken; /* a length does not fit */
	/* of the first certificate */
	bool             parsed; /* OpenSSL could read it */
	struct pbuf      text;
	struct tls_slice subject, issuer, serial, fingerprint;
	struct pbuf      sans; /* struct tls_slice[n_sans] */
	uint16_t         n_sans;
	bool             too_many_sans;
	int64_t          not_before, not_after; /* seconds since 1970 */
};

/* Read the body of a Certificate message. 0 or -ENOMEM. */
int  tls_chain_read(struct tls_chain *c, struct pool *pool, struct bytes message);
void tls_chain_release(struct tls_chain *c, struct pool *pool);

static inline struct bytes
tls_chain_der(const struct tls_chain *c, unsigned i)
{
	return i < c->n_der ? bytes_of(c->raw.data + c->der[i].at, c->der[i].len) : bytes_of(NULL, 0);
}

static inline struct bytes
tls_chain_text(const struct tls_chain *c, struct tls_slice s)
{
	return bytes_of(c->text.data ? c->text.data + s.at : NULL, s.len);
}

/* The index-th alternative name; empty: none. */
static inline struct bytes
tls_chain_san(const struct tls_chain *c, unsigned i)
{
	const struct tls_slice *sans = (const struct tls_slice *)(const void *)c->sans.data;

	return i < c->n_sans ? tls_chain_text(c, sans[i]) : bytes_of(NULL, 0);
}

#endif
