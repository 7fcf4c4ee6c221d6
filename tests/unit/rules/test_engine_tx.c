/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions through the engine: what is there at which state, and what is remembered until the next packet. */
#include "rules/app/dns.h"
#include "rules/app/http1.h"
#include "tests/rig.h"
#include "tests/test.h"

#define H "alert http any any -> any any "
#define DONE HTTP1_REQUEST_COMPLETE

static void
parts_match_as_the_transaction_goes_on(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, H "(http.uri; content:\"/a\"; sid:1;)\n"
		     H "(http.uri; content:\"/a\"; http.host; content:\"evil\"; sid:2;)\n"
		     H "(http.uri; content:\"/a\"; http.host; content:\"good\"; sid:3;)\n"
		     H "(http.host; content:\"evil\"; http.request_body; content:\"pass\"; sid:4;)\n"
		     H "(http.uri; content:\"/b\"; http.host; content:\"evil\"; sid:5;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_STARTED), "");
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/abc");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_LINE), "1");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_LINE), "");
	rig_tx_set(&t, BUF_HTTP_HOST, DIR_TOSERVER, "evil.example");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_HEADERS), "2");
	rig_tx_set(&t, BUF_HTTP_REQUEST_BODY, DIR_TOSERVER, "pass=1");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_BODY), "4");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, DONE), "");
	assert_true(t.tx.done_inspect[DIR_TOSERVER]);
	assert_null(t.tx.rules[DIR_TOSERVER]);
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
all_at_once_gives_the_same(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, H "(http.uri; content:\"/a\"; http.host; content:\"evil\"; http.request_body; content:\"pass\"; sid:1;)\n"
		     H "(content:\"/a\"; http_uri; content:\"evil\"; http_host; sid:2;)\n"
		     H "(http.uri; content:\"/a\"; bsize:4; content:!\"x\"; sid:3;)\n"
		     H "(http.uri; content:\"c\"; content:\"/a\"; http.uri; content:\"b\"; distance:0; sid:4;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/abc");
	rig_tx_set(&t, BUF_HTTP_HOST, DIR_TOSERVER, "evil.example");
	rig_tx_set(&t, BUF_HTTP_REQUEST_BODY, DIR_TOSERVER, "pass=1");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, DONE), "1 2 3 4");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
transactions_do_not_mix(void **state)
{
	struct rig    r;
	struct rig_tx a, b;

	(void)state;
	rig_open(&r, H "(http.uri; content:\"/a\"; http.host; content:\"evil\"; sid:1;)\n");
	rig_tx_init(&r, &a, APPPROTO_HTTP1, DONE);
	rig_tx_init(&r, &b, APPPROTO_HTTP1, DONE);
	rig_tx_set(&a, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	rig_tx_set(&a, BUF_HTTP_HOST, DIR_TOSERVER, "good");
	rig_tx_set(&b, BUF_HTTP_URI, DIR_TOSERVER, "/b");
	rig_tx_set(&b, BUF_HTTP_HOST, DIR_TOSERVER, "evil");
	a.tx.progress[0] = DONE;
	assert_string_equal(rig_tx_at(&r, &b, DIR_TOSERVER, DONE), "");
	rig_tx_release(&r, &a);
	rig_tx_release(&r, &b);
	rig_close(&r);
}

static void
each_transaction_that_matches_alerts(void **state)
{
	struct rig    r;
	struct rig_tx a, b;

	(void)state;
	rig_open(&r, H "(http.uri; content:\"/a\"; sid:1;)\n");
	rig_tx_init(&r, &a, APPPROTO_HTTP1, DONE);
	rig_tx_init(&r, &b, APPPROTO_HTTP1, DONE);
	rig_tx_set(&a, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	rig_tx_set(&b, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	a.tx.progress[0] = DONE;
	assert_string_equal(rig_tx_at(&r, &b, DIR_TOSERVER, DONE), "1 1");
	assert_ptr_equal(r.alerts[0].tx, &a.tx);
	assert_ptr_equal(r.alerts[1].tx, &b.tx);
	rig_tx_release(&r, &a);
	rig_tx_release(&r, &b);
	rig_close(&r);
}

static void
requests_and_responses_are_two_directions(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, H "(http.uri; content:\"/a\"; sid:1;)\n" H "(http.stat_code; content:\"200\"; sid:2;)\n"
		     H "(flow:to_client; http.header; content:\"x\"; sid:3;)\n" H "(http.header; content:\"x\"; sid:4;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	rig_tx_set(&t, BUF_HTTP_HEADER, DIR_TOSERVER, "x");
	rig_tx_set(&t, BUF_HTTP_STAT_CODE, DIR_TOCLIENT, "200");
	rig_tx_set(&t, BUF_HTTP_HEADER, DIR_TOCLIENT, "x");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, DONE), "1 4");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOCLIENT, DONE), "2 3 4");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
