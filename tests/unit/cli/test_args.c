/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/args.h"

/* What a shell makes of `line`: words, which live until the next call. */
static int
read_line(struct args *out, uint64_t takes, bool first, const char *line)
{
	static char buf[512], *argv[32];
	char       *rest;
	int         n = 0;

	snprintf(buf, sizeof(buf), "%s", line);
	for (char *word = strtok_r(buf, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[n++] = word;
	argv[n] = NULL;
	return args_parse(out, takes, first, n, argv);
}

static void
options_and_words_may_be_mixed(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(read_line(&a, OPTS_ACT | OPT(REASON) | OPT(DISPOSITION), false, "close 17 --reason done -n 18 --disposition=benign -"),
			0);
	assert_int_equal(a.n_words, 3);
	assert_string_equal(a.words[0], "17");
	assert_string_equal(a.words[1], "18");
	assert_string_equal(a.words[2], "-");
	assert_string_equal(a.opt[OPT_REASON], "done");
	assert_string_equal(a.opt[OPT_DISPOSITION], "benign");
	assert_true(args_has(&a, OPT_DRY_RUN));
	assert_false(args_has(&a, OPT_JSON));
}

static void
options_before_the_command_end_at_it(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(read_line(&a, OPTS_EVERYWHERE, true, "tocsin --data d inbox --json"), 0);
	assert_string_equal(a.opt[OPT_DATA], "d");
	assert_int_equal(a.n_words, 2);
	assert_string_equal(a.words[0], "inbox");
	assert_string_equal(a.words[1], "--json");
}

static void
an_option_that_the_command_does_not_take_is_named(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(read_line(&a, OPTS_ACT, false, "ack --site x"), -EINVAL);
	assert_string_equal(a.why, "--site is not an option here");
}

static void
a_missing_value_is_named(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(read_line(&a, OPT(SITE), false, "inbox --site"), -EINVAL);
	assert_string_equal(a.why, "--site needs a value");
}

static void
fields_without_a_list_asks_for_their_names(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(read_line(&a, OPTS_LIST, false, "inbox --fields"), 0);
	assert_string_equal(a.opt[OPT_FIELDS], "");
	assert_int_equal(read_line(&a, OPTS_LIST, false, "inbox --fields= --json"), 0);
	assert_string_equal(a.opt[OPT_FIELDS], "");
}

static void
what_is_said_about_a_wrong_option_is_harmless(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(read_line(&a, OPTS_LIST, false, "inbox --\x1b[31m\xe2\x80\xae"), -EINVAL);
	assert_string_equal(a.why, "--?[31m??? is not an option here");
}

static void
the_last_of_two_values_counts(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(read_line(&a, OPT(SITE), false, "inbox --site a --site b"), 0);
	assert_string_equal(a.opt[OPT_SITE], "b");
}

static void
severities_are_numbers_words_or_their_beginnings(void **state)
{
	(void)state;
	assert_int_equal(args_severity("0"), 0);
	assert_int_equal(args_severity("4"), 4);
	assert_int_equal(args_severity("critical"), 4);
	assert_int_equal(args_severity("crit"), 4);
	assert_int_equal(args_severity("med"), 2);
	assert_int_equal(args_severity("high"), 3);
	assert_int_equal(args_severity(""), -EINVAL);
	assert_int_equal(args_severity("5"), -EINVAL);
	assert_int_equal(args_severity("33"), -EINVAL);
	assert_int_equal(args_severity("highest"), -EINVAL);
}

static void
every_row_of_the_table_is_filled_and_named_once(void **state)
{
	(void)state;
	for (int i = 0; i < OPT_COUNT; i++) {
		assert_non_null(opt_rows[i].name);
		assert_non_null(opt_rows[i].help);
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(opt_rows[i].name, opt_rows[k].name);
			assert_true(!opt_rows[i].letter || opt_rows[i].letter != opt_rows[k].letter);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_words_may_be_mixed),
		cmocka_unit_test(options_before_the_command_end_at_it),
		cmocka_unit_test(an_option_that_the_command_does_not_take_is_named),
		cmocka_unit_test(a_missing_value_is_named),
		cmocka_unit_test(fields_without_a_list_asks_for_their_names),
		cmocka_unit_test(what_is_said_about_a_wrong_option_is_harmless),
		cmocka_unit_test(the_last_of_two_values_counts),
		cmocka_unit_test(severities_are_numbers_words_or_their_beginnings),
		cmocka_unit_test(every_row_of_the_table_is_filled_and_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
