/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/cli/double.h - a collector's API made of canned answers.
 *
 * A process of its own that serves rows of (request, status, body) on a UNIX socket
 * with libevent's HTTP server, so that client and commands run against another
 * implementation of HTTP than their own. One test at a time.
 */
#ifndef TESTS_UNIT_CLI_DOUBLE_H
#define TESTS_UNIT_CLI_DOUBLE_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

/* The first row whose request the asked one begins with; "GET /v1/x" also answers "/v1/x?limit=1". */
struct canned {
	const char *request;
	int         status;
	const char *body;
};

struct double_collector {
	char  dir[64];
	char  url[128]; /* unix:… of the socket */
	pid_t pid;
};

static inline void
double_echo(struct evbuffer *to, const char *asked, struct evbuffer *in)
{
	evbuffer_add_printf(to, "{\"asked\":\"%s\",\"body\":", asked);
	if (evbuffer_get_length(in))
		evbuffer_add_buffer(to, in);
	else
		evbuffer_add_printf(to, "null");
	evbuffer_add_printf(to, "}");
}

static inline void
double_answer(struct evhttp_request *req, void *arg)
{
	const char      *method = evhttp_request_get_command(req) == EVHTTP_REQ_POST ? "POST" : "GET";
	struct evbuffer *body = evbuffer_new();
	char             asked[2048];

	snprintf(asked, sizeof(asked), "%s %s", method, evhttp_request_get_uri(req));
	for (const struct canned *c = arg; c->request; c++) {
		if (strncmp(asked, c->request, strlen(c->request)) != 0)
			continue;
		if (strcmp(c->body, "ECHO") == 0) /* what was asked, for tests of requests */
			double_echo(body, asked, evhttp_request_get_input_buffer(req));
		else
			evbuffer_add(body, c->body, strlen(c->body));
		evhttp_send_reply(req, c->status, NULL, body);
		evbuffer_free(body);
		return;
	}
	evbuffer_add_printf(body, "{\"error\":\"not_found\",\"message\":\"there is no %s\"}", asked);
	evhttp_send_reply(req, 404, NULL, body);
	evbuffer_free(body);
}

static inline void
double_serve(int fd, const struct canned *rows)
{
	struct event_base *base = event_base_new();
	struct evhttp     *http = evhttp_new(base);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	evhttp_set_gencb(http, double_answer, (void *)rows);
	evhttp_accept_socket(http, fd);
	event_base_dispatch(base);
	_exit(0);
}

static inline void
double_start(struct double_collector *d, const struct canned *rows)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(d->dir, "/tmp/tocsin-double-XXXXXX");
	if (!mkdtemp(d->dir))
		abort();
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/api.sock", d->dir);
	snprintf(d->url, sizeof(d->url), "unix:%s/api.sock", d->dir);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 16) < 0)
		abort();
	d->pid = fork();
	if (d->pid < 0)
		abort();
	if (d->pid == 0)
		double_serve(fd, rows);
	close(fd);
}

static inline void
double_stop(struct double_collector *d)
{
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	unlink(d->url + strlen("unix:"));
	rmdir(d->dir);
}

#endif
