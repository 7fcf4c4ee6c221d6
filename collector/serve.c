/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve.h"

#include "collector/figures.h"
#include "collector/serve_priv.h"
#include "collector/stream.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define WORKERS 3
#define TASKS_MAX 256 /* requests that wait or run */
#define HEADERS_MAX 16384
#define IDLE_S 120

struct task {
	STAILQ_ENTRY(task) link;
	struct call            call;
	struct evhttp_request *req; /* NULL: the client has gone */
};
STAILQ_HEAD(tasks, task);

struct serve {
	struct serve_env     env;
	struct event_base   *base;
	struct evhttp       *http;
	struct event        *answered, *changed, *stop, *tick;
	struct store_reader *reader; /* of the streams */
	struct streams      *streams;
	pthread_t            thread, workers[WORKERS];
	unsigned             n_workers;
	pthread_mutex_t      lock; /* what follows */
	pthread_cond_t       more;
	struct tasks         todo, done;
	bool                 stopping;
	uint32_t             n_tasks; /* the API's thread alone */
};

/* ---- answers: the API's thread ---- */

static const char *
reason_of(int status)
{
	static const struct {
		int         status;
		const char *reason;
	} rows[] = {{200, "OK"}, {400, "Bad Request"}, {403, "Forbidden"},
		{404, "Not Found"}, {405, "Method Not Allowed"}, {409, "Conflict"},
		{503, "Service Unavailable"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].status == status)
			return rows[i].reason;
	return "Internal Server Error";
}

static void
reply(struct serve *s, struct task *t)
{
	struct evbuffer *out = evbuffer_new();
	struct call     *c = &t->call;
	int              status = c->status ? c->status : 200;

	if (c->out.failed && !c->raw.len) {
		log_err("no memory for an answer", "path=%s",
			c->route ? c->route->path : "");
		status = 500;
	}
	if (status >= 500)
		figure_add(s->env.figures, FIGURE_REQUEST_ERRORS, 1);
	if (out && c->raw.len)
		evbuffer_add(out, c->raw.data, c->raw.len);
	else if (out && !c->out.failed) {
		evbuffer_add(out, c->out.buf, c->out.len);
		evbuffer_add(out, "\n", 1);
	}
	evhttp_add_header(
		evhttp_request_get_output_headers(t->req), "Content-Type", c->type);
	evhttp_send_reply(t->req, status, reason_of(status), out);
	if (out)
		evbuffer_free(out);
}

static void
task_end(struct serve *s, struct task *t)
{
	if (t->req) {
		evhttp_connection_set_closecb(
			evhttp_request_get_connection(t->req), NULL, NULL);
		reply(s, t);
	}
	call_release(&t->call);
	free(t);
	s->n_tasks--;
}

static void
on_answered(evutil_socket_t fd, short what, void *arg)
{
	struct serve *s = arg;
	struct tasks  done = STAILQ_HEAD_INITIALIZER(done);
	struct task  *t;

	(void)fd;
	(void)what;
	pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(&done, &s->done);
	pthread_mutex_unlock(&s->lock);
	while ((t = STAILQ_FIRST(&done))) {
		STAILQ_REMOVE_HEAD(&done, link);
		task_end(s, t);
	}
}

/* ---- the workers ---- */

static void
run_call(struct call *c)
{
	int err = store_read_begin(c->reader);

	if (err) {
		call_store_failed(c, err);
		return;
	}
	c->route->run(c);
	store_read_end(c->reader);
}

static void
run_task(struct serve *s, struct task *t, struct store_reader **reader)
{
	int err = 0;

	if (!*reader)
		err = store_reader_open(reader, s->env.dir);
	t->call.reader = *reader;
	t->call.now_ns = clock_wall_ns();
	if (err)
		call_store_failed(&t->call, err);
	else
		run_call(&t->call);
	if (t->call.status >=
		500) { /* start afresh, in case the trouble is this reader's */
		store_reader_free(*reader);
		*reader = NULL;
	}
}

