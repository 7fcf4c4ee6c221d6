/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/conf.h"

#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
	bool             learn;
	uint64_t         workers, room, patience;
	char            *name;
	struct conf_list peers;
};

static const struct conf_row rows[] = {
	{"learn", CONF_BOOL, offsetof(struct settings, learn), 0, 0, "yes", NULL,
		"Learn."},
	{"workers", CONF_UINT, offsetof(struct settings, workers), 1, 64, "2", NULL,
		"Threads."},
	{"spool.max-bytes", CONF_BYTES, offsetof(struct settings, room), 1024, 0, "1G",
		"bytes", "Room."},
	{"patience", CONF_DURATION, offsetof(struct settings, patience), 0, 90 * 86400,
		"5m", NULL, "Wait."},
	{"name", CONF_TEXT, offsetof(struct settings, name), 0, 8, "tocsin", NULL,
		"Name."},
	{"peers", CONF_LIST, offsetof(struct settings, peers), 0, 3, NULL, NULL,
		"Others."},
	{0},
};

struct fix {
	struct settings s;
	char            path[40], said[4096];
};

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));
	int         fd;

	strcpy(f->path, "/tmp/conf.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(conf_defaults(&f->s, rows), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;

	conf_release(&f->s, rows);
	unlink(f->path);
	test_free(f);
	return 0;
}

/* Read `text` as a file; what it said on standard error is in f->said, with FILE for the
 * name. */
static int
read_text(struct fix *f, const char *text)
{
	FILE   *file = fopen(f->path, "w");
	int     fds[2], saved = dup(STDERR_FILENO), rc;
	ssize_t n;

	fputs(text, file);
	fclose(file);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	rc = conf_read(&f->s, rows, f->path);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], f->said, sizeof(f->said) - 1);
	close(fds[0]);
	f->said[n > 0 ? n : 0] = '\0';
	return rc;
}

static bool
said(struct fix *f, int line, const char *what)
{
	char want[128];

	snprintf(want, sizeof(want), "%s:%d: %s", f->path, line, what);
	return strstr(f->said, want) != NULL;
}

static void
defaults_hold_until_a_file_says_otherwise(void **state)
{
	struct fix *f = *state;

	assert_true(f->s.learn);
	assert_true(f->s.room == 1u << 30);
	assert_int_equal(f->s.patience, 300);
	assert_int_equal(read_text(f, "# nothing\n"), 0);
	assert_string_equal(f->s.name, "tocsin");
	assert_int_equal(
		read_text(f,
			"workers = 4\nlearn = no # really\nspool.max-bytes = 512M\n"
			"patience = 90d\nname = \"a b\"\npeers = { \"x:1\", \"y:2\" }\n"),
		0);
	assert_int_equal(f->s.workers, 4);
	assert_false(f->s.learn);
	assert_true(f->s.room == 512u << 20);
	assert_int_equal(f->s.patience, 90 * 86400);
	assert_string_equal(f->s.name, "a b");
	assert_int_equal(f->s.peers.n, 2);
	assert_string_equal(f->s.peers.at[1], "y:2");
}

static void
every_mistake_is_named_with_its_line(void **state)
{
	struct fix *f = *state;

	assert_int_equal(read_text(f, "workers = 0\n"
				      "\n"
				      "nonsense = 1\n"
				      "name = \"much too long\"\n"
				      "patience = 5x\n"
				      "workerz = 7\n"
				      "spool.max-bytes = many\n"), 6);
	assert_true(said(f, 1, "workers: too small"));
	assert_true(said(f, 3, ""));
	assert_non_null(strstr(f->said, "nonsense"));
	assert_true(said(f, 4, "name: too long"));
	assert_true(said(f, 5, "patience: unknown unit"));
	assert_true(said(f, 6, ""));
	assert_non_null(strstr(f->said, "workerz"));
	assert_true(said(f, 7, "spool.max-bytes: not a number"));
}

static void
numbers_have_bounds_and_no_tricks(void **state)
{
	static const struct {
		const char *name, *value, *why;
	} bad[] = {
		{ "workers", "65", "too large" },
		{ "workers", "-1", "not a number" },
		{ "workers", "", "not a number" },
		{ "workers", "1K", "unknown unit" },
		{ "workers", "99999999999999999999999", "too large" },
		{ "spool.max-bytes", "20000000000000000T", "too large" },
		{ "spool.max-bytes", "1", "too small" },
		{ "learn", "maybe", "not yes or no" },
		{ "name", "123456789", "too long" },
	};
	struct fix *f = *state;
	const char *why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(
			conf_set(&f->s, rows, bad[i].name, bad[i].value, &why), -EINVAL);
		assert_string_equal(why, bad[i].why);
	}
	assert_int_equal(conf_set(&f->s, rows, "unheard", "1", &why), -ENOENT);
	assert_int_equal(conf_set(&f->s, rows, "workers", "64", &why), 0);
	assert_int_equal(f->s.workers, 64);
}

static void
a_list_has_a_limit_and_replaces_the_one_before(void **state)
{
	struct fix *f = *state;

	assert_int_equal(read_text(f, "peers = { a, b, c, d }\n"), 1);
	assert_true(said(f, 1, "peers: too many"));
	assert_int_equal(read_text(f, "peers = { z }\n"), 0);
	assert_int_equal(f->s.peers.n, 1);
	assert_string_equal(f->s.peers.at[0], "z");
}

static void
broken_syntax_and_missing_files_are_mistakes(void **state)
{
	struct fix *f = *state;

	assert_true(read_text(f, "workers\nlearn = = yes\n\"\n") > 0);
	assert_true(read_text(f, "peers = { a, b\n") > 0);
	unlink(f->path);
	f->path[0] = '\0';
	assert_int_equal(conf_read(&f->s, rows, "/nonexistent/tocsin.conf"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			defaults_hold_until_a_file_says_otherwise, setup, teardown),
		cmocka_unit_test_setup_teardown(
			every_mistake_is_named_with_its_line, setup, teardown),
		cmocka_unit_test_setup_teardown(
			numbers_have_bounds_and_no_tricks, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_list_has_a_limit_and_replaces_the_one_before, setup, teardown),
		cmocka_unit_test_setup_teardown(
			broken_syntax_and_missing_files_are_mistakes, setup, teardown),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
