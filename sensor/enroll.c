/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/enroll.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "lib/endpoint.h"
#include "lib/frame.h"
#include "lib/message.h"
#include "lib/tls.h"
#include "lib/version.h"

#define TIMEOUT_USUAL_MS 15000u
#define PIN_TEXT_LEN 43
#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

struct enrolment {
	const struct enroll_request *r;
	uint8_t                      pin[TLS_PIN_LEN];
	int                          dirfd, fd;
	EVP_PKEY                    *key;
	struct tls                  *tls;
	SSL                         *ssl;
	struct buf                   ca; /* as the token pins it, DER */
	struct buf                   out, in;
};

static int
say(int err, const char *what, const char *detail)
{
	fprintf(stderr, "tocsin-sensor: enroll: %s%s%s\n", what, *detail ? ": " : "",
		detail);
	return err;
}

static unsigned char
base64_letter(char c)
{
	return (unsigned char)(c == '-' ? '+' : c == '_' ? '/' : c);
}

/* The last part of ID.SECRET.PIN: base64url, without padding, of 32 bytes. The rest is
 * the collector's. */
static int
read_pin(struct enrolment *e)
{
	const char   *dot = strrchr(e->r->token, '.');
	unsigned char text[PIN_TEXT_LEN + 1], raw[TLS_PIN_LEN + 1];

	if (!dot || dot == strchr(e->r->token, '.') || strlen(dot + 1) != PIN_TEXT_LEN ||
			strspn(dot + 1, BASE64URL) != PIN_TEXT_LEN)
		return say(-EINVAL, "this is not a token", "");
	for (size_t i = 0; i < PIN_TEXT_LEN; i++)
		text[i] = base64_letter(dot[1 + i]);
	text[PIN_TEXT_LEN] = '=';
	EVP_DecodeBlock(raw, text, sizeof(text));
	memcpy(e->pin, raw, sizeof(e->pin));
	return 0;
}

/* ---- the key and the request ---- */

static int
open_state(struct enrolment *e)
{
	if (mkdir(e->r->state, 0700) < 0 && errno != EEXIST)
		return say(-errno, e->r->state, strerror(errno));
	e->dirfd = open(e->r->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->dirfd < 0)
		return say(-errno, e->r->state, strerror(errno));
	if (faccessat(e->dirfd, ENROLL_CERT, F_OK, 0) == 0)
		return say(-EEXIST, e->r->state, "has an identity already");
	return 0;
}

/* Write a file whole or not at all: under another name first. `write` gets an open
 * stream. */
