/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/vars.h"

#include "tests/test.h"

#include <errno.h>
#include <string.h>

static void
the_defaults_of_the_sample_configuration_are_there(void **state)
{
	struct vars *v = vars_new();

	(void)state;
	assert_string_equal(vars_get(v, "HOME_NET"), "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]");
	assert_string_equal(vars_get(v, "EXTERNAL_NET"), "!$HOME_NET");
	assert_string_equal(vars_get(v, "HTTP_PORTS"), "80");
	assert_null(vars_get(v, "NOBODY"));
	assert_null(vars_get(v, "HOME_NE"));
	vars_free(v);
	vars_free(NULL);
}

static void
a_later_value_replaces_and_long_names_mean_the_short_ones(void **state)
{
	struct vars *v = vars_new();

	(void)state;
	assert_int_equal(vars_set(v, "vars.address-groups.HOME_NET", "10.0.0.0/8"), 0);
	assert_string_equal(vars_get(v, "HOME_NET"), "10.0.0.0/8");
	assert_int_equal(vars_set(v, "vars.port-groups.HTTP_PORTS", "[80,8080]"), 0);
	assert_string_equal(vars_get(v, "HTTP_PORTS"), "[80,8080]");
	assert_int_equal(vars_set_pair(v, "NEW=a=b"), 0);
	assert_string_equal(vars_get(v, "NEW"), "a=b");
	assert_int_equal(vars_set_pair(v, "EMPTY="), 0);
	assert_string_equal(vars_get(v, "EMPTY"), "");
	assert_int_equal(vars_set_pair(v, "nothing"), -EINVAL);
	assert_int_equal(vars_set_pair(v, "=x"), -EINVAL);
	assert_int_equal(vars_set(v, "vars.address-groups.", "x"), -EINVAL);
	vars_free(v);
}

static void
settings_are_read_as_truth_and_as_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t    number;
	} sizes[] = {
		{ "0", 0 }, { "17", 17 }, { "1kb", 1024 }, { "2 MB", 2u << 20 }, { "1gib", 1u << 30 }, { "3KiB", 3072 },
		{ "x", 99 }, { "", 99 }, { "1tb", 99 }, { "99999999999999999999999", 99 },
	};
	struct vars *v = vars_new();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		vars_set(v, "a.size", sizes[i].text);
		assert_int_equal(vars_u64(v, "a.size", 99), sizes[i].number);
	}
	assert_int_equal(vars_u64(v, "not.set", 5), 5);
	vars_set(v, "a.truth", "Yes");
	assert_true(vars_bool(v, "a.truth", false));
	vars_set(v, "a.truth", "off");
	assert_false(vars_bool(v, "a.truth", true));
	assert_true(vars_bool(v, "not.set", true));
	vars_free(v);
}

static void
a_size_that_does_not_fit_is_none(void **state)
{
	struct vars *v = vars_new();

	(void)state;
	vars_set(v, "a.size", "18446744073709551615gb");
	assert_int_equal(vars_u64(v, "a.size", 99), 99);
	vars_set(v, "a.size", "-1");
	assert_int_equal(vars_u64(v, "a.size", 99), 99);
	vars_free(v);
}

static void
names_come_in_order(void **state)
{
	struct vars *v = vars_new();
	const char  *last = "", *name;
	size_t       n = 0;

	(void)state;
	vars_set(v, "aaa", "1");
	vars_set(v, "zzz", "2");
	for (; (name = vars_name(v, n)); n++) {
		assert_true(strcmp(last, name) < 0);
		last = name;
	}
	assert_string_equal(last, "zzz");
	assert_true(n > 20);
	vars_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_of_the_sample_configuration_are_there),
		cmocka_unit_test(a_later_value_replaces_and_long_names_mean_the_short_ones),
		cmocka_unit_test(settings_are_read_as_truth_and_as_sizes),
		cmocka_unit_test(a_size_that_does_not_fit_is_none),
		cmocka_unit_test(names_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
