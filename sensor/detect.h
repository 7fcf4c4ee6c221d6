/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/detect.h - asks the rules about a packet and hands the alerts on. One worker. */
#ifndef SENSOR_DETECT_H
#define SENSOR_DETECT_H

#include "rules/engine.h"
#include "sensor/flow.h"

struct report;
struct ruleset;

struct detect {
	struct engine      *engine; /* NULL: no rules */
	struct rule_memory *memory; /* borrowed */
	struct report      *report; /* borrowed */
	struct pool        *pool;   /* borrowed */
};

/* 0 or -ENOMEM. All borrowed. */
int  detect_init(struct detect *d, const struct ruleset *rules, struct rule_memory *memory,
		 struct report *report, struct pool *pool);
void detect_release(struct detect *d);

/* Go on with other rules. On failure the old ones stay. 0 or -ENOMEM. */
int detect_set_rules(struct detect *d, const struct ruleset *rules);

void detect_packet(struct detect *d, const struct packet *p, struct flow *f,
		const struct stream_window *window, uint64_t now_ns);

/* What the engine keeps with them goes. */
void detect_tx_release(struct detect *d, struct tx *tx);
void detect_flow_release(struct detect *d, struct flow *f);

#endif
