/* SPDX-License-Identifier: Apache-2.0 */
/* pcre in rules. Its limits are in test_regex.c. */
#include "rules/app/http1.h"
#include "rules/flowvars.h"
#include "tests/rig.h"
#include "tests/test.h"

static void
expressions_match_as_their_flags_say(void **state)
{
	static const struct {
		const char *options, *payload;
		bool        matches;
	} rows[] = {
		{ "pcre:\"/a.c/\";", "xabcx", true },
		{ "pcre:\"/a.c/\";", "a\nc", false },
		{ "pcre:\"/a.c/s\";", "a\nc", true },
		{ "pcre:\"/ABC/\";", "abc", false },
		{ "pcre:\"/ABC/i\";", "abc", true },
		{ "pcre:\"/^b/\";", "a\nb", false },
		{ "pcre:\"/^b/m\";", "a\nb", true },
		{ "pcre:\"/a b c/x\";", "abc", true },
		{ "pcre:\"/b/A\";", "ab", false },
		{ "pcre:\"/a$/\";", "a\n", true },
		{ "pcre:\"/a$/E\";", "a\n", false },
		{ "pcre:\"/a\\/b/\";", "a/b", true },
		{ "pcre:\"/\\x61\\\"\\;/\";", "a\";", true },
		{ "pcre:!\"/abc/\";", "abd", true },
		{ "pcre:!\"/abc/\";", "abc", false },
		{ "content:\"a\"; pcre:\"/^b/R\";", "ab", true },
		{ "content:\"a\"; pcre:\"/^b/R\";", "axb", false },
		{ "content:\"a\"; pcre:\"/^b/R\";", "axab", true }, /* the second a */
		{ "content:\"a\"; pcre:!\"/^b/R\";", "ab", false },
		{ "content:\"a\"; pcre:!\"/^b/R\";", "ac", true },
		{ "content:\"a\"; pcre:!\"/^b/R\";", "abac", true },
		{ "pcre:\"/a/\"; content:\"b\"; distance:0; within:1;", "axab", true }, /* the second a */
		{ "pcre:\"/a+/\"; content:\"b\"; distance:0;", "aab", true },
		{ "pcre:\"/a/\"; pcre:\"/^b/R\"; content:\"c\"; within:1;", "abxabc", true },
		{ "content:\"z\"; pcre:\"/^$/R\";", "z", true },
		{ "pcre:\"/x*/\"; content:\"b\"; within:1;", "aab", true }, /* empty matches move on */
	};
	bool good = true;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool got = rig_matches(rows[i].options, rows[i].payload, strlen(rows[i].payload));

		if (got != rows[i].matches)
			print_error("%s on %s: %d\n", rows[i].options, rows[i].payload, got);
		good &= got == rows[i].matches;
	}
	assert_true(good);
}

static void
a_flag_names_the_buffer(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, "alert http any any -> any any (pcre:\"/^\\/a/U\"; sid:1;)\n"
		     "alert http any any -> any any (pcre:\"/^\\/a/M\"; sid:2;)\n"
		     "alert http any any -> any any (http.uri; pcre:\"/^\\/a/U\"; sid:3;)\n"
		     "alert http any any -> any any (content:\"/\"; http_uri; pcre:\"/^a/RU\"; sid:4;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, HTTP1_REQUEST_COMPLETE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "/abc");
	rig_tx_set(&t, BUF_HTTP_METHOD, DIR_TOSERVER, "GET");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_COMPLETE), "1 3 4");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

static void
captures_stay_with_the_flow(void **state)
{
	struct bytes text;
	struct rig   r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (content:\"u=\"; pcre:\"/^([a-z]+)-([0-9]+)/R, flow:user, flow:number\"; sid:1;)");
	assert_string_equal(rig_udp(&r, "xxu=bob-17"), "1");
	text = flowvars_text(&r.flow, 0);
	assert_int_equal(text.left, 3);
	assert_memory_equal(text.at, "bob", 3);
	text = flowvars_text(&r.flow, 1);
	assert_memory_equal(text.at, "17", 2);
	assert_string_equal(rig_udp(&r, "u=al-9"), "1");
	text = flowvars_text(&r.flow, 0);
	assert_int_equal(text.left, 2);
	rig_next_flow(&r);
	assert_int_equal(flowvars_text(&r.flow, 0).left, 0);
	r.no_flow = true; /* nowhere to keep it: the rule fires all the same */
	assert_string_equal(rig_udp(&r, "u=al-9"), "1");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_match_as_their_flags_say),
		cmocka_unit_test(a_flag_names_the_buffer),
		cmocka_unit_test(captures_stay_with_the_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
