/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/sandbox.h"
#include "rules/addrset.h"
#include "rules/memory.h"
#include "rules/ruleset.h"
#include "rules/vars.h"
#include "sensor/setup.h"
#include "sensor/stats.h"
#include "sensor/uplink.h"

#define RULE_MEMORY (16u << 20)
#define LIVE_BURST 256      /* frames of one interface before the next has its turn */
#define LIVE_WAIT_MS 100
#define INTERFACES_MAX 64
#define PUBLISH_EVERY 4096  /* frames of a file between two looks at the figures */
#define DRAIN_MS 200

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

/* ---- before the first packet ---- */

/* Who is at home, to tell victims from attackers. Without it the destination is the victim. */
static void
compile_home(struct sensor *s)
{
	struct lex_word text = { .at = "$HOME_NET", .len = 9 };
	const char     *why;

	s->keep = arena_new(4096);
	s->home = s->keep ? arena_zero(s->keep, sizeof(*s->home)) : NULL;
	if (s->home && addrset_parse(s->home, s->keep, s->vars, text, &why) < 0)
		s->home = NULL;
}

int
sensor_config(struct sensor *s)
{
	int err;

	if (s->options.config && config_read(&s->config, &s->options, s->options.config) < 0)
		return SENSOR_BAD_INPUT;
	if (options_check(&s->options) < 0)
		return SENSOR_USAGE;
	err = setup_vars(&s->vars, &s->options);
	if (err == -EINVAL)
		return SENSOR_USAGE;
	if (err < 0) {
		log_err("no memory for settings", "error=%s", strerror(-err));
		return SENSOR_BAD_INPUT;
	}
	compile_home(s);
	return SENSOR_DONE;
}

int
sensor_load_rules(struct sensor *s)
{
	int err;

	if (!s->options.rules.n)
		return SENSOR_DONE;
	s->memory = rule_memory_new(RULE_MEMORY);
	if (!s->memory)
		return SENSOR_BAD_INPUT;
	err = setup_rules(&s->rules, s->vars, &s->options, &s->load_ms);
	if (err < 0) {
		if (err != -ENOENT)
			log_err("rules do not load", "error=%s", strerror(-err));
		return SENSOR_BAD_INPUT;
	}
	return SENSOR_DONE;
}

/* *fd stays -1 without a path. */
static int
open_output(int *fd, const char *path, int flags)
{
	if (!path)
		return SENSOR_DONE;
	*fd = strcmp(path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
				     : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0640);
	if (*fd >= 0)
		return SENSOR_DONE;
	fprintf(stderr, "tocsin-sensor: %s: %s\n", path, strerror(errno));
	return SENSOR_BAD_INPUT;
}

static int
open_uplink(struct sensor *s)
{
	const char            *full = vars_get(s->vars, "spool.when-full");
	struct uplink_settings settings = {
		.state = s->options.state,
		.collectors = s->options.collectors.list,
		.n_collectors = s->options.collectors.n,
		.spool_bytes = vars_u64(s->vars, "spool.max-bytes", s->config.spool_max),
		.heartbeat_s = (uint32_t)s->config.heartbeat_s,
		.paced = s->options.interfaces.n == 0,
		.keep_all = !full || strcmp(full, "drop") != 0, /* files only: they can wait */
		.figures = figures_fill,
		.arg = &s->figures,
	};

	figures_init(&s->figures);
	if (!s->options.collectors.n)
		return SENSOR_DONE;
	return uplink_open(&s->uplink, &settings) < 0 ? SENSOR_BAD_INPUT : SENSOR_DONE;
}

int
sensor_open(struct sensor *s)
{
	int rc;

	if (!s->options.reads.n && !s->options.interfaces.n) {
		fprintf(stderr, "tocsin-sensor: nothing to read: --read FILE or --interface IF\n");
		return SENSOR_USAGE;
	}
	if (sources_open(&s->sources, &s->options) < 0)
		return SENSOR_BAD_INPUT;
	rc = open_output(&s->eve_fd, s->options.eve, O_APPEND);
	if (rc == SENSOR_DONE)
		rc = open_output(&s->stats_fd, s->options.stats, O_TRUNC);
	return rc == SENSOR_DONE ? open_uplink(s) : rc;
}

/* ---- rights ---- */

static void
may_read(struct sandbox *box, const char *path)
{
	if (path && strcmp(path, "-") != 0 && box->n_read < SANDBOX_PATHS_MAX)
		box->read[box->n_read++] = path;
}

/* All of a list, or, where it is too long to name, everything. */
static void
may_read_all(struct sandbox *box, const struct words *w)
{
	if (w->n > SANDBOX_PATHS_MAX / 3) {
		may_read(box, "/");
		return;
	}
	for (size_t i = 0; i < w->n; i++)
		may_read(box, w->list[i]);
}

