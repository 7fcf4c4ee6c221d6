/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that load, and rules that are refused: where, for which keyword, and why. */
#include "rules/parse.h"

#include "rules/program.h"
#include "tests/rig.h"
#include "tests/test.h"

static void
every_form_of_the_header_loads(void **state)
{
	static const char *const headers[] = {
		"alert tcp any any -> any any",
		"alert tcp any any <> any any",
		"pass udp any any -> any any",
		"drop icmp any any -> any any",
		"reject ip any any -> any any",
		"rejectsrc tcp any any -> any any",
		"rejectdst tcp any any -> any any",
		"rejectboth tcp any any -> any any",
		"alert TCP any any -> any any",
		"alert tcp-pkt any any -> any any",
		"alert tcp-stream any any -> any any",
		"alert icmpv4 any any -> any any",
		"alert icmpv6 any any -> any any",
		"alert sctp any any -> any any",
		"alert ip4 any any -> any any",
		"alert ip6 any any -> any any",
		"alert pkthdr any any -> any any",
		"alert http any any -> any any",
		"alert http1 any any -> any any",
		"alert dns any any -> any any",
		"alert tls any any -> any any",
		"alert smb any any -> any any",
		"alert tcp 10.0.0.1 80 -> 10.0.0.0/8 80:90",
		"alert tcp !10.0.0.1 !80 -> any any",
		"alert tcp [10.0.0.1, 10.0.0.2] [80, 81] -> any any",
		"alert tcp [10.0.0.0/8,!10.1.0.0/16] [80:90,!85] -> any any",
		"alert tcp ![10.0.0.1,10.0.0.2] ![80,81] -> any any",
		"alert tcp $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS",
		"alert tcp !$HOME_NET any -> [$HOME_NET,!$DNS_SERVERS,1.1.1.1] [$HTTP_PORTS,8080]",
		"alert tcp 10.0.0.1-10.0.0.9 :1023 -> 2001:db8::/32 1024:",
		"  alert   tcp\tany any   ->   any any  ",
		"alert http1:request_headers any any -> any any",
		"alert tcp any any -> any any(msg:\"no blank before\"; sid:2;) \n#",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		char       rule[512];
		struct rig r;

		/* $DNS_SERVERS is $HOME_NET, so give it something smaller */
		snprintf(rule, sizeof(rule), "%s (msg:\"x\"; sid:1;)", headers[i]);
		rig_load(&r, rule, strlen(rule));
		if (strstr(rule, "$DNS_SERVERS"))
			assert_int_equal(ruleset_n_errors(r.rs), 0);
		if (ruleset_counts(r.rs).loaded != 1)
			fail_msg("%s: %s", headers[i],
					ruleset_n_errors(r.rs) ? ruleset_error(r.rs, 0)->reason : "nothing told");
		rig_close(&r);
	}
}

struct refusal {
	const char *rule;
	const char *at; /* the text that stands at the column told */
	const char *keyword;
	const char *reason; /* how it begins */
};

#define T "alert tcp any any -> any any "

