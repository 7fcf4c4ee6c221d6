/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/http1.h"
#include "sensor/proto/http1.h"
#include "sensor/settings.h"
#include "tests/parser.h"

#include <string.h>

static struct parser p;

#define C DIR_TOSERVER
#define S DIR_TOCLIENT
#define GET "GET / HTTP/1.1\r\nHost: e\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\n"

static void
say(int dir, const char *text)
{
	parser_give(&p, dir, text, strlen(text));
}

/* A conversation of one request and one response, from a fresh state. */
static void
talk(const char *request, const char *response)
{
	parser_open(&p, &http1_proto, 4u << 20);
	say(C, request);
	say(S, response);
}

static const char *
get(enum buffer b, int dir)
{
	return parser_buffer(&p, parser_tx(&p, 0), b, dir, 0);
}

static bool
has(enum http1_event e)
{
	return parser_tx(&p, 0)->events >> e & 1;
}

/* ---- the head ---- */

static void
a_request_and_its_response_are_one_transaction(void **state)
{
	struct tx *tx;

	(void)state;
	talk("GET /a?b=c HTTP/1.1\r\nHost: Ex.COM:8080\r\nUser-Agent: curl\r\nCookie: k=v\r\n\r\n",
			OK "Server: s\r\nSet-Cookie: q\r\nContent-Length: 5\r\n\r\nhello");
	tx = parser_tx(&p, 0);
	assert_string_equal(get(BUF_HTTP_METHOD, C), "GET");
	assert_string_equal(get(BUF_HTTP_URI, C), "/a?b=c");
	assert_string_equal(get(BUF_HTTP_HOST, C), "ex.com");
	assert_string_equal(get(BUF_HTTP_HOST_RAW, C), "Ex.COM:8080");
	assert_string_equal(get(BUF_HTTP_USER_AGENT, C), "curl");
	assert_string_equal(get(BUF_HTTP_COOKIE, C), "k=v");
	assert_string_equal(get(BUF_HTTP_HEADER, C), "Host: Ex.COM:8080\r\nUser-Agent: curl\r\n");
	assert_string_equal(get(BUF_HTTP_HEADER_NAMES, C), "\r\nHost\r\nUser-Agent\r\nCookie\r\n\r\n");
	assert_string_equal(get(BUF_HTTP_REQUEST_LINE, C), "GET /a?b=c HTTP/1.1");
	assert_string_equal(get(BUF_HTTP_PROTOCOL, C), "HTTP/1.1");
	assert_string_equal(get(BUF_HTTP_STAT_CODE, S), "200");
	assert_string_equal(get(BUF_HTTP_STAT_MSG, S), "OK");
	assert_string_equal(get(BUF_HTTP_COOKIE, S), "q");
	assert_string_equal(get(BUF_HTTP_SERVER, S), "s");
	assert_string_equal(get(BUF_HTTP_RESPONSE_BODY, S), "hello");
	assert_string_equal(get(BUF_FILE_DATA, S), "hello");
	assert_string_equal(get(BUF_FILE_NAME, S), "/a");
	assert_int_equal(tx->progress[C], HTTP1_REQUEST_COMPLETE);
	assert_int_equal(tx->progress[S], HTTP1_RESPONSE_COMPLETE);
	assert_null(parser_tx(&p, 1));
	parser_close(&p);
}

static void
pipelined_messages_are_matched_in_order(void **state)
{
	(void)state;
	talk("GET /1 HTTP/1.1\r\nHost: e\r\n\r\nGET /2 HTTP/1.1\r\nHost: e\r\n\r\n",
			OK "Content-Length: 1\r\n\r\nA" OK "Content-Length: 1\r\n\r\nB");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_HTTP_URI, C, 0), "/1");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_HTTP_RESPONSE_BODY, S, 0), "A");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_HTTP_URI, C, 0), "/2");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_HTTP_RESPONSE_BODY, S, 0), "B");
	parser_close(&p);
}

