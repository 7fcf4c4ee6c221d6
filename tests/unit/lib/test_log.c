/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log.h"

#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fix {
	int stderr_copy, pipe[2];
};

/* Standard error goes into a pipe until said() reads it back. */
static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));

	unsetenv("JOURNAL_STREAM");
	log_setup("bell", LOG_LEVEL_NOTICE);
	assert_int_equal(pipe(f->pipe), 0);
	f->stderr_copy = dup(STDERR_FILENO);
	dup2(f->pipe[1], STDERR_FILENO);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;

	dup2(f->stderr_copy, STDERR_FILENO);
	close(f->stderr_copy);
	close(f->pipe[0]);
	close(f->pipe[1]);
	test_free(f);
	return 0;
}

static const char *
said(struct fix *f, char buf[static 4096])
{
	ssize_t n = read(f->pipe[0], buf, 4095);

	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

static void
a_line_has_name_words_and_values(void **state)
{
	char buf[4096];

	log_warn("spool full", "path=%s depth=%u", "/x", 7u);
	assert_string_equal(said(*state, buf), "bell: spool full path=/x depth=7\n");
	log_notice("started", NULL);
	assert_string_equal(said(*state, buf), "bell: started\n");
}

static void
the_journal_gets_a_priority(void **state)
{
	char buf[4096];

	setenv("JOURNAL_STREAM", "1:2", 1);
	log_setup("bell", LOG_LEVEL_NOTICE);
	log_err("disk", "errno=%d", 5);
	assert_string_equal(said(*state, buf), "<3>disk errno=5\n");
	unsetenv("JOURNAL_STREAM");
}

static void
more_verbose_levels_are_silent(void **state)
{
	char buf[4096];

	log_info("quiet", "a=%d", 1);
	log_err("loud", "a=%d", 1);
	assert_string_equal(said(*state, buf), "bell: loud a=1\n");
}

static void
nothing_acts_on_a_terminal(void **state)
{
	char buf[4096];

	log_err("peer", "name=%s", "a\x1b[2J\n\xff\xc2\x9b\xe2\x80\xae\xe1\xba\xbf");
	assert_string_equal(said(*state, buf),
		"bell: peer name=a\\x1b[2J\\x0a\\xff\\xc2\\x9b"
		"\\xe2\\x80\\xae\xe1\xba\xbf\n");
}

static void
a_long_line_is_cut_and_still_ends(void **state)
{
	char buf[4096], big[3000];

	memset(big, '\n', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	errno = 77;
	log_err("big", "v=%s", big);
	assert_int_equal(errno, 77);
	said(*state, buf);
	assert_true(strlen(buf) <= 2048);
	assert_int_equal(buf[strlen(buf) - 1], '\n');
	assert_ptr_equal(strchr(buf, '\n'), buf + strlen(buf) - 1);
}

static void
a_limit_holds_back_and_says_how_many(void **state)
{
	struct log_limit l = { .burst = 2, .every_ms = 1000 };
	uint64_t         now = UINT64_C(1000000000000);
	uint32_t         held = 99;

	(void)state;
	assert_true(log_allowed(&l, now, &held));
	assert_true(log_allowed(&l, now, &held));
	assert_int_equal(held, 0);
	assert_false(log_allowed(&l, now + 1, &held));
	assert_false(log_allowed(&l, now + 999999999, &held));
	assert_true(log_allowed(&l, now + 1000000000, &held));
	assert_int_equal(held, 2);
	assert_true(log_allowed(&l, now - 5, &held)); /* the clock stepped back */
	assert_int_equal(held, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_line_has_name_words_and_values, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_journal_gets_a_priority, setup, teardown),
		cmocka_unit_test_setup_teardown(
			more_verbose_levels_are_silent, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nothing_acts_on_a_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_long_line_is_cut_and_still_ends, setup, teardown),
		cmocka_unit_test(a_limit_holds_back_and_says_how_many),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
