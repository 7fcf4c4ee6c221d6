/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/collector/rig.h - a whole collector in this process, without its API, and
 * sensors of it. */
#ifndef TESTS_UNIT_COLLECTOR_RIG_H
#define TESTS_UNIT_COLLECTOR_RIG_H

#include "collector/ca.h"
#include "collector/figures.h"
#include "collector/fleet.h"
#include "collector/intake.h"
#include "collector/listen.h"
#include "collector/store.h"
#include "collector/store_read.h"
#include "collector/writer.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "tests/unit/collector/client.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

struct rig {
	char               dir[64];
	struct store      *store;
	struct ca         *ca;
	struct writer     *writer;
	struct intake     *intake;
	struct event_base *base;
	struct event      *drain;
	struct figures     figures;
	pthread_t          thread;
	int                port;
};

static inline void
rig_must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "the rig cannot %s\n", what);
	abort();
}

static inline void
rig_fatal(void *arg, const char *why)
{
	(void)arg;
	rig_must(0, why);
}

static inline void
rig_drained(void *arg)
{
	event_base_loopbreak(((struct rig *)arg)->base);
}

static inline void
rig_drain(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	intake_drain(((struct rig *)arg)->intake);
}

static inline void *
rig_loop(void *arg)
{
	event_base_dispatch(((struct rig *)arg)->base);
	return NULL;
}

static inline void
rig_start(struct rig *r)
{
	struct writer_settings ws = {
		.linger_ms = 5, .weight_max = 4096, .fatal = rig_fatal, .arg = r};
	struct intake_settings is = {
		.dir = r->dir, .figures = &r->figures, .drained = rig_drained, .arg = r};
	char why[256], text[LISTEN_TEXT_MAX];

	rig_must(store_open(&r->store, r->dir, clock_wall_ns(), why, sizeof(why)) == 0,
		"open the store");
	rig_must(ca_open(&r->ca, r->dir, clock_wall_ns()) == 0, "open the authority");
	rig_must((r->base = event_base_new()) != NULL, "make a loop");
	rig_must(writer_new(&r->writer, r->store, &ws) == 0, "start the writer");
	is.base = r->base;
	is.ca = r->ca;
	is.writer = r->writer;
	is.fd = listen_tcp("127.0.0.1:0", text);
	rig_must(is.fd >= 0, "listen");
	r->port = atoi(strrchr(text, ':') + 1);
	rig_must(intake_new(&r->intake, &is) == 0, "start the intake");
	r->drain = event_new(r->base, -1, EV_PERSIST, rig_drain, r);
	rig_must(pthread_create(&r->thread, NULL, rig_loop, r) == 0, "start the loop");
}

static inline void
rig_stop(struct rig *r)
{
	event_active(r->drain, EV_READ, 0);
	pthread_join(r->thread, NULL);
	writer_free(r->writer);
	intake_free(r->intake);
	event_free(r->drain);
	event_base_free(r->base);
	ca_free(r->ca);
	store_free(r->store);
}

static inline void
rig_new(struct rig *r)
{
	*r = (struct rig){.dir = "/var/tmp/tocsin-rig.XXXXXX"};
	signal(SIGPIPE, SIG_IGN);
	evthread_use_pthreads();
	log_setup("test", LOG_LEVEL_ERR);
	rig_must(mkdtemp(r->dir) != NULL, "make a folder");
	rig_must(ca_create(r->dir, clock_wall_ns()) == 0, "make the authority");
	rig_must(store_create(r->dir) == 0, "make the store");
	rig_start(r);
}

static inline void
rig_end(struct rig *r)
{
	char command[128];

	rig_stop(r);
	snprintf(command, sizeof(command), "rm -rf '%s'", r->dir);
	rig_must(system(command) == 0, "clean up");
}

struct rig_job {
	struct job         job;
	struct store_token token;
	const char        *revoke;
};

static inline int
rig_token_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct rig_job *r = (struct rig_job *)j;

	r->token.expires_ns += now_ns;
	return store_token_add(s, &r->token);
}

/* A token for a new sensor. `valid_ns` 0: it has expired already. */
static inline void
rig_token(struct rig *r, const char *name, uint64_t valid_ns,
	char text[static TOKEN_TEXT_MAX])
{
	struct rig_job j = {.job = {.work = rig_token_work},
		.token = {.name = name, .site = name, .expires_ns = valid_ns}};
	char           id[TOKEN_ID_LEN + 1];

	rig_must(token_make(text, id, j.token.hash, ca_pin(r->ca)) == 0, "make a token");
	j.token.id = id;
	rig_must(writer_run(r->writer, &j.job) == 0, "add a sensor");
}

/* A sensor with its certificate in a folder of its own, whose path is in `dir`. */
static inline void
rig_sensor(struct rig *r, const char *name, char dir[static 128])
{
	char token[TOKEN_TEXT_MAX];

	rig_token(r, name, 3600 * 1000000000ull, token);
	snprintf(dir, 128, "%s/%s", r->dir, name);
	mkdir(dir, 0700);
	rig_must(client_enroll(r->port, token, dir) == 0, "enrol");
}

static inline int
rig_revoke_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct store_sensor sensor;
	int err = store_sensor_get(s, &sensor, ((struct rig_job *)j)->revoke);

	(void)now_ns;
	return err ? err : store_sensor_revoke(s, sensor.id, "test");
}

static inline void
rig_revoke(struct rig *r, const char *name)
{
	struct rig_job j = {.job = {.work = rig_revoke_work}, .revoke = name};

	rig_must(writer_run(r->writer, &j.job) == 0, "revoke");
	intake_recheck(r->intake);
}

#endif
