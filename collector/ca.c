/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ca.h"

#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S 86400l
#define CA_DAYS 7300
#define SERVER_DAYS 825
#define RENEW_DAYS 30
#define BACKDATE_S 3600 /* a sensor's clock may be a little behind */
#define BITS_MIN 112    /* of security, of a sensor's key */

struct ca {
	EVP_PKEY  *key;
	X509      *cert;
	struct buf der;
	uint8_t    pin[CA_PIN_LEN];
};

static int
openssl_failed(const char *what)
{
	char text[160];

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	ERR_clear_error();
	log_err("the certificate authority failed", "step=\"%s\" reason=\"%s\"", what,
		text);
	return -EIO;
}

/* ---- files ---- */

static void
path_of(char *out, size_t len, const char *dir, const char *name)
{
	snprintf(out, len, "%s/%s", dir, name);
}

/* Written beside it, synced and renamed: there is a whole file or none. */
static int
write_pem(const char *dir, const char *name, EVP_PKEY *key, X509 *cert)
{
	char  path[4200], part[4210];
	FILE *f;
	int   fd, ok;

	path_of(path, sizeof(path), dir, name);
	snprintf(part, sizeof(part), "%s.part", path);
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, key ? 0600 : 0644);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return -errno;
	ok = key ? PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL)
		 : PEM_write_X509(f, cert);
	ok = ok && fflush(f) == 0 && fsync(fd) == 0;
	ok = fclose(f) == 0 && ok;
	return ok && rename(part, path) == 0 ? 0 : -EIO;
}

static FILE *
open_pem(const char *dir, const char *name)
{
	char path[4200];

	path_of(path, sizeof(path), dir, name);
	return fopen(path, "re");
}

/* -ENOENT when it is not there, -EBADMSG when it is something else. */
static int
read_pem(const char *dir, const char *name, EVP_PKEY **key, X509 **cert)
{
	FILE *f = open_pem(dir, name);
	bool  got;

	if (!f)
		return -errno;
	if (key)
		got = (*key = PEM_read_PrivateKey(f, NULL, NULL, NULL)) != NULL;
	else
		got = (*cert = PEM_read_X509(f, NULL, NULL, NULL)) != NULL;
	fclose(f);
	if (got)
		return 0;
	ERR_clear_error();
	log_err("a file of the certificate authority cannot be read", "path=%s/%s", dir,
		name);
	return -EBADMSG;
}

/* ---- certificates ---- */

/* What kind of certificate it is to be. */
struct form {
	const char *cn;
	long        days;
	const char *basic, *usage, *purpose, *alt; /* extensions; NULL: none */
};

static bool
extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX      ctx;
	X509_EXTENSION *ext;
	bool            ok;

	if (!value)
		return true;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

