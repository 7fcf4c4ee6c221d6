/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/notify.h"

#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
listen_at(const struct sockaddr_un *at, size_t path_len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_int_equal(
		bind(fd, (const struct sockaddr *)at,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len)),
		0);
	return fd;
}

static void
nobody_listening_is_no_error(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(notify("READY=1"), -EINVAL);
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	assert_int_equal(notify("READY=1"), -ENOENT);
}

static void
the_word_reaches_an_abstract_socket(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char               name[64], got[32] = "";
	int                fd, len;

	(void)state;
	len = snprintf(name, sizeof(name), "@tocsin-test-%d", getpid());
	memcpy(at.sun_path, name, (size_t)len);
	at.sun_path[0] = '\0';
	fd = listen_at(&at, (size_t)len);
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify("READY=1\nSTATUS=x"), 0);
	assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 16);
	assert_string_equal(got, "READY=1\nSTATUS=x");
	close(fd);
}

static void
the_watchdog_is_fed_at_half_its_time(void **state)
{
	char pid[16];

	(void)state;
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	unsetenv("WATCHDOG_PID");
	assert_int_equal(notify_watchdog_ms(), 15000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_ms(), 15000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_listening_is_no_error),
		cmocka_unit_test(the_word_reaches_an_abstract_socket),
		cmocka_unit_test(the_watchdog_is_fed_at_half_its_time),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
