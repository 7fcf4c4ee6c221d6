/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "cli/http.h"

#define CLIENT_SCHEME "unix:"

struct client {
	char               *path; /* of the socket */
	struct event_base  *base;
	struct bufferevent *link; /* NULL: not connected */
	struct timeval      patience;

	/* of the request that runs */
	struct http_reply reply;
	struct evbuffer  *body; /* borrowed from the caller */
	client_sink_fn   *sink;
	void             *arg;
	bool              done;
	bool              heard; /* some byte of the answer came */
	int               result;
};

int
client_new(struct client **out, const char *url, int patience_s)
{
	struct client *c;

	*out = NULL;
	if (strncmp(url, CLIENT_SCHEME, strlen(CLIENT_SCHEME)) != 0)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->path = strdup(url + strlen(CLIENT_SCHEME));
	c->base = event_base_new();
	c->patience.tv_sec = patience_s;
	if (!c->path || !c->base) {
		client_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

static void
hang_up(struct client *c)
{
	if (c->link)
		bufferevent_free(c->link);
	c->link = NULL;
}

void
client_free(struct client *c)
{
	if (!c)
		return;
	hang_up(c);
	if (c->base)
		event_base_free(c->base);
	free(c->path);
	free(c);
}

const char *
client_where(const struct client *c)
{
	return c->path;
}

static void
finish(struct client *c, int result)
{
	c->result = result;
	c->done = true;
	event_base_loopbreak(c->base);
}

/* An error's body is small and kept whole; the sink sees only what was asked for. */
static void
pour(struct client *c)
{
	int err = 0;

	if (c->sink && c->reply.status >= 200 && c->reply.status < 300)
		err = c->sink(c->arg, c->body);
	if (!err && evbuffer_get_length(c->body) > CLIENT_BODY_MAX)
		err = -EMSGSIZE;
	if (err || c->reply.part == HTTP_DONE)
		finish(c, err);
}

static void
on_read(struct bufferevent *link, void *arg)
{
	struct client *c = arg;
	int            err;

	c->heard = true;
	err = http_feed(&c->reply, bufferevent_get_input(link), c->body);
	if (err)
		finish(c, err);
	else
		pour(c);
}

static void
on_event(struct bufferevent *link, short what, void *arg)
{
	struct client *c = arg;
	int            err;

	(void)link;
	if (what & BEV_EVENT_TIMEOUT)
		err = -ETIMEDOUT;
	else if (what & BEV_EVENT_EOF)
		err = http_end(&c->reply);
	else
		err = errno ? -errno : -ECONNRESET;
	if (err)
		finish(c, err);
	else
		pour(c);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	finish(arg, -EINTR);
}

/* Longer paths than sun_path has room for go through a descriptor of their folder. */
static int
socket_address(struct sockaddr_un *out, int *folder, const char *path)
{
	const char *slash = strrchr(path, '/');
	char       *dir;
	int         n;

	*folder = -1;
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof(out->sun_path)) {
		strcpy(out->sun_path, path);
		return 0;
	}
	if (!slash)
		return -ENAMETOOLONG;
	dir = strndup(path, (size_t)(slash - path) + 1);
	*folder = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	n = errno;
	free(dir);
	if (*folder < 0)
		return -n;
	n = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d%s", *folder, slash);
	return n < (int)sizeof(out->sun_path) ? 0 : -ENAMETOOLONG;
}

/* A UNIX socket connects at once or not at all. */
static int
dial(const char *path)
{
	struct sockaddr_un to;
	int                fd = -1, folder, err;

	err = socket_address(&to, &folder, path);
	if (!err) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
			err = -errno;
	}
	if (folder >= 0)
		close(folder);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static int
connect_link(struct client *c)
{
	int fd = dial(c->path);

	if (fd < 0)
		return fd;
	evutil_make_socket_nonblocking(fd);
	c->link = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c->link) {
		close(fd);
		return -ENOMEM;
	}
	bufferevent_setcb(c->link, on_read, NULL, on_event, c);
	bufferevent_set_timeouts(c->link, &c->patience, &c->patience);
	bufferevent_enable(c->link, EV_READ | EV_WRITE);
	return 0;
}

static void
send_request(struct client *c, const char *method, const char *path, const char *body)
{
	struct evbuffer *to = bufferevent_get_output(c->link);

	evbuffer_add_printf(to, "%s %s HTTP/1.1\r\nHost: tocsin\r\nAccept: application/json\r\n",
			method, path);
	if (body)
		evbuffer_add_printf(to,
				"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
				strlen(body));
	else
		evbuffer_add_printf(to, "\r\n");
	if (body)
		evbuffer_add(to, body, strlen(body));
}

static int
run(struct client *c, const char *method, const char *path, const char *body)
{
	int err = c->link ? 0 : connect_link(c);

	if (err)
		return err;
	http_start(&c->reply);
	c->done = c->heard = false;
	c->result = 0;
	send_request(c, method, path, body);
	while (!c->done)
		if (event_base_loop(c->base, EVLOOP_ONCE) != 0)
			finish(c, -EIO);
	if (c->result || c->reply.closes)
		hang_up(c);
	return c->result;
}

/* While a stream runs, ^C ends it in order instead of killing the process in mid-line. */
static int
run_stream(struct client *c, const char *method, const char *path, const char *body)
{
	struct event *stop[2] = { evsignal_new(c->base, SIGINT, on_signal, c),
		evsignal_new(c->base, SIGTERM, on_signal, c) };
	int           err = -ENOMEM;

	if (stop[0] && stop[1] && !event_add(stop[0], NULL) && !event_add(stop[1], NULL))
		err = run(c, method, path, body);
	for (size_t i = 0; i < 2; i++)
		if (stop[i])
			event_free(stop[i]);
	return err;
}

int
client_ask(struct client *c, const char *method, const char *path, const char *body,
		int *status, struct evbuffer *reply, client_sink_fn *sink, void *arg)
{
	bool kept = c->link != NULL;
	int  err;

	*status = 0;
	c->body = reply;
	c->sink = sink;
	c->arg = arg;
	evbuffer_drain(reply, evbuffer_get_length(reply));
	err = sink ? run_stream(c, method, path, body) : run(c, method, path, body);

	/* It may have closed an idle connection just as we asked; reading is safe to repeat. */
	if (err && kept && !c->heard && strcmp(method, "GET") == 0 && err != -EINTR)
		err = sink ? run_stream(c, method, path, body) : run(c, method, path, body);
	*status = c->reply.status;
	return err;
}
