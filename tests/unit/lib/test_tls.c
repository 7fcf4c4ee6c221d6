/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tls.h"

#include "tests/pki.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/ssl.h>

struct fix {
	char        dir[32];
	struct pki  ca;
	struct tls *server;
};

static void
in_dir(const struct fix *f, char path[static 64], const char *name, const char *suffix)
{
	snprintf(path, 64, "%s/%s%s", f->dir, name, suffix);
}

static bool
serial_2a_is_revoked(void *arg, const char *serial, const char *name)
{
	(void)arg;
	(void)name;
	return strcmp(serial, "2a") == 0;
}

/* A certificate by `issuer` (NULL: by the fleet's CA). */
static void
issue(struct fix *f, struct pki_want w, struct pki *issuer)
{
	struct pki p;

	w.issuer = issuer ? issuer->cert : f->ca.cert;
	w.issuer_key = issuer ? issuer->key : f->ca.key;
	w.days = w.days ? w.days : 30;
	w.serial = w.serial ? w.serial : 7;
	p = pki_make(f->dir, &w);
	pki_release(&p);
}

static int
open_tls(struct fix *f, struct tls **out, const char *ca, const char *own, bool server)
{
	char             ca_path[64], cert[64], key[64];
	struct tls_files files = { .ca = ca ? ca_path : NULL };

	if (ca)
		in_dir(f, ca_path, ca, ".crt");
	if (own) {
		in_dir(f, cert, own, ".crt");
		in_dir(f, key, own, ".key");
		files.cert = cert;
		files.key = key;
	}
	return server ? tls_new_server(out, &files, serial_2a_is_revoked, NULL)
		      : tls_new_client(out, &files);
}

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/tls.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->ca = pki_make(
		f->dir, &(struct pki_want){.name = "ca", .days = 30, .serial = 1});
	issue(f, (struct pki_want){ .name = "centre", .usage = "serverAuth" }, NULL);
	assert_int_equal(open_tls(f, &f->server, "ca", "centre", true), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;
	char        command[64];

	tls_free(f->server);
	pki_release(&f->ca);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	test_free(f);
	return 0;
}

struct pair {
	SSL *client, *server;
	bool ok;
};

/* A handshake in memory. In TLS 1.3 a client learns of its rejection only as it reads. */
static struct pair
meet(struct fix *f, struct tls *client)
{
	struct pair p = { tls_session(client), tls_session(f->server), false };
	BIO        *a, *b;
	char        byte;
	int         c = 0, s = 0;

	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(p.client, a, a);
	SSL_set_bio(p.server, b, b);
	SSL_set_connect_state(p.client);
	SSL_set_accept_state(p.server);
	for (int i = 0; i < 10 && (c != 1 || s != 1); i++) {
		c = SSL_do_handshake(p.client);
		s = SSL_do_handshake(p.server);
	}
	p.ok = c == 1 && s == 1 && SSL_write(p.server, "x", 1) == 1 &&
	       SSL_read(p.client, &byte, 1) == 1;
	return p;
}

static void
part(struct pair *p)
{
	SSL_free(p->client);
	SSL_free(p->server);
}

/* Does the server take a client with these files? */
static bool
takes(struct fix *f, const char *ca, const char *own)
{
	struct tls *client;
	struct pair p;
	bool        ok;

	assert_int_equal(open_tls(f, &client, ca, own, false), 0);
	p = meet(f, client);
	ok = p.ok;
	part(&p);
	tls_free(client);
	return ok;
}

static void
a_sensor_of_the_fleet_is_taken_and_named(void **state)
{
	struct fix *f = *state;
	struct tls *client;
	struct pair p;
	char        name[TLS_NAME_MAX + 1], serial[TLS_SERIAL_MAX + 1];

	issue(f,
		(struct pki_want){.name = "s",
			.san = "URI:sensor:ward-12",
			.usage = "clientAuth",
			.serial = 0xabc},
		NULL);
	assert_int_equal(open_tls(f, &client, "ca", "s", false), 0);
	p = meet(f, client);
	assert_true(p.ok);
	assert_string_equal(SSL_get_version(p.server), "TLSv1.3");
	assert_true(tls_has_peer(p.server));
	assert_int_equal(tls_peer_sensor(p.server, name), 0);
	assert_string_equal(name, "ward-12");
	assert_string_equal(tls_peer_serial(p.server, serial), "abc");
	assert_int_equal(
		tls_peer_sensor(p.client, name), -EBADMSG); /* a collector has none */
	part(&p);
	tls_free(client);
}

static void
without_a_certificate_one_may_only_knock(void **state)
{
	struct fix *f = *state;
	struct tls *client;
	struct pair p;
	char        name[TLS_NAME_MAX + 1], serial[TLS_SERIAL_MAX + 1];

	assert_int_equal(open_tls(f, &client, "ca", NULL, false), 0);
	p = meet(f, client);
	assert_true(p.ok);
	assert_false(tls_has_peer(p.server));
	assert_int_equal(tls_peer_sensor(p.server, name), -ENOENT);
	assert_string_equal(tls_peer_serial(p.server, serial), "");
	part(&p);
	tls_free(client);
}

