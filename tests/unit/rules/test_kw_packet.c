/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords that ask one packet: checksums, versions, calls of RPC, header fields, hooks. */
#include "tests/rig.h"
#include "tests/test.h"

static void
checksums_are_computed(void **state)
{
	/* RFC 1071: the sum of all words, its own included, is 0xffff */
	static const uint8_t good[20] = { 0x45, 0, 0, 20, 0, 1, 0, 0, 64, 6, 0xae, 0x92, 10, 0, 0, 1, 192, 0, 2, 80 };
	uint8_t              bad[20];
	struct rig           r;

	(void)state;
	rig_open(&r, "alert ip any any -> any any (ipv4-csum:valid; sid:1;)\n"
		     "alert ip any any -> any any (ipv4-csum:invalid; sid:2;)\n"
		     "alert ip any any -> any any (tcpv6-csum:invalid; sid:3;)\n");
	memcpy(bad, good, sizeof(bad));
	bad[8]--;
	r.packet.ip_hdr = bytes_of(good, sizeof(good));
	assert_string_equal(rig_tcp(&r, DIR_TOSERVER, "x"), "1");
	r.packet.ip_hdr = bytes_of(bad, sizeof(bad));
	assert_string_equal(rig_tcp(&r, DIR_TOSERVER, "x"), "2");
	r.packet.pseudo = true;
	assert_string_equal(rig_tcp(&r, DIR_TOSERVER, "x"), "");
	rig_close(&r);
}

static void
a_udp_checksum_of_zero_was_not_computed(void **state)
{
	static const uint8_t header[8] = { 0x9c, 0x40, 0, 80, 0, 9, 0, 0 };
	struct rig           r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (udpv4-csum:valid; sid:1;)\n");
	r.packet.l4_hdr = bytes_of(header, sizeof(header));
	rig_packet(&r, 17, DIR_TOSERVER, NULL, 0);
	assert_string_equal(rig_inspect(&r, (struct stream_window){ 0 }), "1");
	rig_close(&r);
}

static void
the_version_of_ip_is_asked_once_for_each_direction(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert ip any any -> any any (l3_proto:ipv4; sid:1;)\n"
		     "alert ip any any -> any any (l3_proto:ip6; sid:2;)\n");
	assert_string_equal(rig_udp(&r, "x"), "1");
	assert_string_equal(rig_udp(&r, "x"), "");
	rig_close(&r);
}

static void
addresses_are_bytes(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (ip.src; content:\"|0a 00 00 01|\"; bsize:4; sid:1;)\n"
		     "alert udp any any -> any any (ip.dst; content:\"|0a 00 00 01|\"; sid:2;)\n");
	assert_string_equal(rig_udp(&r, "x"), "1");
	rig_close(&r);
}

static void
calls_of_rpc_are_told_by_number(void **state)
{
	static const uint8_t call[24] = { 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xa0, 0, 0, 0, 2, 0, 0, 0, 3 };
	struct rig           r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (rpc:100000,2,3; sid:1;)\n"
		     "alert udp any any -> any any (rpc:100000,*,3; sid:2;)\n"
		     "alert udp any any -> any any (rpc:100000; sid:3;)\n"
		     "alert udp any any -> any any (rpc:100000,3,*; sid:4;)\n"
		     "alert udp any any -> any any (rpc:100001; sid:5;)\n");
	assert_string_equal(rig_udp_bytes(&r, call, sizeof(call)), "1 2 3");
	for (size_t n = 0; n < sizeof(call); n++)
		assert_string_equal(rig_udp_bytes(&r, call, n), "");
	rig_close(&r);
}

static void
the_mtu_is_that_of_packet_too_big(void **state)
{
	static const uint8_t big[8] = { 2, 0, 0, 0, 0, 0, 0x05, 0 };
	struct rig           r;

	(void)state;
	rig_open(&r, "alert icmp any any -> any any (icmpv6.mtu:<1281; sid:1;)\n");
	r.packet.l4_hdr = bytes_of(big, sizeof(big));
	r.packet.icmp_type = 2;
	rig_packet(&r, 58, DIR_TOSERVER, NULL, 0);
	assert_string_equal(rig_inspect(&r, (struct stream_window){ 0 }), "1");
	r.packet.icmp_type = 1;
	assert_string_equal(rig_inspect(&r, (struct stream_window){ 0 }), "");
	rig_close(&r);
}