static void *
worker_thread(void *arg)
{
	struct serve        *s = arg;
	struct store_reader *reader = NULL;
	struct task         *t;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (STAILQ_EMPTY(&s->todo) && !s->stopping)
			pthread_cond_wait(&s->more, &s->lock);
		t = STAILQ_FIRST(&s->todo);
		if (!t)
			break;
		STAILQ_REMOVE_HEAD(&s->todo, link);
		pthread_mutex_unlock(&s->lock);
		run_task(s, t, &reader);
		pthread_mutex_lock(&s->lock);
		STAILQ_INSERT_TAIL(&s->done, t, link);
		event_active(s->answered, EV_READ, 0);
	}
	pthread_mutex_unlock(&s->lock);
	store_reader_free(reader);
	return NULL;
}

/* ---- requests: the API's thread ---- */

/* Who is at the other end, by the kernel's word. Those whom the socket's mode lets in may
 * act. */
static void
identify(struct call *c, struct evhttp_request *req)
{
	struct bufferevent *bev =
		evhttp_connection_get_bufferevent(evhttp_request_get_connection(req));
	struct ucred  peer = {.uid = (uid_t)-1};
	socklen_t     len = sizeof(peer);
	struct passwd pw, *found = NULL;
	char          text[4096];

	getsockopt(bufferevent_getfd(bev), SOL_SOCKET, SO_PEERCRED, &peer, &len);
	getpwuid_r(peer.uid, &pw, text, sizeof(text), &found);
	if (found)
		snprintf(c->name, sizeof(c->name), "%.63s", found->pw_name);
	else
		snprintf(c->name, sizeof(c->name), "uid-%u", (unsigned)peer.uid);
	c->actor = (struct actor){.name = c->name,
		.client = "local",
		.roles = ROLE_ANALYST | ROLE_COMMANDER | ROLE_ADMIN};
}

static const char *
method_of(struct evhttp_request *req)
{
	switch (evhttp_request_get_command(req)) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	default:
		return "this method";
	}
}

void
request_gone(struct evhttp_request *req)
{
	if (!evhttp_request_get_connection(req))
		evhttp_request_free(req);
}

static void
client_gone(struct evhttp_connection *evcon, void *arg)
{
	struct task *t = arg;

	(void)evcon;
	request_gone(t->req);
	t->req = NULL;
}

