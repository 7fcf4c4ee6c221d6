/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/crew.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "rules/engine.h"
#include "sensor/ring.h"
#include "sensor/shard.h"

#define PUBLISH_NS 100000000ull
#define FLOWS_MIN 1024u

struct member {
	struct crew             *crew;
	struct worker           *worker;
	struct ring             *ring; /* NULL: frames come in the main thread */
	struct live             *live; /* borrowed; NULL: none now */
	pthread_t                thread;
	bool                     running;
	uint64_t                 published_ns;
	_Atomic(struct engine *) fresh; /* to be taken up by the worker */
	_Atomic(struct engine *) stale; /* given back by it */

	pthread_mutex_t     lock; /* for what the others see of it */
	struct totals       totals;
	struct live_figures ports;
};

struct crew {
	unsigned      n;
	atomic_bool   stopping;
	uint64_t      stop_ns; /* by the wall clock; set before `stopping` */
	int           wake_fd; /* readable: stop waiting */
	struct member members[CREW_MAX];
};

/* ---- life ---- */

/* Each gets its part, as the flows are divided too. */
static struct worker_settings
share(const struct worker_settings *whole, unsigned n)
{
	struct worker_settings part = *whole;

	part.memory /= n;
	part.flow.max_flows /= n;
	if (part.flow.max_flows < FLOWS_MIN && n > 1)
		part.flow.max_flows = FLOWS_MIN;
	part.defrag.max_datagrams = (part.defrag.max_datagrams + n - 1) / n;
	return part;
}

static int
member_init(struct member *m, struct crew *c, const struct worker_settings *settings)
{
	m->crew = c;
	(void)pthread_mutex_init(&m->lock, NULL);
	m->worker = worker_new(settings);
	if (c->n > 1)
		m->ring = ring_new();
	if (!m->worker || (c->n > 1 && !m->ring))
		return -ENOMEM;
	worker_totals(m->worker, &m->totals);
	return 0;
}

struct crew *
crew_new(const struct worker_settings *settings, unsigned n)
{
	struct crew           *c = calloc(1, sizeof(*c));
	struct worker_settings part = share(settings, n);

	assert(n >= 1 && n <= CREW_MAX);
	if (!c)
		return NULL;
	c->n = n;
	c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	for (unsigned i = 0; i < n; i++)
		if (member_init(&c->members[i], c, &part) < 0 || c->wake_fd < 0) {
			crew_free(c);
			return NULL;
		}
	return c;
}

void
crew_free(struct crew *c)
{
	if (!c)
		return;
	crew_files_end(c);
	crew_live_end(c);
	for (unsigned i = 0; i < c->n; i++) {
		worker_free(c->members[i].worker);
		engine_free(c->members[i].fresh);
		engine_free(c->members[i].stale);
		ring_free(c->members[i].ring);
	}
	if (c->wake_fd >= 0)
		(void)close(c->wake_fd);
	free(c);
}

unsigned
crew_size(const struct crew *c)
{
	return c->n;
}

/* ---- what a worker does between frames ---- */

static void
take_rules(struct member *m)
{
	struct engine *fresh = atomic_load_explicit(&m->fresh, memory_order_acquire);

	if (!fresh)
		return;
	atomic_store_explicit(&m->stale, worker_swap(m->worker, fresh), memory_order_relaxed);
	atomic_store_explicit(&m->fresh, NULL, memory_order_release);
}

static void
publish(struct member *m)
{
	(void)pthread_mutex_lock(&m->lock);
	worker_totals(m->worker, &m->totals);
	if (m->live)
		live_figures(m->live, &m->ports);
	(void)pthread_mutex_unlock(&m->lock);
}

static void
publish_sometimes(struct member *m, uint64_t now_ns)
{
	if (now_ns - m->published_ns < PUBLISH_NS)
		return;
	m->published_ns = now_ns;
	publish(m);
}

/* ---- threads ---- */

/* Signals are the main thread's. */
static int
start(struct member *m, void *(*run)(void *))
{
	sigset_t all, before;
	int      err;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&m->thread, NULL, run, m);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	m->running = err == 0;
	return -err;
}

static void
join(struct member *m)
{
	if (m->running)
		(void)pthread_join(m->thread, NULL);
	m->running = false;
	m->live = NULL;
	take_rules(m);
	publish(m);
}

static void *
run_ring(void *arg)
{
	struct member      *m = arg;
	const struct batch *b;

	while ((b = ring_take(m->ring))) {
		take_rules(m);
		for (unsigned i = 0; i < b->n; i++)
			worker_frame(m->worker, &b->frames[i]);
		publish_sometimes(m, clock_mono_ns());
	}
	return NULL;
}

