/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/number.h"

#include "tests/test.h"

#include <errno.h>
#include <string.h>

static void
numbers_are_decimal_or_hexadecimal_and_bounded(void **state)
{
	static const struct {
		const char *text;
		uint64_t    max;
		int         rc;
		uint64_t    number;
	} rows[] = {
		{ "0", 9, 0, 0 },
		{ "9", 9, 0, 9 },
		{ "10", 9, -ERANGE, 0 },
		{ "007", 9, 0, 7 },
		{ "0x1F", 255, 0, 31 },
		{ "0X1f", 255, 0, 31 },
		{ "0x", 255, -EINVAL, 0 },
		{ "x", 255, -EINVAL, 0 },
		{ "", 255, -EINVAL, 0 },
		{ "-1", 255, -EINVAL, 0 },
		{ "+1", 255, -EINVAL, 0 },
		{ " 1", 255, -EINVAL, 0 },
		{ "1a", 255, -EINVAL, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999999", UINT64_MAX, -ERANGE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t v = 77;

		if (number_parse(&v, rows[i].text, strlen(rows[i].text), rows[i].max) != rows[i].rc ||
				v != rows[i].number)
			fail_msg("%s: %llu", rows[i].text, (unsigned long long)v);
	}
}

static void
conditions_hold_for_the_numbers_that_they_mean(void **state)
{
	static const struct {
		const char *text;
		uint64_t    number;
		bool        holds;
	} rows[] = {
		{ "5", 5, true }, { "5", 6, false }, { "=5", 5, true }, { " 5 ", 5, true },
		{ "!5", 5, false }, { "!5", 6, true }, { "!=5", 5, false },
		{ "<5", 4, true }, { "<5", 5, false }, { "<=5", 5, true }, { "<=5", 6, false },
		{ ">5", 6, true }, { ">5", 5, false }, { ">=5", 5, true }, { ">=5", 4, false },
		{ "> 5", 6, true },
		{ "5<>8", 5, false }, { "5<>8", 6, true }, { "5<>8", 7, true }, { "5<>8", 8, false },
		{ "5 <> 8", 6, true }, { "5-8", 6, true }, { "5-8", 5, false },
		{ "!5-8", 6, false }, { "!5-8", 5, true }, { "!5-8", 9, true },
		{ "&4=4", 6, true }, { "&4=4", 3, false }, { "&4!=4", 3, true }, { "&0x0f=1", 0x31, true },
		{ "1kb", 1024, true }, { ">1MB", (1u << 20) + 1, true }, { "<2kib", 2047, true }, { "0x10", 16, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct condition c;

		if (condition_parse(&c, rows[i].text, UINT32_MAX) < 0)
			fail_msg("%s is refused", rows[i].text);
		if (condition_holds(&c, rows[i].number) != rows[i].holds)
			fail_msg("%s for %llu", rows[i].text, (unsigned long long)rows[i].number);
	}
}

static void
what_is_no_condition_is_refused(void **state)
{
	static const struct {
		const char *text;
		int         rc;
	} rows[] = {
		{ "", -EINVAL }, { "x", -EINVAL }, { "<", -EINVAL }, { "5<>", -EINVAL }, { "<>5", -EINVAL }, { "8<>5", -EINVAL },
		{ "5<>5", -EINVAL }, { "5 6", -EINVAL }, { "<5<>8", -EINVAL }, { "5-", -EINVAL }, { "-5", -EINVAL },
		{ "256", -ERANGE }, { "5<>256", -ERANGE }, { "1kb", -ERANGE }, { "&4", -EINVAL }, { "&4=", -EINVAL },
		{ "&=4", -EINVAL }, { "&4=4x", -EINVAL }, { "kb", -EINVAL }, { "<&4=4", -EINVAL }, { "5x", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct condition c;
		int              rc = condition_parse(&c, rows[i].text, 255);

		if (rc != rows[i].rc)
			fail_msg("\"%s\": %d", rows[i].text, rc);
	}
}

static void
words_stand_for_numbers_where_the_keyword_has_some(void **state)
{
	static const struct number_word words[] = { { "active", 1 }, { "passive", 2 }, { NULL, 0 } };
	struct condition                c;

	(void)state;
	assert_int_equal(condition_parse_words(&c, "Active", 255, words), 0);
	assert_true(condition_holds(&c, 1));
	assert_int_equal(condition_parse_words(&c, " ! passive ", 255, words), 0);
	assert_false(condition_holds(&c, 2));
	assert_true(condition_holds(&c, 1));
	assert_int_equal(condition_parse_words(&c, ">1", 255, words), 0);
	assert_true(condition_holds(&c, 2));
	assert_int_equal(condition_parse_words(&c, "activex", 255, words), -EINVAL);
	assert_int_equal(condition_parse_words(&c, "active", 255, NULL), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_decimal_or_hexadecimal_and_bounded),
		cmocka_unit_test(conditions_hold_for_the_numbers_that_they_mean),
		cmocka_unit_test(what_is_no_condition_is_refused),
		cmocka_unit_test(words_stand_for_numbers_where_the_keyword_has_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
