/* SPDX-License-Identifier: Apache-2.0 */
/* Packets and streams through the engine. Transactions are in test_engine_tx.c. */
#include "rules/engine.h"

#include "tests/rig.h"
#include "tests/test.h"

#define U "alert udp any any -> any any "
#define T "alert tcp any any -> any any "

static void
the_header_is_asked_first(void **state)
{
	static const struct {
		const char *header;
		bool        matches; /* 10.0.0.1:40000 → 192.0.2.80:80, TCP, to the server */
	} rows[] = {
		{ "tcp any any -> any any", true },
		{ "udp any any -> any any", false },
		{ "ip any any -> any any", true },
		{ "ip6 any any -> any any", false },
		{ "icmp any any -> any any", false },
		{ "tcp 10.0.0.1 any -> any any", true },
		{ "tcp 10.0.0.2 any -> any any", false },
		{ "tcp any 40000 -> any 80", true },
		{ "tcp any any -> any 81", false },
		{ "tcp any 80 -> any any", false },
		{ "tcp any ![1:1024] -> any [80,443]", true },
		{ "tcp any any -> !192.0.2.0/24 any", false },
		{ "tcp 192.0.2.80 80 -> 10.0.0.1 40000", false },
		{ "tcp 192.0.2.80 80 <> 10.0.0.1 40000", true },
		{ "tcp 10.0.0.1 40000 <> 192.0.2.80 80", true },
		{ "tcp 10.0.0.1 80 <> 192.0.2.80 40000", false },
		{ "tcp $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS", true },
		{ "tcp $EXTERNAL_NET any -> $HOME_NET any", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char       rule[256];
		struct rig r;

		snprintf(rule, sizeof(rule), "alert %s (content:\"abc\"; sid:1;)", rows[i].header);
		rig_open(&r, rule);
		if ((*rig_tcp(&r, DIR_TOSERVER, "abc") == '1') != rows[i].matches)
			fail_msg("%s", rule);
		rig_close(&r);
	}
}

static void
direction_and_state_of_the_flow_are_asked(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, T "(flow:to_server; content:\"a\"; sid:1;)\n" T "(flow:to_client; content:\"a\"; sid:2;)\n"
		     T "(flow:established; content:\"a\"; sid:3;)\n" T "(flow:not_established; content:\"a\"; sid:4;)\n"
		     T "(flow:established,from_client; content:\"a\"; sid:5;)\n" T "(flow:stateless; content:\"a\"; sid:6;)\n");
	assert_string_equal(rig_tcp(&r, DIR_TOSERVER, "a"), "1 3 5 6");
	assert_string_equal(rig_tcp(&r, DIR_TOCLIENT, "a"), "2 3 6");
	r.flow.state = FLOW_NEW;
	assert_string_equal(rig_tcp(&r, DIR_TOSERVER, "a"), "1 4 6");
	r.no_flow = true;
	assert_string_equal(rig_tcp(&r, DIR_TOSERVER, "a"), "6");
	rig_close(&r);
}

/* Pass first, then drop, reject, alert; of those, rules that set flowbits, by priority, as they stood in the file. */
static void
alerts_come_in_order(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"a\"; sid:1;)\n" U "(content:\"a\"; priority:1; sid:2;)\n"
		     "drop udp any any -> any any (content:\"a\"; sid:3;)\n" U "(content:\"a\"; priority:2; sid:4;)\n"
		     "reject udp any any -> any any (content:\"a\"; sid:5;)\n" U "(content:\"a\"; sid:6;)\n");
	assert_string_equal(rig_udp(&r, "a"), "3 5 2 4 1 6");
	rig_close(&r);
}

static void
a_pass_rule_silences_the_packet(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"a\"; sid:1;)\npass udp any any -> any any (content:\"p\"; dsize:<9; sid:2;)\n");
	assert_string_equal(rig_udp(&r, "a"), "1");
	assert_string_equal(rig_udp(&r, "ap"), "");
	assert_string_equal(rig_udp(&r, "a"), "1");
	rig_close(&r);
}

static void
a_pass_rule_of_addresses_silences_the_flow(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(content:\"a\"; sid:1;)\npass udp 10.0.0.1 any -> any any (sid:2;)\n");
	assert_string_equal(rig_udp(&r, "a"), "");
	assert_string_equal(rig_udp(&r, "a"), "");
	rig_next_flow(&r);
	r.flow.addr[0].b[3] = 9;
	assert_string_equal(rig_udp(&r, "a"), "1");
	rig_close(&r);
}

