/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/overlap.h"

static void
policies_decide_as_their_hosts_do(void **state)
{
	/* old is [10, 20) in all rows */
	static const struct {
		enum overlap policy;
		uint64_t     start, end;
		bool         wins;
	} rows[] = {
		{ OVERLAP_BSD, 5, 15, true },
		{ OVERLAP_BSD, 10, 25, false },
		{ OVERLAP_BSD, 15, 25, false },
		{ OVERLAP_LINUX, 5, 15, true },
		{ OVERLAP_LINUX, 10, 20, false },
		{ OVERLAP_LINUX, 10, 25, true },
		{ OVERLAP_OLD_LINUX, 10, 15, true },
		{ OVERLAP_WINDOWS, 5, 15, false },
		{ OVERLAP_WINDOWS, 5, 25, true },
		{ OVERLAP_WINDOWS, 10, 25, false },
		{ OVERLAP_SOLARIS, 5, 15, false },
		{ OVERLAP_SOLARIS, 10, 20, true },
		{ OVERLAP_BSD_RIGHT, 15, 25, true },
		{ OVERLAP_BSD_RIGHT, 5, 15, false },
		{ OVERLAP_FIRST, 5, 25, false },
		{ OVERLAP_LAST, 15, 16, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(overlap_new_wins(rows[i].policy, rows[i].start, rows[i].end, 10, 20),
				rows[i].wins);
}

static void
names_are_those_of_host_os_policy(void **state)
{
	enum overlap policy;

	(void)state;
	assert_true(overlap_by_name(&policy, "linux"));
	assert_int_equal(policy, OVERLAP_LINUX);
	assert_true(overlap_by_name(&policy, "Windows"));
	assert_int_equal(policy, OVERLAP_WINDOWS);
	assert_false(overlap_by_name(&policy, "plan9"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_decide_as_their_hosts_do),
		cmocka_unit_test(names_are_those_of_host_os_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