static void
headers_come_in_every_shape(void **state)
{
	static const struct {
		const char *lines, *request, *response; /* NULL: the same as in requests */
	} rows[] = {
		{ "A: 1\r\nB: 2\r\na: 3\r\n", "A: 1, 3\r\nB: 2\r\n", NULL },
		{ "A:1\nB : 2\n", "A: 1\r\nB: 2\r\n", NULL },
		{ "A: x  \t\r\n", "A: x\r\n", NULL },
		{ "A: x\r\n\ty\r\n \r\n z\r\n", "A: x\ty  z\r\n", NULL },
		{ "A\r\n : b\r\n", "A: b\r\n", NULL },
		{ "no colon\r\n: no name\r\n", ": no colon, no name\r\n", NULL },
		{ "A: b\r\n C: d\r\n", "A: b C: d\r\n", "A: b\r\nC: d\r\n" },
		{ "A: b\rC: d\r\n", "A: b\rC: d\r\n", "A: b\r\nC: d\r\n" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "GET / HTTP/1.0\r\n%s\r\n", rows[i].lines);
		talk(text, "");
		assert_string_equal(get(BUF_HTTP_HEADER, C), rows[i].request);
		parser_close(&p);
		snprintf(text, sizeof(text), OK "%s\r\n", rows[i].lines);
		talk(GET, text);
		assert_string_equal(get(BUF_HTTP_HEADER, S),
				rows[i].response ? rows[i].response : rows[i].request);
		parser_close(&p);
	}
}

static void
odd_heads_raise_their_events(void **state)
{
	static const struct {
		const char      *request, *response;
		enum http1_event event;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nA: b\r\n\r\n", "", HTTP1_EVENT_MISSING_HOST_HEADER },
		{ "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "", HTTP1_EVENT_HOST_HEADER_AMBIGUOUS },
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "", HTTP1_EVENT_REQUEST_HEADER_REPETITION },
		{ "GET / HTTP/1.1\r\nHost: a!\r\n\r\n", "", HTTP1_EVENT_REQUEST_HEADER_HOST_INVALID },
		{ "GET / HTTP/1.1\r\nHost: a:81\r\n\r\n", "",
				HTTP1_EVENT_REQUEST_SERVER_PORT_TCP_PORT_MISMATCH },
		{ "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Foo\r\n\r\n", "",
				HTTP1_EVENT_REQUEST_AUTH_UNRECOGNIZED },
		{ "GET / HTTP/1.1\r\nHost\r\n\r\n", "", HTTP1_EVENT_REQUEST_FIELD_MISSING_COLON },
		{ "GET / HTTP/1.1\r\n A: b\r\n\r\n", "", HTTP1_EVENT_INVALID_REQUEST_FIELD_FOLDING },
		{ " GET / HTTP/1.1\r\n\r\n", "", HTTP1_EVENT_REQUEST_LINE_LEADING_WHITESPACE },
		{ "GET\t/ HTTP/1.1\r\n\r\n", "", HTTP1_EVENT_METHOD_DELIM_NON_COMPLIANT },
		{ "GET /\tHTTP/1.1\r\n\r\n", "", HTTP1_EVENT_URI_DELIM_NON_COMPLIANT },
		{ "GET /\r\nHost: a\r\n\r\n", "", HTTP1_EVENT_REQUEST_LINE_MISSING_PROTOCOL },
		{ GET, "HTTP/9 200 OK\r\n\r\n", HTTP1_EVENT_RESPONSE_INVALID_PROTOCOL },
		{ GET, "HTTP/1.1 x OK\r\n\r\n", HTTP1_EVENT_RESPONSE_INVALID_STATUS },
		{ GET, OK "Transfer-Encoding: x\r\n\r\n",
				HTTP1_EVENT_INVALID_TRANSFER_ENCODING_VALUE_IN_RESPONSE },
		{ GET, OK "Content-Length: x\r\n\r\n", HTTP1_EVENT_INVALID_CONTENT_LENGTH_FIELD_IN_RESPONSE },
		{ GET, OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", HTTP1_EVENT_INVALID_RESPONSE_CHUNK_LEN },
		{ GET, OK "Content-Encoding: foo\r\n\r\n", HTTP1_EVENT_ABNORMAL_CE_HEADER },
		{ GET, OK "Content-Encoding: gzip,gzip,gzip\r\n\r\n", HTTP1_EVENT_TOO_MANY_ENCODING_LAYERS },
		{ "", OK "\r\n", HTTP1_EVENT_UNABLE_TO_MATCH_RESPONSE_TO_REQUEST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		parser_open(&p, &http1_proto, 4u << 20);
		p.flow.port[1] = 80;
		say(C, rows[i].request);
		say(S, rows[i].response);
		if (!has(rows[i].event))
			fail_msg("row %zu: %s", i, http1_app.events[rows[i].event]);
		parser_close(&p);
	}
}

static void
an_ordinary_exchange_raises_no_event(void **state)
{
	(void)state;
	talk(GET, OK "Content-Length: 2\r\n\r\nhi");
	assert_int_equal(parser_tx(&p, 0)->events, 0);
	parser_close(&p);
}

/* ---- bodies ---- */

static void
bodies_end_as_they_say(void **state)
{
	static const struct {
		const char *head, *body, *seen;
	} rows[] = {
		{ "Content-Length: 3\r\n", "abc", "abc" },
		{ "Transfer-Encoding: chunked\r\n", "3;x\r\nabc\r\n 2 \r\nde\r\n0\r\n\r\n", "abcde" },
		{ "Transfer-Encoding: chunked\r\nContent-Length: 99\r\n", "1\r\na\r\n0\r\n\r\n", "a" },
		{ "Transfer-Encoding: chunked\r\n", "zz\r\nab", "zz\r\nab" },
		{ "", "until the end", "until the end" },
		{ "Content-Encoding: gzip\r\n", "no gzip at all", "no gzip at all" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t step = 0; step < 3; step++) {
			parser_open(&p, &http1_proto, 4u << 20);
			say(C, GET);
			snprintf(text, sizeof(text), OK "%s\r\n%s", rows[i].head, rows[i].body);
			parser_give_in(&p, S, text, strlen(text), step);
			parser_end(&p);
			assert_string_equal(get(BUF_HTTP_RESPONSE_BODY, S), rows[i].seen);
			assert_int_equal(parser_tx(&p, 0)->progress[S], HTTP1_RESPONSE_COMPLETE);
			parser_close(&p);
		}
	}
}

static void
a_trailer_joins_the_headers(void **state)
{
	(void)state;
	talk("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: v\r\n\r\n", "");
	assert_string_equal(get(BUF_HTTP_HEADER, C), "Transfer-Encoding: chunked\r\nT: v\r\n");
	parser_close(&p);
}

static void
a_head_response_has_no_body(void **state)
{
	(void)state;
	talk("HEAD / HTTP/1.1\r\nHost: e\r\n\r\n" GET,
			OK "Content-Length: 5\r\n\r\n" OK "Content-Length: 1\r\n\r\nx");
	assert_null(get(BUF_HTTP_RESPONSE_BODY, S));
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_HTTP_RESPONSE_BODY, S, 0), "x");
	parser_close(&p);
}

