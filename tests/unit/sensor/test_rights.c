/* SPDX-License-Identifier: Apache-2.0 */
/* A child drops its rights as the sensor does and tries what it must not, and what it must. */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "rules/vars.h"
#include "sensor/options.h"
#include "sensor/rights.h"

struct fix {
	char           dir[32], rules[64], fresh[64], outside[64];
	struct options o;
	struct vars   *vars;
};

static void
write_file(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs("# nothing\n", f);
	fclose(f);
}

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));
	char        folder[64];

	f->vars = vars_new();
	assert_non_null(f->vars);
	strcpy(f->dir, "/tmp/rights.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(folder, sizeof(folder), "%s/rules", f->dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(f->rules, sizeof(f->rules), "%s/rules/a.rules", f->dir);
	snprintf(f->fresh, sizeof(f->fresh), "%s/rules/fresh", f->dir);
	snprintf(f->outside, sizeof(f->outside), "%s/outside", f->dir);
	write_file(f->rules);
	write_file(f->outside);
	assert_int_equal(words_add(&f->o.rules, f->rules), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;
	char        command[64];

	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	options_release(&f->o);
	vars_free(f->vars);
	test_free(f);
	return 0;
}

static bool
can_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
can_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Run `body` in a child that has dropped its rights; its result is the child's exit code. */
static void
in_cage(struct fix *f, int (*body)(const struct fix *))
{
	pid_t pid = fork();
	int   status;

	if (pid == 0)
		_exit(rights_drop(&f->o, f->vars) < 0 ? 99 : body(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static int
try_files(const struct fix *f)
{
	if (!can_open(f->rules, O_RDONLY))
		return 1;
	if (can_open(f->outside, O_RDONLY) || can_open("/etc/passwd", O_RDONLY))
		return 2;
	if (can_open(f->rules, O_WRONLY) || can_open(f->fresh, O_WRONLY | O_CREAT))
		return 3;
	return unlink(f->outside) == 0 ? 4 : 0;
}

static void
only_what_a_run_needs_can_be_read_and_nothing_written(void **state)
{
	if (!has_landlock())
		skip();
	in_cage(*state, try_files);
}

/* Editors and updaters write another file and give it the name. */
static void
a_rule_file_that_was_replaced_can_be_read_again(void **state)
{
	struct fix *f = *state;
	int         go[2], status;
	pid_t       pid;
	char        byte = 0;

	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		if (rights_drop(&f->o, f->vars) < 0 || read(go[0], &byte, 1) != 1)
			_exit(99);
		_exit(can_open(f->rules, O_RDONLY) ? 0 : 1);
	}
	write_file(f->fresh);
	assert_int_equal(rename(f->fresh, f->rules), 0);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(go[0]);
	close(go[1]);
}

static int
try_calls(const struct fix *f)
{
	char *const argv[] = { (char *)(uintptr_t) "/bin/true", NULL };

	(void)f;
	if (execve(argv[0], argv, NULL) == 0 || errno != EPERM)
		return 1;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		return 2;
	if (kill(getppid(), 0) == 0)
		return 3;
	if (can_socket(AF_INET, SOCK_STREAM) || can_socket(AF_INET6, SOCK_DGRAM))
		return 4;
	if (can_socket(AF_PACKET, SOCK_RAW))
		return 5;
	if (setuid(0) == 0 || chroot("/") == 0)
		return 6;
	return 0;
}

static void
no_program_no_network_no_other_process(void **state)
{
	in_cage(*state, try_calls);
}

static int
try_capture(const struct fix *f)
{
	(void)f;
	if (can_socket(AF_INET, SOCK_STREAM))
		return 1;
	return can_socket(AF_PACKET, SOCK_RAW) ? 0 : 2;
}

static void
an_interface_can_be_opened_again_and_no_more(void **state)
{
	struct fix *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(words_add(&f->o.interfaces, "eth9"), 0);
	in_cage(f, try_capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_a_run_needs_can_be_read_and_nothing_written, setup,
				teardown),
		cmocka_unit_test_setup_teardown(a_rule_file_that_was_replaced_can_be_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(no_program_no_network_no_other_process, setup, teardown),
		cmocka_unit_test_setup_teardown(an_interface_can_be_opened_again_and_no_more, setup, teardown),
	};

	return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