/* 127 random bits, of which the highest is set: no leading zeros in any writing of it. */
static bool
set_serial(X509 *cert, char text[static CA_SERIAL_TEXT])
{
	uint8_t raw[16];
	BIGNUM *n;
	bool    ok;

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		return false;
	raw[0] = (raw[0] & 0x3f) | 0x40;
	for (size_t i = 0; i < sizeof(raw); i++)
		snprintf(text + 2 * i, 3, "%02x", raw[i]);
	n = BN_bin2bn(raw, sizeof(raw), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok;
}

static bool
set_names(X509 *cert, X509 *issuer, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(
		       name, "O", MBSTRING_UTF8, (const uint8_t *)"Tocsin", -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(
		       name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer));
}

/* A certificate for `key`, signed by `by`; `issuer` NULL: by itself. Owned by the caller.
 */
static X509 *
make_cert(const struct form *f, EVP_PKEY *key, X509 *issuer, EVP_PKEY *by,
	uint64_t now_ns, char serial[static CA_SERIAL_TEXT])
{
	X509  *cert = X509_new();
	time_t now = (time_t)(now_ns / 1000000000);

	if (!cert)
		return NULL;
	issuer = issuer ? issuer : cert;
	if (X509_set_version(cert, X509_VERSION_3) && set_serial(cert, serial) &&
		set_names(cert, issuer, f->cn) &&
		X509_time_adj_ex(X509_getm_notBefore(cert), 0, -BACKDATE_S, &now) &&
		X509_time_adj_ex(X509_getm_notAfter(cert), (int)f->days, 0, &now) &&
		X509_set_pubkey(cert, key) &&
		extend(cert, issuer, NID_subject_key_identifier, "hash") &&
		extend(cert, issuer, NID_authority_key_identifier, "keyid:always") &&
		extend(cert, issuer, NID_basic_constraints, f->basic) &&
		extend(cert, issuer, NID_key_usage, f->usage) &&
		extend(cert, issuer, NID_ext_key_usage, f->purpose) &&
		extend(cert, issuer, NID_subject_alt_name, f->alt) &&
		X509_sign(cert, by, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static const struct form ca_form = {"Tocsin authority", CA_DAYS,
	"critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign", NULL, NULL};
static const struct form server_form = {"Tocsin collector", SERVER_DAYS,
	"critical,CA:FALSE", "critical,digitalSignature", "serverAuth",
	"DNS:tocsin-collector"};

/* The key and the certificate `name`, made where they are not there. */
static int
make_pair(const char *dir, const char *name, const struct form *form, EVP_PKEY **key,
	X509 **cert, X509 *issuer, EVP_PKEY *by, uint64_t now_ns)
{
	char file[32], serial[CA_SERIAL_TEXT];
	int  err;

	snprintf(file, sizeof(file), "%s.key", name);
	err = read_pem(dir, file, key, NULL);
	if (err == -ENOENT) {
		*key = EVP_EC_gen("P-256");
		err = *key ? write_pem(dir, file, *key, NULL)
			   : openssl_failed("making a key");
	}
	if (err)
		return err;
	snprintf(file, sizeof(file), "%s.crt", name);
	err = read_pem(dir, file, NULL, cert);
	if (err != -ENOENT)
		return err;
	*cert = make_cert(form, *key, issuer, by ? by : *key, now_ns, serial);
	return *cert ? write_pem(dir, file, NULL, *cert)
		     : openssl_failed("making a certificate");
}

int
ca_create(const char *dir, uint64_t now_ns)
{
	EVP_PKEY *ca_key = NULL, *key = NULL;
	X509     *ca_crt = NULL, *cert = NULL;
	int err = make_pair(dir, "ca", &ca_form, &ca_key, &ca_crt, NULL, NULL, now_ns);

	if (!err)
		err = make_pair(
			dir, "server", &server_form, &key, &cert, ca_crt, ca_key, now_ns);
	if (err)
		log_err("the certificate authority cannot be made", "dir=%s error=%s",
			dir, strerror(-err));
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	X509_free(ca_crt);
	X509_free(cert);
	return err;
}

/* ---- in use ---- */

static int
renew_server(struct ca *ca, const char *dir, uint64_t now_ns)
{
	EVP_PKEY *key = NULL;
	X509     *cert = NULL, *fresh = NULL;
	char      serial[CA_SERIAL_TEXT];
	time_t    soon = (time_t)(now_ns / 1000000000) + RENEW_DAYS * DAY_S;
	int       err = read_pem(dir, "server.key", &key, NULL);

	if (!err)
		err = read_pem(dir, "server.crt", NULL, &cert);
	if (!err && X509_cmp_time(X509_get0_notAfter(cert), &soon) < 0) {
		fresh = make_cert(&server_form, key, ca->cert, ca->key, now_ns, serial);
		err = fresh ? write_pem(dir, "server.crt", NULL, fresh)
			    : openssl_failed("renewing the server's certificate");
		if (!err)
			log_notice("the server's certificate was renewed", "dir=%s", dir);
	}
	EVP_PKEY_free(key);
	X509_free(cert);
	X509_free(fresh);
	return err;
}

static int
to_der(struct buf *out, X509 *cert)
{
	unsigned char *der = NULL;
	int            len = i2d_X509(cert, &der);

	if (len > 0)
		buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return len > 0 && !out->failed ? 0 : -ENOMEM;
}

int
ca_open(struct ca **out, const char *dir, uint64_t now_ns)
{
	struct ca *ca = calloc(1, sizeof(*ca));
	int        err = ca ? 0 : -ENOMEM;

	*out = NULL;
	if (!err)
		err = read_pem(dir, "ca.key", &ca->key, NULL);
	if (!err)
		err = read_pem(dir, "ca.crt", NULL, &ca->cert);
	if (!err)
		err = to_der(&ca->der, ca->cert);
	if (!err)
		SHA256(ca->der.data, ca->der.len, ca->pin);
	if (!err)
		err = renew_server(ca, dir, now_ns);
	if (err) {
		ca_free(ca);
		log_err("the certificate authority cannot be opened", "dir=%s error=%s",
			dir, strerror(-err));
		return err;
	}
	*out = ca;
	return 0;
}

void
ca_free(struct ca *ca)
{
	if (!ca)
		return;
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	buf_release(&ca->der);
	free(ca);
}

const uint8_t *
ca_pin(const struct ca *ca)
{
	return ca->pin;
}

struct bytes
ca_cert(const struct ca *ca)
{
	return bytes_of(ca->der.data, ca->der.len);
}

/* The request's key, when the request is whole, signed by it, and it is strong enough. */
static EVP_PKEY *
key_of(struct bytes csr)
{
	const unsigned char *at = csr.at;
	X509_REQ            *req = d2i_X509_REQ(NULL, &at, (long)csr.left);
	EVP_PKEY            *key = req ? X509_REQ_get_pubkey(req) : NULL;

	if (!key || at != csr.at + csr.left || X509_REQ_verify(req, key) != 1 ||
		EVP_PKEY_get_security_bits(key) < BITS_MIN) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	X509_REQ_free(req);
	ERR_clear_error();
	return key;
}

int
ca_sign(struct ca *ca, struct ca_issued *out, const char *name, struct bytes csr,
	uint64_t now_ns)
{
	char        uri[96];
	struct form form = {name, CA_SENSOR_DAYS, "critical,CA:FALSE",
		"critical,digitalSignature", "clientAuth", uri};
	EVP_PKEY   *key = key_of(csr);
	X509       *cert;
	int         err;

	*out = (struct ca_issued){
		.until_ns = now_ns + CA_SENSOR_DAYS * DAY_S * 1000000000ull};
	if (!key)
		return -EBADMSG;
	snprintf(uri, sizeof(uri), "URI:sensor:%s", name);
	cert = make_cert(&form, key, ca->cert, ca->key, now_ns, out->serial);
	err = cert ? to_der(&out->der, cert) : openssl_failed("signing a certificate");
	X509_free(cert);
	EVP_PKEY_free(key);
	return err;
}