any_of_several_buffers_may_match(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, "alert dns any any -> any any (dns.query; content:\"evil\"; sid:1;)\n"
		     "alert dns any any -> any any (dns.query; content:\"good\"; startswith; content:\"com\"; endswith; sid:2;)\n"
		     "alert dns any any -> any any (dns.query; content:\"one\"; dns.query; content:\"evil\"; sid:3;)\n"
		     "alert dns any any -> any any (dns.query; content:\"one\"; content:\"evil\"; sid:4;)\n"
		     "alert dns any any -> any any (dns.query; content:!\"evil\"; sid:5;)\n");
	rig_tx_init(&r, &t, APPPROTO_DNS, 1);
	rig_tx_set(&t, BUF_DNS_QUERY, DIR_TOSERVER, "one.org");
	rig_tx_set(&t, BUF_DNS_QUERY, DIR_TOSERVER, "evil.org");
	rig_tx_set(&t, BUF_DNS_QUERY, DIR_TOSERVER, "good.com");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, 1), "1 2 3 5");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
numbers_of_transactions_compare(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, "alert dns any any -> any any (dns.opcode:4; sid:1;)\n"
		     "alert dns any any -> any any (dns.opcode:!4; sid:2;)\n"
		     "alert dns any any -> any any (dns.rrtype:>20; sid:3;)\n");
	rig_tx_init(&r, &t, APPPROTO_DNS, 1);
	t.numbers[0] = (struct rig_number){ NUM_DNS_OPCODE, DIR_TOSERVER, 4 };
	t.numbers[1] = (struct rig_number){ NUM_DNS_RRTYPE, DIR_TOSERVER, 1 };
	t.numbers[2] = (struct rig_number){ NUM_DNS_RRTYPE, DIR_TOSERVER, 28 };
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, 1), "1 3");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

/* ---- bodies that grow ---- */

/* Show bytes `start` … of a body of which `window` are still kept. */
static const char *
grow(struct rig *r, struct rig_tx *t, struct rig_buffer *b, const char *window, uint64_t start, bool ended)
{
	b->view = (struct view){ .data = bytes_of(window, strlen(window)), .start = start, .ended = ended };
	return rig_tx_at(r, t, DIR_TOSERVER, ended ? DONE : HTTP1_REQUEST_BODY);
}

static void
a_match_in_a_growing_body_comes_when_it_is_there_and_once(void **state)
{
	struct rig         r;
	struct rig_tx      t;
	struct rig_buffer *b;

	(void)state;
	rig_open(&r, H "(http.request_body; content:\"abcdef\"; sid:1;)\n"
		     H "(http.request_body; content:\"abc\"; content:\"xyz\"; distance:0; sid:2;)\n"
		     H "(http.request_body; content:\"end\"; endswith; sid:3;)\n"
		     H "(http.request_body; content:\"q\"; startswith; sid:4;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	b = rig_tx_set(&t, BUF_HTTP_REQUEST_BODY, DIR_TOSERVER, "");
	assert_string_equal(grow(&r, &t, b, "q...abc", 0, false), "4");
	assert_string_equal(grow(&r, &t, b, "q...abcde", 0, false), "");
	assert_string_equal(grow(&r, &t, b, "q...abcdef", 0, false), "1");
	assert_string_equal(grow(&r, &t, b, "abcdef..xyz", 4, false), "2");
	assert_string_equal(grow(&r, &t, b, "xyz.abcdef.end", 12, false), "");
	assert_string_equal(grow(&r, &t, b, "xyz.abcdef.end", 12, true), "3");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

/* That something is not in it is known at its end. */
static void
what_is_not_in_a_body_waits_for_its_end(void **state)
{
	struct rig         r;
	struct rig_tx      t;
	struct rig_buffer *b;

	(void)state;
	rig_open(&r, H "(http.request_body; content:\"abc\"; http.host; content:\"evil\"; sid:1;)\n"
		     H "(http.request_body; content:\"abc\"; depth:3; sid:2;)\n"
		     H "(http.request_body; content:\"abc\"; offset:4; depth:3; sid:3;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	b = rig_tx_set(&t, BUF_HTTP_REQUEST_BODY, DIR_TOSERVER, "");
	rig_tx_set(&t, BUF_HTTP_HOST, DIR_TOSERVER, "evil");
	assert_string_equal(grow(&r, &t, b, "x", 0, false), "");
	assert_string_equal(grow(&r, &t, b, "xxabc", 0, false), "1");
	assert_string_equal(grow(&r, &t, b, "xxabc", 2, false), "3");
	assert_string_equal(grow(&r, &t, b, "xxabcabc", 2, true), "");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
payload_and_transaction_parts_go_together(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, H "(content:\"RAW\"; http.uri; content:\"/a\"; sid:1;)\n"
		     H "(http.uri; content:\"/a\"; pkt_data; content:\"RAW\"; sid:2;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	t.tx.progress[0] = HTTP1_REQUEST_LINE;
	t.tx.updated[0] = true;
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xx", 0, 2), "");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xxRAW", 0, 3), "1 2");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xxRAWRAW", 0, 3), "");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
what_is_absent_matches_absent(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, H "(http.referer; absent; sid:1;)\n" H "(http.referer; absent: or_else; content:\"abc\"; sid:2;)\n"
		     H "(http.host; absent; sid:3;)\n" H "(http.host; absent: or_else; content:\"abc\"; sid:4;)\n"
		     H "(http.user_agent; absent: or_else; content:\"abc\"; sid:5;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_HOST, DIR_TOSERVER, "abc");
	rig_tx_set(&t, BUF_HTTP_USER_AGENT, DIR_TOSERVER, "xyz");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_LINE), "");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_HEADERS), "1 2 4");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, DONE), "");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
