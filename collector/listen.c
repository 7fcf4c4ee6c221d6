/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/listen.h"

#include "lib/json.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024 /* a whole fleet may come back at once */

/* "[::1]:80" or "host:80" in two. False: it is neither. */
static bool
split(const char *where, char host[static 64], char port[static 16])
{
	const char *colon = strrchr(where, ':');
	size_t      n = colon ? (size_t)(colon - where) : 0;

	if (!colon || !colon[1] || strlen(colon + 1) > 15 || n > 63)
		return false;
	if (where[0] == '[' && n >= 2 && where[n - 1] == ']') {
		where++;
		n -= 2;
	}
	memcpy(host, where, n);
	host[n] = '\0';
	strcpy(port, colon + 1);
	return true;
}

static int
open_one(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		a->ai_protocol);
	int one = 1, zero = 0, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (a->ai_family == AF_INET6) /* [::] is everybody */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static void
tell_address(int fd, char text[static LISTEN_TEXT_MAX])
{
	struct sockaddr_storage sa;
	socklen_t               len = sizeof(sa);
	char                    host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";

	if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
		getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(text, LISTEN_TEXT_MAX,
		sa.ss_family == AF_INET6 ? "[%.60s]:%.8s" : "%.60s:%.8s", host, port);
}

int
listen_tcp(const char *where, char text[static LISTEN_TEXT_MAX])
{
	struct addrinfo  hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *list = NULL;
	char             host[64], port[16];
	int              fd = -EINVAL, err;

	if (!split(where, host, port)) {
		log_err("not an address to listen at", "listen=%s form=ADDR:PORT", where);
		return -EINVAL;
	}
	err = getaddrinfo(host[0] ? host : NULL, port, &hints, &list);
	if (err) {
		log_err("not an address to listen at", "listen=%s reason=\"%s\"", where,
			gai_strerror(err));
		return -EINVAL;
	}
	for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
		fd = open_one(a);
	freeaddrinfo(list);
	if (fd < 0)
		log_err("cannot listen", "listen=%s reason=\"%s\"", where, strerror(-fd));
	else
		tell_address(fd, text);
	return fd;
}

/* The store's lock says that we are the only collector here: an old socket is nobody's.
 */
int
listen_unix(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int                fd = -1, err = -ENAMETOOLONG;

	if (strlen(path) >= sizeof(sa.sun_path))
		goto fail;
	strcpy(sa.sun_path, path);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		chmod(path, 0660) < 0 || listen(fd, BACKLOG) < 0) {
		err = -errno;
		goto fail;
	}
	return fd;
fail:
	log_err("cannot listen", "socket=%s reason=\"%s\"", path, strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}

static int
write_file(const char *path, const char *text, size_t len)
{
	int     fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n;
	int     err;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	err = n < 0 ? -errno : (size_t)n < len ? -ENOSPC : 0;
	close(fd);
	return err;
}

int
listen_tell(const char *dir, const char *listen, const char *api)
{
	char        path[4200], part[4200], text[8192];
	struct json j;
	int         err;

	json_init(&j, text, sizeof(text));
	json_obj(&j, NULL);
	json_str(&j, "listen", listen);
	json_str(&j, "api", api);
	json_obj_end(&j);
	snprintf(path, sizeof(path), "%s/run", dir);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		err = -errno;
	else {
		snprintf(path, sizeof(path), "%s/run/ports.json", dir);
		snprintf(part, sizeof(part), "%s/run/ports.json.part", dir);
		err = write_file(part, text, j.len);
		if (!err && rename(part, path) < 0)
			err = -errno;
	}
	if (err)
		log_err("cannot write the ports", "dir=%s reason=\"%s\"", dir,
			strerror(-err));
	return err;
}