/* From here on nothing is open to us but what a run and a reload of the rules need. */
static int
drop_rights(struct sensor *s)
{
	static const char *const network[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
		"/etc/host.conf", "/etc/gai.conf" };
	const struct options *o = &s->options;
	struct sandbox        box = {
		       .user = o->user,
		       .capture = o->interfaces.n > 0,
		       .network = o->collectors.n > 0,
	};

	may_read_all(&box, &o->reads);
	may_read_all(&box, &o->rules);
	may_read(&box, o->classification);
	may_read(&box, o->reference);
	may_read(&box, o->threshold);
	may_read(&box, "/proc/self");
	for (size_t i = 0; box.network && i < sizeof(network) / sizeof(network[0]); i++)
		may_read(&box, network[i]);
	if (o->state && o->collectors.n)
		box.write[box.n_write++] = o->state;
	if (o->cache)
		box.write[box.n_write++] = o->cache;
	return sandbox_sensor(&box) < 0 ? SENSOR_BAD_INPUT : SENSOR_DONE;
}

int
sensor_start(struct sensor *s)
{
	bool live = s->options.interfaces.n > 0;

	setup_worker(&s->settings, &s->proto, s->vars, &s->options, live);
	if (live) /* what an attacker could compute must not decide where flows lie */
		s->settings.flow.seed = clock_mono_ns() * 0x9e3779b97f4a7c15ull ^ (uint64_t)getpid();
	s->settings.report.sources = s->sources.names;
	s->settings.report.home = s->home;
	s->settings.report.eve_fd = s->eve_fd;
	if (s->uplink) {
		s->settings.report.sink = uplink_event;
		s->settings.report.sink_arg = s->uplink;
	}
	if (s->rules)
		s->settings.files = ruleset_file_wants(s->rules);
	s->worker = worker_new(&s->settings, s->rules, s->memory);
	if (!s->worker) {
		log_err("no memory to start", "error=%s", strerror(ENOMEM));
		return SENSOR_BAD_INPUT;
	}
	if (drop_rights(s) != SENSOR_DONE)
		return SENSOR_BAD_INPUT;
	return s->uplink && uplink_start(s->uplink) < 0 ? SENSOR_BAD_INPUT : SENSOR_DONE;
}

/* ---- figures ---- */

static void
publish_interfaces(struct sensor *s, struct figures_now *now)
{
	for (size_t i = 0; i < s->sources.n && now->n_interfaces < MESSAGE_INTERFACES_MAX; i++) {
		struct figures_interface *out = &now->interfaces[now->n_interfaces];
		struct capture_counters   c;

		if (!s->sources.names[i].live || !s->sources.captures[i])
			continue;
		c = capture_counters(s->sources.captures[i]);
		snprintf(out->name, sizeof(out->name), "%s", s->sources.names[i].name);
		out->packets = c.received;
		out->drops = c.dropped;
		out->up = true;
		now->kernel_drops += c.dropped;
		now->n_interfaces++;
	}
}

static void
publish(struct sensor *s)
{
	const struct worker_counters *w = worker_counters(s->worker);
	struct figures_now            now = {
			   .packets = w->packets,
			   .bytes = w->bytes,
			   .last_packet_ns = w->last_packet_ns,
			   .events = worker_report_counters(s->worker)->alerts,
			   .own_drops = pool_refused_total(worker_pool(s->worker)),
	};

	if (!s->uplink)
		return;
	if (s->rules) {
		now.rules = ruleset_counts(s->rules).loaded;
		snprintf(now.ruleset, sizeof(now.ruleset), "%s", ruleset_hash(s->rules));
	}
	publish_interfaces(s, &now);
	figures_publish(&s->figures, &now);
}

/* ---- running ---- */

/* The new rules are built aside; only when all is well they take the old ones' place. */
static void
reload(struct sensor *s)
{
	struct ruleset *fresh = NULL;
	uint64_t        load_ms;
	int             err;

	reload_asked = 0;
	err = setup_rules(&fresh, s->vars, &s->options, &load_ms);
	if (err == 0)
		err = worker_set_rules(s->worker, fresh);
	if (err < 0) {
		log_err("reload failed, the old rules stay", "error=%s", strerror(-err));
		ruleset_free(fresh);
		return;
	}
	ruleset_free(s->rules);
	s->rules = fresh;
	s->reloads++;
	log_notice("rules reloaded", "loaded=%u rejected=%u ms=%llu", ruleset_counts(fresh).loaded,
			ruleset_counts(fresh).rejected, (unsigned long long)load_ms);
}

