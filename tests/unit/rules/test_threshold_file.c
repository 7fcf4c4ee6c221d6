/* SPDX-License-Identifier: Apache-2.0 */
/* threshold.config: limits, suppressions and rate filters told beside the rules. */
#include "rules/threshold_file.h"

#include "tests/rig.h"
#include "tests/test.h"

struct told {
	unsigned    n;
	uint32_t    line;
	const char *why;
};

static void
tell(void *arg, uint32_t line, const char *why)
{
	struct told *t = arg;

	t->n++;
	t->line = line;
	t->why = why;
}

static struct told
open_with(struct rig *r, const char *rules, const char *config)
{
	struct told told = { 0 };

	rig_load(r, rules, strlen(rules));
	assert_int_equal(threshold_file_apply(r->rs, config, strlen(config), tell, &told), 0);
	rig_ready(r);
	return told;
}

/* How many of ten datagrams alert? */
static unsigned
alerts_of_ten(const char *rules, const char *config)
{
	struct rig  r;
	struct told told = open_with(&r, rules, config);
	unsigned    n = 0;

	if (told.n)
		fail_msg("%s: %s", config, told.why);
	for (int i = 0; i < 10; i++) {
		n += *rig_udp(&r, "abc") != '\0';
		r.now_ns += RIG_SECOND;
	}
	rig_close(&r);
	return n;
}

#define RULE "alert udp any any -> any any (content:\"abc\"; sid:5;)\n"
#define LIMITED "alert udp any any -> any any (content:\"abc\"; threshold:type limit,track by_src,count 3,seconds 60; sid:5;)\n"

static void
a_limit_holds_back(void **state)
{
	(void)state;
	assert_int_equal(alerts_of_ten(RULE, ""), 10);
	assert_int_equal(alerts_of_ten(RULE, "threshold gen_id 1, sig_id 5, type limit, track by_src, count 2, seconds 60\n"), 2);
	assert_int_equal(alerts_of_ten(RULE, "event_filter gen_id 1,sig_id 5,type threshold,track by_rule,count 5,seconds 60"), 2);
	assert_int_equal(alerts_of_ten(RULE, "threshold gen_id 1, sig_id 0, type limit, track by_src, count 4, seconds 60\n"), 4);
}

static void
one_rule_is_overruled_many_are_not(void **state)
{
	(void)state;
	assert_int_equal(alerts_of_ten(LIMITED, "threshold gen_id 0, sig_id 0, type limit, track by_src, count 1, seconds 60"), 3);
	assert_int_equal(alerts_of_ten(LIMITED, "threshold gen_id 1, sig_id 5, type limit, track by_src, count 1, seconds 60"), 1);
}

static void
suppression_looks_at_addresses(void **state)
{
	(void)state;
	assert_int_equal(alerts_of_ten(RULE, "suppress gen_id 1, sig_id 5"), 0);
	assert_int_equal(alerts_of_ten(RULE, "# not this one\nsuppress gen_id 1, sig_id 5, track by_src, ip 10.0.0.0/24"), 0);
	assert_int_equal(alerts_of_ten(RULE, "suppress gen_id 1, sig_id 5, track by_dst, ip 10.0.0.0/24"), 10);
	assert_int_equal(alerts_of_ten(RULE, "suppress gen_id 1, sig_id 5, track by_either, ip [192.0.2.80,198.51.100.1]"), 0);
	assert_int_equal(alerts_of_ten(RULE, "suppress gen_id 1, sig_id 5, \\\n  track by_src, ip $HOME_NET"), 0);
}

static void
a_rate_changes_the_action_for_a_while(void **state)
{
	struct rig r;

	(void)state;
	open_with(&r, RULE, "rate_filter gen_id 1, sig_id 5, track by_src, count 1, seconds 5, new_action drop, timeout 3\n");
	rig_udp(&r, "abc");
	assert_int_equal(r.alerts[0].action, RULE_ALERT);
	rig_udp(&r, "abc");
	assert_int_equal(r.alerts[0].action, RULE_DROP);
	r.now_ns += 2 * RIG_SECOND;
	rig_udp(&r, "abc");
	assert_int_equal(r.alerts[0].action, RULE_DROP);
	r.now_ns += 2 * RIG_SECOND;
	rig_udp(&r, "abc");
	assert_int_equal(r.alerts[0].action, RULE_ALERT);
	rig_close(&r);
}

static void
lines_that_cannot_be_honoured_are_told(void **state)
{
	static const char *const bad[] = {
		"limit gen_id 1, sig_id 5",
		"threshold gen_id 1, sig_id 5, type limit, track by_src, count 2",
		"threshold gen_id 1, sig_id 5, type often, track by_src, count 2, seconds 1",
		"threshold gen_id 1, sig_id 5, type limit, track by_src, track by_dst, count 2, seconds 1",
		"threshold gen_id 0, sig_id 5, type limit, track by_src, count 2, seconds 1",
		"threshold gen_id 1, sig_id 5, type backoff, track by_src, count 2",
		"rate_filter gen_id 1, sig_id 5, track by_src, count 1, seconds 5, new_action drop",
		"suppress gen_id 1, sig_id 5, track by_src",
		"suppress gen_id 1, sig_id 5, track by_src, ip nowhere",
		"suppress gen_id 1, sig_id 5, ip 1.2.3.4",
		"suppress gen_id 1",
		"suppress gen_id x, sig_id 5",
		"suppress gen_id 1, sig_id 6",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rig  r;
		char        text[256];
		struct told told;

		snprintf(text, sizeof(text), "# one\n\n%s\n", bad[i]);
		told = open_with(&r, RULE, text);
		if (told.n != 1 || told.line != 3)
			fail_msg("%s: told %u, line %u", bad[i], told.n, told.line);
		assert_string_equal(rig_udp(&r, "abc"), "5");
		rig_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_holds_back),
		cmocka_unit_test(one_rule_is_overruled_many_are_not),
		cmocka_unit_test(suppression_looks_at_addresses),
		cmocka_unit_test(a_rate_changes_the_action_for_a_while),
		cmocka_unit_test(lines_that_cannot_be_honoured_are_told),
	};

	return cmocka_run_group_tests_name("threshold_file", tests, NULL, NULL);
}
