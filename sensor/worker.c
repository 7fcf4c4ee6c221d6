/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/worker.h"

#include <stdlib.h>

#include "lib/log.h"
#include "rules/ruleset.h"
#include "sensor/context.h"
#include "sensor/detect.h"
#include "sensor/file.h"

enum { IP_TCP = 6, IP_UDP = 17 };

struct worker {
	struct pool           *pool;
	struct decode          decode;
	struct defrag         *defrag;
	struct flow_table     *flows;
	struct applayer_worker app;
	struct stream          stream;
	struct detect          detect;
	struct report         *report;
	struct context        *context;
	const struct packet   *current; /* the packet in hand; NULL: a flow ends by itself */
	struct worker_counters counters;
	uint64_t               now_ns; /* the latest packet's time */
};

static void end_flow(void *arg, struct flow *f, enum flow_end reason);

static void
release_tx(void *arg, struct flow *f, struct tx *tx)
{
	struct worker *w = arg;

	f->n_txs++;
	context_tx(w->context, w->current, w->now_ns, f, tx);
	detect_tx_release(&w->detect, tx);
}

struct worker *
worker_new(const struct worker_settings *settings)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->pool = pool_new(settings->memory);
	if (!w->pool)
		goto fail;
	w->defrag = defrag_new(&settings->defrag, w->pool);
	w->flows = flow_table_new(&settings->flow, end_flow, w);
	w->report = report_new(&settings->report);
	w->context = context_new(&settings->context, w->report);
	if (!w->defrag || !w->flows || !w->report || !w->context)
		goto fail;
	decode_init(&w->decode, &settings->decode, w->defrag);
	w->app = (struct applayer_worker){ .pool = w->pool, .settings = settings->proto,
		.files = file_worker_new(settings->files), .tx_release = release_tx, .arg = w };
	w->stream = (struct stream){ .settings = settings->stream, .pool = w->pool, .app = &w->app };
	w->detect = (struct detect){ .report = w->report, .pool = w->pool };
	return w;
fail:
	worker_free(w);
	return NULL;
}

static void
release_flow(struct worker *w, struct flow *f)
{
	applayer_release(&w->app, f);
	context_flow(w->context, w->current, w->now_ns, f);
	stream_release(&w->stream, f);
	detect_flow_release(&w->detect, f);
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	flow_table_free(w->flows);
	detect_release(&w->detect);
	context_free(w->context);
	report_free(w->report);
	defrag_free(w->defrag);
	file_worker_free(w->app.files);
	pool_free(w->pool);
	free(w);
}

/* ---- one packet ---- */

static void inspect(struct worker *w, struct packet *p, struct flow *f);

/* So that rules see what a flow still holds. */
static void
inspect_pseudo(struct worker *w, struct flow *f, int dir)
{
	struct packet p;

	flow_packet(&p, f, dir, w->now_ns);
	inspect(w, &p, f);
}

/* The protocol goes over into another: first let rules see the end of this one. */
static void
switch_protocol(struct worker *w, struct flow *f)
{
	for (int dir = 0; dir < 2; dir++)
		if (applayer_has_unseen(f, dir))
			inspect_pseudo(w, f, dir);
	applayer_switch(&w->app, f);
	if (f->tcp)
		stream_resume(&w->stream, f, w->now_ns);
}

static void
inspect(struct worker *w, struct packet *p, struct flow *f)
{
	struct stream_window window = { 0 };

	if (f && f->tcp && p->ip_proto == IP_TCP)
		window = stream_window(&w->stream, f, p->dir);
	detect_packet(&w->detect, p, f, &window, p->ts_ns);
	if (!f)
		return;
	stream_inspected(&w->stream, f, p->dir, &window);
	if (f->app)
		applayer_reap(&w->app, f);
}

static struct flow *
find_flow(struct worker *w, struct packet *p)
{
	struct flow *f = flow_get(w->flows, p);

	if (f && p->ip_proto == IP_TCP && stream_is_reuse(f, p)) {
		flow_remove(w->flows, f, FLOW_END_REUSED);
		f = flow_get(w->flows, p);
	}
	return f;
}

static void
packet(struct worker *w, struct packet *p)
{
	struct flow *f = find_flow(w, p);

	w->current = p;
	if (f) {
		flow_update(w->flows, f, p);
		p->app_decided = applayer_is_decided(f, p->dir) && !f->decided[p->dir];
		f->decided[p->dir] |= p->app_decided;
		if (p->ip_proto == IP_TCP)
			stream_packet(&w->stream, f, p);
		else if (p->ip_proto == IP_UDP)
			applayer_datagram(&w->app, f, p);
	}
	inspect(w, p, f);
	if (f && applayer_wants_switch(f))
		switch_protocol(w, f);
	context_packet(w->context, p, f);
	w->current = NULL;
}

/* Innermost first: what a tunnel carries is judged before the tunnel. */
void
worker_frame(struct worker *w, const struct wire_frame *f)
{
	unsigned n;

	w->counters.packets++;
	w->counters.bytes += f->bytes.left;
	if (f->ts_ns > w->now_ns)
		w->now_ns = w->counters.last_packet_ns = f->ts_ns;
	flow_expire(w->flows, w->now_ns);
	context_flush(w->context, w->now_ns, false);
	n = decode_frame(&w->decode, f);
	w->counters.inner_packets += n - 1;
	w->counters.invalid = w->decode.invalid_total;
	while (n--)
		packet(w, &w->decode.out[n]);
}

void
worker_tick(struct worker *w, uint64_t now_ns)
{
	if (now_ns > w->now_ns)
		w->now_ns = now_ns;
	flow_expire(w->flows, w->now_ns);
	context_flush(w->context, w->now_ns, false);
}

/* ---- the end of a flow ---- */

/* Bytes before a hole and behind it come as two. */
static void
inspect_rest(struct worker *w, struct flow *f, int dir)
{
	if (!stream_has_unseen(f, dir) && !applayer_has_unseen(f, dir))
		return;
	inspect_pseudo(w, f, dir);
	if (stream_has_unseen(f, dir))
		inspect_pseudo(w, f, dir);
}

static void
end_flow(void *arg, struct flow *f, enum flow_end reason)
{
	struct worker *w = arg;

	(void)reason; /* f->end has it */
	if (f->tcp) {
		stream_finish(&w->stream, f, w->now_ns);
		for (int dir = 0; dir < 2; dir++)
			inspect_rest(w, f, dir);
	}
	release_flow(w, f);
}

int
worker_finish(struct worker *w)
{
	flow_end_all(w->flows);
	context_flush(w->context, w->now_ns, true);
	return report_flush(w->report);
}

int
worker_flush(struct worker *w)
{
	return report_flush(w->report);
}

struct engine *
worker_swap(struct worker *w, struct engine *engine)
{
	const struct ruleset *rules = engine_rules(engine);
	struct engine        *before = w->detect.engine;

	w->detect.engine = engine;
	w->app.frames = ruleset_wants_frames(rules);
	if (w->app.files && file_worker_want(w->app.files, ruleset_file_wants(rules)) < 0)
		log_warn("rules ask for the kind of files, and libmagic has no database", NULL);
	return before;
}

void
worker_totals(const struct worker *w, struct totals *out)
{
	*out = (struct totals){
		.worker = w->counters,
		.flow = *flow_counters(w->flows),
		.defrag = *defrag_counters(w->defrag),
		.stream = w->stream.counters,
		.app = w->app.counters,
		.report = *report_counters(w->report),
		.memory = { .used = pool_used(w->pool), .budget = pool_budget(w->pool),
			.refused = pool_refused_total(w->pool) },
	};
}