static void
read_file(struct sensor *s, size_t i)
{
	struct wire_frame frame;
	int               rc = 1;

	if (!sources_open_file(&s->sources, i))
		return;
	while (!stop_asked && (rc = capture_next(s->sources.captures[i], &frame)) == 1) {
		worker_frame(s->worker, &frame);
		if (frame.number % PUBLISH_EVERY == 0)
			publish(s);
		if (reload_asked)
			reload(s);
	}
	if (!stop_asked && rc != -ENODATA)
		sources_refuse(&s->sources, i, capture_why(s->sources.captures[i]));
	if (rc == -ENODATA || capture_counters(s->sources.captures[i]).received)
		s->captures++; /* cut short counts: what is whole of it was read */
	sources_close_file(&s->sources, i);
}

/* Frames of one interface; false: it is gone. */
static bool
read_burst(struct sensor *s, struct capture *c, unsigned *n)
{
	struct wire_frame frame;
	int               rc = 1;

	for (unsigned i = 0; i < LIVE_BURST && (rc = capture_next(c, &frame)) == 1; i++, (*n)++)
		worker_frame(s->worker, &frame);
	return rc >= 0;
}

static int
run_live(struct sensor *s)
{
	struct pollfd fds[INTERFACES_MAX];
	nfds_t        n_fds = 0;
	unsigned      n;

	for (size_t i = 0; i < s->sources.n && n_fds < INTERFACES_MAX; i++)
		if (s->sources.names[i].live)
			fds[n_fds++] = (struct pollfd){ .fd = capture_fd(s->sources.captures[i]),
				.events = POLLIN };
	while (!stop_asked) {
		n = 0;
		for (size_t i = 0; i < s->sources.n; i++) {
			struct capture *c = s->sources.captures[i];

			if (!c || !s->sources.names[i].live)
				continue;
			if (!read_burst(s, c, &n)) {
				sources_refuse(&s->sources, i, capture_why(c));
				return SENSOR_PARTLY;
			}
		}
		if (reload_asked)
			reload(s);
		if (n == 0) {
			(void)worker_flush(s->worker);
			(void)poll(fds, n_fds, LIVE_WAIT_MS);
			worker_tick(s->worker, clock_wall_ns());
			publish(s);
		}
	}
	return SENSOR_DONE;
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
	uint64_t begin_ns = clock_mono_ns();
	int      rc = SENSOR_DONE;

	catch_signals();
	for (size_t i = 0; i < s->sources.n && !stop_asked; i++)
		if (!s->sources.names[i].live)
			read_file(s, i);
	(void)notify("READY=1");
	if (s->options.interfaces.n)
		rc = run_live(s);
	(void)notify("STOPPING=1");
	if (worker_finish(s->worker) < 0) {
		fprintf(stderr, "tocsin-sensor: %s: %s\n", s->options.eve, strerror(errno));
		rc = SENSOR_BAD_INPUT;
	}
	s->run_ms = (clock_mono_ns() - begin_ns) / 1000000;
	drain(s);
	return rc;
}

int
sensor_stats(struct sensor *s)
{
	struct stats stats = {
		.worker = s->worker,
		.uplink = s->uplink,
		.capture = sources_counters(&s->sources),
		.captures = s->captures,
		.captures_refused = s->sources.n_refused,
		.load_ms = s->load_ms,
		.run_ms = s->run_ms,
		.reloads = s->reloads,
	};
	int err;

	if (s->stats_fd < 0)
		return SENSOR_DONE;
	if (s->rules) {
		stats.rules_loaded = ruleset_counts(s->rules).loaded;
		stats.rules_rejected = ruleset_counts(s->rules).rejected;
		stats.ruleset_hash = ruleset_hash(s->rules);
	}
	err = stats_write(&stats, s->stats_fd);
	if (err == 0)
		return SENSOR_DONE;
	fprintf(stderr, "tocsin-sensor: %s: %s\n", s->options.stats, strerror(-err));
	return SENSOR_BAD_INPUT;
}

int
sensor_verdict(const struct sensor *s)
{
	struct ruleset_counts rules = { 0 };

	if (s->rules)
		rules = ruleset_counts(s->rules);
	if (rules.rejected && !rules.loaded)
		return SENSOR_BAD_INPUT;
	if (s->sources.n_refused && !s->captures && !s->options.interfaces.n)
		return SENSOR_BAD_INPUT;
	return rules.rejected || s->sources.n_refused ? SENSOR_PARTLY : SENSOR_DONE;
}

void
sensor_close(struct sensor *s)
{
	worker_free(s->worker);
	uplink_close(s->uplink);
	sources_close(&s->sources);
	if (s->eve_fd >= 0)
		(void)close(s->eve_fd);
	if (s->stats_fd >= 0)
		(void)close(s->stats_fd);
	ruleset_free(s->rules);
	rule_memory_free(s->memory);
	arena_free(s->keep);
	vars_free(s->vars);
	options_release(&s->options);
	config_release(&s->config);
}
