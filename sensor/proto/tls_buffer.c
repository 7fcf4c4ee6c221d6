/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/packet.h"
#include "sensor/proto/tls.h"
#include "sensor/proto/tls_ja.h"

#include <stddef.h>

#define TIME_LEN 4 /* of the random, in old clients their clock */

uint16_t
tls_version(const struct tls_tx *t)
{
	if (t->has_hello[DIR_TOCLIENT])
		return t->hello[DIR_TOCLIENT].version;
	return t->has_hello[DIR_TOSERVER] ? t->hello[DIR_TOSERVER].version : 0;
}

const struct pbuf *
tls_ja3(struct tls_tx *t, int dir)
{
	if (t->ja3[dir].len == 0 && t->has_hello[dir] && !t->hello[dir].ssl2)
		ja3_string(&t->ja3[dir], t->pool, &t->hello[dir]);
	return &t->ja3[dir];
}

const struct pbuf *
tls_ja3_hash(struct tls_tx *t, int dir)
{
	const struct pbuf *string = tls_ja3(t, dir);

	if (t->ja3_hash[dir].len == 0 && string->len)
		ja3_hash(&t->ja3_hash[dir], t->pool, string);
	return &t->ja3_hash[dir];
}

const struct pbuf *
tls_ja4(struct tls_tx *t)
{
	const struct tls_hello *h = &t->hello[DIR_TOSERVER];

	if (t->ja4.len == 0 && t->has_hello[DIR_TOSERVER] && !h->ssl2)
		ja4_hash(&t->ja4, t->pool, h, 't');
	return &t->ja4;
}

static bool
give(struct bytes data, struct view *out)
{
	*out = (struct view){ .data = data, .ended = true };
	return data.left > 0;
}

static bool
give_pbuf(const struct pbuf *b, struct view *out)
{
	return give(bytes_of(b->data, b->len), out);
}

static bool
give_random(const struct tls_hello *h, enum buffer b, struct view *out)
{
	struct bytes random = tls_part(h, h->random);

	if (random.left < TIME_LEN)
		return false;
	if (b == BUF_TLS_RANDOM_TIME)
		random.left = TIME_LEN;
	else if (b == BUF_TLS_RANDOM_BYTES)
		bytes_skip(&random, TIME_LEN);
	return give(random, out);
}

static bool
chain_buffer(const struct tls_chain *c, enum buffer b, unsigned index, struct view *out)
{
	if (b == BUF_TLS_CERTS)
		return give(tls_chain_der(c, index), out);
	if (b == BUF_TLS_SUBJECTALTNAME)
		return give(tls_chain_san(c, index), out);
	if (index > 0)
		return false;
	switch (b) {
	case BUF_TLS_CERT_SUBJECT:
		return give(tls_chain_text(c, c->subject), out);
	case BUF_TLS_CERT_ISSUER:
		return give(tls_chain_text(c, c->issuer), out);
	case BUF_TLS_CERT_SERIAL:
		return give(tls_chain_text(c, c->serial), out);
	case BUF_TLS_CERT_FINGERPRINT:
		return give(tls_chain_text(c, c->fingerprint), out);
	default:
		return false;
	}
}

static bool
hello_buffer(struct tls_tx *t, enum buffer b, int dir, struct view *out)
{
	const struct tls_hello *h = &t->hello[dir];
	bool                    client = dir == DIR_TOSERVER;

	switch (b) {
	case BUF_TLS_SNI:
		return client && give(tls_part(h, h->sni), out);
	case BUF_TLS_RANDOM:
	case BUF_TLS_RANDOM_TIME:
	case BUF_TLS_RANDOM_BYTES:
		return give_random(h, b, out);
	case BUF_JA3_STRING:
		return client && give_pbuf(tls_ja3(t, dir), out);
	case BUF_JA3_HASH:
		return client && give_pbuf(tls_ja3_hash(t, dir), out);
	case BUF_JA3S_STRING:
		return !client && give_pbuf(tls_ja3(t, dir), out);
	case BUF_JA3S_HASH:
		return !client && give_pbuf(tls_ja3_hash(t, dir), out);
	case BUF_JA4_HASH:
		return client && give_pbuf(tls_ja4(t), out);
	default:
		return false;
	}
}

bool
tls_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct tls_tx *t = (struct tls_tx *)tx;
	struct bytes   name;

	if (t->chain[dir] && chain_buffer(t->chain[dir], b, index, out))
		return true;
	if (!t->has_hello[dir])
		return false;
	if (b == BUF_TLS_ALPN)
		return tls_alpn(&t->hello[dir], index, &name) && give(name, out);
	return index == 0 && hello_buffer(t, b, dir, out);
}

bool
tls_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct tls_tx          *t = (struct tls_tx *)tx;
	const struct tls_chain *c = t->chain[dir];

	if (index > 0)
		return false;
	switch (n) {
	case NUM_TLS_VERSION:
		*out = tls_version(t);
		return *out != 0;
	case NUM_TLS_CERT_CHAIN_LEN:
		*out = c ? c->length : 0;
		return c;
	case NUM_TLS_CERT_NOTBEFORE:
		*out = c ? (uint64_t)c->not_before : 0;
		return c && c->parsed;
	case NUM_TLS_CERT_NOTAFTER:
		*out = c ? (uint64_t)c->not_after : 0;
		return c && c->parsed;
	default:
		return false;
	}
}
