/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/escape.h"
#include "lib/arena.h"

struct nasty {
	const char *in;
	size_t      len;
	const char *want;
};
#define ROW(in, want)                                                                             \
	{                                                                                         \
		in, sizeof(in) - 1, want                                                          \
	}

static const struct nasty rows[] = {
	/* harmless */
	ROW("", ""),
	ROW("plain text ~ 123", "plain text ~ 123"),
	ROW("a\\b", "a\\b"),
	ROW("Ngăn chặn tấn công", "Ngăn chặn tấn công"),
	ROW("ta\xcc\x82\xcc\x81n", "ta\xcc\x82\xcc\x81n"), /* decomposed: two marks on one letter */
	ROW("标题 日本", "标题 日本"),
	ROW("\xf0\x9f\x94\x94", "\xf0\x9f\x94\x94"), /* U+1F514, a bell that rings nobody */
	/* controls */
	ROW("a\nb\tc\rd", "a\\nb\\tc\\rd"),
	ROW("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
	ROW("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
	ROW("\x1b]52;c;aGk=\x1b\\", "\\x1b]52;c;aGk=\\x1b\\"),
	ROW("nul\0in", "nul\\x00in"),
	ROW("\x7f\x08\x0c", "\\x7f\\x08\\x0c"),
	ROW("\xc2\x9b"
	    "31m",
			"\\u009b31m"),             /* CSI as one C1 code */
	ROW("\xc2\x85", "\\u0085"),            /* next line */
	ROW("\x9b", "\\x9b"),                  /* the same as a bare byte */
	/* direction and what cannot be seen */
	ROW("\xe2\x80\xae"
	    "exe.cod",
			"\\u202eexe.cod"),
	ROW("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", "\\u202a\\u202b\\u202c\\u202d"),
	ROW("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "\\u2066\\u2067\\u2068\\u2069"),
	ROW("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c"),
	ROW("a\xe2\x80\x8b"
	    "b\xe2\x80\x8c\xe2\x80\x8d",
			"a\\u200bb\\u200c\\u200d"),
	ROW("\xef\xbb\xbfx", "\\ufeffx"),
	ROW("\xc2\xad", "\\u00ad"),
	ROW("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"),
	ROW("\xe3\x85\xa4", "\\u3164"), /* a letter by its category, empty by its looks */
	ROW("\xf3\xa0\x81\x81", "\\U000e0041"),
	ROW("\xee\x80\x80", "\\ue000"),
	/* not UTF-8 */
	ROW("\xff\xfe", "\\xff\\xfe"),
	ROW("\xc0\xaf", "\\xc0\\xaf"),         /* overlong / */
	ROW("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"),
	ROW("\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b"),
	ROW("\xed\xa0\x80", "\\xed\\xa0\\x80"), /* a surrogate */
	ROW("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"),
	ROW("\xe2\x80", "\\xe2\\x80"),          /* cut off */
	ROW("\xe1\xbb", "\\xe1\\xbb"),
	/* marks */
	ROW("\xcc\x81x", "\\u0301x"),
	ROW("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "a\xcc\x81\xcc\x81\xcc\x81\\u0301"),
};

static void
nothing_that_harms_a_terminal_gets_through(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(escape_text(a, rows[i].in, rows[i].len), rows[i].want);
	arena_free(a);
}

static void
escaping_twice_changes_nothing(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(escape_text(a, rows[i].want, strlen(rows[i].want)), rows[i].want);
	arena_free(a);
}

static void
every_byte_alone_comes_out_printable(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	for (int c = 0; c < 256; c++) {
		char        byte = (char)c;
		const char *out = escape_text(a, &byte, 1);

		assert_true(*out);
		for (; *out; out++)
			assert_in_range((unsigned char)*out, ' ', '~');
	}
	arena_free(a);
}

static void
json_keeps_its_meaning(void **state)
{
	static const char nasty[] = "t\xe1\xba\xa5n \xe2\x80\xae \xc2\x9b \x7f \xf3\xa0\x81\x81 \x1b";
	json_t           *value = json_pack("[s#]", nasty, (int)sizeof(nasty) - 1), *back;
	char             *text = json_dumps(value, JSON_COMPACT), *out;
	size_t            len;
	FILE             *f = open_memstream(&out, &len);

	(void)state;
	escape_json(f, text, strlen(text));
	fclose(f);
	assert_string_equal(out, "[\"t\xe1\xba\xa5n \\u202e \\u009b \\u007f \\udb40\\udc41 \\u001B\"]");
	back = json_loads(out, 0, NULL);
	assert_true(json_equal(back, value));
	json_decref(value);
	json_decref(back);
	free(text);
	free(out);
}

static void
text_is_cut_by_columns_and_not_by_bytes(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	assert_int_equal(escape_width("Ngăn"), 4);
	assert_int_equal(escape_width("标题"), 4);
	assert_string_equal(escape_cut(a, "Ngăn chặn", 9), "Ngăn chặn");
	assert_string_equal(escape_cut(a, "Ngăn chặn", 8), "Ngăn ch…");
	assert_string_equal(escape_cut(a, "标题标题", 6), "标题…"); /* five: half a letter is none */
	assert_string_equal(escape_cut(a, "ab", 1), "…");
	arena_free(a);
}

static void
text_is_wrapped_at_blanks_where_it_can(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	assert_string_equal(escape_wrap(a, "", 10), "");
	assert_string_equal(escape_wrap(a, "one two", 10), "one two");
	assert_string_equal(escape_wrap(a, "one two three", 10), "one two\nthree");
	assert_string_equal(escape_wrap(a, "one two three", 7), "one two\nthree");
	assert_string_equal(escape_wrap(a, "abcdefghij", 4), "abcd\nefgh\nij");
	assert_string_equal(escape_wrap(a, "ngăn chặn tấn công", 9), "ngăn chặn\ntấn công");
	assert_string_equal(escape_wrap(a, "标题标题", 5), "标题\n标题");
	assert_string_equal(escape_wrap(a, "标题", 1), "标\n题");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_harms_a_terminal_gets_through),
		cmocka_unit_test(escaping_twice_changes_nothing),
		cmocka_unit_test(every_byte_alone_comes_out_printable),
		cmocka_unit_test(json_keeps_its_meaning),
		cmocka_unit_test(text_is_cut_by_columns_and_not_by_bytes),
		cmocka_unit_test(text_is_wrapped_at_blanks_where_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
