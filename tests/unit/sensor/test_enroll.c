/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment against a collector that answers once, over TLS on loopback. */
#include "sensor/enroll.h"

#include "lib/frame.h"
#include "lib/message.h"
#include "lib/tls.h"
#include "tests/pki.h"
#include "tests/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ssl.h>

enum answer {
	ANSWER_CERT,
	ANSWER_OTHERS_CERT,
	ANSWER_REFUSE,
	ANSWER_GARBAGE,
	ANSWER_NOTHING
};

struct fix {
	char        dir[40], state[64], address[32], token[128];
	struct pki  ca;
	struct tls *tls;
	int         listener, quiet, out;
	enum answer answer;
	char        asked[128]; /* the token that arrived; "" none */
	pthread_t   thread;
};

static X509 *
sign(struct fix *f, EVP_PKEY *key)
{
	X509 *cert = X509_new();

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 77);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
			(const unsigned char *)"ward-12", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(f->ca.cert));
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_sign(cert, f->ca.key, EVP_sha256());
	return cert;
}

static void
answer_cert(struct fix *f, struct bytes csr, struct buf *out)
{
	const unsigned char    *at = csr.at;
	X509_REQ               *req = d2i_X509_REQ(NULL, &at, (long)csr.left);
	EVP_PKEY               *key;
	X509                   *cert;
	unsigned char          *der = NULL;
	struct message_enrolled m = {
		.sensor = bytes_str("ward-12"), .site = bytes_str("ward")};
	int                     len;

	assert_non_null(req);
	key = X509_REQ_get_pubkey(req);
	assert_int_equal(X509_REQ_verify(req, key), 1);
	cert = sign(f, f->answer == ANSWER_OTHERS_CERT ? f->ca.key : key);
	len = i2d_X509(cert, &der);
	m.cert = bytes_of(der, (size_t)len);
	frame_end(out, frame_begin(out, (enum frame_type)99)); /* skipped */
	message_put_enrolled(out, &m);
	OPENSSL_free(der);
	X509_free(cert);
	EVP_PKEY_free(key);
	X509_REQ_free(req);
}

static void
answer(struct fix *f, SSL *ssl, struct bytes body)
{
	struct message_enroll m;
	struct buf            out = { 0 };

	assert_int_equal(message_get_enroll(&m, body, NULL), 0);
	memcpy(f->asked, m.token.at, m.token.left);
	if (f->answer == ANSWER_REFUSE)
		message_put_error(&out,
			&(struct message_bye){.code = 2, .text = bytes_str("used")});
	else if (f->answer == ANSWER_GARBAGE)
		buf_add(&out, "\xff\xff\xff\xff\7\0", 6);
	else if (f->answer != ANSWER_NOTHING)
		answer_cert(f, m.csr, &out);
	if (out.len)
		SSL_write(ssl, out.data, (int)out.len);
	buf_release(&out);
}

static void *
serve_once(void *arg)
{
	struct fix  *f = arg;
	int          fd = accept(f->listener, NULL, NULL), n;
	SSL         *ssl = tls_session(f->tls);
	uint8_t      in[16384];
	struct bytes left;
	struct frame frame;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1 && (n = SSL_read(ssl, in, sizeof(in))) > 0) {
		left = bytes_of(in, (size_t)n);
		if (frame_next(&frame, &left, FRAME_BODY_MAX_GREETING) == 1)
			answer(f, ssl, frame.body);
	}
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
	return NULL;
}

static void
make_token(struct fix *f, const X509 *ca)
{
	unsigned char hash[EVP_MAX_MD_SIZE], text[64];
	unsigned      len;

	X509_digest(ca, EVP_sha256(), hash, &len);
	EVP_EncodeBlock(text, hash, 32);
	for (int i = 0; i < 43; i++)
		text[i] = (unsigned char)(text[i] == '+'   ? '-'
					  : text[i] == '/' ? '_'
							   : text[i]);
	snprintf(f->token, sizeof(f->token),
		"0123abcd.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.%.43s",
		(const char *)text);
}

