/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/tls_hello.h - ClientHello and ServerHello (RFC 8446 4.1, RFC 5246 7.4.1).
 *
 * The message body is kept once, everything else is a slice of it. QUIC uses
 * this, too. Memory of the pool. One thread.
 */
#ifndef SENSOR_PROTO_TLS_HELLO_H
#define SENSOR_PROTO_TLS_HELLO_H

#include "lib/bytes.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stdint.h>

#define TLS_RANDOM_LEN 32

enum tls_version {
	TLS_VERSION_SSL2 = 0x0002,
	TLS_VERSION_SSL3 = 0x0300,
	TLS_VERSION_10 = 0x0301,
	TLS_VERSION_11 = 0x0302,
	TLS_VERSION_12 = 0x0303,
	TLS_VERSION_13 = 0x0304,
};

/* RFC 8446 4.2 and the registry */
enum tls_extension {
	TLS_EXT_SNI = 0,
	TLS_EXT_GROUPS = 10,
	TLS_EXT_POINTS = 11,
	TLS_EXT_SIGALGS = 13,
	TLS_EXT_ALPN = 16,
	TLS_EXT_TICKET = 35,
	TLS_EXT_VERSIONS = 43,
};

/* What is odd about a hello. */
enum tls_odd {
	TLS_ODD_LENGTH = 1,      /* something in it does not fit */
	TLS_ODD_SNI_TYPE = 2,
	TLS_ODD_SNI_LENGTH = 4,
	TLS_ODD_SNI_MULTIPLE = 8,
};

/* Part of struct tls_hello.raw; len 0: absent. */
struct tls_span {
	uint32_t at, len;
};

struct tls_hello {
	struct pbuf     raw;     /* the message without type and length */
	uint16_t        legacy_version;
	uint16_t        version; /* negotiated, or the highest offered */
	bool            client;
	uint8_t         odd;     /* bits of enum tls_odd */
	struct tls_span random, session_id;
	struct tls_span ciphers; /* two bytes each; the server's has one. SSLv2: three each */
	bool            ssl2;    /* ciphers are SSLv2's */
	struct tls_span extensions; /* the whole block without its length */
	struct tls_span sni, alpn, groups, points, sigalgs, versions; /* lists without their lengths */
};

/* Read one. What does not fit is in hello->odd and what came before it is there. 0 or -ENOMEM. */
int  tls_hello_read(struct tls_hello *hello, struct pool *pool, struct bytes message, bool client);
/* The old form (RFC 5246 E.2), after the two bytes of length and the type. */
int  tls_hello_read_ssl2(struct tls_hello *hello, struct pool *pool, struct bytes message);
void tls_hello_release(struct tls_hello *hello, struct pool *pool);

static inline struct bytes
tls_part(const struct tls_hello *h, struct tls_span s)
{
	return bytes_of(h->raw.data ? h->raw.data + s.at : NULL, s.len);
}

/* The index-th ALPN name, as it stands in the list; false: none. */
bool tls_alpn(const struct tls_hello *h, unsigned index, struct bytes *out);

/* RFC 8701: values that clients sprinkle in. */
static inline bool
tls_is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* "TLS 1.2", "TLSv1", "SSLv3", …; NULL for others. */
const char *tls_version_name(uint16_t version);

#endif
