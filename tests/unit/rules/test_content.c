/* SPDX-License-Identifier: Apache-2.0 */
/* content and its modifiers, from the text of a rule to a match. */
#include "tests/rig.h"
#include "tests/test.h"

struct row {
	const char *options;
	const char *payload;
	bool        matches;
};

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool got = rig_matches(rows[i].options, rows[i].payload, strlen(rows[i].payload));

		if (got != rows[i].matches)
			fail_msg("%s on \"%s\": %d", rows[i].options, rows[i].payload, got);
	}
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

static void
bytes_are_found_anywhere(void **state)
{
	static const struct row rows[] = {
		{ "content:\"abc\";", "abc", true },
		{ "content:\"abc\";", "xxabcxx", true },
		{ "content:\"abc\";", "ab", false },
		{ "content:\"abc\";", "ABC", false },
		{ "content:\"abc\"; nocase;", "xaBCx", true },
		{ "content:\"ABC\"; nocase;", "abc", true },
		{ "content:\"a1-[\"; nocase;", "A1-[", true },
		{ "content:\"a1-[\"; nocase;", "A1-{", false }, /* only letters have two cases */
		{ "content:\"@\"; nocase;", "`", false },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
hex_and_escapes_stand_for_bytes(void **state)
{
	(void)state;
	assert_true(rig_matches("content:\"|00 01 ff|\";", "x\x00\x01\xffx", 5));
	assert_true(rig_matches("content:\"|0001FF|\";", "x\x00\x01\xffx", 5));
	assert_false(rig_matches("content:\"|00 01 ff|\";", "x\x00\x01\xfex", 5));
	assert_true(rig_matches("content:\"a|3b|b\\;c\\\"d\\\\\";", "a;b;c\"d\\", 8));
	assert_true(rig_matches("content:\"a|7c|b\";", "a|b", 3));
	assert_true(rig_matches("content:\"|00 00|\";", "ab\0\0", 4));
	assert_false(rig_matches("content:\"|00 00|\";", "ab\0c\0", 5));
	assert_true(rig_matches("content:\"|00 00|c\";", "ab\0\0c", 5));
	assert_false(rig_matches("content:\"|00 00|c\";", "ab\0c", 4));
}

static void
what_must_not_be_there_refuses(void **state)
{
	static const struct row rows[] = {
		{ "content:!\"abc\";", "xyz", true },
		{ "content:!\"abc\";", "xabcz", false },
		{ "content:\"x\"; content:!\"abc\";", "xab", true },
		{ "content:\"x\"; content:!\"abc\";", "xabc", false },
		{ "content:\"x\"; content:!\"abc\"; nocase;", "xABC", false },
		{ "content:\"x\"; content:!\"b\"; distance:0;", "bx", true },
		{ "content:\"x\"; content:!\"b\"; distance:0;", "xb", false },
		{ "content:\"x\"; content:!\"b\"; within:2;", "xaab", true },
		{ "content:\"x\"; content:!\"b\"; within:2;", "xab", false },
		/* another x may do where the first does not */
		{ "content:\"x\"; content:!\"b\"; within:1;", "xbxc", true },
		{ "content:!\"abc\"; depth:3;", "xabc", true },
		{ "content:!\"abc\"; depth:3;", "abcx", false },
		{ "content:!\"abc\"; offset:1;", "abcx", true },
		{ "content:!\"abc\"; startswith;", "xabc", true },
		{ "content:!\"abc\"; endswith;", "abcx", true },
		{ "content:!\"abc\"; endswith;", "xabc", false },
		/* a payload too short for it does not hold it */
		{ "content:!\"abcdef\"; depth:6;", "abc", true },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
depth_and_offset_bound_the_place(void **state)
{
	static const struct row rows[] = {
		{ "content:\"abc\"; depth:3;", "abcd", true },
		{ "content:\"abc\"; depth:3;", "xabc", false },
		{ "content:\"abc\"; depth:4;", "xabc", true },
		{ "content:\"abc\"; offset:1;", "abc", false },
		{ "content:\"abc\"; offset:1;", "xabc", true },
		{ "content:\"abc\"; offset:3; depth:3;", "xxxabc", true },
		{ "content:\"abc\"; offset:3; depth:3;", "xxxxabc", false },
		{ "content:\"abc\"; offset:3; depth:3;", "xxabc", false },
		/* the first place is too early, a later one is right */
		{ "content:\"abc\"; offset:10;", "abcxxxxxxxxxxabc", true },
		{ "content:\"abc\"; offset:4; depth:5;", "abcxxxabcx", true },
		{ "content:\"abc\"; offset:70000;", "abc", false },
		{ "content:\"abc\"; startswith;", "abcabc", true },
		{ "content:\"abc\"; startswith;", "xabc", false },
		{ "content:\"abc\"; endswith;", "abcabc", true },
		{ "content:\"abc\"; endswith;", "abcx", false },
		{ "content:\"abc\"; startswith; endswith;", "abc", true },
		{ "content:\"abc\"; startswith; endswith;", "abcabc", false },
		{ "content:\"abc\"; depth:5; endswith;", "xxabc", true },
		{ "content:\"abc\"; depth:5; endswith;", "xxxabc", false },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
distance_and_within_count_from_the_match_before(void **state)
{
	static const struct row rows[] = {
		{ "content:\"a\"; content:\"b\"; distance:0;", "ab", true },
		{ "content:\"a\"; content:\"b\"; distance:0;", "ba", false },
		{ "content:\"a\"; content:\"b\"; distance:2;", "axb", false },
		{ "content:\"a\"; content:\"b\"; distance:2;", "axxb", true },
		{ "content:\"a\"; content:\"b\"; distance:-2;", "ba", true },
		{ "content:\"aa\"; content:\"b\"; distance:-3;", "baa", true },
		{ "content:\"aa\"; content:\"b\"; distance:-3;", "bxaa", false },
		{ "content:\"a\"; content:\"b\"; distance:-9;", "ba", true },
		{ "content:\"a\"; content:\"b\"; within:1;", "ab", true },
		{ "content:\"a\"; content:\"b\"; within:1;", "axb", false },
		{ "content:\"a\"; content:\"b\"; within:2;", "axb", true },
		{ "content:\"a\"; content:\"bc\"; within:2;", "axbc", false },
		/* within counts behind the distance */
		{ "content:\"a\"; content:\"b\"; distance:2; within:1;", "axxb", true },
		{ "content:\"a\"; content:\"b\"; distance:2; within:1;", "axxxb", false },
		{ "content:\"a\"; content:\"b\"; distance:2; within:2;", "axxxb", true },
		/* the first a leads nowhere, the second does */
		{ "content:\"a\"; content:\"b\"; within:1;", "axxab", true },
		{ "content:\"a\"; content:\"b\"; within:1; content:\"c\"; within:1;", "abxabc", true },
		{ "content:\"a\"; content:\"b\"; distance:0; content:\"c\"; within:1;", "abxbc", true },
		{ "content:\"a\"; content:\"b\"; distance:0; content:\"c\"; within:1;", "abxbxc", false },
		{ "content:\"a\"; content:\"b\"; content:\"c\"; within:1;", "abxbcx", true },
		{ "content:\"a\"; offset:2; content:\"b\"; within:1;", "abxab", true },
		{ "content:\"a\"; offset:2; content:\"b\"; within:1;", "abxax", false },
		/* without a match before it counts from the start */
		{ "content:\"a\"; distance:1;", "a", false },
		{ "content:\"a\"; distance:1;", "xa", true },
		{ "content:\"a\"; within:2;", "xa", true },
		{ "content:\"a\"; within:2;", "xxa", false },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void
the_fast_pattern_changes_nothing_but_speed(void **state)
{
	static const struct row rows[] = {
		{ "content:\"abcdef\"; content:\"x\"; fast_pattern;", "abcdefx", true },
		{ "content:\"abcdef\"; content:\"x\"; fast_pattern;", "abcdef", false },
		{ "content:\"abcdef\"; fast_pattern:2,2;", "abcdef", true },
		{ "content:\"abcdef\"; fast_pattern:2,2;", "xxcdxx", false },
		{ "content:\"abcdef\"; offset:1; fast_pattern:4,2;", "xabcdef", true },
		{ "content:\"abc\"; fast_pattern:only; content:\"d\";", "dabc", true },
		{ "content:\"abc\"; rawbytes;", "abc", true },
		{ "content:\"a\"; content:!\"bcdefgh\";", "a", true },
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* Numbers from the wire are hostile: no place may overflow. */
static void
places_from_the_wire_are_bounded(void **state)
{
	static const char *const modifiers[] = { "distance:v", "within:v", "offset:v", "depth:v", "offset:v; depth:v",
		"distance:v; within:v" };
	static const char *const numbers[] = { "\x7f\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x80\0\0\0\0\0\0\0", "\0\0\0\0\xff\xff\xff\xff", "\0\0\0\0\x80\0\0\0" };

	(void)state;
	for (size_t i = 0; i < sizeof(modifiers) / sizeof(*modifiers); i++) {
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++) {
			char options[256], payload[12];

			snprintf(options, sizeof(options), "byte_extract:8,0,v; content:\"zz\"; %s;", modifiers[i]);
			memcpy(payload, numbers[k], 8);
			memcpy(payload + 8, "abcd", 4);
			assert_false(rig_matches(options, payload, sizeof(payload)));
		}
	}
	assert_true(rig_matches("byte_extract:1,0,v; content:\"b\"; distance:v;", "\x02xxb", 4));
	assert_false(rig_matches("byte_extract:1,0,v; content:\"b\"; distance:v;", "\x03xxb", 4));
	assert_true(rig_matches("byte_extract:1,0,v; content:\"b\"; offset:v;", "\x02xb", 3));
	assert_false(rig_matches("byte_extract:1,0,v; content:\"b\"; offset:v;", "\x03xb", 3));
	assert_false(rig_matches("byte_extract:1,0,v; content:\"b\"; depth:v;", "\x02xb", 3));
	assert_true(rig_matches("byte_extract:1,0,v; content:\"b\"; depth:v;", "\x03xb", 3));
}

/* "a" fifty times, then six contents that may each lie anywhere behind: a search without bounds takes for ever. */
static void
hopeless_searches_are_given_up(void **state)
{
	char payload[1400];

	(void)state;
	memset(payload, 'a', sizeof(payload));
	assert_false(rig_matches("content:\"a\"; content:\"a\"; distance:0; content:\"a\"; distance:0; content:\"a\"; distance:0; "
				 "content:\"a\"; distance:0; content:\"b\"; distance:0;",
			payload, sizeof(payload)));
	payload[sizeof(payload) - 1] = 'b';
	assert_true(rig_matches("content:\"a\"; content:\"a\"; distance:0; content:\"b\"; distance:0;", payload,
			sizeof(payload)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_found_anywhere),
		cmocka_unit_test(hex_and_escapes_stand_for_bytes),
		cmocka_unit_test(what_must_not_be_there_refuses),
		cmocka_unit_test(depth_and_offset_bound_the_place),
		cmocka_unit_test(distance_and_within_count_from_the_match_before),
		cmocka_unit_test(the_fast_pattern_changes_nothing_but_speed),
		cmocka_unit_test(places_from_the_wire_are_bounded),
		cmocka_unit_test(hopeless_searches_are_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