static void
an_unfinished_body_is_shown_from_its_least_size_on(void **state)
{
	static char           text[3000];
	struct proto_settings settings = proto_defaults;
	struct view           v;

	(void)state;
	memset(text, 'x', sizeof(text));
	settings.http_response_least = 4000;
	parser_open(&p, &http1_proto, 4u << 20);
	p.env.settings = &settings;
	say(C, GET);
	say(S, OK "Content-Length: 9000\r\n\r\n");
	parser_give(&p, S, text, sizeof(text));
	assert_null(get(BUF_FILE_DATA, S));
	parser_give(&p, S, text, sizeof(text));
	assert_non_null(get(BUF_FILE_DATA, S));
	assert_true(http1_proto.ops.buffer(parser_tx(&p, 0), BUF_FILE_DATA, S, 0, &v));
	assert_int_equal(v.start, 0);
	assert_int_equal(v.data.left, 6000);
	assert_false(v.ended);
	parser_close(&p);
}

static void
what_was_seen_of_a_body_is_let_go_but_for_a_window(void **state)
{
	static char text[10000];
	struct view v;

	(void)state;
	memset(text, 'x', sizeof(text));
	parser_open(&p, &http1_proto, 4u << 20);
	say(C, GET);
	say(S, OK "Content-Length: 90000\r\n\r\n");
	for (int i = 0; i < 9; i++) {
		parser_give(&p, S, text, sizeof(text));
		parser_tx(&p, 0)->updated[S] = false; /* as the engine does when it has looked */
	}
	assert_true(http1_proto.ops.buffer(parser_tx(&p, 0), BUF_FILE_DATA, S, 0, &v));
	assert_int_equal(v.start + v.data.left, 90000);
	assert_int_equal(v.start, 80000 - proto_defaults.http_response_window);
	parser_close(&p);
}

static void
a_body_is_cut_at_its_limit(void **state)
{
	static char text[5000];
	struct view v;

	(void)state;
	parser_open(&p, &http1_proto, 4u << 20);
	say(C, GET);
	say(S, OK "Content-Length: 200000\r\n\r\n");
	for (int i = 0; i < 40; i++)
		parser_give(&p, S, text, sizeof(text));
	assert_true(http1_proto.ops.buffer(parser_tx(&p, 0), BUF_FILE_DATA, S, 0, &v));
	assert_int_equal(v.start + v.data.left, proto_defaults.http_response_limit);
	assert_true(v.ended);
	assert_int_equal(TAILQ_FIRST(&parser_tx(&p, 0)->files)->state, FILE_TRUNCATED);
	parser_close(&p);
}

