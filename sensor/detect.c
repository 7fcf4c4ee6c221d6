/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/detect.h"

#include <errno.h>

#include "sensor/applayer.h"
#include "sensor/report.h"

int
detect_init(struct detect *d, const struct ruleset *rules, struct rule_memory *memory,
		struct report *report, struct pool *pool)
{
	*d = (struct detect){ .memory = memory, .report = report, .pool = pool };
	return rules ? detect_set_rules(d, rules) : 0;
}

void
detect_release(struct detect *d)
{
	engine_free(d->engine);
	d->engine = NULL;
}

int
detect_set_rules(struct detect *d, const struct ruleset *rules)
{
	struct engine *engine = engine_new(rules, d->memory);

	if (!engine)
		return -ENOMEM;
	engine_free(d->engine);
	d->engine = engine;
	return 0;
}

void
detect_packet(struct detect *d, const struct packet *p, struct flow *f,
		const struct stream_window *window, uint64_t now_ns)
{
	struct inspect      in = { .packet = p, .flow = f ? &f->facts : NULL, .stream = *window,
			     .pool = d->pool, .now_ns = now_ns };
	const struct alert *alerts;
	unsigned            n;

	if (!d->engine) {
		if (f)
			applayer_ignore(f, p->dir);
		return;
	}
	n = engine_inspect(d->engine, &in, &alerts);
	for (unsigned i = 0; i < n; i++)
		report_alert(d->report, p, f, &alerts[i]);
}

void
detect_tx_release(struct detect *d, struct tx *tx)
{
	if (d->engine)
		engine_tx_release(d->engine, d->pool, tx);
}

void
detect_flow_release(struct detect *d, struct flow *f)
{
	if (d->engine)
		engine_flow_release(d->engine, d->pool, &f->facts);
}
