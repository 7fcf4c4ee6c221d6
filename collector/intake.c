/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/intake_priv.h"

#include "collector/figures.h"
#include "collector/store_read.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_S 10
#define LOGS_BURST 2 /* lines of one kind of refusal … */
#define LOGS_EVERY_MS 60000

void
intake_refused(struct intake *in, enum refusal why, const char *peer, const char *name,
	const char *text)
{
	uint32_t held;

	figure_add(in->set.figures, FIGURE_REFUSED, 1);
	if (log_allowed(&in->limits[why], clock_mono_ns(), &held))
		log_warn("a peer was refused",
			"peer=%s sensor=%s reason=\"%s\" held_back=%u", peer, name, text,
			held);
}

/* ---- what comes back from the writer ---- */

static void
finish_work(struct work *w)
{
	struct conn *c = w->conn;

	w->finish(w);
	if (w->release)
		w->release(w);
	free(w);
	conn_work_done(c);
}

static void
resume_all(struct intake *in)
{
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&in->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		conn_resume(c);
	}
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct intake *in = arg;
	struct works   done = STAILQ_HEAD_INITIALIZER(done);
	struct work   *w;
	bool           full = in->queued > QUEUED_MAX / 2;

	(void)fd;
	(void)what;
	pthread_mutex_lock(&in->lock);
	STAILQ_CONCAT(&done, &in->done);
	pthread_mutex_unlock(&in->lock);
	while ((w = STAILQ_FIRST(&done))) {
		STAILQ_REMOVE_HEAD(&done, link);
		finish_work(w);
	}
	if (full && in->queued <= QUEUED_MAX / 2)
		resume_all(in);
}

/* In the writer's thread. */
static void
work_back(struct job *j, int err)
{
	struct work   *w = (struct work *)j;
	struct intake *in = w->conn->in;

	w->err = err;
	pthread_mutex_lock(&in->lock);
	STAILQ_INSERT_TAIL(&in->done, w, link);
	pthread_mutex_unlock(&in->lock);
	event_active(in->wake, EV_READ, 0);
}

void
work_add(struct conn *c, struct work *w)
{
	w->conn = c;
	w->job.done = work_back;
	c->n_work++;
	writer_add(c->in->set.writer, &w->job);
}

/* ---- connections ---- */

/* The one that has been silent for the longest among those that have not said who they
 * are. */
static void
make_room(struct intake *in)
{
	struct conn *c;

	if (in->n_greeting < GREETING_MAX)
		return;
	TAILQ_FOREACH (c, &in->conns, link)
		if (c->state <= CONN_GREETING) {
			figure_add(in->set.figures, FIGURE_DROPPED, 1);
			conn_close(c, GONE_SILENT);
			return;
		}
}

static void
peer_text(char *out, size_t len, const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, text,
			sizeof(text));
	else if (sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, text,
			sizeof(text));
	snprintf(out, len, "%s", text);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len,
	void *arg)
{
	struct intake *in = arg;
	char           peer[64];
	int            one = 1;

	(void)l;
	(void)len;
	make_room(in);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peer_text(peer, sizeof(peer), sa);
	if (!conn_new(in, fd, peer))
		close(fd);
}

static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	struct intake *in = arg;
	uint32_t       held;
	int            err = EVUTIL_SOCKET_ERROR();

	(void)l;
	if (log_allowed(&in->limits[LOG_ACCEPT], clock_mono_ns(), &held))
		log_err("cannot accept a connection", "error=\"%s\" held_back=%u",
			strerror(err), held);
}

static void
on_recheck(evutil_socket_t fd, short what, void *arg)
{
	struct intake *in = arg;
	struct conn   *c, *next;

	(void)fd;
	(void)what;
	for (c = TAILQ_FIRST(&in->conns); c; c = next) {
		uint32_t sensor;
		bool     good;

		next = TAILQ_NEXT(c, link);
		if (!c->serial[0] || c->state == CONN_GONE || c->state == CONN_CLOSING)
			continue;
		if (store_cert_state(in->reader, c->serial, &sensor, &good) == 0 && !good)
			conn_refuse(c, REFUSED_REVOKED, "the certificate is revoked");
	}
}

void
intake_recheck(struct intake *in)
{
	event_active(in->recheck, EV_READ, 0);
}

/* ---- time ---- */

