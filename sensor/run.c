/* SPDX-License-Identifier: Apache-2.0 */
/* The run itself: files one after the other, then interfaces until a signal says stop. */
#include "sensor/sensor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/event.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "rules/ruleset.h"
#include "rules/vars.h"
#include "sensor/setup.h"
#include "sensor/uplink.h"

#define LOOK_MS 100        /* between two looks at signals and figures while live */
#define PUBLISH_EVERY 4096 /* frames of a file between two looks at the figures */
#define DRAIN_MS 200
#define STATS_EVERY_S 8
#define NS 1000000000ull

static volatile sig_atomic_t stop_asked, reload_asked;

static void
on_stop(int signal)
{
	(void)signal;
	stop_asked = 1;
}

static void
on_reload(int signal)
{
	(void)signal;
	reload_asked = 1;
}

static void
catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop }, reload = { .sa_handler = on_reload },
			 ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGHUP, &reload, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

/* ---- figures ---- */

static void
publish_interfaces(const struct sensor *s, struct figures_now *now)
{
	struct live_figures live;
	size_t              first = s->sources.n - s->options.interfaces.n; /* files come before */

	crew_ports(s->crew, &live);
	for (unsigned i = 0; i < live.n && i < MESSAGE_INTERFACES_MAX; i++) {
		struct figures_interface *out = &now->interfaces[now->n_interfaces++];

		snprintf(out->name, sizeof(out->name), "%s", s->sources.names[first + i].name);
		out->packets = live.ports[i].counters.received;
		out->drops = live.ports[i].counters.dropped;
		out->up = live.ports[i].up;
		now->kernel_drops += live.ports[i].counters.dropped;
	}
}

static void
publish(struct sensor *s)
{
	struct totals      totals;
	struct figures_now now;

	if (!s->uplink)
		return;
	crew_totals(s->crew, &totals);
	now = (struct figures_now){
		.packets = totals.worker.packets,
		.bytes = totals.worker.bytes,
		.last_packet_ns = totals.worker.last_packet_ns,
		.events = totals.report.alerts,
		.own_drops = totals.memory.refused,
	};
	if (s->rules) {
		now.rules = ruleset_counts(s->rules).loaded;
		snprintf(now.ruleset, sizeof(now.ruleset), "%s", ruleset_hash(s->rules));
	}
	publish_interfaces(s, &now);
	figures_publish(&s->figures, &now);
}

/* With --eve-types stats: a line now and then, and one at the end. */
static void
write_figures(struct sensor *s, uint64_t now_ns, bool at_once)
{
	uint64_t      every_s = vars_u64(s->vars, "stats.interval", STATS_EVERY_S);
	struct totals totals;
	struct stats  stats;
	struct json   j;
	struct event  e = { .ts_ns = clock_wall_ns(), .type = EVENT_CONTEXT };
	const char   *text;

	if (!((s->settings.context.eve.kinds | s->settings.context.send.kinds) & CONTEXT_STATS) ||
			(!at_once && now_ns < s->stats_ns + every_s * NS))
		return;
	s->stats_ns = now_ns;
	s->run_ms = (now_ns - s->begin_ns) / 1000000;
	sensor_fill_stats(s, &stats, &totals);
	json_init_heap(&j);
	stats_eve(&stats, &j, e.ts_ns);
	text = json_end(&j);
	if (text) {
		e.eve = bytes_of(text, j.len);
		if (s->uplink && s->settings.context.send.kinds & CONTEXT_STATS)
			uplink_event(s->uplink, &e);
		j.buf[j.len] = '\n'; /* in the place of its NUL */
		if (s->settings.context.eve.kinds & CONTEXT_STATS)
			(void)outfile_write(&s->eve, text, j.len + 1);
	}
	json_release(&j);
}

static void
tell_figures(struct sensor *s)
{
	publish(s);
	write_figures(s, clock_mono_ns(), false);
}

struct capture_counters
sensor_capture_counters(const struct sensor *s)
{
	struct capture_counters sum = { 0 };
	struct live_figures     live;

	crew_ports(s->crew, &live);
	for (unsigned i = 0; i < live.n; i++) {
		sum.received += live.ports[i].counters.received;
		sum.dropped += live.ports[i].counters.dropped;
		sum.dropped_by_interface += live.ports[i].counters.dropped_by_interface;
	}
	return sum;
}

/* ---- rules ---- */

