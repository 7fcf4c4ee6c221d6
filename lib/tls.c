/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tls.h"

#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define SENSOR_URI "sensor:"
#define CHAIN_MAX 3 /* certificates above the peer's own */

struct tls {
	SSL_CTX        *ctx;
	tls_revoked_fn *revoked;
	void           *arg;
};

bool
tls_name_ok(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= TLS_NAME_MAX &&
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static bool
name_from_uri(const ASN1_IA5STRING *uri, char name[static TLS_NAME_MAX + 1])
{
	const char *text = (const char *)ASN1_STRING_get0_data(uri);
	size_t      len = (size_t)ASN1_STRING_length(uri), prefix = strlen(SENSOR_URI);

	if (len <= prefix || len - prefix > TLS_NAME_MAX ||
		memcmp(text, SENSOR_URI, prefix) != 0 || memchr(text, '\0', len))
		return false;
	memcpy(name, text + prefix, len - prefix);
	name[len - prefix] = '\0';
	return tls_name_ok(name);
}

static int
sensor_of(const X509 *cert, char name[static TLS_NAME_MAX + 1])
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool           found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		found = n->type == GEN_URI &&
			name_from_uri(n->d.uniformResourceIdentifier, name);
	}
	GENERAL_NAMES_free(names);
	if (!found)
		name[0] = '\0';
	return found ? 0 : -EBADMSG;
}

static void
serial_of(const X509 *cert, char serial[static TLS_SERIAL_MAX + 1])
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char   *hex = n ? BN_bn2hex(n) : NULL;
	char   *from = hex ? hex + strspn(hex, "0") : NULL;

	serial[0] = '\0';
	for (size_t i = 0; from && from[i] && i < TLS_SERIAL_MAX; i++) {
		serial[i] =
			from[i] >= 'A' && from[i] <= 'F' ? (char)(from[i] + 32) : from[i];
		serial[i + 1] = '\0';
	}
	OPENSSL_free(hex);
	BN_free(n);
}

/* OpenSSL has judged one certificate of the chain; we may only be stricter. */
static int
verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl =
		X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	char        name[TLS_NAME_MAX + 1], serial[TLS_SERIAL_MAX + 1];
	X509       *cert = X509_STORE_CTX_get_current_cert(store);

	if (!ok || !t->revoked || X509_STORE_CTX_get_error_depth(store) != 0)
		return ok;
	sensor_of(cert, name);
	serial_of(cert, serial);
	if (!t->revoked(t->arg, serial, name))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REVOKED);
	return 0;
}

static int
bad_file(const char *path)
{
	char text[160];
	int  err = errno == ENOENT || errno == EACCES ? -errno : -EBADMSG;

	ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
	ERR_clear_error();
	log_err("cannot use file", "path=%s reason=%s", path,
			err == -EBADMSG ? text : strerror(-err));
	return err;
}

/* The fleet's CA: what a peer must lead to, and the end of the chain that we show. */
static int
load_ca(struct tls *t, const char *path)
{
	FILE *f;
	X509 *ca;
	int   err = 0;

	errno = 0;
	f = fopen(path, "re");
	ca = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (f)
		fclose(f);
	if (!ca || !X509_STORE_add_cert(SSL_CTX_get_cert_store(t->ctx), ca) ||
			!SSL_CTX_add_client_CA(t->ctx, ca))
		err = bad_file(path);
	if (err == 0 && SSL_CTX_get0_certificate(t->ctx) &&
		!SSL_CTX_add1_chain_cert(t->ctx, ca))
		err = -ENOMEM;
	X509_free(ca);
	return err;
}

static int
load_own(struct tls *t, const struct tls_files *f)
{
	errno = 0;
	if (SSL_CTX_use_certificate_file(t->ctx, f->cert, SSL_FILETYPE_PEM) != 1)
		return bad_file(f->cert);
	errno = 0;
	if (SSL_CTX_use_PrivateKey_file(t->ctx, f->key, SSL_FILETYPE_PEM) != 1)
		return bad_file(f->key);
	errno = 0;
	return SSL_CTX_check_private_key(t->ctx) == 1 ? 0 : bad_file(f->key);
}

