/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve_priv.h"

#include "collector/figures.h"
#include "collector/writer.h"
#include "lib/version.h"

#include <sys/resource.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
put_store(struct json *j, const struct store_figures *f)
{
	static const char *const severities[] = {
		"info", "low", "medium", "high", "critical"};

	json_u64(j, "events", f->events);
	json_u64(j, "alerts", f->alerts);
	json_u64(j, "incidents", f->incidents);
	json_u64(j, "incidents_open", f->open);
	json_obj(j, "open_by_severity");
	for (int i = 4; i >= 0; i--)
		json_u64(j, severities[i], f->open_by_severity[i]);
	json_obj_end(j);
	json_u64(j, "actions", f->actions);
	json_u64(j, "dead_letters", f->dead_letters);
	json_u64(j, "duplicates", f->duplicates);
	json_u64(j, "events_lost", f->losses);
	json_u64(j, "sensors", f->sensors);
	json_obj(j, "store");
	json_u64(j, "days", f->days);
	json_u64(j, "bytes", f->bytes_on_disk);
	json_u64(j, "bytes_received", f->event_bytes);
	json_double(j, "bytes_per_event",
		f->events ? (double)f->bytes_on_disk / (double)f->events : 0);
	json_obj_end(j);
}

static void
put_writer(struct json *j, const struct writer_figures *w)
{
	json_obj(j, "writer");
	json_u64(j, "commits", w->commits_total);
	json_u64(j, "failed", w->failed_total);
	json_u64(j, "queued", w->queued);
	json_double(j, "commit_ms_mean",
		w->commits_total
			? (double)w->commit_ns_total / 1e6 / (double)w->commits_total
			: 0);
	json_double(j, "commit_ms_max", (double)w->commit_ns_max / 1e6);
	json_obj_end(j);
}

static uint64_t
rss_kib(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) == 0 ? (uint64_t)u.ru_maxrss : 0;
}

void
serve_stats(struct call *c)
{
	struct json          *j = &c->out;
	struct writer_figures w = writer_figures(c->env->writer);
	struct store_figures  f;
	int                   err = store_figures(c->reader, &f);

	if (err) {
		call_store_failed(c, err);
		return;
	}
	json_obj(j, NULL);
	put_store(j, &f);
	json_obj(j, "collector");
	json_str(j, "version", version());
	json_time(j, "started", c->env->started_ns);
	json_u64(j, "rss_kib", rss_kib());
	for (int i = 0; i < FIGURE_COUNT; i++)
		json_u64(j, figure_names[i], figure_get(c->env->figures, (enum figure)i));
	put_writer(j, &w);
	json_obj_end(j);
	json_obj_end(j);
}

/* ---- for Prometheus ---- */

static void __attribute__((format(printf, 4, 5)))
metric(struct buf *out, const char *name, const char *help, const char *fmt, ...)
{
	size_t  n = strlen(name);
	bool    total = n > 6 && strcmp(name + n - 6, "_total") == 0;
	char    text[512], value[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text),
		"# HELP tocsin_%s %s\n# TYPE tocsin_%s %s\ntocsin_%s %s\n", name, help,
		name, total ? "counter" : "gauge", name, value);
	buf_add(out, text, strlen(text));
}

void
serve_metrics(struct call *c)
{
	struct writer_figures w = writer_figures(c->env->writer);
	struct store_figures  f;
	struct buf           *out = &c->raw;
	int                   err = store_figures(c->reader, &f);

	if (err) {
		call_store_failed(c, err);
		return;
	}
	c->type = "text/plain; version=0.0.4";
	for (int i = 0; i < FIGURE_COUNT; i++)
		metric(out, figure_names[i], figure_helps[i], "%llu",
			(unsigned long long)figure_get(c->env->figures, (enum figure)i));
	metric(out, "commits_total", "transactions of the store", "%llu",
		(unsigned long long)w.commits_total);
	metric(out, "commits_failed_total", "transactions that the store refused", "%llu",
		(unsigned long long)w.failed_total);
	metric(out, "commit_seconds_total", "time spent in commits", "%.6f",
		(double)w.commit_ns_total / 1e9);
	metric(out, "writer_queue", "jobs that wait for the store", "%u", w.queued);
	metric(out, "events", "events in the store", "%llu",
		(unsigned long long)f.events);
	metric(out, "incidents_open", "incidents that are not closed", "%llu",
		(unsigned long long)f.open);
	metric(out, "store_bytes", "size of the store on disk", "%llu",
		(unsigned long long)f.bytes_on_disk);
	metric(out, "resident_bytes", "largest resident size of the process", "%llu",
		(unsigned long long)rss_kib() * 1024);
}

/* ---- the check ---- */

struct checking {
	struct json *j;
	unsigned     left; /* problems that are still told */
};

static bool
problem_item(void *arg, const char *text)
{
	struct checking *k = arg;

	if (k->left) {
		k->left--;
		json_str(k->j, NULL, text);
	}
	return true;
}

void
serve_db_check(struct call *c)
{
	struct checking     k = {.j = &c->out, .left = 1000};
	struct store_report r;
	int                 err;

	json_obj(&c->out, NULL);
	json_arr(&c->out, "problems");
	err = store_check(c->reader, &r, problem_item, &k);
	json_arr_end(&c->out);
	json_bool(&c->out, "ok", r.problems == 0);
	json_u64(&c->out, "events", r.events);
	json_u64(&c->out, "ranges", r.ranges);
	json_u64(&c->out, "duplicates", r.duplicates);
	json_u64(&c->out, "problem_count", r.problems);
	json_obj_end(&c->out);
	if (err)
		call_store_failed(c, err);
}