static int
write_file(struct enrolment *e, const char *name, bool (*write)(FILE *f, const void *what),
		const void *what)
{
	char  temporary[64];
	int   fd;
	FILE *f;
	bool  ok;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	fd = openat(e->dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return say(-errno, temporary, strerror(errno));
	ok = write(f, what) && fflush(f) == 0 && fsync(fd) == 0;
	ok = fclose(f) == 0 && ok;
	if (!ok || renameat(e->dirfd, temporary, e->dirfd, name) < 0 ||
		fsync(e->dirfd) < 0)
		return say(errno ? -errno : -EIO, name, "cannot write");
	return 0;
}

static bool
write_key(FILE *f, const void *key)
{
	return PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1;
}

static bool
write_cert(FILE *f, const void *cert)
{
	return PEM_write_X509(f, cert) == 1;
}

/* The key of an attempt that was cut off is used again: a token whose answer got lost may
 * have been spent on it. */
static int
make_key(struct enrolment *e)
{
	int   fd = openat(e->dirfd, ENROLL_KEY, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (f) {
		e->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		fclose(f);
		return e->key ? 0 : say(-EBADMSG, ENROLL_KEY, "is not a key");
	}
	e->key = EVP_EC_gen("P-256");
	if (!e->key)
		return say(-ENOMEM, "cannot make a key", "");
	return write_file(e, ENROLL_KEY, write_key, e->key);
}

/* The collector takes the public key from it and nothing else. */
static int
make_request(struct enrolment *e, struct buf *der)
{
	X509_REQ *req = X509_REQ_new();
	uint8_t  *data = NULL;
	int       len = -1;

	if (req && X509_REQ_set_pubkey(req, e->key) == 1 &&
		X509_REQ_sign(req, e->key, EVP_sha256()) > 0)
		len = i2d_X509_REQ(req, &data);
	if (len > 0)
		buf_add(der, data, (size_t)len);
	OPENSSL_free(data);
	X509_REQ_free(req);
	return len > 0 && !der->failed ? 0 : say(-ENOMEM, "cannot make a request", "");
}

/* ---- the conversation ---- */

static int
dial(const struct addrinfo *a, uint32_t timeout_ms)
{
	struct timeval tv = {
		.tv_sec = timeout_ms / 1000, .tv_usec = (int)(timeout_ms % 1000) * 1000};
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)); /* for connect() too */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int
connect_tcp(struct enrolment *e)
{
	struct addrinfo  hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	struct endpoint  to;
	char             port[8];
	int              rc;

	if (endpoint_parse(&to, e->r->collector) < 0 || !to.host[0])
		return say(-EINVAL, e->r->collector, "is not HOST:PORT");
	snprintf(port, sizeof(port), "%u", to.port);
	rc = getaddrinfo(to.host, port, &hints, &list);
	if (rc != 0)
		return say(-EHOSTUNREACH, to.host, gai_strerror(rc));
	e->fd = -EHOSTUNREACH;
	for (const struct addrinfo *a = list; a && e->fd < 0; a = a->ai_next)
		e->fd = dial(a, e->r->timeout_ms ? e->r->timeout_ms : TIMEOUT_USUAL_MS);
	freeaddrinfo(list);
	return e->fd < 0 ? say(e->fd, e->r->collector, strerror(-e->fd)) : 0;
}

/* TLS, and the proof that this is the collector of the token, before the token is
 * shown. */
static int
connect_tls(struct enrolment *e)
{
	struct tls_files none = { 0 };
	char             why[160];
	int              err = tls_new_client(&e->tls, &none);

	if (err < 0)
		return say(err, "TLS", strerror(-err));
	e->ssl = tls_session(e->tls);
	if (!e->ssl || SSL_set_fd(e->ssl, e->fd) != 1)
		return say(-ENOMEM, "TLS", "no memory");
	if (SSL_connect(e->ssl) != 1)
		return say(-EPROTO, e->r->collector,
			tls_why(e->ssl, ERR_peek_last_error(), why));
	err = tls_pin(e->ssl, e->pin, &e->ca);
	if (err < 0)
		return say(err, e->r->collector,
			"is not the collector that gave this token");
	return 0;
}

static int
ask(struct enrolment *e)
{
	struct message_enroll m = { .protocol = MESSAGE_PROTOCOL,
		.token = bytes_str(e->r->token),
		.software = bytes_str(version()) };
	struct buf            csr = { 0 };
	int                   err = make_request(e, &csr);

	m.csr = bytes_of(csr.data, csr.len);
	if (err == 0)
		err = message_put_enroll(&e->out, &m);
	if (err == 0 && SSL_write(e->ssl, e->out.data, (int)e->out.len) <= 0)
		err = say(-EPIPE, e->r->collector, "closed the connection");
	buf_release(&csr);
	return err;
}

/* The next frame that we know; the others are skipped. */
static int
read_frame(struct enrolment *e, struct frame *f)
{
	for (;;) {
		struct bytes in = bytes_of(e->in.data, e->in.len);
		int          got = frame_next(f, &in, FRAME_BODY_MAX_GREETING), n;
		uint8_t     *to;

		if (got < 0)
			return say(got, e->r->collector, "sent a message too long");
		if (got > 0 && (f->type == FRAME_ENROLLED || f->type == FRAME_ERROR))
			return 0;
		if (got > 0) {
			buf_cut(&e->in, e->in.len - in.left);
			continue;
		}
		to = buf_room(&e->in, 4096);
		n = to ? SSL_read(e->ssl, to, 4096) : 0;
		if (n <= 0)
			return say(-ETIMEDOUT, e->r->collector, "did not answer");
		e->in.len += (size_t)n;
	}
}

static int
refused(struct bytes body)
{
	struct message_bye m;
	char               text[MESSAGE_TEXT_MAX + 1] = "";

	if (message_get_bye(&m, body, NULL) == 0 && m.text.left) {
		memcpy(text, m.text.at, m.text.left);
		text[m.text.left] = '\0';
	}
	return say(-EACCES, "refused", text);
}

/* ---- the answer ---- */

static X509 *
parse_cert(struct bytes der)
{
	const unsigned char *at = der.at;
	X509                *cert = der.left ? d2i_X509(NULL, &at, (long)der.left) : NULL;

	if (cert && at != der.at + der.left) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

/* Ours, by the CA of the token, for our key? Then keep both; the certificate last, as it
 * is what says that we are enrolled. */
static int
keep(struct enrolment *e, const struct message_enrolled *m)
{
	X509 *cert = parse_cert(m->cert),
	     *ca = parse_cert(bytes_of(e->ca.data, e->ca.len));
	EVP_PKEY *ca_key = ca ? X509_get0_pubkey(ca) : NULL;
	int       err = 0;

	if (!cert || !ca || X509_verify(cert, ca_key) != 1 ||
		X509_check_private_key(cert, e->key) != 1)
		err = say(
			-EBADMSG, e->r->collector, "sent a certificate that is not ours");
	if (err == 0)
		err = write_file(e, ENROLL_CA, write_cert, ca);
	if (err == 0)
		err = write_file(e, ENROLL_CERT, write_cert, cert);
	X509_free(cert);
	X509_free(ca);
	return err;
}

static int
hear(struct enrolment *e)
{
	struct message_enrolled m;
	struct frame            f;
	const char             *why;
	int                     err = read_frame(e, &f);

	if (err < 0)
		return err;
	if (f.type == FRAME_ERROR)
		return refused(f.body);
	if (message_get_enrolled(&m, f.body, &why) < 0)
		return say(-EBADMSG, e->r->collector, why);
	err = keep(e, &m);
	if (err == 0)
		printf("enrolled as %.*s at %.*s\n", (int)m.sensor.left,
			(const char *)m.sensor.at, (int)m.site.left,
			m.site.left ? (const char *)m.site.at : "");
	return err;
}

static void
finish(struct enrolment *e)
{
	if (e->ssl)
		SSL_shutdown(e->ssl);
	SSL_free(e->ssl);
	tls_free(e->tls);
	EVP_PKEY_free(e->key);
	if (e->fd >= 0)
		close(e->fd);
	if (e->dirfd >= 0)
		close(e->dirfd);
	buf_release(&e->ca);
	buf_release(&e->out);
	buf_release(&e->in);
}

int
enroll(const struct enroll_request *r)
{
	struct enrolment e = { .r = r, .dirfd = -1, .fd = -1 };
	static int (*const steps[])(struct enrolment *) = {
		read_pin, open_state, make_key, connect_tcp, connect_tls, ask, hear};
	int err = 0;

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && err == 0; i++)
		err = steps[i](&e);
	finish(&e);
	return err;
}
