/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/when.h"

/* 2026-11-28 02:07:01.5 UTC, 09:07:01.5 in Ho Chi Minh City. */
#define NOW (INT64_C(1795831621) * 1000000 + 500000)

struct form {
	const char *text;
	const char *want; /* NULL: refused */
};

static const struct form forms[] = {
	{ "now", "2026-11-28T02:07:01.500000Z" },
	{ "today", "2026-11-27T17:00:00.000000Z" },
	{ "yesterday", "2026-11-26T17:00:00.000000Z" },
	{ "tomorrow", "2026-11-28T17:00:00.000000Z" },
	{ "2h", "2026-11-28T00:07:01.500000Z" },
	{ "-2h", "2026-11-28T00:07:01.500000Z" },
	{ "- 2 h", "2026-11-28T00:07:01.500000Z" },
	{ "+10min", "2026-11-28T02:17:01.500000Z" },
	{ "2 hours ago", "2026-11-28T00:07:01.500000Z" },
	{ "1h 30min ago", "2026-11-28T00:37:01.500000Z" },
	{ "1h30m", "2026-11-28T00:37:01.500000Z" },
	{ "90s", "2026-11-28T02:05:31.500000Z" },
	{ "500ms", "2026-11-28T02:07:01.000000Z" },
	{ "3d", "2026-11-25T02:07:01.500000Z" },
	{ "1w", "2026-11-21T02:07:01.500000Z" },
	{ "1M", "2026-10-28T15:33:25.500000Z" },
	{ "1m", "2026-11-28T02:06:01.500000Z" },
	{ "1y", "2025-11-27T20:07:01.500000Z" },
	{ "  2h  ", "2026-11-28T00:07:01.500000Z" },
	{ "2026-11-28", "2026-11-27T17:00:00.000000Z" },
	{ "2026-11-28 09:00", "2026-11-28T02:00:00.000000Z" },
	{ "2026-11-28 09:00:30", "2026-11-28T02:00:30.000000Z" },
	{ "2026-11-28 09:00:30.25", "2026-11-28T02:00:30.250000Z" },
	{ "2026-11-28T02:00:30Z", "2026-11-28T02:00:30.000000Z" },
	{ "2026-11-28T02:00:30.123456789Z", "2026-11-28T02:00:30.123456Z" },
	{ "2026-11-28t02:00:30z", "2026-11-28T02:00:30.000000Z" },
	{ "2026-11-28T09:00:30+07:00", "2026-11-28T02:00:30.000000Z" },
	{ "2026-11-27T19:00:30-0700", "2026-11-28T02:00:30.000000Z" },
	{ "2026-11-28 02:00 UTC", "2026-11-28T02:00:00.000000Z" },
	{ "2026-11-28 UTC", "2026-11-28T00:00:00.000000Z" },
	{ "09:00", "2026-11-28T02:00:00.000000Z" },
	{ "09:00:30", "2026-11-28T02:00:30.000000Z" },
	{ "2024-02-29", "2024-02-28T17:00:00.000000Z" },
	{ "@1795831621", "2026-11-28T02:07:01.000000Z" },
	{ "@1795831621.5", "2026-11-28T02:07:01.500000Z" },
	{ "", NULL },
	{ "soon", NULL },
	{ "2", NULL },
	{ "2x", NULL },
	{ "h", NULL },
	{ "-2h ago", NULL },
	{ "2h later", NULL },
	{ "2h 30", NULL },
	{ "ago", NULL },
	{ "@", NULL },
	{ "@12x", NULL },
	{ "@-5", NULL },
	{ "2026-13-01", NULL },
	{ "2026-02-30", NULL },
	{ "2025-02-29", NULL },
	{ "2026-11-28 24:00", NULL },
	{ "2026-11-28 09:60", NULL },
	{ "2026-11-28 09", NULL },
	{ "2026-11-28T", NULL },
	{ "2026-11-28T02:00:30X", NULL },
	{ "2026-11-28T02:00:30+7", NULL },
	{ "2026-11-28T02:00:30+24:00", NULL },
	{ "2026-11-28T02:00:30Z trailing", NULL },
	{ "20261128", NULL },
	{ "1969-12-31", NULL },
	{ "999999999999999999999h", NULL },
	{ "999999999999y", NULL },
	{ "9:0:", NULL },
};

