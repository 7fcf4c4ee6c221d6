/* SPDX-License-Identifier: Apache-2.0 */
/* lib/tls.h - TLS 1.3 between sensor and collector, both with certificates.
 *
 * A struct tls is one side's settings: CA, own certificate and key. A session
 * is OpenSSL's SSL, made here and handed to a bufferevent. Who may be what is
 * in the certificates: collectors serverAuth, sensors clientAuth and the URI
 * `sensor:NAME`. Programs ignore SIGPIPE. Settings: any thread; a session:
 * its own.
 */
#ifndef LIB_TLS_H
#define LIB_TLS_H

#include "lib/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define TLS_NAME_MAX 64   /* of a sensor, without NUL */
#define TLS_SERIAL_MAX 64 /* hex digits of a serial number */
#define TLS_PIN_LEN 32    /* SHA-256 of the CA's certificate */

struct ssl_st; /* OpenSSL's SSL */
struct tls;

struct tls_files { /* PEM */
	const char *ca;
	const char *cert; /* NULL: none; a sensor that enrols */
	const char *key;
};

/* Is this certificate revoked? Asked at every handshake, in the thread of the session.
 * `serial` is lower-case hex without leading zeros, `name` the sensor's or "". */
typedef bool tls_revoked_fn(void *arg, const char *serial, const char *name);

/* Read the files. 0 or -errno: -ENOENT, -EACCES…, -EBADMSG when a file is not what it
 * should be (logged with the reason). `revoked` may be NULL. *out is owned by the caller.
 * A server's peers need no certificate (they may enrol), but one that they show must be
 * good. */
int  tls_new_server(struct tls **out, const struct tls_files *f, tls_revoked_fn *revoked, void *arg);
/* f->ca NULL: the peer is not verified; tls_pin() must be called before anything is
 * sent. */
int  tls_new_client(struct tls **out, const struct tls_files *f);
void tls_free(struct tls *t);

/* The sensor's NAME in our own certificate. 0 or -EBADMSG. */
int tls_own_sensor(struct tls *t, char name[static TLS_NAME_MAX + 1]);

/* A session object, not connected. Owned by the caller (a bufferevent with
 * BEV_OPT_CLOSE_ON_FREE takes it); `t` outlives it. NULL: no memory. */
struct ssl_st *tls_session(struct tls *t);

/* After the handshake: has the peer shown a certificate (then it was verified)? */
bool tls_has_peer(struct ssl_st *s);
/* The sensor's NAME in the peer's certificate. 0, -ENOENT: no certificate, -EBADMSG: none
 * in it. */
int tls_peer_sensor(struct ssl_st *s, char name[static TLS_NAME_MAX + 1]);
/* Serial number of the peer's certificate, "" when there is none. */
const char *tls_peer_serial(struct ssl_st *s, char serial[static TLS_SERIAL_MAX + 1]);

/* Does the peer's chain hold a CA certificate of this hash, and lead to it, for a server?
 * On 0 its DER is in *ca. Else -EACCES. */
int tls_pin(struct ssl_st *s, const uint8_t pin[static TLS_PIN_LEN], struct buf *ca);

/* Why the last operation failed, for a log: the peer's or OpenSSL's reason. Returns
 * `text`. */
const char *tls_why(struct ssl_st *s, unsigned long error, char text[static 160]);

/* Is this a name that a sensor may have: 1 to 64 of a-z 0-9 . _ - ? */
bool tls_name_ok(const char *name);

#endif