static void
a_form_gives_a_file_for_each_part_with_a_name(void **state)
{
	size_t   len;
	uint8_t *form = parser_file("tests/fuzz/corpus/http1/form", &len);

	(void)state;
	parser_open(&p, &http1_proto, 4u << 20);
	parser_play(&p, bytes_of(form, len), 1);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_FILE_NAME, C, 0), "a \"b\".exe");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_FILE_DATA, C, 0), "MZ\r\n--B not yet");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_FILE_NAME, C, 1), "c.txt");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_FILE_DATA, C, 1), "plain");
	assert_null(parser_buffer(&p, parser_tx(&p, 0), BUF_FILE_NAME, C, 2));
	parser_close(&p);
	free(form);
}

static void
codings_are_undone(void **state)
{
	static const struct {
		const char *file, *seen;
	} rows[] = {
		{ "gzip", "hello hello hello hello" },
		{ "deflate", "hello hello hello" },
		{ "layers", "two layers of it" },
		{ "brotli", "hello" },
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t   len;
		uint8_t *data;

		snprintf(path, sizeof(path), "tests/fuzz/corpus/http1/%s", rows[i].file);
		data = parser_file(path, &len);
		for (size_t step = 0; step < 3; step++) {
			parser_open(&p, &http1_proto, 16u << 20);
			parser_play(&p, bytes_of(data, len), step);
			assert_string_equal(get(BUF_FILE_DATA, S), rows[i].seen);
			parser_close(&p);
		}
		free(data);
	}
}

/* ---- turns of a connection ---- */

static void
connect_and_upgrade_hand_over(void **state)
{
	(void)state;
	talk("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "HTTP/1.1 200 Ok\r\n\r\n");
	assert_int_equal(p.switched, APPPROTO_UNKNOWN);
	parser_close(&p);
	talk(GET, "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n");
	assert_int_equal(p.switched, APPPROTO_WEBSOCKET);
	parser_close(&p);
}

static void
a_refused_connect_goes_on_with_requests(void **state)
{
	(void)state;
	talk("CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
	say(C, "GET /x HTTP/1.1\r\nHost: e\r\n\r\n");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_HTTP_URI, C, 0), "/x");
	parser_close(&p);
}

static void
an_interim_response_is_followed_by_the_real_one(void **state)
{
	(void)state;
	talk(GET, "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx");
	assert_string_equal(get(BUF_HTTP_STAT_CODE, S), "200");
	assert_null(parser_tx(&p, 1));
	say(C, GET);
	say(S, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
	assert_true(parser_tx(&p, 1)->events >> HTTP1_EVENT_100_CONTINUE_ALREADY_SEEN & 1);
	parser_close(&p);
}

static void
after_a_gap_the_next_message_is_found(void **state)
{
	(void)state;
	talk(GET GET GET, OK "Content-Length: 3\r\n\r\nabc");
	parser_gap(&p, S, 100);
	say(S, "rest of a body\r\n" OK "Content-Length: 3\r\n\r\ndef");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_HTTP_RESPONSE_BODY, S, 0), "def");
	parser_close(&p);
}

static void
a_gap_inside_a_body_of_known_length_is_only_a_hole(void **state)
{
	struct view v;

	(void)state;
	talk(GET, OK "Content-Length: 9\r\n\r\nabc");
	parser_gap(&p, S, 3);
	say(S, "ghi" OK "\r\n");
	assert_true(http1_proto.ops.buffer(parser_tx(&p, 0), BUF_FILE_DATA, S, 0, &v));
	assert_int_equal(v.start, 6);
	assert_int_equal(parser_tx(&p, 0)->progress[S], HTTP1_RESPONSE_COMPLETE);
	parser_close(&p);
}

static void
requests_that_are_never_answered_are_bounded(void **state)
{
	unsigned waiting = 0;

	(void)state;
	parser_open(&p, &http1_proto, 16u << 20);
	for (int i = 0; i < 2 * HTTP1_TX_MAX; i++)
		say(C, GET);
	for (unsigned i = 0; parser_tx(&p, i); i++)
		waiting += parser_tx(&p, i)->progress[S] < HTTP1_RESPONSE_COMPLETE;
	assert_int_equal(waiting, HTTP1_TX_MAX);
	parser_close(&p);
}

static void
a_small_pool_costs_data_and_nothing_else(void **state)
{
	static char text[60000];

	(void)state;
	for (size_t budget = 1024; budget < 65536; budget += 1024) {
		parser_open(&p, &http1_proto, budget);
		say(C, "GET /a HTTP/1.1\r\nHost: e\r\nA: b\r\nA: c\r\nCookie: d\r\n\r\n");
		say(S, OK "Content-Encoding: gzip\r\nContent-Length: 60000\r\n\r\n");
		parser_give(&p, S, text, sizeof(text));
		if (parser_tx(&p, 0))
			for (int b = 1; b < BUF_COUNT; b++)
				(void)parser_buffer(&p, parser_tx(&p, 0), (enum buffer)b, C, 0);
		parser_close(&p);
	}
}

