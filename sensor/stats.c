/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/stats.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/json.h"
#include "sensor/eve.h"
#include "sensor/outfile.h"
#include "sensor/uplink.h"

/* Resident memory now; 0 when the kernel does not say. */
static uint64_t
rss_kib(void)
{
	unsigned long long all = 0, resident = 0;
	FILE              *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu", &all, &resident) != 2)
		resident = 0;
	(void)fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void
write_flows(struct json *j, const struct flow_counters *c)
{
	json_obj(j, "flow");
	json_u64(j, "created", c->created_total);
	json_u64(j, "timeout", c->ended_total[FLOW_END_TIMEOUT]);
	json_u64(j, "evicted", c->ended_total[FLOW_END_EVICTED]);
	json_u64(j, "reused", c->ended_total[FLOW_END_REUSED]);
	json_u64(j, "shutdown", c->ended_total[FLOW_END_SHUTDOWN]);
	json_obj_end(j);
}

static void
write_defrag(struct json *j, const struct defrag_counters *c)
{
	json_obj(j, "defrag");
	json_u64(j, "fragments", c->fragments);
	json_u64(j, "rebuilt", c->rebuilt);
	json_u64(j, "overlaps", c->overlaps);
	json_u64(j, "timeouts", c->timeouts);
	json_u64(j, "no_tracker", c->no_tracker);
	json_u64(j, "no_memory", c->no_memory);
	json_u64(j, "too_many", c->too_many);
	json_u64(j, "too_large", c->too_large);
	json_obj_end(j);
}

static void
write_stream(struct json *j, const struct stream_counters *c)
{
	json_obj(j, "stream");
	json_u64(j, "sessions", c->sessions);
	json_u64(j, "segments", c->segments);
	json_u64(j, "overlaps", c->overlaps);
	json_u64(j, "overlaps_different", c->overlaps_different);
	json_u64(j, "gaps", c->gaps);
	json_u64(j, "gap_bytes", c->gap_bytes);
	json_u64(j, "refused", c->refused);
	json_u64(j, "bad_checksum", c->bad_checksum);
	json_u64(j, "depth_reached", c->depth_reached);
	json_u64(j, "full", c->full);
	json_u64(j, "no_memory", c->no_memory);
	json_obj_end(j);
}

static void
write_app(struct json *j, const struct applayer_counters *c)
{
	json_obj(j, "app_layer");
	for (int app = 0; app < APPPROTO_COUNT; app++)
		if (c->flows[app])
			json_u64(j, eve_app_name((enum appproto)app), c->flows[app]);
	json_u64(j, "parse_errors", c->parse_errors);
	json_u64(j, "switched", c->switched);
	json_u64(j, "expected", c->expected);
	json_u64(j, "no_memory", c->no_memory);
	json_obj_end(j);
}

static void
write_memory(struct json *j, const struct memory_counters *c)
{
	json_obj(j, "memory");
	json_u64(j, "used", c->used);
	json_u64(j, "budget", c->budget);
	json_u64(j, "refused", c->refused);
	json_obj_end(j);
}

static void
write_uplink(struct json *j, struct uplink *uplink)
{
	struct uplink_stats u;

	uplink_stats(uplink, &u);
	json_obj(j, "uplink");
	json_u64(j, "events", u.events);
	json_u64(j, "lost", u.lost);
	json_u64(j, "rejected", u.rejected);
	json_u64(j, "waiting", u.waiting);
	json_u64(j, "connects", u.connects);
	json_u64(j, "spool_bytes", u.spool_bytes);
	json_obj_end(j);
}

static void
write_all(struct json *j, const struct stats *s)
{
	const struct worker_counters *w = &s->totals->worker;
	const struct report_counters *r = &s->totals->report;
	struct rusage                 usage = { 0 };

	(void)getrusage(RUSAGE_SELF, &usage);
	json_obj(j, NULL);
	json_u64(j, "packets", w->packets);
	json_u64(j, "bytes", w->bytes);
	json_u64(j, "drops", s->capture.dropped + s->capture.dropped_by_interface);
	json_u64(j, "flows", s->totals->flow.created_total);
	json_u64(j, "events", r->alerts - r->suppressed);
	json_u64(j, "rules_loaded", s->rules_loaded);
	json_u64(j, "rules_rejected", s->rules_rejected);
	json_u64(j, "load_ms", s->load_ms);
	json_u64(j, "run_ms", s->run_ms);
	json_u64(j, "rss_kib", rss_kib());
	json_u64(j, "rss_peak_kib", (uint64_t)usage.ru_maxrss);
	json_u64(j, "workers", s->workers);
	json_u64(j, "captures", s->captures);
	json_u64(j, "captures_refused", s->captures_refused);
	json_u64(j, "inner_packets", w->inner_packets);
	json_u64(j, "invalid_packets", w->invalid);
	json_u64(j, "kernel_drops", s->capture.dropped);
	json_u64(j, "interface_drops", s->capture.dropped_by_interface);
	json_u64(j, "reloads", s->reloads);
	if (s->ruleset_hash)
		json_str(j, "ruleset_hash", s->ruleset_hash);
	json_obj(j, "report");
	json_u64(j, "alerts", r->alerts);
	json_u64(j, "suppressed", r->suppressed);
	json_u64(j, "too_large", r->too_large);
	json_u64(j, "write_errors", r->write_errors);
	json_obj_end(j);
	write_flows(j, &s->totals->flow);
	write_defrag(j, &s->totals->defrag);
	write_stream(j, &s->totals->stream);
	write_app(j, &s->totals->app);
	write_memory(j, &s->totals->memory);
	if (s->uplink)
		write_uplink(j, s->uplink);
	json_obj_end(j);
}

int
stats_write(const struct stats *s, struct outfile *out)
{
	struct json j;
	const char *text;
	int         err = -ENOMEM;

	json_init_heap(&j);
	write_all(&j, s);
	text = json_end(&j);
	if (text)
		err = outfile_write(out, text, strlen(text));
	if (err == 0)
		err = outfile_write(out, "\n", 1);
	json_release(&j);
	return err;
}

/* ---- EVE ---- */

struct figure {
	const char *name;
	uint64_t    value;
};

static void
write_group(struct json *j, const char *name, const struct figure *f, size_t n)
{
	json_obj(j, name);
	for (size_t i = 0; i < n; i++)
		json_u64(j, f[i].name, f[i].value);
	json_obj_end(j);
}

#define GROUP(j, name, ...)                                                              \
	write_group(j, name, (const struct figure[]){ __VA_ARGS__ },                     \
			sizeof((const struct figure[]){ __VA_ARGS__ }) / sizeof(struct figure))

static void
eve_apps(struct json *j, const struct applayer_counters *c)
{
	json_obj(j, "app_layer");
	json_obj(j, "flow");
	for (int app = 0; app < APPPROTO_COUNT; app++)
		if (c->flows[app])
			json_u64(j, eve_app_name((enum appproto)app), c->flows[app]);
	json_obj_end(j);
	json_obj(j, "error");
	json_u64(j, "parser", c->parse_errors);
	json_u64(j, "alloc", c->no_memory);
	json_obj_end(j);
	json_obj_end(j);
}

void
stats_eve(const struct stats *s, struct json *j, uint64_t now_ns)
{
	const struct totals *t = s->totals;

	json_obj(j, NULL);
	json_time_eve(j, "timestamp", now_ns);
	json_str(j, "event_type", "stats");
	json_obj(j, "stats");
	json_u64(j, "uptime", s->run_ms / 1000);
	GROUP(j, "capture", { "kernel_packets", s->capture.received }, { "kernel_drops", s->capture.dropped },
			{ "kernel_ifdrops", s->capture.dropped_by_interface });
	GROUP(j, "decoder", { "pkts", t->worker.packets }, { "bytes", t->worker.bytes },
			{ "invalid", t->worker.invalid }, { "inner", t->worker.inner_packets });
	GROUP(j, "flow", { "total", t->flow.created_total }, { "active", t->flow.live },
			{ "tcp_reuse", t->flow.ended_total[FLOW_END_REUSED] },
			{ "timeout", t->flow.ended_total[FLOW_END_TIMEOUT] },
			{ "evicted", t->flow.ended_total[FLOW_END_EVICTED] });
	GROUP(j, "defrag", { "fragments", t->defrag.fragments }, { "reassembled", t->defrag.rebuilt },
			{ "max_trackers_reached", t->defrag.no_tracker },
			{ "max_frags_reached", t->defrag.too_many },
			{ "tracker_timeout", t->defrag.timeouts });
	GROUP(j, "tcp", { "sessions", t->stream.sessions }, { "midstream_pickups", t->stream.midstream },
			{ "invalid_checksum", t->stream.bad_checksum },
			{ "stream_depth_reached", t->stream.depth_reached },
			{ "reassembly_gap", t->stream.gaps }, { "overlap", t->stream.overlaps },
			{ "overlap_diff_data", t->stream.overlaps_different },
			{ "ssn_memcap_drop", t->stream.no_memory },
			{ "segment_memcap_drop", t->stream.full });
	GROUP(j, "detect", { "alert", t->report.alerts }, { "alerts_suppressed", t->report.suppressed });
	eve_apps(j, &t->app);
	GROUP(j, "memory", { "used", t->memory.used }, { "budget", t->memory.budget },
			{ "refused", t->memory.refused });
	json_obj_end(j);
	json_obj_end(j);
}
