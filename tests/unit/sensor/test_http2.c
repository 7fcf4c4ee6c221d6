/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/http2.h"
#include "sensor/proto.h"
#include "sensor/proto/http2.h"
#include "tests/parser.h"

#include <string.h>

static struct parser p;

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &http2_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static struct tx *
stream(uint32_t id)
{
	struct tx *tx;

	TAILQ_FOREACH(tx, &p.flow.txs, link)
		if (((struct http2_tx *)tx)->stream == id)
			return tx;
	fail_msg("no stream %u", id);
	return NULL;
}

static bool
has_event(const struct tx *tx, enum http2_event e)
{
	return tx->events >> e & 1;
}

static void
a_stream_gives_the_buffers_of_http(void **state)
{
	struct tx *tx;

	(void)state;
	play("tests/fuzz/corpus/http2/exchange");
	tx = stream(1);
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_METHOD, 0, 0), "GET");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_URI, 0, 0), "/a?b=c");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_HOST, 0, 0), "town.example");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_HOST_RAW, 0, 0), "Town.example:8080");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_USER_AGENT, 0, 0), "bell/1");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_REQUEST_LINE, 0, 0), "GET /a?b=c HTTP/2\r\n");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_RESPONSE_LINE, 1, 0), "HTTP/2 200\r\n");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_PROTOCOL, 1, 0), "HTTP/2");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_STAT_CODE, 1, 0), "200");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_STAT_MSG, 1, 0), "");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_HEADER, 1, 0),
			":status: 200\r\nserver: s\r\ncontent-type: text/plain\r\n");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP_REQUEST_HEADER, 0, 1), ":path: /a?b=c");
	assert_string_equal(parser_buffer(&p, tx, BUF_HTTP2_HEADER_NAME, 1, 1), "server");
	assert_null(parser_buffer(&p, tx, BUF_HTTP2_HEADER_NAME, 1, 3));
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 1, 0), "hello world");
	parser_close(&p);
}

static void
frames_are_numbers(void **state)
{
	uint64_t v;

	(void)state;
	play("tests/fuzz/corpus/http2/exchange");
	assert_true(http2_number(stream(1), NUM_HTTP2_PRIORITY, 0, 0, &v));
	assert_int_equal(v, 15);
	assert_true(http2_number(stream(1), NUM_HTTP2_FRAMETYPE, 1, 1, &v));
	assert_int_equal(v, HTTP2_DATA);
	assert_true(http2_number(parser_tx(&p, 0), NUM_HTTP2_SETTINGS, 0, 0, &v));
	assert_true(v == (1ULL << 32 | 8192));
	assert_true(http2_number(parser_tx(&p, 1), NUM_HTTP2_WINDOW, 0, 0, &v));
	assert_int_equal(v, 34634);
	assert_false(http2_number(parser_tx(&p, 1), NUM_HTTP2_WINDOW, 0, 1, &v));
	assert_true(http2_number(parser_tx(&p, 4), NUM_HTTP2_ERRORCODE, 0, 0, &v));
	assert_null(parser_tx(&p, 5)); /* answers to settings are none */
	parser_close(&p);
}

static void
bodies_are_decoded(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/http2/gzip");
	assert_memory_equal(parser_buffer(&p, stream(1), BUF_FILE_DATA, 1, 0), "the alarm bell rings the", 24);
	parser_close(&p);
}

static void
a_block_may_be_continued_and_a_request_promised(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/http2/continued");
	assert_string_equal(parser_buffer(&p, stream(1), BUF_HTTP_COOKIE, 0, 0), "x=1");
	assert_string_equal(parser_buffer(&p, stream(2), BUF_HTTP_URI, 0, 0), "/pushed");
	assert_string_equal(parser_buffer(&p, stream(2), BUF_HTTP_STAT_CODE, 1, 0), "200");
	parser_close(&p);
}

static void
hosts_that_differ_are_told(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/http2/post");
	assert_true(has_event(stream(1), HTTP2_EVENT_AUTHORITY_HOST_MISMATCH));
	assert_string_equal(parser_buffer(&p, stream(1), BUF_HTTP_REQUEST_BODY, 0, 0), "payload");
	parser_close(&p);
}

static void
dns_in_it_makes_the_flow_doh(void **state)
{
	static const char *const paths[] = { "tests/fuzz/corpus/http2/doh-post", "tests/fuzz/corpus/http2/doh-get" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		play(paths[i]);
		assert_int_equal(p.flow.app, APPPROTO_DOH2);
		assert_string_equal(parser_buffer(&p, stream(1), BUF_DNS_QUERY, 0, 0), "www.town.example");
		assert_string_equal(parser_buffer(&p, stream(1), BUF_DNS_ANSWERS_RRNAME, 1, 0), "www.town.example");
		assert_int_equal(has_event(stream(1), HTTP2_EVENT_USERINFO_IN_URI), i == 1);
		parser_close(&p);
	}
}