static const struct refusal refusals[] = {
	/* the header */
	{ "alarm tcp any any -> any any (sid:1;)", "alarm", "", "unknown action alarm" },
	{ "alert tpc any any -> any any (sid:1;)", "tpc", "", "unknown protocol tpc" },
	{ "alert tcp any any => any any (sid:1;)", "=>", "", "direction => is not supported" },
	{ "alert tcp any any <- any any (sid:1;)", "<-", "", "direction <- is not supported" },
	{ "alert tcp 10.0.0.256 any -> any any (sid:1;)", "10.0.0.256", "", "not an address, prefix or range: 10.0.0.256" },
	{ "alert tcp any any -> 10.0.0.0/33 any (sid:1;)", "10.0.0.0/33", "", "not an address, prefix or range: 10.0.0.0/33" },
	{ "alert tcp any 65536 -> any any (sid:1;)", "65536", "", "not a port or range of ports: 65536" },
	{ "alert tcp any any -> any 90:80 (sid:1;)", "90:80", "", "not a port or range of ports: 90:80" },
	{ "alert tcp $NOWHERE any -> any any (sid:1;)", "$NOWHERE", "", "unknown address variable: $NOWHERE" },
	{ "alert tcp any $NOWHERE -> any any (sid:1;)", "$NOWHERE", "", "unknown port variable: $NOWHERE" },
	{ "alert tcp !any any -> any any (sid:1;)", "!any", "", "matches no address at all: !any" },
	{ "alert tcp any !any -> any any (sid:1;)", "!any", "", "matches no port at all: !any" },
	{ "alert tcp [] any -> any any (sid:1;)", "[]", "", "not an address" },
	{ "alert tcp any any -> any", "", "", "the header ends before its destination port" },
	{ "alert", "", "", "the header ends before its protocol" },
	{ "alert tcp any any -> any any", "", "", "no ( after the header" },
	{ "alert http1:nowhere any any -> any any (sid:1;)", "http1:nowhere", "", "" },

	/* the frame around the options */
	{ T "(msg:\"x\"; sid:1", "sid:1", "", "option does not end with ;" },
	{ T "(msg:\"x\"; sid:1; ", "", "", "no ) at the end of the rule" },
	{ T "(sid:1;) more", ")", "", "text behind the closing )" },
	{ T "(msg:\"x\";)", "alert", "", "no sid" },
	{ T "(nonsense:1; sid:1;)", "nonsense", "nonsense", "unknown keyword" },
	{ T "(sid;)", "sid", "sid", "needs an argument" },
	{ T "(content:\"a\"; nocase:1; sid:1;)", "nocase:1", "nocase", "takes no argument" },
	{ T "(http.uri:x; content:\"a\"; sid:1;)", "http.uri", "http.uri", "takes no argument" },
	{ T "(sid:1; sid:2;)", "sid:2", "sid", "a second one in the same rule" },
	{ T "(sid:0;)", "sid", "sid", "not a number from 1" },
	{ T "(sid:4294967296;)", "sid", "sid", "not a number from 1" },
	{ T "(sid:1x;)", "sid", "sid", "not a number from 1" },

	/* content and its modifiers */
	{ T "(content:abc; sid:1;)", "content", "content", "the argument must stand in double quotes" },
	{ T "(content:\"abc; sid:1;)", "content", "content", "no closing quote" },
	{ T "(content:\"\"; sid:1;)", "content", "content", "content is empty" },
	{ T "(content:\"|0g|\"; sid:1;)", "content", "content", "" },
	{ T "(content:\"|0|\"; sid:1;)", "content", "content", "" },
	{ T "(content:\"|00\"; sid:1;)", "content", "content", "" },
	{ T "(nocase; sid:1;)", "nocase", "nocase", "nocase needs a content before it" },
	{ T "(content:\"abc\"; depth:2; sid:1;)", "depth", "depth", "depth 2 is less than the content's 3 bytes" },
	{ T "(content:\"abc\"; within:2; sid:1;)", "within", "within", "within 2 is less than the content's 3 bytes" },
	{ T "(content:\"abc\"; offset:-1; sid:1;)", "offset", "offset", "negative offset" },
	{ T "(content:\"abc\"; depth:9; depth:9; sid:1;)", "depth:9", "depth", "a second depth" },
	{ T "(content:\"abc\"; offset:9; distance:9; sid:1;)", "distance", "distance", "distance and offset or depth" },
	{ T "(content:\"abc\"; distance:9; offset:9; sid:1;)", "offset", "offset", "offset and distance or within" },
	{ T "(content:\"abc\"; startswith; depth:3; sid:1;)", "depth", "depth", "a second depth" },
	{ T "(content:\"abc\"; depth:9; startswith; sid:1;)", "startswith", "startswith", "startswith and depth" },
	{ T "(content:\"abc\"; depth:nowhere; sid:1;)", "depth", "depth", "neither a number nor a variable" },
	{ T "(content:\"abc\"; fast_pattern; content:\"def\"; fast_pattern; sid:1;)", "alert", "", "fast_pattern twice" },
	{ T "(content:\"abc\"; fast_pattern:2,2; sid:1;)", "fast_pattern", "fast_pattern", "offset 2 and length 2 are not inside" },
	{ T "(content:\"abc\"; offset:1; fast_pattern:only; sid:1;)", "fast_pattern", "fast_pattern", "fast_pattern:only on a content with a place" },

	/* buffers and protocols */
	{ "alert tls any any -> any any (http.uri; content:\"a\"; sid:1;)", "alert", "", "" },
	{ "alert http any any -> any any (tls.sni; content:\"a\"; sid:1;)", "alert", "", "" },
	{ T "(flow:to_client; http.uri; content:\"a\"; sid:1;)", "alert", "", "http.uri is not there in the direction of this rule" },
	{ T "(http.uri; content:\"a\"; http.stat_code; content:\"200\"; sid:1;)", "alert", "", "" },
	{ T "(to_lowercase; content:\"a\"; sid:1;)", "to_lowercase", "to_lowercase", "a transform needs a sticky buffer before it" },
	{ T "(http_uri; sid:1;)", "http_uri", "http_uri", "needs a content or pcre before it" },
	{ T "(base64_data; content:\"a\"; sid:1;)", "base64_data", "base64_data", "needs a base64_decode before it" },
	{ T "(absent; sid:1;)", "absent", "absent", "" },

	/* other keywords */
	{ T "(pcre:\"abc\"; sid:1;)", "pcre", "pcre", "" },
	{ T "(pcre:\"/a(/\"; sid:1;)", "pcre", "pcre", "" },
	{ T "(pcre:\"/a/q\"; sid:1;)", "pcre", "pcre", "" },
	{ T "(dsize:x; sid:1;)", "dsize", "dsize", "" },
	{ T "(dsize:9<>3; sid:1;)", "dsize", "dsize", "" },
	{ T "(flags:Q; sid:1;)", "flags", "flags", "" },
	{ T "(flow:sideways; sid:1;)", "flow", "flow", "" },
	{ T "(flowbits:set; sid:1;)", "flowbits", "flowbits", "needs a name" },
	{ T "(flowbits:fly,a; sid:1;)", "flowbits", "flowbits", "unknown command: fly" },
	{ T "(flowbits:set,a b; sid:1;)", "flowbits", "flowbits", "a blank in a name" },
	{ T "(flowbits:set,a|b; sid:1;)", "flowbits", "flowbits", "only isset and isnotset take several names" },
	{ T "(flowint:n,+; sid:1;)", "flowint", "flowint", "+ needs a value" },
	{ T "(flowint:n,isset,1; sid:1;)", "flowint", "flowint", "isset takes no value" },
	{ T "(xbits:set,a; sid:1;)", "xbits", "xbits", "needs track" },
	{ T "(xbits:set,a,track sideways; sid:1;)", "xbits", "xbits", "track is ip_src" },
	{ T "(hostbits:set,a,sideways; sid:1;)", "hostbits", "hostbits", "the host is src, dst or both" },
	{ T "(byte_test:9,>,1,0; sid:1;)", "byte_test", "byte_test", "at most 8 bytes" },
	{ T "(byte_test:1,?,1,0; sid:1;)", "byte_test", "byte_test", "not an operator: ?" },
	{ T "(byte_test:1,>,1; sid:1;)", "byte_test", "byte_test", "needs bytes, operator, value and offset" },
	{ T "(byte_test:1,>,v,0; sid:1;)", "byte_test", "byte_test", "neither a number nor a variable" },
	{ T "(byte_test:1,>,1,0,hex; sid:1;)", "byte_test", "byte_test", "hex, dec and oct go with string" },
	{ T "(byte_jump:1,0,multiplier 0; sid:1;)", "byte_jump", "byte_jump", "not a multiplier" },
	{ T "(byte_extract:1,0,9x; sid:1;)", "byte_extract", "byte_extract", "not a name" },
	{ T "(byte_math:bytes 1, offset 0, oper /, rvalue 0, result r; sid:1;)", "byte_math", "byte_math", "divides by zero" },
	{ T "(byte_math:bytes 1, offset 0, oper +, rvalue 1; sid:1;)", "byte_math", "byte_math", "needs bytes, offset, oper" },
	{ T "(isdataat:1,sideways; sid:1;)", "isdataat", "isdataat", "unknown: sideways" },
	{ T "(threshold:type limit, track by_src, count 1; sid:1;)", "threshold", "threshold", "wants type" },
	{ T "(threshold:type limit, track by_src, count 0, seconds 1; sid:1;)", "threshold", "threshold", "not understood: count 0" },
	{ T "(detection_filter:track by_src, count 1, seconds 1; threshold:type limit, track by_src, count 1, "
	    "seconds 1; sid:1;)", "threshold:", "threshold", "threshold and detection_filter in one rule" },
	{ T "(priority:0; sid:1;)", "priority", "priority", "" },
	{ T "(priority:256; sid:1;)", "priority", "priority", "" },
	{ T "(lua:x.lua; sid:1;)", "lua", "lua", "" },
	{ T "(dataset:isset,a; sid:1;)", "dataset", "dataset", "the set a is not known" },
	{ "alert http any any -> any any (http.uri; xor:\"0\"; content:\"a\"; sid:1;)", "xor", "xor", "needs an even number of hex digits" },
};