static void
check_drained(struct intake *in, uint64_t now_ns)
{
	struct conn *c, *next;

	if (!in->draining)
		return;
	for (c = TAILQ_FIRST(&in->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->state == CONN_HANDSHAKE || c->state == CONN_GREETING)
			conn_close(c, GONE_CLOSED);
		else if (c->state == CONN_LIVE && c->n_work == 0)
			conn_bye(c);
	}
	if (TAILQ_EMPTY(&in->conns) || now_ns > in->drain_ns)
		in->set.drained(in->set.arg);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct intake *in = arg;
	uint64_t       now_ns = clock_mono_ns();
	struct conn   *c, *next;

	(void)fd;
	(void)what;
	for (c = TAILQ_FIRST(&in->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		/* Who is held back by us cannot be blamed for silence. */
		if (now_ns < c->deadline_ns || c->paused || c->state == CONN_ASKING ||
			c->state == CONN_GONE)
			continue;
		figure_add(in->set.figures, FIGURE_DROPPED, 1);
		conn_close(c, GONE_SILENT);
	}
	check_drained(in, now_ns);
}

void
intake_drain(struct intake *in)
{
	static const struct timeval often = {.tv_usec = 50000};

	in->draining = true;
	in->drain_ns = clock_mono_ns() + DRAIN_S * SECOND_NS;
	evconnlistener_disable(in->listener);
	event_add(in->tick, &often);
	on_tick(-1, 0, in);
}

/* ---- life ---- */

static bool
is_revoked(void *arg, const char *serial, const char *name)
{
	struct intake *in = arg;
	uint32_t       sensor;
	bool           good;

	(void)name;
	/* Those that we do not know are refused after the handshake, with a word. */
	return store_cert_state(in->reader, serial, &sensor, &good) == 0 && sensor &&
	       !good;
}

static int
open_tls(struct intake *in)
{
	char             ca[4200], cert[4200], key[4200];
	struct tls_files files = {ca, cert, key};

	snprintf(ca, sizeof(ca), "%s/ca.crt", in->set.dir);
	snprintf(cert, sizeof(cert), "%s/server.crt", in->set.dir);
	snprintf(key, sizeof(key), "%s/server.key", in->set.dir);
	return tls_new_server(&in->tls, &files, is_revoked, in);
}

static int
make_events(struct intake *in)
{
	static const struct timeval second = {.tv_sec = 1};
	struct event_base          *base = in->set.base;

	in->wake = event_new(base, -1, EV_PERSIST, on_wake, in);
	in->recheck = event_new(base, -1, EV_PERSIST, on_recheck, in);
	in->tick = event_new(base, -1, EV_PERSIST, on_tick, in);
	in->listener = evconnlistener_new(base, on_accept, in,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, in->set.fd);
	if (!in->wake || !in->recheck || !in->tick || !in->listener)
		return -ENOMEM;
	evconnlistener_set_error_cb(in->listener, on_accept_error);
	return event_add(in->tick, &second) == 0 ? 0 : -ENOMEM;
}

int
intake_new(struct intake **out, const struct intake_settings *set)
{
	struct intake *in = calloc(1, sizeof(*in));
	int            err;

	*out = NULL;
	if (!in)
		return -ENOMEM;
	in->set = *set;
	TAILQ_INIT(&in->conns);
	STAILQ_INIT(&in->done);
	pthread_mutex_init(&in->lock, NULL);
	for (int i = 0; i < LOG_COUNT; i++)
		in->limits[i] = (struct log_limit){
			.burst = LOGS_BURST, .every_ms = LOGS_EVERY_MS};
	err = store_reader_open(&in->reader, set->dir);
	if (!err)
		err = open_tls(in);
	if (!err)
		err = make_events(in);
	if (err) {
		log_err("cannot take sensors in", "error=%s", strerror(-err));
		intake_free(in);
		return err;
	}
	*out = in;
	return 0;
}

void
intake_free(struct intake *in)
{
	struct conn *c, *next;

	if (!in)
		return;
	if (in->wake)
		on_wake(-1, 0, in);
	for (c = TAILQ_FIRST(&in->conns); c; c = next) {
		next = TAILQ_NEXT(c, link);
		c->replaced = true; /* the store is closed: nothing more to say there */
		conn_close(c, GONE_CLOSED);
	}
	if (in->listener)
		evconnlistener_free(in->listener);
	if (in->wake)
		event_free(in->wake);
	if (in->recheck)
		event_free(in->recheck);
	if (in->tick)
		event_free(in->tick);
	tls_free(in->tls);
	store_reader_free(in->reader);
	pthread_mutex_destroy(&in->lock);
	free(in);
}