static void
queue_task(struct serve *s, struct task *t)
{
	evhttp_connection_set_closecb(
		evhttp_request_get_connection(t->req), client_gone, t);
	pthread_mutex_lock(&s->lock);
	STAILQ_INSERT_TAIL(&s->todo, t, link);
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

/* The request becomes a stream; false: it is answered with an error. */
static bool
start_stream(struct serve *s, struct task *t)
{
	uint64_t after = 0;
	int      err = 0;

	if (!call_u64(&t->call, "after", &after))
		err = streams_newest(s->streams, &after);
	t->call.reader = s->reader;
	if (!err && !t->call.status)
		err = streams_add(s->streams, t->req, after);
	if (err)
		call_store_failed(&t->call, err);
	if (!t->call.status)
		t->req = NULL; /* the stream's */
	return t->req == NULL;
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct serve    *s = arg;
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t           len = evbuffer_get_length(in);
	struct task     *t = calloc(1, sizeof(*t));

	if (!t) {
		evhttp_send_error(req, 503, NULL);
		return;
	}
	figure_add(s->env.figures, FIGURE_REQUESTS, 1);
	s->n_tasks++;
	t->req = req;
	t->call.env = &s->env;
	call_read(&t->call, serve_routes, method_of(req), evhttp_request_get_uri(req),
		bytes_of(evbuffer_pullup(in, -1), len));
	identify(&t->call, req);
	if (!t->call.status && s->n_tasks > TASKS_MAX)
		call_fail(&t->call, 503, "busy", "too many requests at once: try again");
	if (!t->call.status && t->call.route->kind == ROUTE_STREAM)
		start_stream(s, t);
	else if (!t->call.status) {
		queue_task(s, t);
		return;
	}
	task_end(s, t);
}

/* ---- the thread ---- */

static void
on_changed(evutil_socket_t fd, short what, void *arg)
{
	struct serve *s = arg;

	(void)fd;
	(void)what;
	streams_feed(s->streams);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct serve *s = arg;

	(void)fd;
	(void)what;
	streams_tick(s->streams);
	atomic_store(&s->env.figures->n[FIGURE_WATCHERS], streams_count(s->streams));
}

/* The workers have ended: say what they answered, end the streams, let it all be sent. */
static void
on_stop(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval soon = {.tv_usec = 200000};
	struct serve               *s = arg;

	on_answered(fd, what, s);
	streams_free(s->streams);
	s->streams = NULL;
	event_del(s->tick);
	event_del(s->changed);
	event_base_loopexit(s->base, &soon);
}

static void *
serve_thread(void *arg)
{
	struct serve *s = arg;

	event_base_dispatch(s->base);
	return NULL;
}

void
serve_changed(struct serve *s)
{
	event_active(s->changed, EV_READ, 0);
}

/* ---- life ---- */

static int
make_loop(struct serve *s, int fd)
{
	static const struct timeval second = {.tv_sec = 1};

	s->base = event_base_new();
	s->http = s->base ? evhttp_new(s->base) : NULL;
	if (!s->http)
		return -ENOMEM;
	evhttp_set_gencb(s->http, on_request, s);
	evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
	evhttp_set_max_body_size(s->http, CALL_BODY_MAX);
	evhttp_set_max_headers_size(s->http, HEADERS_MAX);
	evhttp_set_timeout(s->http, IDLE_S);
	s->answered = event_new(s->base, -1, EV_PERSIST, on_answered, s);
	s->changed = event_new(s->base, -1, EV_PERSIST, on_changed, s);
	s->stop = event_new(s->base, -1, EV_PERSIST, on_stop, s);
	s->tick = event_new(s->base, -1, EV_PERSIST, on_tick, s);
	if (!s->answered || !s->changed || !s->stop || !s->tick)
		return -ENOMEM;
	event_add(s->tick, &second);
	return evhttp_accept_socket(s->http, fd) == 0 ? 0 : -ENOMEM;
}

static int
start_threads(struct serve *s)
{
	int err = 0;

	while (!err && s->n_workers < WORKERS) {
		err = -pthread_create(&s->workers[s->n_workers], NULL, worker_thread, s);
		s->n_workers += !err;
	}
	return err ? err : -pthread_create(&s->thread, NULL, serve_thread, s);
}

/* Requests that came too late, or whose answers did. */
static void
drop_tasks(struct serve *s, struct tasks *list)
{
	struct task *t;

	while ((t = STAILQ_FIRST(list))) {
		STAILQ_REMOVE_HEAD(list, link);
		t->req = NULL;
		task_end(s, t);
	}
}

static void
release(struct serve *s)
{
	streams_free(s->streams);
	store_reader_free(s->reader);
	if (s->http)
		evhttp_free(s->http);
	drop_tasks(s, &s->todo);
	drop_tasks(s, &s->done);
	if (s->answered)
		event_free(s->answered);
	if (s->changed)
		event_free(s->changed);
	if (s->stop)
		event_free(s->stop);
	if (s->tick)
		event_free(s->tick);
	if (s->base)
		event_base_free(s->base);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void
stop_workers(struct serve *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->more);
	pthread_mutex_unlock(&s->lock);
	while (s->n_workers)
		pthread_join(s->workers[--s->n_workers], NULL);
}

int
serve_new(struct serve **out, const struct serve_env *env, int fd)
{
	struct serve *s = calloc(1, sizeof(*s));
	int           err;

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->env = *env;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	STAILQ_INIT(&s->todo);
	STAILQ_INIT(&s->done);
	err = store_reader_open(&s->reader, env->dir);
	if (!err)
		s->streams = streams_new(s->reader);
	if (!err && !s->streams)
		err = -ENOMEM;
	if (!err)
		err = make_loop(s, fd);
	if (!err)
		err = start_threads(s);
	if (err) {
		stop_workers(s);
		release(s);
		return err;
	}
	*out = s;
	return 0;
}

void
serve_close(struct serve *s)
{
	stop_workers(s);
}

void
serve_free(struct serve *s)
{
	if (!s)
		return;
	stop_workers(s);
	event_active(s->stop, EV_READ, 0);
	pthread_join(s->thread, NULL);
	release(s);
}
