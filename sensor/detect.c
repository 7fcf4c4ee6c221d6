/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/detect.h"

#include "sensor/applayer.h"
#include "sensor/report.h"

void
detect_release(struct detect *d)
{
	engine_free(d->engine);
	d->engine = NULL;
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
	if (f && n)
		f->alerted = true;
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