static int
tls_new(struct tls **out, const struct tls_files *f, const SSL_METHOD *method,
	int verify_mode)
{
	struct tls *t = calloc(1, sizeof(*t));
	int         err = -ENOMEM;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	t->ctx = SSL_CTX_new(method);
	if (!t->ctx || !SSL_CTX_set_min_proto_version(t->ctx, TLS1_3_VERSION))
		goto fail;
	SSL_CTX_set_app_data(t->ctx, t);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(t->ctx, 0); /* each connection is verified anew */
	SSL_CTX_set_verify_depth(t->ctx, CHAIN_MAX);
	SSL_CTX_set_verify(t->ctx, verify_mode, verify);
	err = f->cert ? load_own(t, f) : 0;
	if (err == 0 && f->ca)
		err = load_ca(t, f->ca);
	if (err < 0)
		goto fail;
	*out = t;
	return 0;
fail:
	tls_free(t);
	return err;
}

int
tls_new_server(
	struct tls **out, const struct tls_files *f, tls_revoked_fn *revoked, void *arg)
{
	int err = tls_new(out, f, TLS_server_method(), SSL_VERIFY_PEER);

	if (err < 0)
		return err;
	(*out)->revoked = revoked;
	(*out)->arg = arg;
	return 0;
}

int
tls_new_client(struct tls **out, const struct tls_files *f)
{
	return tls_new(
		out, f, TLS_client_method(), f->ca ? SSL_VERIFY_PEER : SSL_VERIFY_NONE);
}

void
tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

int
tls_own_sensor(struct tls *t, char name[static TLS_NAME_MAX + 1])
{
	X509 *cert = SSL_CTX_get0_certificate(t->ctx);

	name[0] = '\0';
	return cert ? sensor_of(cert, name) : -EBADMSG;
}

struct ssl_st *
tls_session(struct tls *t)
{
	return SSL_new(t->ctx);
}

bool
tls_has_peer(struct ssl_st *s)
{
	return SSL_get0_peer_certificate(s) != NULL;
}

int
tls_peer_sensor(struct ssl_st *s, char name[static TLS_NAME_MAX + 1])
{
	X509 *cert = SSL_get0_peer_certificate(s);

	name[0] = '\0';
	return cert ? sensor_of(cert, name) : -ENOENT;
}

const char *
tls_peer_serial(struct ssl_st *s, char serial[static TLS_SERIAL_MAX + 1])
{
	X509 *cert = SSL_get0_peer_certificate(s);

	serial[0] = '\0';
	if (cert)
		serial_of(cert, serial);
	return serial;
}

static X509 *
find_pinned(STACK_OF(X509) *chain, const uint8_t pin[static TLS_PIN_LEN])
{
	uint8_t  hash[EVP_MAX_MD_SIZE];
	unsigned len;

	for (int i = 0; i < sk_X509_num(chain); i++) {
		X509 *cert = sk_X509_value(chain, i);

		if (X509_digest(cert, EVP_sha256(), hash, &len) && len == TLS_PIN_LEN &&
			CRYPTO_memcmp(hash, pin, len) == 0 && X509_check_ca(cert) == 1)
			return cert;
	}
	return NULL;
}

/* Does the peer's certificate lead to `ca`, and is it a server's? */
static bool
leads_to(SSL *s, STACK_OF(X509) *chain, X509 *ca)
{
	X509_STORE     *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool            ok = store && ctx && X509_STORE_add_cert(store, ca) &&
		  X509_STORE_CTX_init(ctx, store, SSL_get0_peer_certificate(s), chain) &&
		  X509_STORE_CTX_set_default(ctx, "ssl_server") &&
		  X509_verify_cert(ctx) == 1;

	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ok;
}

int
tls_pin(struct ssl_st *s, const uint8_t pin[static TLS_PIN_LEN], struct buf *out)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(s);
	X509           *ca = chain ? find_pinned(chain, pin) : NULL;
	uint8_t        *der = NULL;
	int             len;

	if (!ca || !leads_to(s, chain, ca))
		return -EACCES;
	len = i2d_X509(ca, &der);
	if (len <= 0)
		return -ENOMEM;
	buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return out->failed ? -ENOMEM : 0;
}

const char *
tls_why(struct ssl_st *s, unsigned long error, char text[static 160])
{
	long        verified = s ? SSL_get_verify_result(s) : X509_V_OK;
	const char *reason = ERR_reason_error_string(error);

	if (verified != X509_V_OK)
		snprintf(text, 160, "%s", X509_verify_cert_error_string(verified));
	else
		snprintf(text, 160, "%s", reason ? reason : "closed");
	return text;
}
