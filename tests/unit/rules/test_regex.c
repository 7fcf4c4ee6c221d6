/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/regex.h"

#include "tests/rig.h"
#include "tests/test.h"

#include <errno.h>
#include <time.h>

static void
equal_expressions_are_one(void **state)
{
	struct regex_set   *s = regex_set_new();
	const struct regex *a, *b, *c;
	char                why[100];

	(void)state;
	assert_int_equal(regex_add(s, &a, "ab(c)", 5, 0, why, sizeof(why)), 0);
	assert_int_equal(regex_add(s, &b, "ab(c)", 5, 0, why, sizeof(why)), 0);
	assert_int_equal(regex_add(s, &c, "ab(c)", 5, REGEX_NOCASE, why, sizeof(why)), 0);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_int_equal(regex_captures(a), 1);
	regex_set_free(s);
}

static void
what_is_no_expression_is_refused_with_the_place(void **state)
{
	struct regex_set   *s = regex_set_new();
	const struct regex *re = (void *)s;
	char                why[100] = "";

	(void)state;
	assert_int_equal(regex_add(s, &re, "a(b", 3, 0, why, sizeof(why)), -EINVAL);
	assert_null(re);
	assert_non_null(strstr(why, "at offset 3"));
	regex_set_free(s);
}

static void
spans_tell_groups_and_those_without_part(void **state)
{
	struct regex_set     *s = regex_set_new();
	struct regex_scratch *scratch = regex_scratch_new();
	const struct regex   *re;
	struct regex_span     spans[REGEX_SPANS];
	char                  why[100];

	(void)state;
	regex_add(s, &re, "b(x)?(c)", 8, 0, why, sizeof(why));
	assert_int_equal(regex_match(re, scratch, bytes_of("abcd", 4), 0, spans), 3);
	assert_int_equal(spans[0].from, 1);
	assert_int_equal(spans[0].to, 3);
	assert_true(spans[1].from > spans[1].to);
	assert_int_equal(spans[2].from, 2);
	assert_int_equal(regex_match(re, scratch, bytes_of("abcd", 4), 2, spans), 0);
	assert_int_equal(regex_match(re, scratch, bytes_of("abcd", 4), 9, spans), 0);
	assert_int_equal(regex_match(re, NULL, bytes_of("abcd", 4), 0, spans), 3);
	assert_int_equal(regex_match(re, scratch, bytes_of(NULL, 0), 0, spans), 0);
	regex_scratch_free(scratch);
	regex_set_free(s);
}

static void
more_groups_than_spans_are_cut(void **state)
{
	struct regex_set     *s = regex_set_new();
	struct regex_scratch *scratch = regex_scratch_new();
	const struct regex   *re;
	struct regex_span     spans[REGEX_SPANS];
	char                  text[3 * 40], why[100];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		memcpy(text + 3 * i, "(.)", 3);
	regex_add(s, &re, text, sizeof(text), 0, why, sizeof(why));
	assert_int_equal(regex_match(re, scratch, bytes_of(text, 40), 0, spans), REGEX_SPANS);
	assert_int_equal(spans[REGEX_SPANS - 1].to, REGEX_SPANS - 1);
	regex_scratch_free(scratch);
	regex_set_free(s);
}

/* Expressions that take exponential time on such text are given up soon. */
static void
catastrophes_are_bounded(void **state)
{
	static const char *const texts[] = { "^(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a*)*b", "(?:a?){60}a{60}b" };
	struct regex_set        *s = regex_set_new();
	struct regex_scratch    *scratch = regex_scratch_new();
	struct regex_span        spans[REGEX_SPANS];
	char                     payload[1400], why[100];
	clock_t                  start = clock();

	(void)state;
	memset(payload, 'a', sizeof(payload));
	payload[sizeof(payload) - 1] = '!';
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct regex *re;

		assert_int_equal(regex_add(s, &re, texts[i], strlen(texts[i]), 0, why, sizeof(why)), 0);
		assert_true(regex_match(re, scratch, bytes_of(payload, sizeof(payload)), 0, spans) <= 0);
	}
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	regex_scratch_free(scratch);
	regex_set_free(s);
}

/* Given up is not "does not match": whoever makes the search fail must not make a negated rule fire. */
static void
a_search_given_up_fires_no_negated_rule(void **state)
{
	char payload[64];

	(void)state;
	memset(payload, 'a', sizeof(payload));
	payload[sizeof(payload) - 1] = '!';
	/* nor a positive one */
	assert_false(rig_matches("content:\"aa\"; pcre:\"/^(a+)+$/\";", payload, sizeof(payload)));
	assert_false(rig_matches("content:\"aa\"; pcre:!\"/^(a+)+$/\";", payload, sizeof(payload)));
	assert_true(rig_matches("content:\"aa\"; pcre:!\"/^(a+)+$/\";", "aab", 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_expressions_are_one),
		cmocka_unit_test(what_is_no_expression_is_refused_with_the_place),
		cmocka_unit_test(spans_tell_groups_and_those_without_part),
		cmocka_unit_test(more_groups_than_spans_are_cut),
		cmocka_unit_test(catastrophes_are_bounded),
		cmocka_unit_test(a_search_given_up_fires_no_negated_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
