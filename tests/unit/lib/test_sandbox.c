/* SPDX-License-Identifier: Apache-2.0 */
/* Each test enters a sandbox in a child and tries what it must not, and what it must. */
#include "lib/sandbox.h"

#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/landlock.h>

struct fix {
	char           dir[32], state[64], rules[64], outside[64];
	struct sandbox s;
};

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/sandbox.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->state, sizeof(f->state), "%s/state", f->dir);
	snprintf(f->rules, sizeof(f->rules), "%s/a.rules", f->dir);
	snprintf(f->outside, sizeof(f->outside), "%s/outside", f->dir);
	mkdir(f->state, 0700);
	close(open(f->rules, O_CREAT | O_WRONLY, 0600));
	close(open(f->outside, O_CREAT | O_WRONLY, 0600));
	f->s = (struct sandbox){.n_read = 2,
		.read = {f->rules, "/nonexistent"},
		.n_write = 1,
		.write = {f->state},
		.network = true};
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
	test_free(f);
	return 0;
}

/* Run `try` in a child inside the sandbox: it returns the number of its line that was
 * wrong, or 0. */
static void
in_sandbox(struct fix *f, int (*enter)(const struct sandbox *),
	int (*try)(const struct fix *))
{
	int   status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		if (enter(&f->s) < 0)
			_exit(254);
		_exit(try(f));
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define MUST(condition) do { if (!(condition)) return __LINE__ % 250; } while (0)

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
try_work(const struct fix *f)
{
	char      path[96], moved[96];
	pthread_t t;
	void     *mark;
	int       fd;

	snprintf(path, sizeof(path), "%s/file", f->state);
	snprintf(moved, sizeof(moved), "%s/moved", f->state);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	MUST(fd >= 0);
	MUST(write(fd, "x", 1) == 1 && fdatasync(fd) == 0 && ftruncate(fd, 0) == 0);
	MUST(rename(path, moved) == 0 && unlink(moved) == 0);
	MUST(open(f->rules, O_RDONLY) >= 0);
	MUST(socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_UNIX, SOCK_DGRAM, 0) >= 0);
	MUST(pthread_create(&t, NULL, nothing, &fd) == 0 && pthread_join(t, &mark) == 0);
	MUST(mark == &fd);
	return 0;
}

static int
try_escape(const struct fix *f)
{
	char *argv[] = { (char *)"/bin/true", NULL };

	MUST(execv("/bin/true", argv) < 0 && errno == EPERM);
	MUST(ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 && errno == EPERM);
	MUST(mount("none", "/tmp", "tmpfs", 0, NULL) < 0 && errno == EPERM);
	MUST(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
	MUST(setuid(0) < 0 && errno == EPERM);
	MUST(kill(getppid(), 0) < 0 && errno == EPERM);
	MUST(syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM);
	if (has_landlock()) {
		MUST(open(f->outside, O_RDONLY) < 0 && errno == EACCES);
		MUST(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES);
		MUST(open(f->rules, O_WRONLY) < 0 && errno == EACCES);
		MUST(unlink(f->outside) < 0);
	}
	return 0;
}

static int
try_listen(const struct fix *f)
{
	(void)f;
	MUST(listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0);
	return 0;
}

static int
try_no_listen(const struct fix *f)
{
	(void)f;
	MUST(listen(socket(AF_INET, SOCK_STREAM, 0), 1) < 0 && errno == EPERM);
	return 0;
}

static int
try_no_network(const struct fix *f)
{
	(void)f;
	MUST(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM);
	return 0;
}

/* CapEff and CapPrm of /proc/self/status, read before Landlock closes it; so by another
 * child. */
static void
no_capability_is_left(void **state)
{
	struct fix *f = *state;
	int         fds[2], status;
	char        line[128], path[64];
	FILE       *proc;
	pid_t       pid;
	unsigned    found = 0;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		char c;

		close(fds[1]);
		_exit(sandbox_sensor(&f->s) < 0 ? 254 : (int)read(fds[0], &c, 1));
	}
	close(fds[0]);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	for (int i = 0; i < 1000 && found != 3; i++) { /* until it is inside */
		found = 0;
		proc = fopen(path, "r");
		while (proc && fgets(line, sizeof(line), proc)) {
			found += strcmp(line, "CapEff:\t0000000000000000\n") == 0;
			found += strcmp(line, "NoNewPrivs:\t1\n") == 0;
			found += strcmp(line, "Seccomp:\t2\n") == 0;
		}
		if (proc)
			fclose(proc);
		sched_yield();
	}
	close(fds[1]);
	waitpid(pid, &status, 0);
	assert_int_equal(found, 3);
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
work_goes_on_inside(void **state)
{
	in_sandbox(*state, sandbox_sensor, try_work);
	in_sandbox(*state, sandbox_collector, try_work);
}

static void
nothing_else_can_be_done(void **state)
{
	in_sandbox(*state, sandbox_sensor, try_escape);
	in_sandbox(*state, sandbox_collector, try_escape);
}

static void
only_the_collector_listens(void **state)
{
	in_sandbox(*state, sandbox_collector, try_listen);
	in_sandbox(*state, sandbox_sensor, try_no_listen);
}

static void
without_network_there_is_none(void **state)
{
	struct fix *f = *state;

	f->s.network = false;
	in_sandbox(f, sandbox_sensor, try_no_network);
}

static int
try_is_nobody(const struct fix *f)
{
	(void)f;
	MUST(geteuid() != 0 && getegid() != 0);
	return 0;
}

static void
root_becomes_the_named_user(void **state)
{
	struct fix *f = *state;

	if (geteuid() != 0)
		skip();
	f->s.user = "nobody";
	in_sandbox(f, sandbox_sensor, try_is_nobody);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(work_goes_on_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nothing_else_can_be_done, setup, teardown),
		cmocka_unit_test_setup_teardown(
			only_the_collector_listens, setup, teardown),
		cmocka_unit_test_setup_teardown(
			without_network_there_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(no_capability_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(
			root_becomes_the_named_user, setup, teardown),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
