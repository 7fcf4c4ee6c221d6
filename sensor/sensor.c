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
#include "rules/addrset.h"
#include "rules/memory.h"
#include "rules/ruleset.h"
#include "rules/vars.h"
#include "sensor/setup.h"
#include "sensor/stats.h"

#define RULE_MEMORY (16u << 20)
#define LIVE_BURST 256      /* frames of one interface before the next has its turn */
#define LIVE_WAIT_MS 100
#define INTERFACES_MAX 64

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
	int err = setup_vars(&s->vars, &s->options);

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

static int
open_eve(struct sensor *s)
{
	const char *path = s->options.eve;

	s->eve_fd = -1;
	if (!path)
		return SENSOR_DONE;
	s->eve_fd = strcmp(path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
					   : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (s->eve_fd >= 0)
		return SENSOR_DONE;
	fprintf(stderr, "tocsin-sensor: %s: %s\n", path, strerror(errno));
	return SENSOR_BAD_INPUT;
}

int
sensor_open(struct sensor *s)
{
	if (!s->options.reads.n && !s->options.interfaces.n) {
		fprintf(stderr, "tocsin-sensor: nothing to read: --read FILE or --interface IF\n");
		return SENSOR_USAGE;
	}
	if (sources_open(&s->sources, &s->options) < 0)
		return SENSOR_BAD_INPUT;
	return open_eve(s);
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
	s->worker = worker_new(&s->settings, s->rules, s->memory);
	if (s->worker)
		return SENSOR_DONE;
	log_err("no memory to start", "error=%s", strerror(ENOMEM));
	return SENSOR_BAD_INPUT;
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
		if (reload_asked)
			reload(s);
	}
	if (!stop_asked && rc != -ENODATA)
		sources_refuse(&s->sources, i, capture_why(s->sources.captures[i]));
	else
		s->captures++;
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
		}
	}
	return SENSOR_DONE;
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
	if (s->options.interfaces.n)
		rc = run_live(s);
	if (worker_finish(s->worker) < 0) {
		fprintf(stderr, "tocsin-sensor: %s: %s\n", s->options.eve, strerror(errno));
		rc = SENSOR_BAD_INPUT;
	}
	s->run_ms = (clock_mono_ns() - begin_ns) / 1000000;
	return rc;
}

int
sensor_stats(struct sensor *s)
{
	struct stats stats = {
		.worker = s->worker,
		.capture = sources_counters(&s->sources),
		.captures = s->captures,
		.captures_refused = s->sources.n_refused,
		.load_ms = s->load_ms,
		.run_ms = s->run_ms,
		.reloads = s->reloads,
	};
	int err;

	if (!s->options.stats)
		return SENSOR_DONE;
	if (s->rules) {
		stats.rules_loaded = ruleset_counts(s->rules).loaded;
		stats.rules_rejected = ruleset_counts(s->rules).rejected;
		stats.ruleset_hash = ruleset_hash(s->rules);
	}
	err = stats_write(&stats, s->options.stats);
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
	sources_close(&s->sources);
	if (s->eve_fd >= 0)
		(void)close(s->eve_fd);
	ruleset_free(s->rules);
	rule_memory_free(s->memory);
	arena_free(s->keep);
	vars_free(s->vars);
	options_release(&s->options);
}
