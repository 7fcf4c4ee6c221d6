/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/live.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "sensor/worker.h"

#define BURST 256u          /* frames of one interface before the next has its turn */
#define WAIT_MS 100
#define MS 1000000ull
#define MIND_NS (100 * MS)  /* between two looks at an interface */
#define RETRY_NS (100 * MS) /* until the first try to open again; doubles … */
#define RETRY_MAX_NS (1600 * MS) /* … up to here */
#define DRAIN_NS (300 * MS) /* the kernel hands a block over within 100 ms */

struct port {
	struct capture_live     settings;
	struct capture         *capture; /* NULL: gone */
	enum capture_link       link;    /* as it was said */
	bool                    broken;  /* reading failed: look now */
	bool                    over;    /* while draining: nothing older comes */
	uint64_t                close_ns; /* it is gone: what the kernel still holds is read until then */
	uint64_t                retry_ns, patience_ns;
	struct capture_counters before;  /* of handles that are closed */
};

struct live {
	bool        quiet;
	uint64_t    mind_ns; /* when to look next */
	unsigned    n;
	struct port ports[LIVE_PORTS_MAX];
};

struct live *
live_new(bool quiet)
{
	struct live *l = calloc(1, sizeof(*l));

	if (l)
		l->quiet = quiet;
	return l;
}

void
live_free(struct live *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->n; i++)
		capture_close(l->ports[i].capture);
	free(l);
}

int
live_add(struct live *l, const struct capture_live *settings, char why[static CAPTURE_WHY_MAX])
{
	struct port *p = &l->ports[l->n];
	int          err;

	assert(l->n < LIVE_PORTS_MAX);
	err = capture_open_live(&p->capture, settings, why);
	if (err < 0)
		return err;
	p->settings = *settings;
	l->n++;
	return 0;
}

void
live_since(struct live *l, uint64_t wall_ns)
{
	for (unsigned i = 0; i < l->n; i++)
		capture_since(l->ports[i].capture, wall_ns);
}

/* ---- frames ---- */

static unsigned
burst(struct port *p, struct worker *w)
{
	struct wire_frame frame;
	unsigned          n = 0;
	int               rc = 0;

	while (n < BURST && (rc = capture_next(p->capture, &frame)) == 1) {
		worker_frame(w, &frame);
		n++;
	}
	p->broken |= rc < 0;
	return n;
}

unsigned
live_turn(struct live *l, struct worker *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++)
		if (l->ports[i].capture && !l->ports[i].broken)
			n += burst(&l->ports[i], w);
	return n;
}

void
live_wait(struct live *l, int wake_fd)
{
	struct pollfd fds[LIVE_PORTS_MAX + 1] = { { .fd = wake_fd, .events = POLLIN } };
	nfds_t        n = 1;

	for (unsigned i = 0; i < l->n; i++)
		if (l->ports[i].capture && !l->ports[i].broken)
			fds[n++] = (struct pollfd){ .fd = capture_fd(l->ports[i].capture), .events = POLLIN };
	(void)poll(fds, n, WAIT_MS);
}

static bool
drain(struct port *p, struct worker *w, uint64_t stop_ns)
{
	struct wire_frame frame;
	int               rc;

	while ((rc = capture_next(p->capture, &frame)) == 1) {
		worker_frame(w, &frame);
		if (frame.ts_ns > stop_ns)
			return true;
	}
	return rc < 0;
}

void
live_drain(struct live *l, struct worker *w, uint64_t stop_ns)
{
	uint64_t until_ns = clock_mono_ns() + DRAIN_NS;
	bool     over = false;

	while (!over && clock_mono_ns() < until_ns) {
		over = true;
		for (unsigned i = 0; i < l->n; i++) {
			struct port *p = &l->ports[i];

			if (p->capture && !p->over)
				p->over = drain(p, w, stop_ns);
			over &= !p->capture || p->over;
		}
		if (!over)
			(void)poll(NULL, 0, 10);
	}
}

/* ---- interfaces that come and go ---- */

static void
say(const struct live *l, struct port *p, enum capture_link link)
{
	static const char *const texts[] = { "the interface is up", "the interface is down",
		"the interface is gone" };

	if (p->link == link)
		return;
	p->link = link;
	if (l->quiet)
		return;
	if (link == CAPTURE_UP)
		log_notice(texts[link], "interface=%s", p->settings.interface);
	else
		log_warn(texts[link], "interface=%s", p->settings.interface);
}

static void
add_counters(struct capture_counters *sum, const struct capture_counters *c)
{
	sum->received += c->received;
	sum->dropped += c->dropped;
	sum->dropped_by_interface += c->dropped_by_interface;
}

static void
give_up(struct live *l, struct port *p, uint64_t now_ns)
{
	struct capture_counters last;

	say(l, p, CAPTURE_GONE);
	if (!p->close_ns)
		p->close_ns = now_ns + DRAIN_NS;
	if (now_ns < p->close_ns)
		return;
	p->close_ns = 0;
	last = capture_counters(p->capture);
	add_counters(&p->before, &last);
	capture_close(p->capture);
	p->capture = NULL;
	p->patience_ns = RETRY_NS;
	p->retry_ns = now_ns + p->patience_ns;
}

static void
try_again(struct live *l, struct port *p, uint64_t now_ns)
{
	char why[CAPTURE_WHY_MAX];

	if (now_ns < p->retry_ns)
		return;
	if (capture_open_live(&p->capture, &p->settings, why) == 0) {
		if (p->settings.group)
			capture_since(p->capture, clock_wall_ns());
		say(l, p, CAPTURE_UP);
		return;
	}
	log_debug("cannot open the interface yet", "interface=%s reason=%s", p->settings.interface, why);
	if (p->patience_ns < RETRY_MAX_NS)
		p->patience_ns *= 2;
	p->retry_ns = now_ns + p->patience_ns;
}

static void
mind(struct live *l, struct port *p, uint64_t now_ns)
{
	enum capture_link link;

	if (!p->capture) {
		try_again(l, p, now_ns);
		return;
	}
	link = capture_link(p->capture);
	if (link == CAPTURE_GONE)
		give_up(l, p, now_ns);
	else
		say(l, p, link);
	p->broken = false; /* down is no fault: the kernel goes on when it is up again */
}

void
live_mind(struct live *l, uint64_t now_ns)
{
	if (now_ns < l->mind_ns)
		return;
	l->mind_ns = now_ns + MIND_NS;
	for (unsigned i = 0; i < l->n; i++)
		mind(l, &l->ports[i], now_ns);
}

void
live_figures(struct live *l, struct live_figures *out)
{
	out->n = l->n;
	for (unsigned i = 0; i < l->n; i++) {
		struct port            *p = &l->ports[i];
		struct capture_counters now = { 0 };

		if (p->capture)
			now = capture_counters(p->capture);
		add_counters(&now, &p->before);
		out->ports[i].counters = now;
		out->ports[i].up = p->capture && p->link == CAPTURE_UP;
	}
}
