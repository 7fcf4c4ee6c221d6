/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/collector.h"

#include "collector/ca.h"
#include "collector/fleet.h"
#include "collector/intake.h"
#include "collector/listen.h"
#include "collector/serve.h"
#include "collector/store.h"
#include "collector/writer.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/sandbox.h"
#include "lib/version.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_NS (86400ull * 1000000000)
#define GROUP_WEIGHT 4096 /* events of one transaction */

/* ---- init ---- */

int
collector_init(struct collector *c)
{
	const char *dir = c->options.data;
	int         err;

	if (mkdir(dir, 0750) < 0 && errno != EEXIST) {
		log_err("cannot make the data folder", "dir=%s reason=\"%s\"", dir,
			strerror(errno));
		return COLLECTOR_BAD;
	}
	if (ca_create(dir, clock_wall_ns()))
		return COLLECTOR_BAD;
	err = store_create(dir);
	if (err == -EEXIST)
		log_err("there is a store already", "dir=%s", dir);
	else if (err)
		log_err("cannot make the store", "dir=%s reason=\"%s\"", dir,
			strerror(-err));
	if (err)
		return COLLECTOR_BAD;
	printf("made %s: certificate authority, keys, store\n"
	       "next: tocsin-collector --data %s\n"
	       "then: tocsin --data %s sensor add NAME --site SITE\n",
		dir, dir, dir);
	return 0;
}

/* ---- open ---- */

/* Whoever was connected when the last run ended is not any more. */
static int
forget_connections(struct collector *c)
{
	int err = store_begin(c->store, clock_wall_ns());

	if (!err)
		err = store_sensors_gone(c->store, GONE_RESTART);
	if (!err)
		err = store_commit(c->store);
	if (err)
		log_err("the store cannot be written", "reason=\"%s\"",
			store_error(c->store));
	return err;
}

static int
open_store(struct collector *c)
{
	char why[320] = "";
	int  err =
		store_open(&c->store, c->options.data, clock_wall_ns(), why, sizeof(why));

	if (err) {
		log_err("the store cannot be opened", "dir=%s error=%s reason=\"%s\"",
			c->options.data, strerror(-err), why);
		return err;
	}
	return forget_connections(c);
}

/* Hundreds of sensors are hundreds of descriptors. */
static void
raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
collector_open(struct collector *c)
{
	const char *dir = c->options.data;

	if (c->options.settings.api) {
		log_err("this version answers on its UNIX socket only: leave `api` away",
			"api=%s", c->options.settings.api);
		return COLLECTOR_BAD;
	}
	raise_limits();
	if (open_store(c))
		return COLLECTOR_BAD;
	if (ca_open(&c->ca, dir, clock_wall_ns()))
		return COLLECTOR_BAD;
	c->tcp_fd = listen_tcp(c->options.settings.listen, c->listen);
	if (c->tcp_fd < 0)
		return COLLECTOR_BAD;
	snprintf(c->socket, sizeof(c->socket), "%s/api.sock", dir);
	c->unix_fd = listen_unix(c->socket);
	return c->unix_fd < 0 ? COLLECTOR_BAD : 0;
}

int
collector_confine(struct collector *c)
{
	struct sandbox s = {
		.user = c->options.settings.user,
		.n_read = 2,
		.read = {"/etc", "/usr"},
		.n_write = 1,
		.write = {c->options.data},
	};

	return sandbox_collector(&s) ? COLLECTOR_BAD : 0;
}

/* ---- what the threads call ---- */

static void
on_committed(void *arg)
{
	struct collector *c = arg;
	struct serve     *serve = c->serve;

	if (serve)
		serve_changed(serve);
}

/* What is in memory may not be what is on disk: only a fresh start knows. Nothing that
 * was acknowledged is lost by it. */
static void
on_fatal(void *arg, const char *why)
{
	(void)arg;
	log_err("the store failed in a way that cannot be gone on from", "reason=\"%s\"",
		why);
	_exit(COLLECTOR_BAD);
}

static void
on_revoked(void *arg, uint32_t sensor)
{
	struct collector *c = arg;

	(void)sensor;
	intake_recheck(c->intake);
}

static void
on_drained(void *arg)
{
	struct collector *c = arg;

	event_base_loopbreak(c->base);
}

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct collector *c = arg;

	(void)what;
	log_notice("stopping", "signal=%s", strsignal((int)signo));
	notify("STOPPING=1");
	intake_drain(c->intake);
}

/* ---- retention ---- */

struct dropping {
	struct job job; /* first: the writer gives it back */
	uint64_t   days;
};

static int
drop_work(struct job *j, struct store *s, uint64_t now_ns)
{
	const struct dropping *d = (const struct dropping *)j;
	uint64_t               keep_ns = d->days * DAY_NS;

	return now_ns > keep_ns ? store_drop_days(s, now_ns - keep_ns) : 0;
}

