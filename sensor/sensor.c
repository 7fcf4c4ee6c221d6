/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor.h"

#include <errno.h>
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
#include "sensor/rights.h"
#include "sensor/setup.h"
#include "sensor/stats.h"
#include "sensor/uplink.h"

#define RULE_MEMORY (16u << 20)

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
	err = setup_rules(&s->rules, s->vars, &s->options, NULL, &s->load_ms);
	if (err < 0) {
		if (err != -ENOENT)
			log_err("rules do not load", "error=%s", strerror(-err));
		return SENSOR_BAD_INPUT;
	}
	return SENSOR_DONE;
}

/* Without a path nothing is open, which is fine. */
static int
open_output(struct outfile *f, const char *path, bool fresh)
{
	int err;

	outfile_init(f);
	err = path ? outfile_open(f, path, fresh) : 0;
	if (err == 0)
		return SENSOR_DONE;
	fprintf(stderr, "tocsin-sensor: %s: %s\n", path, strerror(-err));
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
	s->workers = options_workers(&s->options, (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
	rc = open_output(&s->eve, s->options.eve, false);
	if (rc == SENSOR_DONE)
		rc = open_output(&s->stats, s->options.stats, true);
	if (rc == SENSOR_DONE && sources_open(&s->sources, &s->options, s->workers) < 0)
		rc = SENSOR_BAD_INPUT;
	return rc == SENSOR_DONE ? open_uplink(s) : rc;
}

/* ---- start ---- */

int
sensor_start(struct sensor *s)
{
	bool live = s->options.interfaces.n > 0;

	setup_worker(&s->settings, &s->proto, s->vars, &s->options, live);
	if (live) /* what an attacker could compute must not decide where flows lie */
		s->settings.flow.seed = clock_mono_ns() * 0x9e3779b97f4a7c15ull ^ (uint64_t)getpid();
	s->settings.report.sources = s->sources.names;
	s->settings.report.home = s->home;
	s->settings.report.eve = s->options.eve ? &s->eve : NULL;
	if (s->uplink) {
		s->settings.report.sink = uplink_event;
		s->settings.report.sink_arg = s->uplink;
	}
	s->crew = crew_new(&s->settings, s->workers);
	if (!s->crew || (s->rules && crew_rules(s->crew, s->rules, s->memory) < 0)) {
		log_err("no memory to start", "error=%s", strerror(ENOMEM));
		return SENSOR_BAD_INPUT;
	}
	if (rights_drop(&s->options, s->vars) < 0)
		return SENSOR_BAD_INPUT;
	return s->uplink && uplink_start(s->uplink) < 0 ? SENSOR_BAD_INPUT : SENSOR_DONE;
}

/* ---- the end ---- */

void
sensor_fill_stats(struct sensor *s, struct stats *out, struct totals *totals)
{
	crew_totals(s->crew, totals);
	*out = (struct stats){
		.totals = totals,
		.uplink = s->uplink,
		.capture = sensor_capture_counters(s),
		.workers = s->workers,
		.captures = s->captures,
		.captures_refused = s->sources.n_refused,
		.load_ms = s->load_ms,
		.run_ms = s->run_ms,
		.reloads = s->reloads,
	};
	if (!s->rules)
		return;
	out->rules_loaded = ruleset_counts(s->rules).loaded;
	out->rules_rejected = ruleset_counts(s->rules).rejected;
	out->ruleset_hash = ruleset_hash(s->rules);
}

int
sensor_stats(struct sensor *s)
{
	struct totals totals;
	struct stats  stats;
	int           err;

	if (!s->options.stats)
		return SENSOR_DONE;
	sensor_fill_stats(s, &stats, &totals);
	err = stats_write(&stats, &s->stats);
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
	crew_free(s->crew);
	uplink_close(s->uplink);
	sources_close(&s->sources);
	outfile_close(&s->eve);
	outfile_close(&s->stats);
	ruleset_free(s->rules);
	ruleset_free(s->stale_rules);
	rule_memory_free(s->memory);
	arena_free(s->keep);
	vars_free(s->vars);
	options_release(&s->options);
	config_release(&s->config);
}