static void
every_form_of_journalctl_is_read_and_nothing_else(void **state)
{
	char    got[WHEN_SIZE];
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		int                err = when_parse(&us, f->text, NOW);

		if ((err == 0) != (f->want != NULL))
			fail_msg("\"%s\" gave %d", f->text, err);
		if (f->want && strcmp(when_rfc3339(got, us), f->want) != 0)
			fail_msg("\"%s\" gave %s, not %s", f->text, got, f->want);
		if (!f->want)
			assert_int_equal(err, -EINVAL);
	}
}

static void
a_day_is_what_the_clock_on_the_wall_says(void **state)
{
	char    got[WHEN_SIZE];
	int64_t us;

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1); /* 2026-03-29 has 23 hours there */
	tzset();
	assert_int_equal(when_parse(&us, "yesterday", INT64_C(1774872000) * 1000000), 0);
	assert_string_equal(when_rfc3339(got, us), "2026-03-28T23:00:00.000000Z");
	assert_int_equal(when_parse(&us, "today", INT64_C(1774872000) * 1000000), 0);
	assert_string_equal(when_rfc3339(got, us), "2026-03-29T22:00:00.000000Z");
	setenv("TZ", "ICT-7", 1);
	tzset();
}

static void
a_span_is_numbers_with_units(void **state)
{
	int64_t us;

	(void)state;
	assert_int_equal(when_parse_span(&us, "2h 30min"), 0);
	assert_int_equal(us, INT64_C(9000) * 1000000);
	assert_int_equal(when_parse_span(&us, "7d"), 0);
	assert_int_equal(us, INT64_C(604800) * 1000000);
	assert_int_equal(when_parse_span(&us, "7"), -EINVAL);
	assert_int_equal(when_parse_span(&us, "-7d"), -EINVAL);
	assert_int_equal(when_parse_span(&us, "7d ago"), -EINVAL);
	assert_int_equal(when_parse_span(&us, ""), -EINVAL);
}

static void
ages_have_one_unit_in_columns_and_two_in_sentences(void **state)
{
	static const struct {
		int64_t     s;
		const char *column, *sentence;
	} rows[] = {
		{ -5, "0s", "0s" },
		{ 0, "0s", "0s" },
		{ 59, "59s", "59s" },
		{ 60, "1m", "1m" },
		{ 41 * 60 + 30, "41m", "41m" },
		{ 3 * 3600 + 12 * 60, "3h", "3h12m" },
		{ 24 * 3600, "24h", "1d" },
		{ 5 * 86400 + 4 * 3600, "5d", "5d4h" },
		{ 15 * 86400, "2w", "15d" },
		{ 800 * 86400, "2y", "2y70d" },
	};
	char got[WHEN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(when_age(got, rows[i].s * 1000000), rows[i].column);
		assert_string_equal(when_age_long(got, rows[i].s * 1000000), rows[i].sentence);
	}
}

static void
times_out_of_reach_are_still_written(void **state)
{
	char got[WHEN_SIZE];

	(void)state;
	assert_string_equal(when_rfc3339(got, -1), "1969-12-31T23:59:59.999999Z");
	assert_int_equal(strlen(when_rfc3339(got, INT64_MAX)), 27);
	assert_int_equal(strlen(when_rfc3339(got, INT64_MIN)), 27);
	assert_string_equal(when_local(got, NOW), "2026-11-28 09:07:01");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_journalctl_is_read_and_nothing_else),
		cmocka_unit_test(a_day_is_what_the_clock_on_the_wall_says),
		cmocka_unit_test(a_span_is_numbers_with_units),
		cmocka_unit_test(ages_have_one_unit_in_columns_and_two_in_sentences),
		cmocka_unit_test(times_out_of_reach_are_still_written),
	};

	/* POSIX forms: time zone files may be missing. This one is Ho Chi Minh City. */
	setenv("TZ", "ICT-7", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