static void
drop_done(struct job *j, int err)
{
	(void)err; /* logged by the writer, and tried again */
	free(j);
}

static void
drop_days(struct collector *c)
{
	struct dropping *d;

	if (c->options.settings.retention_days == 0)
		return;
	d = calloc(1, sizeof(*d));
	if (!d)
		return;
	d->job.work = drop_work;
	d->job.done = drop_done;
	d->days = c->options.settings.retention_days;
	writer_add(c->writer, &d->job);
}

/* Every few seconds: alive, and now and then old days. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct collector *c = arg;

	(void)fd;
	(void)what;
	notify("WATCHDOG=1");
	drop_days(c);
}

/* ---- start, run, close ---- */

static int
start_writer(struct collector *c)
{
	struct writer_settings set = {
		.linger_ms = (uint32_t)c->options.settings.commit_ms,
		.weight_max = GROUP_WEIGHT,
		.committed = on_committed,
		.fatal = on_fatal,
		.arg = c,
	};

	return writer_new(&c->writer, c->store, &set);
}

static int
start_serve(struct collector *c)
{
	struct serve_env env = {
		.dir = c->options.data,
		.writer = c->writer,
		.figures = &c->figures,
		.pin = ca_pin(c->ca),
		.started_ns = clock_wall_ns(),
		.revoked = on_revoked,
		.arg = c,
	};
	struct serve *serve;
	int           fd = c->unix_fd, err;

	c->unix_fd = -1;
	err = serve_new(&serve, &env, fd);
	c->serve = serve;
	return err;
}

static int
start_intake(struct collector *c)
{
	struct intake_settings set = {
		.dir = c->options.data,
		.base = c->base,
		.ca = c->ca,
		.writer = c->writer,
		.figures = &c->figures,
		.fd = c->tcp_fd,
		.drained = on_drained,
		.arg = c,
	};

	c->tcp_fd = -1;
	return intake_new(&c->intake, &set);
}

static int
start_events(struct collector *c)
{
	struct timeval every = {.tv_sec = 10};
	uint32_t       watchdog_ms = notify_watchdog_ms();

	if (watchdog_ms && watchdog_ms < 10000)
		every = (struct timeval){watchdog_ms / 1000, watchdog_ms % 1000 * 1000};
	c->on_term = evsignal_new(c->base, SIGTERM, on_signal, c);
	c->on_int = evsignal_new(c->base, SIGINT, on_signal, c);
	c->on_tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
	if (!c->on_term || !c->on_int || !c->on_tick)
		return -ENOMEM;
	event_add(c->on_term, NULL);
	event_add(c->on_int, NULL);
	event_add(c->on_tick, &every);
	return 0;
}

int
collector_start(struct collector *c)
{
	int err = evthread_use_pthreads() == 0 ? 0 : -ENOMEM;

	c->base = err ? NULL : event_base_new();
	if (!err && !c->base)
		err = -ENOMEM;
	if (!err)
		err = start_events(c);
	if (!err)
		err = start_writer(c);
	/* Clients are answered once sensors are taken in: serve comes last. */
	if (!err)
		err = start_intake(c);
	if (!err)
		err = start_serve(c);
	if (!err)
		err = listen_tell(c->options.data, c->listen, c->socket);
	if (err) {
		log_err("cannot start", "reason=\"%s\"", strerror(-err));
		return COLLECTOR_BAD;
	}
	drop_days(c);
	log_notice("serving", "version=%s listen=%s data=%s", version(), c->listen,
		c->options.data);
	notify("READY=1");
	return 0;
}

int
collector_run(struct collector *c)
{
	if (event_base_dispatch(c->base) < 0) {
		log_err("the event loop failed", "reason=\"%s\"", strerror(errno));
		return COLLECTOR_BAD;
	}
	log_notice("stopped", "events=%llu",
		(unsigned long long)figure_get(&c->figures, FIGURE_EVENTS));
	return 0;
}

void
collector_close(struct collector *c)
{
	if (c->serve)
		serve_close(c->serve); /* its workers may still wait for the writer */
	writer_free(c->writer);
	serve_free(c->serve);
	intake_free(c->intake);
	if (c->on_term)
		event_free(c->on_term);
	if (c->on_int)
		event_free(c->on_int);
	if (c->on_tick)
		event_free(c->on_tick);
	if (c->base)
		event_base_free(c->base);
	ca_free(c->ca);
	store_free(c->store);
	if (c->tcp_fd >= 0)
		close(c->tcp_fd);
	if (c->unix_fd >= 0)
		close(c->unix_fd);
	options_release(&c->options);
	libevent_global_shutdown();
}