/* The rules before go when nobody uses them any more; only then it is true that rules were reloaded. */
static bool
settled(struct sensor *s)
{
	struct ruleset_counts counts;

	if (!crew_rules_settled(s->crew))
		return false;
	if (!s->stale_rules)
		return true;
	ruleset_free(s->stale_rules);
	s->stale_rules = NULL;
	s->reloads++;
	counts = ruleset_counts(s->rules);
	log_notice("rules reloaded", "loaded=%u rejected=%u ms=%llu", counts.loaded, counts.rejected,
			(unsigned long long)s->reload_ms);
	return true;
}

/* The new rules are built aside, while workers go on; only when all is well they take the old ones'
 * place. A reload asked for before the last one is through waits for that. */
static void
reload(struct sensor *s)
{
	struct ruleset *fresh = NULL;
	int             err;

	if (!settled(s))
		return;
	reload_asked = 0;
	if (!s->rules)
		return; /* none were asked for */
	err = setup_rules(&fresh, s->vars, &s->options, s->rules, &s->reload_ms);
	if (err == 0 && ruleset_counts(fresh).loaded == 0 && ruleset_counts(fresh).rejected > 0)
		err = -EINVAL;
	if (err == 0)
		err = crew_rules(s->crew, fresh, s->memory);
	if (err < 0) {
		log_err("reload failed, the old rules stay", "error=%s", strerror(-err));
		ruleset_free(fresh);
		return;
	}
	s->stale_rules = s->rules;
	s->rules = fresh;
}

/* ---- captures ---- */

/* A file is through before the next begins, so that its time does not run beside that of another. */
static int
read_file(struct sensor *s, size_t i)
{
	struct capture   *c = sources_open_file(&s->sources, i);
	struct wire_frame frame;
	int               rc = 1, err;

	if (!c)
		return 0;
	err = crew_files_begin(s->crew);
	while (err == 0 && !stop_asked && (rc = capture_next(c, &frame)) == 1) {
		crew_frame(s->crew, &frame);
		if (frame.number % PUBLISH_EVERY == 0)
			tell_figures(s);
		if (reload_asked)
			reload(s);
		if (s->stale_rules)
			(void)settled(s);
	}
	crew_files_end(s->crew);
	if (!stop_asked && err == 0 && rc != -ENODATA)
		sources_refuse(&s->sources, i, capture_why(c));
	if (rc == -ENODATA || capture_counters(c).received)
		s->captures++; /* cut short counts: what is whole of it was read */
	capture_close(c);
	return err;
}

static int
run_files(struct sensor *s)
{
	int err = 0;

	for (size_t i = 0; i < s->sources.n && !stop_asked && err == 0; i++)
		if (!s->sources.names[i].live)
			err = read_file(s, i);
	return err;
}

static int
run_live(struct sensor *s)
{
	int err = crew_live_begin(s->crew, s->sources.live);

	if (err == 0)
		(void)notify("READY=1");
	while (!stop_asked && err == 0) {
		(void)poll(NULL, 0, LOOK_MS);
		tell_figures(s);
		if (reload_asked)
			reload(s);
		(void)settled(s);
	}
	(void)notify("STOPPING=1");
	crew_live_end(s->crew);
	return err;
}

/* With captures to read the run is over when the collector has everything. */
static void
drain(struct sensor *s)
{
	if (!s->uplink)
		return;
	publish(s);
	while (!stop_asked && s->options.interfaces.n == 0 &&
			uplink_drain(s->uplink, DRAIN_MS) == -ETIMEDOUT)
		;
}

int
sensor_run(struct sensor *s)
{
	int err, rc = SENSOR_DONE;

	s->begin_ns = s->stats_ns = clock_mono_ns();
	catch_signals();
	err = run_files(s);
	if (err == 0 && s->sources.n_live)
		err = run_live(s);
	if (err < 0) {
		log_err("cannot start a thread", "error=%s", strerror(-err));
		rc = SENSOR_BAD_INPUT;
	}
	(void)settled(s);
	err = crew_finish(s->crew);
	if (err < 0) {
		fprintf(stderr, "tocsin-sensor: %s: %s\n", s->options.eve, strerror(-err));
		rc = SENSOR_BAD_INPUT;
	}
	s->run_ms = (clock_mono_ns() - s->begin_ns) / 1000000;
	write_figures(s, clock_mono_ns(), true);
	drain(s);
	return rc;
}
