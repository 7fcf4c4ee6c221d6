/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/tls.h"
#include "sensor/proto/tls.h"
#include "sensor/proto/tls_ja.h"
#include "tests/parser.h"

static struct parser p;

#define C DIR_TOSERVER
#define S DIR_TOCLIENT

/* Play a recorded handshake, in pieces of `step` bytes. */
static struct tx *
play(const char *name, size_t step)
{
	char     path[64];
	size_t   len;
	uint8_t *data;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/tls/%s", name);
	data = parser_file(path, &len);
	parser_open(&p, &tls_proto, 4u << 20);
	parser_play(&p, bytes_of(data, len), step);
	free(data);
	return parser_tx(&p, 0);
}

static const char *
get(struct tx *tx, enum buffer b, int dir, unsigned index)
{
	return parser_buffer(&p, tx, b, dir, index);
}

static void
a_handshake_of_1_2_shows_names_and_certificate(void **state)
{
	uint64_t v;

	(void)state;
	for (size_t step = 0; step < 3; step++) {
		struct tx *tx = play("tls12", step);

		assert_string_equal(get(tx, BUF_TLS_SNI, C, 0), "www.example.test");
		assert_string_equal(get(tx, BUF_TLS_ALPN, C, 0), "h2");
		assert_string_equal(get(tx, BUF_TLS_ALPN, C, 1), "http/1.1");
		assert_null(get(tx, BUF_TLS_ALPN, C, 2));
		assert_string_equal(get(tx, BUF_TLS_CERT_SUBJECT, S, 0),
				"C=VN, L=Ho Chi Minh City, O=Example, Inc., OU=SOC, CN=www.example.test, "
				"Email=a@example.test");
		assert_string_equal(get(tx, BUF_TLS_CERT_SERIAL, S, 0), "00:97:E6:47:09:8E:EA:C9:B4");
		assert_string_equal(get(tx, BUF_TLS_SUBJECTALTNAME, S, 1), "*.example.test");
		assert_string_equal(get(tx, BUF_TLS_SUBJECTALTNAME, S, 2), "192.0.2.1");
		assert_int_equal(strlen(get(tx, BUF_TLS_CERT_FINGERPRINT, S, 0)), 59);
		assert_true(tls_proto.ops.number(tx, NUM_TLS_VERSION, S, 0, &v));
		assert_int_equal(v, TLS_VERSION_12);
		assert_true(tls_proto.ops.number(tx, NUM_TLS_CERT_CHAIN_LEN, S, 0, &v));
		assert_int_equal(v, 1);
		assert_int_equal(tx->events, 0);
		assert_int_equal(tx->progress[C], TLS_CLIENT_COMPLETE);
		assert_int_equal(tx->progress[S], TLS_SERVER_COMPLETE);
		assert_true(p.flow.no_payload);
		parser_close(&p);
	}
}

static void
a_handshake_of_1_3_shows_the_hellos(void **state)
{
	struct tx *tx = play("tls13", 0);
	uint64_t   v;

	(void)state;
	assert_string_equal(get(tx, BUF_TLS_SNI, C, 0), "www.example.test");
	assert_null(get(tx, BUF_TLS_CERT_SUBJECT, S, 0));
	assert_true(tls_proto.ops.number(tx, NUM_TLS_VERSION, S, 0, &v));
	assert_int_equal(v, TLS_VERSION_13);
	assert_int_equal(tx->events, 0);
	parser_close(&p);
	tx = play("fragments", 0);
	assert_string_equal(get(tx, BUF_TLS_SNI, C, 0), "www.example.test");
	parser_close(&p);
}

/* JA3 and JA4 of one hello, put together by hand. */
static void
fingerprints_follow_their_descriptions(void **state)
{
	static const uint8_t hello[] = { 3, 3,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0,                                            /* session id */
		0, 8, 0x0a, 0x0a, 0x13, 2, 0x13, 1, 0xc0, 0x2b, /* ciphers, one of them grease */
		1, 0,                                         /* compression */
		0, 62,
		0x1a, 0x1a, 0, 0,                             /* grease */
		0, 0, 0, 6, 0, 4, 0, 0, 1, 'e',               /* SNI */
		0, 10, 0, 6, 0, 4, 0, 29, 0, 23,              /* groups */
		0, 11, 0, 2, 1, 0,                            /* points */
		0, 13, 0, 6, 0, 4, 4, 3, 8, 4,                /* signature algorithms */
		0, 16, 0, 5, 0, 3, 2, 'h', '2',               /* ALPN */
		0, 43, 0, 5, 4, 0x2a, 0x2a, 3, 4,             /* versions */
		0xff, 1 };
	struct pool     *pool = pool_new(1u << 20);
	struct tls_hello h;
	struct pbuf      ja3 = { 0 }, hash = { 0 }, ja4 = { 0 };
	uint8_t          whole[sizeof(hello) + 2] = { 0 };

	(void)state;
	memcpy(whole, hello, sizeof(hello));
	assert_int_equal(tls_hello_read(&h, pool, bytes_of(whole, sizeof(hello) + 2), true), 0);
	assert_int_equal(h.odd, 0);
	ja3_string(&ja3, pool, &h);
	assert_int_equal(pbuf_add(pool, &ja3, "", 1), 0);
	assert_string_equal((char *)ja3.data, "771,4866-4865-49195,0-10-11-13-16-43-65281,29-23,0");
	ja3.len--;
	ja3_hash(&hash, pool, &ja3);
	assert_int_equal(hash.len, JA3_HASH_LEN);
	ja4_hash(&ja4, pool, &h, 't');
	assert_int_equal(ja4.len, JA4_LEN);
	/* sha256("1301,1302,c02b") and sha256("000a,000b,000d,002b,ff01_0403,0804") */
	assert_memory_equal(ja4.data, "t13d0307h2_5559582ccdc4_58f08eb65128", JA4_LEN);
	pbuf_release(pool, &ja3);
	pbuf_release(pool, &hash);
	pbuf_release(pool, &ja4);
	tls_hello_release(&h, pool);
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
}