static void
what_is_wrong_is_told_and_survived(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/http2/bad");
	assert_true(has_event(stream(1), HTTP2_EVENT_INVALID_HEADER));
	assert_string_equal(parser_buffer(&p, stream(3), BUF_HTTP_METHOD, 0, 0), "GET");
	assert_true(has_event(parser_tx(&p, 2), HTTP2_EVENT_DATA_STREAM_ZERO));
	assert_true(has_event(parser_tx(&p, 3), HTTP2_EVENT_INVALID_FRAME_LENGTH));
	assert_true(has_event(stream(5), HTTP2_EVENT_INVALID_FRAME_LENGTH));
	assert_true(has_event(stream(5), HTTP2_EVENT_INVALID_FRAME_DATA));
	parser_close(&p);
	play("tests/fuzz/corpus/http2/odd");
	assert_true(has_event(parser_tx(&p, 0), HTTP2_EVENT_INVALID_CLIENT_MAGIC));
	parser_close(&p);
}

static void
an_upgraded_request_is_the_first_stream(void **state)
{
	static const char carried[] = "GET\n/x\nh\nAAMAAABkAAQAAP__\n";

	uint64_t v;

	(void)state;
	parser_open(&p, &http2_proto, 1u << 20);
	assert_int_equal(pbuf_add(p.env.pool, &p.env.carried, carried, sizeof(carried) - 1), 0);
	parser_give(&p, 1, "\0\0\0\4\0\0\0\0\0", 9);
	assert_string_equal(parser_buffer(&p, stream(1), BUF_HTTP_URI, 0, 0), "/x");
	assert_true(http2_number(parser_tx(&p, 1), NUM_HTTP2_SETTINGS, 0, 1, &v));
	assert_true(v == (4ULL << 32 | 65535));
	parser_close(&p);
}

static void
streams_are_bounded(void **state)
{
	static const uint8_t frame[] = { 0, 0, 0, 1, 0, 0, 0, 0, 0 };

	unsigned n = 0;
	struct tx *tx;

	(void)state;
	parser_open(&p, &http2_proto, 64u << 20);
	parser_give(&p, 0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	for (uint32_t id = 1; id < 3 * HTTP2_STREAMS_MAX; id += 2) {
		uint8_t f[sizeof(frame)];

		memcpy(f, frame, sizeof(f));
		f[7] = (uint8_t)(id >> 8), f[8] = (uint8_t)id;
		parser_give(&p, 0, f, sizeof(f));
	}
	TAILQ_FOREACH(tx, &p.flow.txs, link)
		n++;
	assert_int_equal(n, HTTP2_STREAMS_MAX);
	parser_close(&p);
}

static void
preface_and_settings_are_recognised(void **state)
{
	(void)state;
	assert_int_equal(http2_proto.probe(bytes_str("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 0, 1, 2), PROBE_YES);
	assert_int_equal(http2_proto.probe(bytes_str("PRI * "), 0, 1, 2), PROBE_MORE);
	assert_int_equal(http2_proto.probe(bytes_str("PRINT"), 0, 1, 2), PROBE_NO);
	assert_int_equal(http2_proto.probe(bytes_of("\0\0\6\4\0\0\0\0\0", 9), 1, 1, 2), PROBE_YES);
	assert_int_equal(http2_proto.probe(bytes_of("\0\0\6\4", 4), 1, 1, 2), PROBE_MORE);
	assert_int_equal(http2_proto.probe(bytes_of("\0\0\7\4\0\0\0\0\0", 9), 1, 1, 2), PROBE_NO);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	static const char *const names[] = { "exchange", "gzip", "continued", "post", "doh-post", "doh-get", "bad" };

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[80];

		snprintf(path, sizeof(path), "tests/fuzz/corpus/http2/%s", names[i]);
		parser_torture(&p, &http2_proto, path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_gives_the_buffers_of_http),
		cmocka_unit_test(frames_are_numbers),
		cmocka_unit_test(bodies_are_decoded),
		cmocka_unit_test(a_block_may_be_continued_and_a_request_promised),
		cmocka_unit_test(hosts_that_differ_are_told),
		cmocka_unit_test(dns_in_it_makes_the_flow_doh),
		cmocka_unit_test(what_is_wrong_is_told_and_survived),
		cmocka_unit_test(an_upgraded_request_is_the_first_stream),
		cmocka_unit_test(streams_are_bounded),
		cmocka_unit_test(preface_and_settings_are_recognised),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
