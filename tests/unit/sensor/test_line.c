/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/proto/line.h"

#include <string.h>

static void
lines_end_with_lf_with_or_without_cr(void **state)
{
	struct bytes data = bytes_str("one\r\ntwo\n\r\nthree");
	struct line  line;
	bool         skipping = false;

	(void)state;
	assert_true(line_take(&line, &data, 100, &skipping));
	assert_true(bytes_is(line.text, "one"));
	assert_true(line_take(&line, &data, 100, &skipping));
	assert_true(bytes_is(line.text, "two"));
	assert_true(line_take(&line, &data, 100, &skipping));
	assert_int_equal(line.text.left, 0);
	assert_false(line_take(&line, &data, 100, &skipping));
	assert_true(bytes_is(data, "three"));
}

static void
a_line_of_just_the_limit_is_whole_and_one_more_is_cut(void **state)
{
	struct bytes data = bytes_str("12345\r\n123456\r\n12345\n123456\nnext\n");
	const bool   cut[] = { false, true, false, true };
	struct line  line;
	bool         skipping = false;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(line_take(&line, &data, 5, &skipping));
		assert_true(bytes_is(line.text, "12345"));
		assert_int_equal(line.cut, cut[i]);
	}
	assert_true(line_take(&line, &data, 5, &skipping));
	assert_true(bytes_is(line.text, "next"));
}

static void
the_rest_of_a_cut_line_is_skipped_when_it_comes(void **state)
{
	struct bytes data = bytes_str("123456789");
	struct line  line;
	bool         skipping = false;

	(void)state;
	assert_true(line_take(&line, &data, 4, &skipping));
	assert_true(line.cut);
	assert_true(skipping);
	assert_int_equal(data.left, 0);
	data = bytes_str("more");
	assert_false(line_take(&line, &data, 4, &skipping));
	assert_int_equal(data.left, 0);
	data = bytes_str("end\nnew\n");
	assert_true(line_take(&line, &data, 4, &skipping));
	assert_true(bytes_is(line.text, "new"));
}

static void
words_and_codes_are_read(void **state)
{
	struct bytes text = bytes_str("MAIL  x");

	(void)state;
	assert_true(bytes_is(line_word(&text), "MAIL"));
	assert_true(bytes_is(text, " x"));
	assert_true(bytes_is(line_trim(bytes_str(" \ta b\t ")), "a b"));
	assert_int_equal(line_code(bytes_str("220-hi")), 220);
	assert_int_equal(line_code(bytes_str("22")), 0);
	assert_int_equal(line_code(bytes_str("2x0 ")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_with_lf_with_or_without_cr),
		cmocka_unit_test(a_line_of_just_the_limit_is_whole_and_one_more_is_cut),
		cmocka_unit_test(the_rest_of_a_cut_line_is_skipped_when_it_comes),
		cmocka_unit_test(words_and_codes_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
