/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fault.h"

#include "tests/test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void
arm(const char *spec)
{
	if (spec)
		setenv("TOCSIN_FAULT", spec, 1);
	else
		unsetenv("TOCSIN_FAULT");
	fault_setup();
}

/* Signal that ended a child that passes `here` up to `times`; 0 when it lived. */
static int
child_passes(unsigned times)
{
	int   status;
	pid_t pid = fork();

	if (pid == 0) {
		while (times-- > 0)
			fault_point("here");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
without_the_variable_nothing_happens(void **state)
{
	(void)state;
	arm(NULL);
	assert_false(fault_armed);
	assert_int_equal(fault_point("here"), 0);
	arm("");
	assert_int_equal(child_passes(3), 0);
}

static void
the_nth_passing_kills(void **state)
{
	(void)state;
	arm("here:3");
	assert_int_equal(child_passes(2), 0);
	assert_int_equal(child_passes(3), SIGKILL);
	arm("here");
	assert_int_equal(child_passes(1), SIGKILL);
	arm("there");
	assert_int_equal(child_passes(9), 0);
}

static void
the_error_form_fails_from_the_nth_on(void **state)
{
	(void)state;
	arm("here:2:error");
	assert_int_equal(fault_point("here"), 0);
	assert_int_equal(fault_point("there"), 0);
	assert_int_equal(fault_point("here"), -EIO);
	assert_int_equal(fault_point("here"), -EIO);
	arm(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_the_variable_nothing_happens),
		cmocka_unit_test(the_nth_passing_kills),
		cmocka_unit_test(the_error_form_fails_from_the_nth_on),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