static int
setup(void **state)
{
	struct fix        *f = test_calloc(1, sizeof(*f));
	struct pki         p;
	char               ca[64], cert[64], key[64];
	struct tls_files   files = { ca, cert, key };
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t          len = sizeof(at);
	int                null = open("/dev/null", O_WRONLY);

	signal(SIGPIPE, SIG_IGN);
	strcpy(f->dir, "/tmp/enroll.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->state, sizeof(f->state), "%s/state", f->dir);
	f->ca = pki_make(
		f->dir, &(struct pki_want){.name = "ca", .days = 30, .serial = 1});
	p = pki_make(f->dir, &(struct pki_want){.name = "centre",
				     .usage = "serverAuth",
				     .days = 30,
				     .serial = 2,
				     .issuer = f->ca.cert,
				     .issuer_key = f->ca.key});
	pki_release(&p);
	snprintf(ca, sizeof(ca), "%s/ca.crt", f->dir);
	snprintf(cert, sizeof(cert), "%s/centre.crt", f->dir);
	snprintf(key, sizeof(key), "%s/centre.key", f->dir);
	assert_int_equal(tls_new_server(&f->tls, &files, NULL, NULL), 0);
	make_token(f, f->ca.cert);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	listen(f->listener, 4);
	getsockname(f->listener, (struct sockaddr *)&at, &len);
	snprintf(f->address, sizeof(f->address), "127.0.0.1:%u", ntohs(at.sin_port));
	fflush(stdout);
	f->quiet = dup(STDERR_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;
	char        command[64];

	dup2(f->quiet, STDERR_FILENO);
	close(f->quiet);
	close(f->listener);
	tls_free(f->tls);
	pki_release(&f->ca);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	test_free(f);
	return 0;
}

static int
try(struct fix *f, enum answer answer)
{
	struct enroll_request r = { f->address, f->token, f->state, 5000 };
	int                   rc;

	f->answer = answer;
	f->asked[0] = '\0';
	assert_int_equal(pthread_create(&f->thread, NULL, serve_once, f), 0);
	rc = enroll(&r);
	pthread_join(f->thread, NULL);
	return rc;
}

static bool
has(const struct fix *f, const char *name, mode_t mode)
{
	char        path[96];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", f->state, name);
	return stat(path, &st) == 0 && (st.st_mode & 0777) == mode;
}

static void
a_token_becomes_an_identity(void **state)
{
	struct fix *f = *state;

	assert_int_equal(try(f, ANSWER_CERT), 0);
	assert_string_equal(f->asked, f->token);
	assert_true(has(f, "", 0700));
	assert_true(has(f, ENROLL_KEY, 0600));
	assert_true(has(f, ENROLL_CERT, 0600));
	assert_true(has(f, ENROLL_CA, 0600));
	{
		struct enroll_request again = { f->address, f->token, f->state, 1000 };

		assert_int_equal(enroll(&again), -EEXIST);
	}
}

static void
another_collector_never_sees_the_token(void **state)
{
	struct fix *f = *state;
	struct pki  other = pki_make(
		 f->dir, &(struct pki_want){.name = "other", .days = 30, .serial = 1});

	make_token(f, other.cert);
	assert_int_equal(try(f, ANSWER_CERT), -EACCES);
	assert_string_equal(f->asked, "");
	assert_false(has(f, ENROLL_CERT, 0600));
	pki_release(&other);
}

static void
a_refusal_leaves_no_certificate_and_may_be_tried_again(void **state)
{
	struct fix *f = *state;

	assert_int_equal(try(f, ANSWER_REFUSE), -EACCES);
	assert_false(has(f, ENROLL_CERT, 0600));
	assert_int_equal(try(f, ANSWER_CERT), 0);
}

static void
wrong_answers_are_refused(void **state)
{
	struct fix *f = *state;

	assert_int_equal(try(f, ANSWER_OTHERS_CERT), -EBADMSG);
	assert_int_equal(try(f, ANSWER_GARBAGE), -EMSGSIZE);
	assert_int_equal(try(f, ANSWER_NOTHING), -ETIMEDOUT);
	assert_false(has(f, ENROLL_CERT, 0600));
}

static void
what_is_no_token_is_not_sent_anywhere(void **state)
{
	static const char *const bad[] = {"", "a.b.c", "x.y", "....",
		"0123abcd.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA."
		"AAAAAAAAAAAAAAAAAAAAA/AAAAAAAAAAAAAAAAAAAAA"};
	struct fix              *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct enroll_request r = { f->address, bad[i], f->state, 1000 };

		assert_int_equal(enroll(&r), -EINVAL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_token_becomes_an_identity, setup, teardown),
		cmocka_unit_test_setup_teardown(
			another_collector_never_sees_the_token, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_refusal_leaves_no_certificate_and_may_be_tried_again, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			wrong_answers_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_no_token_is_not_sent_anywhere, setup, teardown),
	};

	return cmocka_run_group_tests_name("enroll", tests, NULL, NULL);
}
