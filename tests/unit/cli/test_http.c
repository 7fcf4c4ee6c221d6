/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "cli/http.h"

struct row {
	const char *answer;
	int         status;
	const char *body; /* NULL: the answer is refused */
	bool        ends; /* only when the peer closes */
};

static const struct row rows[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false },
	{ "HTTP/1.1 200 OK\r\ncontent-LENGTH:5\r\n\r\nhello", 200, "hello", false },
	{ "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "", false },
	{ "HTTP/1.1 204 None\r\n\r\n", 204, "", false },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
			200, "abc0123456789", false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\n", 200, "a",
			false },
	{ "HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end", true },
	{ "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", 404, "{}", false },
	/* refused */
	{ "HTTP/2 200 OK\r\n\r\n", 0, NULL, false },
	{ "SSH-2.0-OpenSSH_9.2\r\n", 0, NULL, false },
	{ "HTTP/1.1 20\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 2000 OK\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 099 OK\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0, NULL, false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 0, NULL, false },
};

/* Feed in pieces of `step` bytes. 0 or the first error; `body` gets what came out. */
static int
feed(struct http_reply *r, const struct row *row, size_t step, struct evbuffer *body)
{
	struct evbuffer *in = evbuffer_new();
	size_t           len = strlen(row->answer), n;
	int              err = 0;

	http_start(r);
	for (size_t at = 0; at < len && !err; at += n) {
		n = len - at < step ? len - at : step;
		evbuffer_add(in, row->answer + at, n);
		err = http_feed(r, in, body);
	}
	if (!err && row->ends)
		err = http_end(r);
	evbuffer_free(in);
	return err;
}

static void
answers_are_read_however_they_are_cut_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t step = 1; step < 60; step++) {
			struct evbuffer  *body = evbuffer_new();
			struct http_reply r;
			int               err = feed(&r, &rows[i], step, body);

			if (!rows[i].body) {
				assert_int_equal(err, -EBADMSG);
			} else {
				assert_int_equal(err, 0);
				assert_int_equal(r.part, HTTP_DONE);
				assert_int_equal(r.status, rows[i].status);
				assert_int_equal(evbuffer_get_length(body), strlen(rows[i].body));
				assert_memory_equal(evbuffer_pullup(body, -1) ? evbuffer_pullup(body, -1)
									       : (unsigned char *)"",
						rows[i].body, strlen(rows[i].body));
			}
			evbuffer_free(body);
		}
	}
}

static void
an_answer_that_breaks_off_is_no_answer(void **state)
{
	const char *whole = rows[0].answer;

	(void)state;
	for (size_t len = 0; len < strlen(whole); len++) {
		struct evbuffer  *in = evbuffer_new(), *body = evbuffer_new();
		struct http_reply r;

		http_start(&r);
		evbuffer_add(in, whole, len);
		assert_int_equal(http_feed(&r, in, body), 0);
		assert_int_equal(http_end(&r), -ECONNRESET);
		evbuffer_free(in);
		evbuffer_free(body);
	}
}

static void
a_head_without_end_is_refused(void **state)
{
	struct evbuffer  *in = evbuffer_new(), *body = evbuffer_new();
	struct http_reply r;
	int               err = 0;
	size_t            sent = 0;

	(void)state;
	http_start(&r);
	evbuffer_add_printf(in, "HTTP/1.1 200 OK\r\n");
	for (; !err && sent < 2 * HTTP_HEAD_MAX; sent += 10) {
		evbuffer_add_printf(in, "X: 12345\r\n");
		err = http_feed(&r, in, body);
	}
	assert_int_equal(err, -EBADMSG);

	http_start(&r);
	evbuffer_drain(in, evbuffer_get_length(in));
	for (err = 0, sent = 0; !err && sent < 2 * HTTP_LINE_MAX; sent += 10) {
		evbuffer_add_printf(in, "0123456789");
		err = http_feed(&r, in, body);
	}
	assert_int_equal(err, -EBADMSG);
	evbuffer_free(in);
	evbuffer_free(body);
}

static void
whether_the_peer_will_close_is_known(void **state)
{
	static const struct {
		const char *answer;
		bool        closes;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false },
		{ "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evbuffer  *in = evbuffer_new(), *body = evbuffer_new();
		struct http_reply r;

		http_start(&r);
		evbuffer_add(in, cases[i].answer, strlen(cases[i].answer));
		assert_int_equal(http_feed(&r, in, body), 0);
		assert_int_equal(r.closes, cases[i].closes);
		evbuffer_free(in);
		evbuffer_free(body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read_however_they_are_cut_up),
		cmocka_unit_test(an_answer_that_breaks_off_is_no_answer),
		cmocka_unit_test(a_head_without_end_is_refused),
		cmocka_unit_test(whether_the_peer_will_close_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