static void
a_rule_of_addresses_alerts_once_for_each_direction_of_a_flow(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert ip 10.0.0.1 any -> any any (sid:1;)\nalert ip any any -> 10.0.0.1 any (sid:2;)\n"
		     "alert ip [2001:db8::1,9.9.9.9] any -> any any (sid:3;)\n");
	assert_string_equal(rig_udp(&r, "a"), "1");
	assert_string_equal(rig_udp(&r, "a"), "");
	assert_string_equal(rig_tcp(&r, DIR_TOCLIENT, "a"), "2");
	assert_string_equal(rig_tcp(&r, DIR_TOCLIENT, "a"), "");
	rig_next_flow(&r);
	assert_string_equal(rig_udp(&r, "a"), "1");
	rig_next_flow(&r);
	r.flow.addr[0] = addr_v6((const uint8_t[]){ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 });
	r.flow.addr[1] = addr_v6((const uint8_t[]){ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 });
	assert_string_equal(rig_udp(&r, "a"), "3");
	r.no_flow = true; /* without a flow each packet is the first */
	assert_string_equal(rig_udp(&r, "a"), "3");
	assert_string_equal(rig_udp(&r, "a"), "3");
	rig_close(&r);
}

static void
one_packet_gives_a_bounded_number_of_alerts(void **state)
{
	char       rules[100 * 64] = "";
	size_t     at = 0;
	struct rig r;

	(void)state;
	for (int i = 1; i <= 100; i++)
		at += (size_t)snprintf(rules + at, sizeof(rules) - at, U "(content:\"a\"; sid:%d;)\n", i);
	rig_open(&r, rules);
	assert_string_equal(rig_udp(&r, "a"), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
	rig_close(&r);
}

/* ---- streams ---- */

static void
a_match_may_begin_in_an_earlier_segment(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, T "(content:\"abcdef\"; sid:1;)\n" T "(content:\"de\"; sid:2;)\n");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xxabc", 0, 5), "");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xxabcd", 0, 1), "");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xxabcdef", 0, 2), "1 2");
	rig_close(&r);
}

static void
what_alerted_does_not_alert_again_with_the_next_segment(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, T "(content:\"abc\"; sid:1;)\n" T "(content:\"abc\"; content:\"b\"; sid:2;)\n");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xabcx", 0, 5), "1 2");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xabcxxx", 0, 2), "");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "xabcxxxabc", 0, 3), "1 2");
	rig_close(&r);
}

/* The window shows old bytes; a literal in them must not hide the same literal in the new ones. */
static void
an_old_occurrence_does_not_hide_a_new_one(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, T "(content:\"abc\"; content:\"x\"; sid:1;)\n" T "(content:\"a long literal that reaches far back\"; sid:2;)\n");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "abc", 0, 3), "");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "abc xabc", 0, 5), "1");
	rig_close(&r);
}

static void
places_count_from_the_start_of_the_stream(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert tcp-stream any any -> any any (content:\"abc\"; depth:3; sid:1;)\n"
		     "alert tcp-stream any any -> any any (content:\"abc\"; offset:100; sid:2;)\n"
		     "alert tcp-stream any any -> any any (content:\"abc\"; offset:100; depth:3; sid:3;)\n");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "abc", 0, 3), "1");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "abc", 50, 3), "");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "abc", 100, 3), "2 3");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "abc", 101, 3), "2");
	rig_close(&r);
}

static void
packet_rules_see_packets_and_stream_rules_the_stream(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert tcp-pkt any any -> any any (content:\"abc\"; sid:1;)\n"
		     "alert tcp-stream any any -> any any (content:\"abc\"; sid:2;)\n"
		     T "(content:\"abc\"; dsize:3; sid:3;)\n" T "(content:\"abc\"; flow:only_stream; sid:4;)\n"
		     T "(content:\"abc\"; flow:no_stream; sid:5;)\n");
	assert_string_equal(rig_stream(&r, DIR_TOSERVER, "abc", 0, 3), "2 4");
	rig_packet(&r, 6, DIR_TOSERVER, "abc", 3);
	r.packet.in_stream = true;
	assert_string_equal(rig_inspect(&r, (struct stream_window){ 0 }), "1 3 5");
	rig_close(&r);
}