static void
a_bad_rule_is_refused_with_its_place_and_reason(void **state)
{
	bool good = true;

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal   *want = &refusals[i];
		struct rule_error       none = { .keyword = "", .reason = "not refused" };
		const struct rule_error *e = &none;
		struct rig              r;

		rig_load(&r, want->rule, strlen(want->rule));
		if (ruleset_counts(r.rs).rejected == 1)
			e = ruleset_error(r.rs, 0);
		if (e->line != 1 || e->warning || e->column > strlen(want->rule) + 1 ||
				strncmp(want->rule + e->column - 1, want->at, strlen(want->at)) != 0 ||
				strcmp(e->keyword, want->keyword) != 0 ||
				strncmp(e->reason, want->reason, strlen(want->reason)) != 0 || !*e->reason) {
			print_error("%s: column %u, keyword \"%s\", \"%s\"\n", want->rule, e->column, e->keyword, e->reason);
			good = false;
		}
		rig_close(&r);
	}
	assert_true(good);
}

static void
an_unknown_class_is_a_warning_and_the_rule_loads(void **state)
{
	const char *rule = T "(msg:\"x\"; classtype:nobody-knows; sid:1;)";
	struct rig  r;

	(void)state;
	rig_load(&r, rule, strlen(rule));
	assert_int_equal(ruleset_counts(r.rs).loaded, 1);
	assert_int_equal(ruleset_n_errors(r.rs), 1);
	assert_true(ruleset_error(r.rs, 0)->warning);
	assert_int_equal(ruleset_error(r.rs, 0)->sid, 1);
	rig_close(&r);
}