static void
strangers_expired_and_revoked_ones_are_refused(void **state)
{
	struct fix *f = *state;
	struct pki  other = pki_make(
		 f->dir, &(struct pki_want){.name = "other", .days = 30, .serial = 1});

	issue(f,
		(struct pki_want){
			.name = "stranger", .san = "URI:sensor:a", .usage = "clientAuth"},
		&other);
	issue(f,
		(struct pki_want){.name = "old",
			.san = "URI:sensor:a",
			.usage = "clientAuth",
			.days = -1},
		NULL);
	issue(f,
		(struct pki_want){.name = "revoked",
			.san = "URI:sensor:a",
			.usage = "clientAuth",
			.serial = 0x2a},
		NULL);
	issue(f,
		(struct pki_want){
			.name = "good", .san = "URI:sensor:a", .usage = "clientAuth"},
		NULL);
	assert_true(takes(f, "ca", "good"));
	assert_false(takes(f, "ca", "stranger"));
	assert_false(takes(f, "ca", "old"));
	assert_false(takes(f, "ca", "revoked"));
	assert_false(takes(f, "ca", "centre"));  /* a collector is no sensor */
	assert_false(takes(f, "other", "good")); /* here it is the sensor who refuses */
	pki_release(&other);
}

static void
a_sensor_cannot_pose_as_the_collector(void **state)
{
	struct fix *f = *state;
	struct tls *honest = f->server;

	issue(f,
		(struct pki_want){
			.name = "good", .san = "URI:sensor:a", .usage = "clientAuth"},
		NULL);
	assert_int_equal(open_tls(f, &f->server, "ca", "good", true), 0);
	assert_false(takes(f, "ca", "good"));
	tls_free(f->server);
	f->server = honest;
}

static void
the_pin_of_a_token_is_the_ca_or_nothing(void **state)
{
	struct fix *f = *state;
	struct tls *client;
	struct pair p;
	struct buf  ca = { 0 };
	uint8_t     pin[EVP_MAX_MD_SIZE];
	unsigned    len;
	X509       *own;

	assert_int_equal(open_tls(f, &client, NULL, NULL, false), 0);
	p = meet(f, client);
	assert_true(p.ok);
	X509_digest(f->ca.cert, EVP_sha256(), pin, &len);
	assert_int_equal(tls_pin(p.client, pin, &ca), 0);
	assert_true(ca.len > 100);
	pin[0] ^= 1;
	assert_int_equal(tls_pin(p.client, pin, &ca), -EACCES);
	own = SSL_get0_peer_certificate(p.client); /* the peer's own is not a CA */
	X509_digest(own, EVP_sha256(), pin, &len);
	assert_int_equal(tls_pin(p.client, pin, &ca), -EACCES);
	buf_release(&ca);
	part(&p);
	tls_free(client);
}

static void
names_are_short_and_plain(void **state)
{
	char long_name[66];

	(void)state;
	memset(long_name, 'a', 65);
	long_name[65] = '\0';
	assert_true(tls_name_ok("ward-12.cam_1"));
	assert_false(tls_name_ok(""));
	assert_false(tls_name_ok("Ward"));
	assert_false(tls_name_ok("a/b"));
	assert_false(tls_name_ok(long_name));
	assert_true(tls_name_ok(long_name + 1));
}

static void
unusable_files_are_refused(void **state)
{
	struct fix *f = *state;
	struct tls *t;
	int         quiet = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	assert_int_equal(open_tls(f, &t, "missing", NULL, false), -ENOENT);
	assert_null(t);
	issue(f, (struct pki_want){ .name = "one", .usage = "clientAuth" }, NULL);
	issue(f, (struct pki_want){ .name = "two", .usage = "clientAuth" }, NULL);
	{
		char from[64], to[64];

		in_dir(f, from, "two", ".key");
		in_dir(f, to, "one", ".key");
		assert_int_equal(rename(from, to), 0);
	}
	assert_int_equal(open_tls(f, &t, "ca", "one", false), -EBADMSG);
	assert_null(t);
	dup2(quiet, STDERR_FILENO);
	close(quiet);
	close(null);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_sensor_of_the_fleet_is_taken_and_named, setup, teardown),
		cmocka_unit_test_setup_teardown(
			without_a_certificate_one_may_only_knock, setup, teardown),
		cmocka_unit_test_setup_teardown(
			strangers_expired_and_revoked_ones_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_sensor_cannot_pose_as_the_collector, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_pin_of_a_token_is_the_ca_or_nothing, setup, teardown),
		cmocka_unit_test(names_are_short_and_plain),
		cmocka_unit_test_setup_teardown(
			unusable_files_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