/* ---- reports and recognition ---- */

static void
eve_has_the_fields_that_tools_know(void **state)
{
	(void)state;
	talk("GET /u HTTP/1.1\r\nHost: h:81\r\nUser-Agent: a\r\nReferer: r\r\n\r\n",
			"HTTP/1.1 302 Found\r\nContent-Type: t\r\nLocation: /l\r\nContent-Range: bytes "
			"2-4/10\r\nContent-Length: 3\r\n\r\nabc");
	assert_string_equal(parser_eve(&p, parser_tx(&p, 0)),
			"{\"http\":{\"hostname\":\"h\",\"http_port\":81,\"url\":\"/u\",\"http_user_agent\":\"a\","
			"\"http_content_type\":\"t\",\"content_range\":{\"raw\":\"bytes 2-4/10\",\"start\":2,"
			"\"end\":4,\"size\":10},\"http_refer\":\"r\",\"http_method\":\"GET\","
			"\"protocol\":\"HTTP/1.1\",\"status\":302,\"redirect\":\"/l\",\"length\":3}}");
	parser_close(&p);
}

static void
content_tells_the_protocol(void **state)
{
	static const struct {
		const char *text;
		int         dir;
		int         answer;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n", C, PROBE_YES },
		{ "\r\nPOST / HTTP/1.1\r\n", C, PROBE_YES },
		{ "GE", C, PROBE_MORE },
		{ "FOO / HTTP/1.1\r\n", C, PROBE_YES },
		{ "FOO / HT", C, PROBE_MORE },
		{ "OPTIONS sip:a SIP/2.0\r\n", C, PROBE_NO },
		{ "EHLO x\r\n", C, PROBE_NO },
		{ "HTTP/1.1 200 OK", S, PROBE_YES },
		{ "220 hello", S, PROBE_NO },
		{ "SSH-2.0-x\r\n", S, PROBE_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(http1_proto.probe(bytes_str(rows[i].text), rows[i].dir, 1, 2),
				rows[i].answer);
}

static void
pieces_and_cuts_of_recorded_exchanges_do_no_harm(void **state)
{
	static const char *const files[] = { "plain", "pipelined", "chunked", "gzip", "layers", "form",
		"folded", "lone-cr", "nul", "until-close", "continue", "connect", "connect-refused",
		"upgrade", "old", "no-request", "spaces", "host", "range", "uri" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "tests/fuzz/corpus/http1/%s", files[i]);
		parser_torture(&p, &http1_proto, path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_and_its_response_are_one_transaction),
		cmocka_unit_test(pipelined_messages_are_matched_in_order),
		cmocka_unit_test(headers_come_in_every_shape),
		cmocka_unit_test(odd_heads_raise_their_events),
		cmocka_unit_test(an_ordinary_exchange_raises_no_event),
		cmocka_unit_test(bodies_end_as_they_say),
		cmocka_unit_test(a_trailer_joins_the_headers),
		cmocka_unit_test(a_head_response_has_no_body),
		cmocka_unit_test(an_unfinished_body_is_shown_from_its_least_size_on),
		cmocka_unit_test(what_was_seen_of_a_body_is_let_go_but_for_a_window),
		cmocka_unit_test(a_body_is_cut_at_its_limit),
		cmocka_unit_test(a_form_gives_a_file_for_each_part_with_a_name),
		cmocka_unit_test(codings_are_undone),
		cmocka_unit_test(connect_and_upgrade_hand_over),
		cmocka_unit_test(a_refused_connect_goes_on_with_requests),
		cmocka_unit_test(an_interim_response_is_followed_by_the_real_one),
		cmocka_unit_test(after_a_gap_the_next_message_is_found),
		cmocka_unit_test(a_gap_inside_a_body_of_known_length_is_only_a_hole),
		cmocka_unit_test(requests_that_are_never_answered_are_bounded),
		cmocka_unit_test(a_small_pool_costs_data_and_nothing_else),
		cmocka_unit_test(eve_has_the_fields_that_tools_know),
		cmocka_unit_test(content_tells_the_protocol),
		cmocka_unit_test(pieces_and_cuts_of_recorded_exchanges_do_no_harm),
	};

	return cmocka_run_group_tests_name("http1", tests, NULL, NULL);
}