static void *
run_live(void *arg)
{
	struct member *m = arg;
	struct crew   *c = m->crew;

	while (!atomic_load_explicit(&c->stopping, memory_order_acquire)) {
		unsigned n;

		take_rules(m); /* first: what wakes us comes after them */
		n = live_turn(m->live, m->worker);
		if (n == 0) {
			(void)worker_flush(m->worker);
			live_wait(m->live, c->wake_fd);
			worker_tick(m->worker, clock_wall_ns());
		}
		live_mind(m->live, clock_mono_ns());
		publish_sometimes(m, clock_mono_ns());
	}
	live_drain(m->live, m->worker, c->stop_ns);
	publish(m);
	return NULL;
}

/* ---- files ---- */

int
crew_files_begin(struct crew *c)
{
	int err = 0;

	for (unsigned i = 0; i < c->n && c->n > 1 && err == 0; i++) {
		ring_reset(c->members[i].ring);
		err = start(&c->members[i], run_ring);
	}
	return err;
}

void
crew_frame(struct crew *c, const struct wire_frame *f)
{
	if (c->n > 1)
		ring_put(c->members[shard_of(f, c->n)].ring, f);
	else
		worker_frame(c->members[0].worker, f);
}

void
crew_files_end(struct crew *c)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->members[i].running && !c->members[i].live)
			ring_end(c->members[i].ring);
	for (unsigned i = 0; i < c->n; i++)
		if (!c->members[i].live && c->members[i].worker)
			join(&c->members[i]);
}

/* ---- interfaces ---- */

int
crew_live_begin(struct crew *c, struct live *const *live)
{
	int err = 0;

	for (unsigned i = 0; i < c->n && err == 0; i++) {
		c->members[i].live = live[i];
		err = start(&c->members[i], run_live);
	}
	return err;
}

void
crew_live_end(struct crew *c)
{
	static const uint64_t one = 1;

	c->stop_ns = clock_wall_ns();
	atomic_store_explicit(&c->stopping, true, memory_order_release);
	if (write(c->wake_fd, &one, sizeof(one)) < 0) {
		/* they look themselves a moment later */
	}
	for (unsigned i = 0; i < c->n; i++)
		if (c->members[i].live)
			join(&c->members[i]);
}

/* ---- rules ---- */

int
crew_rules(struct crew *c, const struct ruleset *rules, struct rule_memory *memory)
{
	struct engine *engines[CREW_MAX];
	unsigned       n = 0;

	if (!crew_rules_settled(c))
		return -EBUSY;
	while (n < c->n && (engines[n] = engine_new(rules, memory)))
		n++;
	if (n < c->n) {
		while (n)
			engine_free(engines[--n]);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < c->n; i++) {
		atomic_store_explicit(&c->members[i].fresh, engines[i], memory_order_release);
		if (!c->members[i].running)
			take_rules(&c->members[i]);
	}
	return 0;
}

bool
crew_rules_settled(struct crew *c)
{
	for (unsigned i = 0; i < c->n; i++)
		if (atomic_load_explicit(&c->members[i].fresh, memory_order_acquire))
			return false;
	for (unsigned i = 0; i < c->n; i++)
		engine_free(atomic_exchange(&c->members[i].stale, NULL));
	return true;
}

/* ---- the end, and figures ---- */

int
crew_finish(struct crew *c)
{
	int err = 0;

	for (unsigned i = 0; i < c->n; i++) {
		int e = worker_finish(c->members[i].worker);

		err = e < 0 ? e : err;
		publish(&c->members[i]);
	}
	return err;
}

void
crew_totals(struct crew *c, struct totals *out)
{
	*out = (struct totals){ 0 };
	for (unsigned i = 0; i < c->n; i++) {
		struct member *m = &c->members[i];

		if (!m->running)
			publish(m);
		(void)pthread_mutex_lock(&m->lock);
		totals_add(out, &m->totals);
		(void)pthread_mutex_unlock(&m->lock);
	}
}

/* An interface is up when all workers have it. */
void
crew_ports(struct crew *c, struct live_figures *out)
{
	*out = (struct live_figures){ 0 };
	for (unsigned i = 0; i < c->n; i++) {
		struct member *m = &c->members[i];

		(void)pthread_mutex_lock(&m->lock);
		for (unsigned k = 0; k < m->ports.n; k++) {
			const struct capture_counters *from = &m->ports.ports[k].counters;
			struct capture_counters       *to = &out->ports[k].counters;

			to->received += from->received;
			to->dropped += from->dropped;
			to->dropped_by_interface = from->dropped_by_interface;
			out->ports[k].up = m->ports.ports[k].up && (i == 0 || out->ports[k].up);
		}
		out->n = m->ports.n;
		(void)pthread_mutex_unlock(&m->lock);
	}
}
