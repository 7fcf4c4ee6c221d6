/* SPDX-License-Identifier: Apache-2.0 */
/* tests/pki.h - throw-away certificates for tests: a CA, and what it or another signs. */
#ifndef TESTS_PKI_H
#define TESTS_PKI_H

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct pki_want {
	const char *name;    /* common name, and of the files DIR/NAME.crt and DIR/NAME.key */
	const char *san;     /* subjectAltName, NULL: none */
	const char *usage;   /* extendedKeyUsage, NULL: none */
	long        days;    /* of validity, from yesterday on; below 1: expired */
	long        serial;
	X509       *issuer;  /* NULL: self-signed, a CA */
	EVP_PKEY   *issuer_key;
};

struct pki {
	X509     *cert;
	EVP_PKEY *key;
};

static inline void
pki_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX      ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static inline void
pki_write(const struct pki *p, const char *dir, const char *name)
{
	char  path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.crt", dir, name);
	f = fopen(path, "w");
	PEM_write_X509(f, p->cert);
	fclose(f);
	snprintf(path, sizeof(path), "%s/%s.key", dir, name);
	f = fopen(path, "w");
	PEM_write_PrivateKey(f, p->key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

/* Make it and write it; release with pki_release(). */
static inline struct pki
pki_make(const char *dir, const struct pki_want *w)
{
	struct pki p = { X509_new(), EVP_EC_gen("P-256") };
	X509_NAME *subject = X509_get_subject_name(p.cert);
	X509      *issuer = w->issuer ? w->issuer : p.cert;

	X509_set_version(p.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), w->serial);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)w->name,
			-1, -1, 0);
	X509_set_issuer_name(p.cert, X509_get_subject_name(issuer));
	X509_gmtime_adj(X509_getm_notBefore(p.cert), -24 * 3600);
	X509_gmtime_adj(X509_getm_notAfter(p.cert), (w->days - 1) * 24 * 3600 + 3600 * (w->days > 0));
	X509_set_pubkey(p.cert, p.key);
	pki_extend(p.cert, issuer, NID_basic_constraints, w->issuer ? "CA:FALSE" : "critical,CA:TRUE");
	if (!w->issuer)
		pki_extend(p.cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (w->san)
		pki_extend(p.cert, issuer, NID_subject_alt_name, w->san);
	if (w->usage)
		pki_extend(p.cert, issuer, NID_ext_key_usage, w->usage);
	X509_sign(p.cert, w->issuer ? w->issuer_key : p.key, EVP_sha256());
	pki_write(&p, dir, w->name);
	return p;
}

static inline void
pki_release(struct pki *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
}

#endif
