/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/plain.h"
#include "rules/app/sip.h"
#include "sensor/proto/sip.h"
#include "tests/parser.h"

static struct parser p;

static const char invite[] = "INVITE sip:bell@city.example SIP/2.0\r\n"
			     "v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
			     "Via: SIP/2.0/UDP 192.0.2.2,\r\n SIP/2.0/UDP 192.0.2.3\r\n"
			     "f: <sip:tower@city.example>\r\n"
			     "To : <sip:bell@city.example>\r\n"
			     "User-Agent: ringer/1\r\n"
			     "c: application/sdp;charset=utf-8\r\n"
			     "l: 34\r\n"
			     "\r\n"
			     "v=0\r\no=t 1 1 IN IP4 h\r\ns=watch\r\n\r\n";
static const char ringing[] = "SIP/2.0 180 Still Ringing\r\nContent-Length: 0\r\n\r\n";

static void
open_udp(void)
{
	parser_open(&p, &sip_proto, 1u << 20);
	p.flow.ip_proto = 17;
}

static void
messages_are_transactions_with_their_headers(void **state)
{
	struct tx *tx;

	(void)state;
	open_udp();
	parser_give(&p, 0, invite, sizeof(invite) - 1);
	parser_give(&p, 1, ringing, sizeof(ringing) - 1);
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_METHOD, 0, 0), "INVITE");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_URI, 0, 0), "sip:bell@city.example");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_PROTOCOL, 0, 0), "SIP/2.0");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_REQUEST_LINE, 0, 0),
			"INVITE sip:bell@city.example SIP/2.0");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_FROM, 0, 0), "<sip:tower@city.example>");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_TO, 0, 0), "<sip:bell@city.example>");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_VIA, 0, 1),
			"SIP/2.0/UDP 192.0.2.2,\r\n SIP/2.0/UDP 192.0.2.3");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_CONTENT_LENGTH, 0, 0), "34");
	assert_string_equal(parser_buffer(&p, tx, BUF_SDP_SESSION_NAME, 0, 0), "watch");
	assert_int_equal(tx->events, 0);
	assert_true(tx->done_inspect[1]);
	tx = parser_tx(&p, 1);
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_STAT_CODE, 1, 0), "180");
	assert_string_equal(parser_buffer(&p, tx, BUF_SIP_STAT_MSG, 1, 0), "Still Ringing");
	assert_string_equal(parser_eve(&p, tx), "{\"sip\":{\"version\":\"SIP/2.0\",\"code\":\"180\","
						"\"reason\":\"Still Ringing\","
						"\"response_line\":\"SIP/2.0 180 Still Ringing\"}}");
	parser_close(&p);
}

static void
a_stream_holds_messages_after_each_other(void **state)
{
	char text[sizeof(invite) + 2 + sizeof(invite)];
	int  len = snprintf(text, sizeof(text), "\r\n%s%s", invite, invite);

	(void)state;
	for (size_t step = 0; step < 40; step++) {
		parser_open(&p, &sip_proto, 1u << 20);
		parser_give_in(&p, 0, text, (size_t)len, step);
		assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_SDP_ORIGIN, 0, 0),
				"t 1 1 IN IP4 h");
		assert_null(parser_tx(&p, 2));
		parser_close(&p);
	}
}

static void
what_does_not_belong_is_an_event(void **state)
{
	(void)state;
	open_udp();
	parser_give(&p, 0, "\r\n\r\n", 4); /* keeps a way open */
	assert_null(parser_tx(&p, 0));
	parser_give(&p, 0, "hello\r\n", 7);
	assert_int_equal(parser_tx(&p, 0)->events, 1 << SIP_EVENT_INVALID_DATA);
	parser_give(&p, 0, "BYE sip:x SIP/2.0\r\nTo: y", 24);
	assert_int_equal(parser_tx(&p, 1)->events, 1 << SIP_EVENT_INCOMPLETE_DATA);
	parser_close(&p);
}

static void
every_cut_does_no_harm(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(invite); n++) {
		open_udp();
		parser_give(&p, 0, invite, n);
		parser_close(&p);
		parser_open(&p, &sip_proto, 1u << 20);
		parser_give(&p, 0, invite, n);
		parser_end(&p);
		parser_close(&p);
	}
}

static void
a_start_is_recognised_as_it_grows(void **state)
{
	const size_t line = strlen("INVITE sip:bell@city.example SIP/2.0\r\n");

	(void)state;
	for (size_t n = 1; n < sizeof(invite); n++)
		assert_int_equal(sip_proto.probe(bytes_of(invite, n), 0, 1, 2),
				n < line ? PROBE_MORE : PROBE_YES);
	assert_int_equal(sip_proto.probe(bytes_str("SIP/2.0 2"), 1, 1, 2), PROBE_MORE);
	assert_int_equal(sip_proto.probe(bytes_str("SIP/2.0 200 OK\r\n"), 1, 1, 2), PROBE_YES);
	assert_int_equal(sip_proto.probe(bytes_str("GET /sip HTTP/1.1\r\n"), 0, 1, 5060), PROBE_NO);
	assert_int_equal(sip_proto.probe(bytes_str("GET /s"), 0, 1, 5060), PROBE_NO);
	assert_int_equal(sip_proto.probe(bytes_str("SSH-2"), 0, 1, 5060), PROBE_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_transactions_with_their_headers),
		cmocka_unit_test(a_stream_holds_messages_after_each_other),
		cmocka_unit_test(what_does_not_belong_is_an_event),
		cmocka_unit_test(every_cut_does_no_harm),
		cmocka_unit_test(a_start_is_recognised_as_it_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
