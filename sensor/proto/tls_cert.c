/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/tls_cert.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define SHA1_LEN 20

static void
put(struct tls_chain *c, struct pool *pool, const void *data, size_t len)
{
	(void)pbuf_add(pool, &c->text, data, len); /* short when memory is: the slice says how much is there */
}

static struct tls_slice
since(const struct tls_chain *c, uint32_t start)
{
	return (struct tls_slice){ start, c->text.len - start };
}

/* Bytes as "AA:BB" in upper or lower case. */
static struct tls_slice
put_hex(struct tls_chain *c, struct pool *pool, const uint8_t *b, size_t len, const char *digits)
{
	uint32_t start = c->text.len;

	for (size_t i = 0; i < len; i++) {
		char two[3] = { digits[b[i] >> 4], digits[b[i] & 15], ':' };

		put(c, pool, two, i + 1 < len ? 3 : 2);
	}
	return since(c, start);
}

/* ---- names ---- */

static void
put_type(struct tls_chain *c, struct pool *pool, const ASN1_OBJECT *type)
{
	int         nid = OBJ_obj2nid(type);
	const char *name = nid == NID_undef ? NULL : OBJ_nid2sn(nid);
	char        oid[128];

	if (nid == NID_pkcs9_emailAddress)
		name = "Email";
	if (!name) {
		if (OBJ_obj2txt(oid, sizeof(oid), type, 1) <= 0)
			return;
		name = oid;
	}
	put(c, pool, name, strnlen(name, sizeof(oid)));
	put(c, pool, "=", 1);
}

static void
put_value(struct tls_chain *c, struct pool *pool, const ASN1_STRING *value)
{
	unsigned char *utf8 = NULL;
	int            len = ASN1_STRING_to_UTF8(&utf8, value);

	if (len >= 0)
		put(c, pool, utf8, (size_t)len);
	OPENSSL_free(utf8);
}

/* "C=VN, O=City, CN=example": in the order of the certificate. */
static struct tls_slice
put_name(struct tls_chain *c, struct pool *pool, const X509_NAME *name)
{
	uint32_t start = c->text.len;
	int      n = X509_NAME_entry_count(name), set = -1;

	for (int i = 0; i < n; i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);

		if (i > 0) /* values of one set belong together */
			put(c, pool, X509_NAME_ENTRY_set(e) == set ? " + " : ", ",
					X509_NAME_ENTRY_set(e) == set ? 3 : 2);
		set = X509_NAME_ENTRY_set(e);
		put_type(c, pool, X509_NAME_ENTRY_get_object(e));
		put_value(c, pool, X509_NAME_ENTRY_get_data(e));
	}
	return since(c, start);
}

/* ---- alternative names ---- */

static void
put_san(struct tls_chain *c, struct pool *pool, const GENERAL_NAME *name)
{
	int                type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &type);
	uint32_t           start = c->text.len;
	struct tls_slice   slice;

	switch (type) {
	case GEN_DNS:
	case GEN_EMAIL:
	case GEN_URI:
		put(c, pool, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
		break;
	case GEN_IPADD:
		for (int i = 0; i < ASN1_STRING_length(s); i++) {
			char byte[8];
			int  len = ASN1_STRING_length(s) == 4
					? snprintf(byte, sizeof(byte), i ? ".%u" : "%u", ASN1_STRING_get0_data(s)[i])
					: snprintf(byte, sizeof(byte), i && i % 2 == 0 ? ":%02x" : "%02x",
							  ASN1_STRING_get0_data(s)[i]);

			put(c, pool, byte, (size_t)len);
		}
		break;
	default:
		return;
	}
	slice = since(c, start);
	if (pbuf_add(pool, &c->sans, &slice, sizeof(slice)) == 0)
		c->n_sans++;
}

static void
put_sans(struct tls_chain *c, struct pool *pool, const X509 *x)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int            n = names ? sk_GENERAL_NAME_num(names) : 0;

	for (int i = 0; i < n; i++) {
		if (c->n_sans == TLS_SANS_MAX) {
			c->too_many_sans = true;
			break;
		}
		put_san(c, pool, sk_GENERAL_NAME_value(names, i));
	}
	GENERAL_NAMES_free(names);
}

/* ---- the rest ---- */

static int64_t
seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* The number as it is encoded, with the zero byte that keeps it positive. */
static void
put_serial(struct tls_chain *c, struct pool *pool, const X509 *x)
{
	unsigned char *der = NULL;
	int            len = i2d_ASN1_INTEGER(X509_get0_serialNumber(x), &der);
	struct bytes   b = bytes_of(der, len > 0 ? (size_t)len : 0);

	bytes_skip(&b, 1);
	b = bytes_cut(&b, bytes_u8(&b)); /* longer than 127 bytes is none */
	if (bytes_ok(&b))
		c->serial = put_hex(c, pool, b.at, b.left, "0123456789ABCDEF");
	OPENSSL_free(der);
}

static void
put_fingerprint(struct tls_chain *c, struct pool *pool, struct bytes der)
{
	uint8_t  digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(der.at, der.left, digest, &len, EVP_sha1(), NULL) == 1 && len == SHA1_LEN)
		c->fingerprint = put_hex(c, pool, digest, len, "0123456789abcdef");
}

static void
read_first(struct tls_chain *c, struct pool *pool)
{
	struct bytes         der = tls_chain_der(c, 0);
	const unsigned char *at = der.at;
	X509                *x = der.left && der.left < LONG_MAX ? d2i_X509(NULL, &at, (long)der.left) : NULL;

	if (!x)
		return;
	c->parsed = true;
	put_fingerprint(c, pool, der);
	c->subject = put_name(c, pool, X509_get_subject_name(x));
	c->issuer = put_name(c, pool, X509_get_issuer_name(x));
	put_serial(c, pool, x);
	c->not_before = seconds(X509_get0_notBefore(x));
	c->not_after = seconds(X509_get0_notAfter(x));
	put_sans(c, pool, x);
	X509_free(x);
}

int
tls_chain_read(struct tls_chain *c, struct pool *pool, struct bytes message)
{
	struct bytes list = bytes_cut(&message, bytes_be24(&message)), b;

	*c = (struct tls_chain){ .broken = !bytes_ok(&message) };
	if (!bytes_ok(&list) || list.left == 0)
		return 0;
	if (pbuf_add(pool, &c->raw, list.at, list.left) < 0)
		return -ENOMEM;
	b = bytes_of(c->raw.data, c->raw.len);
	while (b.left) {
		struct bytes der = bytes_cut(&b, bytes_be24(&b));

		if (!bytes_ok(&b)) {
			c->broken = true;
			break;
		}
		if (c->n_der < TLS_CERTS_MAX)
			c->der[c->n_der++] = (struct tls_slice){ (uint32_t)(der.at - c->raw.data),
				(uint32_t)der.left };
		c->length += c->length < UINT8_MAX;
	}
	if (c->n_der)
		read_first(c, pool);
	return 0;
}

void
tls_chain_release(struct tls_chain *c, struct pool *pool)
{
	pbuf_release(pool, &c->raw);
	pbuf_release(pool, &c->text);
	pbuf_release(pool, &c->sans);
	memset(c, 0, sizeof(*c));
}
