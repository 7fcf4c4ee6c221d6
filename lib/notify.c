/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
notify(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char        *path = getenv("NOTIFY_SOCKET");
	size_t             len = path ? strlen(path) : 0;
	ssize_t            sent;
	int                fd, err;

	if (len == 0)
		return 0;
	if (len >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return -EINVAL;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@') /* the abstract name space */
		to.sun_path[0] = '\0';

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	err = sent < 0 ? -errno : 0;
	close(fd);
	return err;
}

uint32_t
notify_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return (uint32_t)(strtoull(usec, NULL, 10) / 2000);
}
