/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/utf8.h"

#include "tests/test.h"

static size_t
put(uint8_t out[static 4], uint32_t cp)
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t               n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; cp >>= 6)
		out[i] = (uint8_t)(0x80 | (cp & 0x3f));
	out[0] = (uint8_t)(lead[n] | cp);
	return n;
}

static void
every_code_point_but_surrogates_is_valid(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x110100; cp++) {
		uint8_t  b[4];
		size_t   n = put(b, cp);
		bool     valid = cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff);
		uint32_t got = 0;

		if (utf8_first(bytes_of(b, n), &got) != (valid ? n : 0) ||
			(valid && got != cp))
			fail_msg("U+%04X", cp);
		if (valid && n > 1 && utf8_ok(bytes_of(b, n - 1)))
			fail_msg("U+%04X cut off", cp);
	}
}

static void
overlong_and_stray_bytes_are_not(void **state)
{
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf",
		"\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf",
		"\xf8\x88\x80\x80\x80", "\xfe", "\xff", "a\xc3(b"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(utf8_ok(bytes_str(bad[i])));
	assert_true(utf8_ok(bytes_of(NULL, 0)));
	assert_true(utf8_ok(bytes_str("C\xe1\xba\xa3nh b\xc3\xa1o")));
}

static void
controls_and_direction_marks_are_not_shown(void **state)
{
	static const uint32_t hidden[] = {
		0, 7, 0x1b, 0x7f, 0x9b, 0x200f, 0x202e, 0x2067, 0xfeff};

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		assert_false(utf8_is_shown(hidden[i]));
	assert_true(utf8_is_shown('a'));
	assert_true(utf8_is_shown(0x1ebf));
	assert_true(utf8_is_shown(0x1f514));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_but_surrogates_is_valid),
		cmocka_unit_test(overlong_and_stray_bytes_are_not),
		cmocka_unit_test(controls_and_direction_marks_are_not_shown),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
