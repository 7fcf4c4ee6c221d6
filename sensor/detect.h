/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/detect.h - asks the rules about a packet and hands the alerts on. One worker. */
#ifndef SENSOR_DETECT_H
#define SENSOR_DETECT_H

#include "rules/engine.h"
#include "sensor/flow.h"

struct report;

struct detect {
	struct engine *engine; /* owned; NULL: no rules */
	struct report *report; /* borrowed */
	struct pool   *pool;   /* borrowed */
};

void detect_release(struct detect *d);

void detect_packet(struct detect *d, const struct packet *p, struct flow *f,
		const struct stream_window *window, uint64_t now_ns);

/* What the engine keeps with them goes. */
void detect_tx_release(struct detect *d, struct tx *tx);
void detect_flow_release(struct detect *d, struct flow *f);

#endif
