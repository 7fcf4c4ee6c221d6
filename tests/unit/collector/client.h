/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/collector/client.h - the sensor's side of the protocol, blocking, for tests
 * and benches. */
#ifndef TESTS_UNIT_COLLECTOR_CLIENT_H
#define TESTS_UNIT_COLLECTOR_CLIENT_H

#include "lib/batch.h"
#include "lib/buf.h"
#include "lib/frame.h"
#include "lib/message.h"
#include "lib/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int         fd;
	SSL        *ssl;
	struct buf  in, out;
	size_t      used; /* bytes of `in` that the last frame took */
	struct tls *tls;
	char        dir[128]; /* ca.crt, sensor.crt, sensor.key */
};

static inline int
client_open(struct client *c, int port, const struct tls_files *files)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval     patience = {.tv_sec = 10};

	if (tls_new_client(&c->tls, files))
		return -1;
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -1;
	c->ssl = tls_session(c->tls);
	SSL_set_fd(c->ssl, c->fd);
	return SSL_connect(c->ssl) == 1 ? 0 : -1;
}

/* As a power cut would: no good-bye of any kind. */
static inline void
client_close(struct client *c)
{
	SSL_free(c->ssl);
	tls_free(c->tls);
	if (c->fd > 0)
		close(c->fd);
	buf_release(&c->in);
	buf_release(&c->out);
	c->ssl = NULL;
	c->tls = NULL;
	c->fd = -1;
	c->used = 0;
}

static inline int
client_send(struct client *c)
{
	int n = SSL_write(c->ssl, c->out.data, (int)c->out.len);

	n = n == (int)c->out.len ? 0 : -1;
	buf_clear(&c->out);
	return n;
}

/* The next frame; its body is good until the next call. -1: the connection ended. */
static inline int
client_next(struct client *c, struct frame *f)
{
	buf_cut(&c->in, c->used);
	c->used = 0;
	for (;;) {
		struct bytes bytes = bytes_of(c->in.data, c->in.len);
		uint8_t     *room;
		int          n;

		if (frame_next(f, &bytes, FRAME_BODY_MAX) == 1) {
			c->used = c->in.len - bytes.left;
			return 0;
		}
		room = buf_room(&c->in, 65536);
		n = room ? SSL_read(c->ssl, room, 65536) : -1;
		if (n <= 0)
			return -1;
		c->in.len += (size_t)n;
	}
}

static inline int
client_make_csr(EVP_PKEY **key, struct buf *csr)
{
	X509_REQ      *req = X509_REQ_new();
	unsigned char *der = NULL;
	int            n;

	*key = EVP_EC_gen("P-256");
	X509_REQ_set_pubkey(req, *key);
	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN", MBSTRING_ASC,
		(const unsigned char *)"whoever", -1, -1, 0);
	X509_REQ_sign(req, *key, EVP_sha256());
	n = i2d_X509_REQ(req, &der);
	buf_add(csr, der, (size_t)n);
	OPENSSL_free(der);
	X509_REQ_free(req);
	return 0;
}

static inline void
client_write_cert(const char *dir, const char *name, struct bytes der)
{
	const unsigned char *at = der.at;
	X509                *x = d2i_X509(NULL, &at, (long)der.left);
	char                 path[256];
	FILE                *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	PEM_write_X509(f, x);
	fclose(f);
	X509_free(x);
}

/* Enrol with a token; the files go to `dir`. 0, or the code of the ERROR, or -1. */
static inline int
client_enroll(int port, const char *token, const char *dir)
{
	struct client         c = {.fd = -1};
	struct tls_files      none = {0};
	struct message_enroll m = {
		.protocol = MESSAGE_PROTOCOL, .token = bytes_str(token)};
	struct message_enrolled got = {0};
	struct message_bye      bye = {0};
	struct buf              csr = {0};
	EVP_PKEY               *key = NULL;
	struct frame            f;
	char                    path[256];
	FILE                   *file;
	int                     rc = -1;

	client_make_csr(&key, &csr);
	m.csr = bytes_of(csr.data, csr.len);
	if (client_open(&c, port, &none))
		goto out;
	message_put_enroll(&c.out, &m);
	if (client_send(&c) || client_next(&c, &f))
		goto out;
	if (f.type == FRAME_ERROR && message_get_bye(&bye, f.body, NULL) == 0)
		rc = (int)bye.code;
	if (f.type != FRAME_ENROLLED || message_get_enrolled(&got, f.body, NULL))
		goto out;
	client_write_cert(dir, "ca.crt", got.ca);
	client_write_cert(dir, "sensor.crt", got.cert);
	snprintf(path, sizeof(path), "%s/sensor.key", dir);
	file = fopen(path, "w");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	rc = 0;
out:
	client_close(&c);
	EVP_PKEY_free(key);
	buf_release(&csr);
	return rc;
}

/* Connect with the files of `dir` and say HELLO; *position is where it stands (of one
 * epoch). 0, the code of the ERROR, or -1. */
static inline int
client_hello(struct client *c, int port, const char *dir, const char *name,
	uint64_t instance, uint64_t epoch, uint64_t *position)
{
	char                   ca[256], cert[256], key[256];
	struct tls_files       files = {ca, cert, key};
	struct message_hello   m = {.protocol = MESSAGE_PROTOCOL,
		  .sensor = bytes_str(name),
		  .software = bytes_str("test"),
		  .instance = instance,
		  .heartbeat_s = 5,
		  .n_spans = 1,
		  .spans = {{epoch, 1, 1}}};
	struct message_welcome got = {0};
	struct message_bye     bye = {0};
	struct frame           f;

	snprintf(ca, sizeof(ca), "%s/ca.crt", dir);
	snprintf(cert, sizeof(cert), "%s/sensor.crt", dir);
	snprintf(key, sizeof(key), "%s/sensor.key", dir);
	if (client_open(c, port, &files))
		return -1;
	message_put_hello(&c->out, &m);
	if (client_send(c) || client_next(c, &f))
		return -1;
	if (f.type == FRAME_ERROR && message_get_bye(&bye, f.body, NULL) == 0)
		return (int)bye.code;
	if (f.type != FRAME_WELCOME || message_get_welcome(&got, f.body, NULL))
		return -1;
	*position = got.n_positions ? got.positions[0].seq : 0;
	return 0;
}

/* Wait for an ACK. 0, the code of an ERROR, or -1. */
static inline int
client_ack(struct client *c, struct message_ack *out)
{
	struct message_bye bye = {0};
	struct frame       f;

	*out = (struct message_ack){0};
	if (client_next(c, &f))
		return -1;
	if (f.type == FRAME_ERROR && message_get_bye(&bye, f.body, NULL) == 0)
		return (int)bye.code;
	return f.type == FRAME_ACK && message_get_ack(out, f.body, NULL) == 0 ? 0 : -1;
}

#endif