a_rule_of_another_protocol_is_not_asked(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, "alert tls any any -> any any (content:\"a\"; sid:1;)\n" H "(content:\"a\"; sid:2;)\n"
		     "alert tcp any any -> any any (content:\"a\"; app-layer-protocol:http; sid:3;)\n"
		     "alert tcp any any -> any any (content:\"a\"; app-layer-protocol:!http; sid:4;)\n"
		     "alert http2 any any -> any any (http.uri; content:\"/a\"; sid:5;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	t.tx.progress[0] = DONE;
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "a", 0, 1), "2 3");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
a_pass_rule_on_a_transaction_silences_the_flow(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, H "(http.uri; content:\"/a\"; sid:1;)\npass http any any -> any any (http.host; content:\"good\"; sid:2;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	rig_tx_set(&t, BUF_HTTP_HOST, DIR_TOSERVER, "good");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, DONE), "");
	assert_true(r.flow.no_alert);
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
a_hook_asks_at_its_state(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, "alert http1:request_headers any any -> any any (http.uri; content:\"/a\"; sid:1;)\n"
		     "alert http1:request_complete any any -> any any (http.uri; content:\"/a\"; sid:2;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_LINE), "");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_HEADERS), "1");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_BODY), "");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, DONE), "2");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
app_layer_events_are_asked(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, H "(app-layer-event:http.missing_host_header; sid:1;)\n"
		     H "(app-layer-event:http.unknown_error; sid:2;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_LINE), "");
	t.tx.events = 1ULL << HTTP1_EVENT_MISSING_HOST_HEADER;
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_HEADERS), "1");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

/* The budget is used up: rules that need memory are forgotten, the others alert, nothing breaks. */
static void
a_full_pool_does_no_harm(void **state)
{
	char          rules[64 * 128] = "";
	size_t        at = 0;
	struct rig    r;
	struct rig_tx t;
	void         *blocks[64];
	unsigned      n = 0;

	(void)state;
	for (int i = 1; i <= 40; i++)
		at += (size_t)snprintf(rules + at, sizeof(rules) - at,
				H "(http.uri; content:\"/a\"; http.request_body; content:\"b%d\"; sid:%d;)\n", i, i);
	rig_open(&r, rules);
	rig_tx_init(&r, &t, APPPROTO_HTTP1, DONE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/a");
	for (size_t size = RIG_POOL / 2; size >= 32; size /= 2)
		while (n < 64 && (blocks[n] = pool_get(r.pool, size)))
			n++;
	for (uint8_t s = 0; s <= DONE; s++)
		rig_tx_at(&r, &t, DIR_TOSERVER, s);
	rig_tx_release(&r, &t);
	pool_free(r.pool); /* with the blocks in it */
	r.pool = NULL;
	engine_free(r.engine);
	r.engine = NULL;
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_match_as_the_transaction_goes_on),
		cmocka_unit_test(all_at_once_gives_the_same),
		cmocka_unit_test(transactions_do_not_mix),
		cmocka_unit_test(each_transaction_that_matches_alerts),
		cmocka_unit_test(requests_and_responses_are_two_directions),
		cmocka_unit_test(any_of_several_buffers_may_match),
		cmocka_unit_test(numbers_of_transactions_compare),
		cmocka_unit_test(a_match_in_a_growing_body_comes_when_it_is_there_and_once),
		cmocka_unit_test(what_is_not_in_a_body_waits_for_its_end),
		cmocka_unit_test(payload_and_transaction_parts_go_together),
		cmocka_unit_test(what_is_absent_matches_absent),
		cmocka_unit_test(a_rule_of_another_protocol_is_not_asked),
		cmocka_unit_test(a_pass_rule_on_a_transaction_silences_the_flow),
		cmocka_unit_test(a_hook_asks_at_its_state),
		cmocka_unit_test(app_layer_events_are_asked),
		cmocka_unit_test(a_full_pool_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