static void
long_streams_in_small_pieces_give_each_match_once(void **state)
{
	static const char text[] = "GET /index.html HTTP/1.1 evil one, evil two, GET /evil.html and then the end of it all: evil";
	struct rig        r;

	(void)state;
	for (size_t step = 1; step <= 9; step++) {
		unsigned n = 0;

		rig_open(&r, T "(content:\"evil\"; content:!\"nothing\"; sid:1;)\n");
		for (size_t end = step; end < sizeof(text) + step; end += step) {
			size_t to = end < sizeof(text) - 1 ? end : sizeof(text) - 1, from = end - step;
			char   seen[sizeof(text)];

			if (from >= to)
				break;
			memcpy(seen, text, to);
			seen[to] = '\0';
			n += *rig_stream(&r, DIR_TOSERVER, seen, 0, to - from) == '1';
		}
		assert_true(n >= 2 && n <= 4); /* a piece with two of them alerts once */
		rig_close(&r);
	}
}

static void
rules_without_a_literal_are_asked_too(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, U "(pcre:\"/^[0-9]+$/\"; sid:1;)\n" U "(content:!\"a\"; sid:2;)\n" U "(dsize:3; sid:3;)\n"
		     U "(byte_test:1,=,49,0; sid:4;)\n" U "(content:\"|00 00|\"; sid:5;)\n");
	assert_string_equal(rig_udp(&r, "123"), "1 2 3 4");
	assert_string_equal(rig_udp(&r, "a"), "");
	assert_string_equal(rig_udp_bytes(&r, "a\0\0", 3), "3 5");
	rig_close(&r);
}

static void
thousands_of_rules_find_the_one(void **state)
{
	size_t     cap = 3000 * 80, at = 0;
	char      *rules = malloc(cap), payload[32], want[16];
	struct rig r;

	(void)state;
	for (int i = 1; i <= 3000; i++)
		at += (size_t)snprintf(rules + at, cap - at, "alert udp any any -> any %s (content:\"needle%04d\"; sid:%d;)\n",
				i % 3 ? "any" : "80", i, i);
	rig_open(&r, rules);
	for (int i = 1; i <= 3000; i += 37) {
		snprintf(payload, sizeof(payload), "xxneedle%04dxx", i);
		snprintf(want, sizeof(want), "%d", i);
		assert_string_equal(rig_udp(&r, payload), want);
	}
	assert_string_equal(rig_udp(&r, "needle"), "");
	rig_close(&r);
	free(rules);
}

/* Another rule set takes over while flows live: marks on the flow keep their meaning, and rules of the header alone,
 * which the flow has seen of the old set only, are asked anew. */
static void
a_new_rule_set_takes_over_a_flow(void **state)
{
	const char *rules = U "(content:\"x\"; flowbits:isset,new; sid:3;)\n" U "(content:\"x\"; flowbits:isset,old; sid:4;)\n"
			      "alert ip 10.0.0.1 any -> any any (sid:2;)\n";
	struct ruleset_options options = { 0 };
	struct rig             a, b;

	(void)state;
	rig_open(&a, "alert ip 10.0.0.1 any -> any any (sid:1;)\n" U "(content:\"x\"; flowbits:set,old; noalert; sid:9;)\n");
	assert_string_equal(rig_udp(&a, "x"), "1");
	options.before = a.rs;
	rig_load_with(&b, &options, rules, strlen(rules));
	rig_ready(&b);
	b.flow = a.flow;
	TAILQ_INIT(&b.flow.txs);
	assert_string_equal(rig_udp(&b, "x"), "4 2");
	assert_string_equal(rig_udp(&b, "x"), "4");
	b.flow.vars = NULL; /* they are of the other's pool */
	rig_close(&b);
	rig_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_is_asked_first),
		cmocka_unit_test(direction_and_state_of_the_flow_are_asked),
		cmocka_unit_test(alerts_come_in_order),
		cmocka_unit_test(a_pass_rule_silences_the_packet),
		cmocka_unit_test(a_pass_rule_of_addresses_silences_the_flow),
		cmocka_unit_test(a_rule_of_addresses_alerts_once_for_each_direction_of_a_flow),
		cmocka_unit_test(one_packet_gives_a_bounded_number_of_alerts),
		cmocka_unit_test(a_match_may_begin_in_an_earlier_segment),
		cmocka_unit_test(what_alerted_does_not_alert_again_with_the_next_segment),
		cmocka_unit_test(an_old_occurrence_does_not_hide_a_new_one),
		cmocka_unit_test(places_count_from_the_start_of_the_stream),
		cmocka_unit_test(packet_rules_see_packets_and_stream_rules_the_stream),
		cmocka_unit_test(long_streams_in_small_pieces_give_each_match_once),
		cmocka_unit_test(rules_without_a_literal_are_asked_too),
		cmocka_unit_test(thousands_of_rules_find_the_one),
		cmocka_unit_test(a_new_rule_set_takes_over_a_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