static void
odd_records_raise_their_events(void **state)
{
	static const struct {
		const char    *file;
		enum tls_event event;
	} rows[] = {
		{ "alert", TLS_EVENT_ERROR_MESSAGE_ENCOUNTERED },
		{ "alert-odd", TLS_EVENT_INVALID_ALERT_MESSAGE },
		{ "bad-record", TLS_EVENT_INVALID_RECORD_TYPE },
		{ "bad-version", TLS_EVENT_INVALID_RECORD_VERSION },
		{ "too-long", TLS_EVENT_INVALID_SSL_RECORD },
		{ "bad-sni", TLS_EVENT_INVALID_SNI_TYPE },
		{ "bad-sni-length", TLS_EVENT_INVALID_SNI_LENGTH },
		{ "bad-certificate", TLS_EVENT_INVALID_CERTIFICATE },
		{ "two-hellos", TLS_EVENT_MULTIPLE_SNI_EXTENSIONS },
		{ "heartbeat", TLS_EVENT_OVERFLOW_HEARTBEAT_MESSAGE },
		{ "heartbeat", TLS_EVENT_DATALEAK_HEARTBEAT_MISMATCH },
		{ "heartbeat", TLS_EVENT_INVALID_HEARTBEAT_MESSAGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(play(rows[i].file, 0)->events >> rows[i].event & 1))
			fail_msg("%s", rows[i].file);
		parser_close(&p);
	}
}

static void
an_old_hello_leads_to_a_new_handshake(void **state)
{
	struct tx *tx = play("ssl2", 0);

	(void)state;
	assert_int_equal(strlen(get(tx, BUF_TLS_RANDOM, C, 0)), 16);
	assert_non_null(get(tx, BUF_TLS_CERT_SUBJECT, S, 0));
	assert_null(get(tx, BUF_JA3_HASH, C, 0));
	parser_close(&p);
}

static void
content_tells_the_protocol(void **state)
{
	static const struct {
		const char *text;
		size_t      len;
		int         dir, answer;
	} rows[] = {
		{ "\x16\x03\x01\x02\x00\x01", 6, C, PROBE_YES },
		{ "\x16\x03\x01", 3, C, PROBE_MORE },
		{ "\x16\x03\x01\x02\x00\x02", 6, S, PROBE_YES },
		{ "\x15\x03\x03\x00\x02\x02\x28", 7, S, PROBE_YES },
		{ "\x16\x04\x01\x02\x00\x01", 6, C, PROBE_NO },
		{ "\x80\x2e\x01\x03\x01", 5, C, PROBE_YES },
		{ "\x80\x2e\x02\x03\x01", 5, C, PROBE_NO },
		{ "GET / ", 6, C, PROBE_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tls_proto.probe(bytes_of(rows[i].text, rows[i].len), rows[i].dir, 1, 2),
				rows[i].answer);
}

static void
pieces_and_cuts_of_recorded_handshakes_do_no_harm(void **state)
{
	static const char *const files[] = { "tls12", "tls13", "no-sni", "fragments", "ssl2", "alert", "alert-odd",
		"heartbeat", "bad-certificate", "two-hellos", "bad-sni" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "tests/fuzz/corpus/tls/%s", files[i]);
		parser_torture(&p, &tls_proto, path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_of_1_2_shows_names_and_certificate),
		cmocka_unit_test(a_handshake_of_1_3_shows_the_hellos),
		cmocka_unit_test(fingerprints_follow_their_descriptions),
		cmocka_unit_test(odd_records_raise_their_events),
		cmocka_unit_test(an_old_hello_leads_to_a_new_handshake),
		cmocka_unit_test(content_tells_the_protocol),
		cmocka_unit_test(pieces_and_cuts_of_recorded_handshakes_do_no_harm),
	};

	return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