static void
the_sid_is_told_though_it_stands_behind_the_mistake(void **state)
{
	static const char *const rules[] = {
		T "(nonsense; sid:77;)",
		"alarm tcp any any -> any any (msg:\"x\"; sid:77;)",
		T "(sid:77; nonsense;)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		struct rig r;

		rig_load(&r, rules[i], strlen(rules[i]));
		assert_int_equal(ruleset_n_errors(r.rs), 1);
		assert_int_equal(ruleset_error(r.rs, 0)->sid, 77);
		rig_close(&r);
	}
}

static void
a_mistake_on_a_later_line_is_told_there(void **state)
{
	const char *rules = "# one\n" T "(msg:\"x\"; \\\n   nonsense; \\\n   sid:1;)\n";
	struct rig  r;

	(void)state;
	rig_load(&r, rules, strlen(rules));
	assert_int_equal(ruleset_error(r.rs, 0)->line, 3);
	assert_int_equal(ruleset_error(r.rs, 0)->column, 4);
	rig_close(&r);
}

static void
what_the_rule_says_of_itself_is_kept(void **state)
{
	const struct rule_info *info;
	struct rig              r;

	(void)state;
	rig_open(&r, "\n" T "(msg:\"a \\\"b\\\" \\; c\"; classtype:trojan-activity; sid:12; rev:3; gid:2; priority:2; "
			    "metadata:k v, k2 v2; target:dest_ip;)");
	info = rule_info(r.rs->rules[0]);
	assert_int_equal(info->sid, 12);
	assert_int_equal(info->rev, 3);
	assert_int_equal(info->gid, 2);
	assert_int_equal(info->priority, 2);
	assert_int_equal(info->target, RULE_TARGET_DST);
	assert_int_equal(info->line, 2);
	assert_string_equal(info->file, "test.rules");
	assert_string_equal(info->msg, "a \"b\" ; c");
	assert_string_equal(info->classtype, "trojan-activity");
	assert_string_equal(info->metadata_json, "{\"k\":[\"v\"],\"k2\":[\"v2\"]}");
	rig_close(&r);
}

/* As a file cut short on a full disk would be. */
static void
every_beginning_of_a_rule_is_refused_or_loads(void **state)
{
	static const char rule[] = "alert http $HOME_NET any -> [1.2.3.4,!5.6.7.8] $HTTP_PORTS (msg:\"x\"; http.uri; "
				   "content:\"|61|b\\;\"; nocase; pcre:\"/a\\/b/Ui\"; byte_test:1,>,2,0,relative; sid:1;)";

	(void)state;
	for (size_t n = 0; n < sizeof(rule) - 1; n++) {
		struct rig r;

		rig_load(&r, rule, n);
		assert_int_equal(ruleset_counts(r.rs).loaded, 0);
		assert_int_equal(ruleset_counts(r.rs).rejected, n > 0);
		rig_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_the_header_loads),
		cmocka_unit_test(a_bad_rule_is_refused_with_its_place_and_reason),
		cmocka_unit_test(an_unknown_class_is_a_warning_and_the_rule_loads),
		cmocka_unit_test(the_sid_is_told_though_it_stands_behind_the_mistake),
		cmocka_unit_test(a_mistake_on_a_later_line_is_told_there),
		cmocka_unit_test(what_the_rule_says_of_itself_is_kept),
		cmocka_unit_test(every_beginning_of_a_rule_is_refused_or_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
