/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/lex.h"

#include "lib/arena.h"
#include "tests/test.h"

#include <errno.h>
#include <string.h>

static struct lex
lex_of(const char *text)
{
	return (struct lex){ .text = text, .len = strlen(text), .line = 1 };
}

static struct lex_rule
rule_of(const char *text)
{
	return (struct lex_rule){ .text = text, .source = text, .len = strlen(text), .line = 1 };
}

#define assert_word(w, text)                                       \
	do {                                                       \
		assert_int_equal((w).len, strlen(text));           \
		assert_memory_equal((w).at, text, strlen(text));   \
	} while (0)

static void
blank_lines_and_comments_are_no_rules(void **state)
{
	struct lex      l = lex_of("\n  \n# one\n \t# two\nalert x\r\n#three\n\n drop y");
	struct lex_rule r;

	(void)state;
	assert_true(lex_next(&l, NULL, &r));
	assert_int_equal(r.line, 5);
	assert_int_equal(strncmp(r.text, "alert x", 7), 0);
	assert_true(lex_next(&l, NULL, &r));
	assert_int_equal(r.line, 8);
	assert_false(lex_next(&l, NULL, &r));
	assert_false(lex_next(&l, NULL, &r));
}

static void
a_backslash_joins_lines_and_places_stay_those_of_the_file(void **state)
{
	struct lex      l = lex_of("alert a \\\n  b \\\r\n  c\nnext");
	struct arena   *scratch = arena_new(4096);
	struct lex_rule r;
	uint32_t        line, column;

	(void)state;
	assert_true(lex_next(&l, scratch, &r));
	assert_null(memchr(r.text, '\\', r.len));
	assert_null(memchr(r.text, '\n', r.len));
	lex_position(&r, (size_t)((const char *)memchr(r.text, 'b', r.len) - r.text), &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 3);
	lex_position(&r, (size_t)((const char *)memchr(r.text, 'c', r.len) - r.text), &line, &column);
	assert_int_equal(line, 3);
	assert_int_equal(column, 3);
	assert_true(lex_next(&l, scratch, &r));
	assert_int_equal(r.line, 4);
	arena_free(scratch);
}

static void
a_comment_is_not_continued(void **state)
{
	struct lex      l = lex_of("# comment \\\nalert x\n");
	struct lex_rule r;

	(void)state;
	assert_true(lex_next(&l, NULL, &r));
	assert_int_equal(r.line, 2);
}

static void
a_backslash_at_the_end_of_the_file_ends_nothing(void **state)
{
	struct lex      l = lex_of("alert x \\");
	struct lex_rule r;

	(void)state;
	assert_true(lex_next(&l, NULL, &r));
	assert_false(lex_next(&l, NULL, &r));
}

static void
brackets_hold_words_of_the_header_together(void **state)
{
	struct lex_rule r = rule_of("alert\ttcp [1.2.3.4, [5.6.7.8, !$X]] any(msg");
	struct lex_word w;
	size_t          at = 0;

	(void)state;
	assert_true(lex_word(&r, &at, &w));
	assert_word(w, "alert");
	assert_true(lex_word(&r, &at, &w));
	assert_word(w, "tcp");
	assert_true(lex_word(&r, &at, &w));
	assert_word(w, "[1.2.3.4, [5.6.7.8, !$X]]");
	assert_true(lex_word(&r, &at, &w));
	assert_word(w, "any");
	assert_false(lex_word(&r, &at, &w));
	assert_int_equal(r.text[at], '(');
}

static void
options_end_at_the_semicolon_that_is_not_escaped(void **state)
{
	struct lex_rule   r = rule_of(" msg : \"a\\;b\" ;nocase; x:\\\\;)  ");
	struct lex_option o;
	size_t            at = 0;
	const char       *why;

	(void)state;
	assert_int_equal(lex_option(&r, &at, &o, &why), 1);
	assert_word(o.name, "msg");
	assert_word(o.value, "\"a\\;b\"");
	assert_int_equal(lex_option(&r, &at, &o, &why), 1);
	assert_word(o.name, "nocase");
	assert_null(o.value.at);
	assert_int_equal(lex_option(&r, &at, &o, &why), 1); /* the backslash itself is escaped */
	assert_word(o.value, "\\\\");
	assert_int_equal(lex_option(&r, &at, &o, &why), 0);
}

static void
broken_options_are_told(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "no ) at the end of the rule" },
		{ "   ", "no ) at the end of the rule" },
		{ "msg:\"x\")", "option does not end with ;" },
		{ "msg:\"x\\;)", "option does not end with ;" },
		{ ") more", "text behind the closing )" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lex_rule   r = rule_of(rows[i].text);
		struct lex_option o;
		size_t            at = 0;
		const char       *why = NULL;

		assert_int_equal(lex_option(&r, &at, &o, &why), -EINVAL);
		assert_string_equal(why, rows[i].why);
	}
}

static void
commas_in_brackets_and_quotes_do_not_cut(void **state)
{
	static const char *const want[] = { "a", "[b,c]", "\"d,e\"", "", "f g" };
	static const char        text[] = " a ,[b,c], \"d,e\",, f g ";
	struct lex_word          list = { text, strlen(text) }, w;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_true(lex_piece(&list, &w));
		assert_word(w, want[i]);
	}
	assert_false(lex_piece(&list, &w));
}

static void
an_empty_list_has_one_empty_piece(void **state)
{
	struct lex_word list = { "", 0 }, w;

	(void)state;
	assert_true(lex_piece(&list, &w));
	assert_int_equal(w.len, 0);
	assert_false(lex_piece(&list, &w));
}

static void
a_word_and_its_argument_have_a_blank_between(void **state)
{
	struct lex_word arg;

	(void)state;
	assert_true(lex_argument((struct lex_word){ "bytes  4", 8 }, "bytes", &arg));
	assert_word(arg, "4");
	assert_false(lex_argument((struct lex_word){ "bytes4", 6 }, "bytes", &arg));
	assert_false(lex_argument((struct lex_word){ "bytes", 5 }, "bytes", &arg));
	assert_false(lex_argument((struct lex_word){ "byte 4", 6 }, "bytes", &arg));
	assert_true(lex_is((struct lex_word){ "abc", 3 }, "abc"));
	assert_false(lex_is((struct lex_word){ "abcd", 4 }, "abc"));
	assert_word(lex_trim(" \t x y\r\n", 8), "x y");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blank_lines_and_comments_are_no_rules),
		cmocka_unit_test(a_backslash_joins_lines_and_places_stay_those_of_the_file),
		cmocka_unit_test(a_comment_is_not_continued),
		cmocka_unit_test(a_backslash_at_the_end_of_the_file_ends_nothing),
		cmocka_unit_test(brackets_hold_words_of_the_header_together),
		cmocka_unit_test(options_end_at_the_semicolon_that_is_not_escaped),
		cmocka_unit_test(broken_options_are_told),
		cmocka_unit_test(commas_in_brackets_and_quotes_do_not_cut),
		cmocka_unit_test(an_empty_list_has_one_empty_piece),
		cmocka_unit_test(a_word_and_its_argument_have_a_blank_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
