/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/rfc3339.h"

#include "tests/test.h"

#include <errno.h>

static void
times_are_read_in_all_their_writings(void **state)
{
	static const struct {
		const char *text;
		uint64_t    ns;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-03-02T02:13:00Z", 1772417580000000000},
		{"2026-03-02T09:13:00+07:00", 1772417580000000000},
		{"2026-03-02t02:13:00.5z", 1772417580500000000},
		{"2026-03-02 02:13:00.123456789Z", 1772417580123456789},
		{"2026-03-02T02:13:00.1234567891Z", 1772417580123456789},
		{"2026-03-01T21:13:00-0500", 1772417580000000000},
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rfc3339_parse(&ns, rows[i].text), 0);
		assert_int_equal(ns, rows[i].ns);
	}
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {"", "now", "2026", "2026-03-02",
		"2026-03-02T02:13Z", "2026-13-02T02:13:00Z", "2026-00-02T02:13:00Z",
		"2026-03-32T02:13:00Z", "2026-03-02T24:13:00Z", "2026-03-02T02:60:00Z",
		"2026-03-02T02:13:61Z", "2026-03-02T02:13:00", "2026-03-02T02:13:00.Z",
		"2026-03-02T02:13:00Zx", "2026-03-02T02:13:00+25:00",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00+07:00",
		"9999-01-01T00:00:00Z", "2026-3-2T02:13:00Z", " 2026-03-02T02:13:00Z"};
	uint64_t                 ns;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (rfc3339_parse(&ns, bad[i]) != -EINVAL)
			fail_msg("passed: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_in_all_their_writings),
		cmocka_unit_test(what_is_no_time_is_refused),
	};

	return cmocka_run_group_tests_name("rfc3339", tests, NULL, NULL);
}
