/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/tls_ja.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#define LIST_MAX 512 /* ciphers or extensions that JA4 sorts; more is nobody's hello */
#define SHORT_HASH 12

static void
put(struct pbuf *out, struct pool *pool, const char *text, size_t len)
{
	(void)pbuf_add(pool, out, text, len);
}

/* ---- JA3 ---- */

static void
put_number(struct pbuf *out, struct pool *pool, bool *first, uint16_t v)
{
	char text[8];
	int  n = snprintf(text, sizeof(text), *first ? "%u" : "-%u", v);

	*first = false;
	put(out, pool, text, (size_t)n);
}

static void
put_list(struct pbuf *out, struct pool *pool, struct bytes list, size_t width)
{
	bool first = true;

	put(out, pool, ",", 1);
	while (list.left >= width) {
		uint16_t v = width == 2 ? bytes_be16(&list) : bytes_u8(&list);

		if (width == 1 || !tls_is_grease(v))
			put_number(out, pool, &first, v);
	}
}

static void
put_extensions(struct pbuf *out, struct pool *pool, struct bytes block)
{
	bool first = true;

	put(out, pool, ",", 1);
	while (block.left) {
		uint16_t type = bytes_be16(&block);

		bytes_skip(&block, bytes_be16(&block));
		if (!bytes_ok(&block))
			return;
		if (!tls_is_grease(type))
			put_number(out, pool, &first, type);
	}
}

void
ja3_string(struct pbuf *out, struct pool *pool, const struct tls_hello *h)
{
	bool first = true;

	put_number(out, pool, &first, h->legacy_version);
	put_list(out, pool, tls_part(h, h->ciphers), 2);
	put_extensions(out, pool, tls_part(h, h->extensions));
	if (!h->client)
		return;
	put_list(out, pool, tls_part(h, h->groups), 2);
	put_list(out, pool, tls_part(h, h->points), 1);
}

static void
put_hex(struct pbuf *out, struct pool *pool, const uint8_t *b, size_t n_digits)
{
	for (size_t i = 0; i < n_digits; i++)
		put(out, pool, &"0123456789abcdef"[i % 2 ? b[i / 2] & 15 : b[i / 2] >> 4], 1);
}

void
ja3_hash(struct pbuf *out, struct pool *pool, const struct pbuf *string)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(string->data, string->len, digest, NULL, EVP_md5(), NULL) == 1)
		put_hex(out, pool, digest, JA3_HASH_LEN);
}

/* ---- JA4 ---- */

struct list {
	uint16_t v[LIST_MAX];
	unsigned n;
};

static void
add(struct list *l, uint16_t v)
{
	if (l->n < LIST_MAX && !tls_is_grease(v))
		l->v[l->n++] = v;
}

static int
compare(const void *x, const void *y)
{
	return *(const uint16_t *)x - *(const uint16_t *)y;
}

/* "1301,1302" */
static size_t
join(char *text, const struct list *l)
{
	size_t n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += (size_t)sprintf(text + n, i ? ",%04x" : "%04x", l->v[i]);
	return n;
}

static void
put_short_hash(struct pbuf *out, struct pool *pool, const char *text, size_t len)
{
	uint8_t digest[EVP_MAX_MD_SIZE] = { 0 };

	if (len && EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return;
	put_hex(out, pool, digest, SHORT_HASH);
}

static const char *
ja4_version(uint16_t version)
{
	switch (version) {
	case TLS_VERSION_13:
		return "13";
	case TLS_VERSION_12:
		return "12";
	case TLS_VERSION_11:
		return "11";
	case TLS_VERSION_10:
		return "10";
	case TLS_VERSION_SSL3:
		return "s3";
	case TLS_VERSION_SSL2:
		return "s2";
	default:
		return "00";
	}
}

/* First and last character of the first ALPN name; of its hex form when they are no letters or digits. */
static void
ja4_alpn(char out[static 2], const struct tls_hello *h)
{
	static const char digits[] = "0123456789abcdef";
	struct bytes      name;
	uint8_t           first, last;

	out[0] = out[1] = '0';
	if (!tls_alpn(h, 0, &name) || name.left == 0)
		return;
	first = name.at[0];
	last = name.at[name.left - 1];
	out[0] = isalnum(first) && isalnum(last) ? (char)first : digits[first >> 4];
	out[1] = isalnum(first) && isalnum(last) ? (char)last : digits[last & 15];
}

static void
read_lists(const struct tls_hello *h, struct list *ciphers, struct list *extensions, unsigned *n_all)
{
	struct bytes b = tls_part(h, h->ciphers);

	while (b.left >= 2)
		add(ciphers, bytes_be16(&b));
	for (b = tls_part(h, h->extensions); b.left;) {
		uint16_t type = bytes_be16(&b);

		bytes_skip(&b, bytes_be16(&b));
		if (!bytes_ok(&b))
			break;
		*n_all += !tls_is_grease(type);
		if (type != TLS_EXT_SNI && type != TLS_EXT_ALPN)
			add(extensions, type);
	}
	qsort(ciphers->v, ciphers->n, sizeof(ciphers->v[0]), compare);
	qsort(extensions->v, extensions->n, sizeof(extensions->v[0]), compare);
}

void
ja4_hash(struct pbuf *out, struct pool *pool, const struct tls_hello *h, char transport)
{
	struct list  ciphers = { .n = 0 }, extensions = { .n = 0 }, sigalgs = { .n = 0 };
	unsigned     n_all = 0;
	char         text[LIST_MAX * 10 + 2], alpn[2];
	struct bytes b = tls_part(h, h->sigalgs);
	size_t       n;

	read_lists(h, &ciphers, &extensions, &n_all);
	while (b.left >= 2)
		add(&sigalgs, bytes_be16(&b));
	ja4_alpn(alpn, h);
	n = (size_t)snprintf(text, sizeof(text), "%c%s%c%02u%02u%c%c_", transport, ja4_version(h->version),
			h->sni.len ? 'd' : 'i', ciphers.n < 99 ? ciphers.n : 99, n_all < 99 ? n_all : 99,
			alpn[0], alpn[1]);
	put(out, pool, text, n);
	put_short_hash(out, pool, text, join(text, &ciphers));
	put(out, pool, "_", 1);
	n = join(text, &extensions);
	if (n && sigalgs.n) {
		text[n++] = '_';
		n += join(text + n, &sigalgs);
	}
	put_short_hash(out, pool, text, n);
}