static void
flow_start_is_the_first_packet_of_its_direction(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp:flow_start any any -> any any (sid:1;)\nalert udp:all any any -> any any (sid:2;)\n");
	r.flow.packets[DIR_TOSERVER] = 1;
	assert_string_equal(rig_udp(&r, "x"), "1 2");
	r.flow.packets[DIR_TOSERVER] = 2;
	assert_string_equal(rig_udp(&r, "x"), "2");
	rig_close(&r);
}

static void
bypass_ends_the_look_at_a_flow(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (content:\"stop\"; bypass; sid:1;)\n"
		     "alert udp any any -> any any (content:\"s\"; sid:2;)\n");
	assert_string_equal(rig_udp(&r, "s"), "2");
	assert_string_equal(rig_udp(&r, "stop"), "1 2");
	assert_string_equal(rig_udp(&r, "s"), "");
	rig_close(&r);
}

static void
pkt_data_leads_back_to_the_payload(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (ip.src; content:\"|0a|\"; pkt_data; content:\"abc\"; sid:1;)\n");
	assert_string_equal(rig_udp(&r, "xabc"), "1");
	assert_string_equal(rig_udp(&r, "xab"), "");
	rig_close(&r);
}

/* ---- what is refused, and what is left out ---- */

static void
some_keywords_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *options, *word;
	} rows[] = {
		{ "lua:script.lua;", "interpreter" },
		{ "nfq_set_mark:0x8/0x8;", "marks" },
		{ "content:\"a\"; replace:\"b\";", "changes" },
		{ "ssh.protoversion:2;", "ssh.proto" },
		{ "geoip:src,DE;", "geoip-database" },
		{ "iprep:any,Bad,>,1;", "reputation" },
		{ "ipv4-csum:wrong;", "valid or invalid" },
		{ "l3_proto:ipv5;", "ipv4 or ipv6" },
		{ "rpc:*;", "program" },
		{ "config:logging disable, type tx, scope flow;", "both" },
		{ "frame:tls.nothing;", "unknown frame" },
		{ "filemd5:no-such-file;", "cannot read" },
		{ "app-layer-state:nowhere;", "no state" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rig r;
		char       rule[256];

		snprintf(rule, sizeof(rule), "alert ip any any -> any any (%s sid:1;)\n", rows[i].options);
		rig_load(&r, rule, strlen(rule));
		assert_int_equal(ruleset_counts(r.rs).rejected, 1);
		if (!strstr(ruleset_error(r.rs, 0)->reason, rows[i].word))
			fail_msg("%s: %s", rows[i].options, ruleset_error(r.rs, 0)->reason);
		rig_close(&r);
	}
}

static void
what_is_for_other_engines_is_left_out_and_no_error(void **state)
{
	static const struct {
		const char *rule;
		bool        loaded;
	} rows[] = {
		{ "alert udp any any -> any any (requires: version >= 7; sid:1;)\n", true },
		{ "alert udp any any -> any any (requires: version >= 7 < 8; sid:1;)\n", false },
		{ "alert udp any any -> any any (requires: version >= 7 < 8 | >= 8.0.1; sid:1;)\n", true },
		{ "alert udp any any -> any any (requires: keyword content; sid:1;)\n", true },
		{ "alert udp any any -> any any (requires: keyword nothing; sid:1;)\n", false },
		{ "alert future any any => any any (new.word; sid:1; requires: version >= 10;)\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rig            r;
		struct ruleset_counts n;

		rig_load(&r, rows[i].rule, strlen(rows[i].rule));
		n = ruleset_counts(r.rs);
		if (n.loaded != rows[i].loaded || n.skipped == rows[i].loaded || n.rejected)
			fail_msg("%s", rows[i].rule);
		rig_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_are_computed),
		cmocka_unit_test(a_udp_checksum_of_zero_was_not_computed),
		cmocka_unit_test(the_version_of_ip_is_asked_once_for_each_direction),
		cmocka_unit_test(addresses_are_bytes),
		cmocka_unit_test(calls_of_rpc_are_told_by_number),
		cmocka_unit_test(the_mtu_is_that_of_packet_too_big),
		cmocka_unit_test(flow_start_is_the_first_packet_of_its_direction),
		cmocka_unit_test(bypass_ends_the_look_at_a_flow),
		cmocka_unit_test(pkt_data_leads_back_to_the_payload),
		cmocka_unit_test(some_keywords_are_refused_with_a_reason),
		cmocka_unit_test(what_is_for_other_engines_is_left_out_and_no_error),
	};

	return cmocka_run_group_tests_name("kw_packet", tests, NULL, NULL);
}
