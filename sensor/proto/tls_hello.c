/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/tls_hello.h"

#include <errno.h>
#include <stddef.h>

#define SNI_HOST_NAME 0

/* Keep the message; false: there is nothing to read, *rc says why. */
static bool
keep(struct tls_hello *h, struct pool *pool, struct bytes message, int *rc)
{
	*rc = pbuf_add(pool, &h->raw, message.at, message.left) < 0 ? -ENOMEM : 0;
	if (message.left == 0)
		h->odd |= TLS_ODD_LENGTH;
	return h->raw.len > 0;
}

static struct tls_span
span(const struct tls_hello *h, struct bytes part)
{
	if (!bytes_ok(&part) || part.left == 0)
		return (struct tls_span){ 0, 0 };
	return (struct tls_span){ (uint32_t)(part.at - h->raw.data), (uint32_t)part.left };
}

/* A list with its length in two bytes (or one) before it. */
static struct tls_span
list16(const struct tls_hello *h, struct bytes b)
{
	return span(h, bytes_cut(&b, bytes_be16(&b)));
}

static struct tls_span
list8(const struct tls_hello *h, struct bytes b)
{
	return span(h, bytes_cut(&b, bytes_u8(&b)));
}

/* RFC 6066 3; the first host name counts. */
static void
read_sni(struct tls_hello *h, struct bytes b)
{
	struct bytes list;

	if (b.left == 0) /* a server's answer */
		return;
	if (h->sni.len) {
		h->odd |= TLS_ODD_SNI_MULTIPLE;
		return;
	}
	list = bytes_cut(&b, bytes_be16(&b));
	if (bytes_u8(&list) != SNI_HOST_NAME) {
		h->odd |= TLS_ODD_SNI_TYPE;
		return;
	}
	list = bytes_cut(&list, bytes_be16(&list));
	if (!bytes_ok(&b) || !bytes_ok(&list)) {
		h->odd |= TLS_ODD_SNI_LENGTH;
		return;
	}
	h->sni = span(h, list);
}

/* The highest version offered (drafts of 1.3 are 0x7fNN); a server names the one it took. */
static void
read_versions(struct tls_hello *h, struct bytes b)
{
	struct bytes list;

	if (!h->client) {
		h->version = bytes_be16(&b);
		h->versions = (struct tls_span){ 0, 0 };
		return;
	}
	h->versions = list8(h, b);
	list = tls_part(h, h->versions);
	while (list.left >= 2) {
		uint16_t v = bytes_be16(&list);

		if (!tls_is_grease(v) && v > h->version)
			h->version = v;
	}
}

static void
read_extension(struct tls_hello *h, uint16_t type, struct bytes b)
{
	switch (type) {
	case TLS_EXT_SNI:
		read_sni(h, b);
		return;
	case TLS_EXT_GROUPS:
		h->groups = list16(h, b);
		return;
	case TLS_EXT_POINTS:
		h->points = list8(h, b);
		return;
	case TLS_EXT_SIGALGS:
		h->sigalgs = list16(h, b);
		return;
	case TLS_EXT_ALPN:
		h->alpn = list16(h, b);
		return;
	case TLS_EXT_VERSIONS:
		read_versions(h, b);
		return;
	default:
		return;
	}
}

static void
read_extensions(struct tls_hello *h, struct bytes b)
{
	while (b.left) {
		uint16_t     type = bytes_be16(&b);
		struct bytes data = bytes_cut(&b, bytes_be16(&b));

		if (!bytes_ok(&b)) {
			h->odd |= TLS_ODD_LENGTH;
			return;
		}
		read_extension(h, type, data);
	}
}

int
tls_hello_read(struct tls_hello *h, struct pool *pool, struct bytes message, bool client)
{
	struct bytes b, extensions;
	int          rc;

	*h = (struct tls_hello){ .client = client };
	if (!keep(h, pool, message, &rc))
		return rc;
	b = bytes_of(h->raw.data, h->raw.len);
	h->legacy_version = h->version = bytes_be16(&b);
	h->random = span(h, bytes_cut(&b, TLS_RANDOM_LEN));
	h->session_id = span(h, bytes_cut(&b, bytes_u8(&b)));
	h->ciphers = span(h, bytes_cut(&b, client ? bytes_be16(&b) : 2));
	bytes_skip(&b, client ? bytes_u8(&b) : 1); /* compression */
	if (!bytes_ok(&b)) {
		h->odd |= TLS_ODD_LENGTH;
		return 0;
	}
	if (b.left == 0)
		return 0;
	extensions = bytes_cut(&b, bytes_be16(&b));
	if (!bytes_ok(&b)) {
		h->odd |= TLS_ODD_LENGTH;
		return 0;
	}
	h->extensions = span(h, extensions);
	read_extensions(h, extensions);
	return 0;
}

int
tls_hello_read_ssl2(struct tls_hello *h, struct pool *pool, struct bytes message)
{
	struct bytes b;
	uint16_t     ciphers, session, challenge;
	int          rc;

	*h = (struct tls_hello){ .client = true, .ssl2 = true };
	if (!keep(h, pool, message, &rc))
		return rc;
	b = bytes_of(h->raw.data, h->raw.len);
	h->legacy_version = h->version = bytes_be16(&b);
	ciphers = bytes_be16(&b);
	session = bytes_be16(&b);
	challenge = bytes_be16(&b);
	h->ciphers = span(h, bytes_cut(&b, ciphers));
	h->session_id = span(h, bytes_cut(&b, session));
	h->random = span(h, bytes_cut(&b, challenge));
	if (!bytes_ok(&b))
		h->odd |= TLS_ODD_LENGTH;
	return 0;
}

void
tls_hello_release(struct tls_hello *h, struct pool *pool)
{
	pbuf_release(pool, &h->raw);
	*h = (struct tls_hello){ 0 };
}

bool
tls_alpn(const struct tls_hello *h, unsigned index, struct bytes *out)
{
	struct bytes list = tls_part(h, h->alpn);

	do {
		if (list.left == 0)
			return false;
		*out = bytes_cut(&list, bytes_u8(&list));
	} while (bytes_ok(&list) && index-- > 0);
	return bytes_ok(&list);
}

const char *
tls_version_name(uint16_t version)
{
	static const struct {
		uint16_t    version;
		const char *name;
	} rows[] = {
		{ TLS_VERSION_SSL2, "SSLv2" }, { TLS_VERSION_SSL3, "SSLv3" },
		{ TLS_VERSION_10, "TLSv1" }, { TLS_VERSION_11, "TLS 1.1" },
		{ TLS_VERSION_12, "TLS 1.2" }, { TLS_VERSION_13, "TLS 1.3" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].version == version)
			return rows[i].name;
	return NULL;
}
