/* SPDX-License-Identifier: Apache-2.0 */
/* threshold and detection_filter: which of many matches alert, as time goes by. */
#include "rules/threshold.h"

#include "tests/rig.h"
#include "tests/test.h"

/* Packets at those seconds; '1' where it alerted, '.' where not. */
static const char *
alerts_at(const char *threshold, const unsigned *seconds, size_t n)
{
	static char text[128];
	char        rule[512];
	struct rig  r;

	snprintf(rule, sizeof(rule), "alert udp any any -> any any (content:\"x\"; %s; sid:1;)", threshold);
	rig_open(&r, rule);
	for (size_t i = 0; i < n; i++) {
		r.now_ns = (1000 + seconds[i]) * RIG_SECOND;
		text[i] = *rig_udp(&r, "x") ? '1' : '.';
	}
	text[n] = '\0';
	rig_close(&r);
	return text;
}

static void
each_type_lets_through_what_it_says(void **state)
{
	static const unsigned at[] = { 0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 30, 31, 32 };
	static const struct {
		const char *threshold, *alerts;
	} rows[] = {
		/*                                                                             0123491111133 */
		{ "threshold:type limit, track by_src, count 1, seconds 10",                  "1......1..1.." },
		{ "threshold:type limit, track by_src, count 2, seconds 10",                  "11.....11.11." },
		{ "threshold:type threshold, track by_src, count 3, seconds 10",              "..1..1..1...1" },
		{ "threshold:type both, track by_src, count 3, seconds 10",                   "..1......1..1" },
		{ "threshold:type both, track by_src, count 1, seconds 10",                   "1......1..1.." },
		{ "threshold:type backoff, track by_src, count 1, multiplier 2",              "11.1...1....." },
		{ "threshold:type backoff, track by_src, count 2, multiplier 3",              ".1...1......." },
		{ "detection_filter:track by_src, count 3, seconds 10",                       "...1111......" },
		{ "detection_filter:track by_src, count 1, seconds 10",                       ".111111.11.11" },
	};
	bool good = true;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *got = alerts_at(rows[i].threshold, at, sizeof(at) / sizeof(*at));

		if (strcmp(got, rows[i].alerts) != 0)
			print_error("%s:\nwant %s\ngot  %s\n", rows[i].threshold, rows[i].alerts, got);
		good &= strcmp(got, rows[i].alerts) == 0;
	}
	assert_true(good);
}

/* Sources a and b to targets x and y: ax, bx, ay, by, then in a new flow ax twice. The second packet of each counter
 * alerts, and none after it. */
static void
each_track_counts_its_own(void **state)
{
	static const struct {
		const char *track, *alerts;
	} rows[] = {
		{ "by_src", "..11.." },
		{ "by_dst", ".1.1.." },
		{ "by_both", "....1." },
		{ "by_rule", ".1...." },
		{ "by_flow", ".1...1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char       rule[256];
		struct rig r;
		static const uint8_t src[] = { 1, 2, 1, 2, 1, 1 }, dst[] = { 1, 1, 2, 2, 1, 1 };

		snprintf(rule, sizeof(rule),
				"alert udp any any -> any any (content:\"x\"; threshold:type both, track %s, count 2, seconds 60; sid:1;)",
				rows[i].track);
		rig_open(&r, rule);
		for (size_t k = 0; k < 6; k++) {
			if (k == 4)
				rig_next_flow(&r);
			r.flow.addr[0].b[3] = src[k];
			r.flow.addr[1].b[3] = dst[k];
			if ((*rig_udp(&r, "x") == '1') != (rows[i].alerts[k] == '1'))
				fail_msg("%s: packet %zu", rows[i].track, k);
		}
		rig_close(&r);
	}
}

static void
what_was_held_back_is_told_with_the_next(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (content:\"x\"; threshold:type limit, track by_src, count 1, seconds 10; sid:1;)");
	assert_string_equal(rig_udp(&r, "x"), "1");
	assert_int_equal(r.alerts[0].suppressed, 0);
	for (int i = 0; i < 5; i++)
		assert_string_equal(rig_udp(&r, "x"), "");
	r.now_ns += 11 * RIG_SECOND;
	assert_string_equal(rig_udp(&r, "x"), "1");
	assert_int_equal(r.alerts[0].suppressed, 5);
	r.now_ns += 11 * RIG_SECOND;
	assert_string_equal(rig_udp(&r, "x"), "1");
	assert_int_equal(r.alerts[0].suppressed, 0);
	rig_close(&r);
}

static void
rules_count_apart(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (content:\"x\"; threshold:type limit, track by_src, count 1, seconds 10; sid:1;)\n"
		     "alert udp any any -> any any (content:\"x\"; threshold:type limit, track by_src, count 1, seconds 10; sid:2;)\n"
		     "alert udp any any -> any any (content:\"x\"; threshold:type limit, track by_src, count 1, seconds 10; sid:1; gid:2;)\n");
	assert_string_equal(rig_udp(&r, "x"), "1 2 1");
	assert_string_equal(rig_udp(&r, "x"), "");
	rig_close(&r);
}

/* A clock that steps back (a capture file of several parts) neither crashes nor silences for ever. */
static void
time_that_goes_back_does_no_harm(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (content:\"x\"; threshold:type limit, track by_src, count 1, seconds 10; sid:1;)");
	assert_string_equal(rig_udp(&r, "x"), "1");
	r.now_ns -= 500 * RIG_SECOND;
	rig_udp(&r, "x");
	r.now_ns += 511 * RIG_SECOND;
	assert_string_equal(rig_udp(&r, "x"), "1");
	rig_close(&r);
}

static void
flowbits_are_set_though_the_alert_is_held_back(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "alert udp any any -> any any (content:\"x\"; flowbits:set,a; threshold:type limit, track by_src, count 1, seconds 99; sid:1;)\n"
		     "alert udp any any -> any any (content:\"x\"; flowbits:isset,a; sid:2;)\n");
	assert_string_equal(rig_udp(&r, "x"), "1 2");
	rig_next_flow(&r);
	assert_string_equal(rig_udp(&r, "x"), "2");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_lets_through_what_it_says),
		cmocka_unit_test(each_track_counts_its_own),
		cmocka_unit_test(what_was_held_back_is_told_with_the_next),
		cmocka_unit_test(rules_count_apart),
		cmocka_unit_test(time_that_goes_back_does_no_harm),
		cmocka_unit_test(flowbits_are_set_though_the_alert_is_held_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
