/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/context.h - what goes on besides alerts: flows, transactions, files, oddities.
 *
 * Written as EVE lines of those types that the user asked for (--eve-types), and
 * sent to the collector only where that was asked for too (--send-types). With
 * --observe, names and fingerprints are handed to the look-back feed
 * (sensor/observe.h). One worker.
 */
#ifndef SENSOR_CONTEXT_H
#define SENSOR_CONTEXT_H

#include "sensor/flow.h"
#include "sensor/observe.h"

#include <stdbool.h>
#include <stdint.h>

struct context;
struct report;

enum context_kind { CONTEXT_FLOW = 1, CONTEXT_FILEINFO = 2, CONTEXT_ANOMALY = 4, CONTEXT_STATS = 8 };

struct context_types {
	uint64_t apps;  /* bit per enum appproto: its transactions */
	unsigned kinds; /* bits of enum context_kind */
};

struct context_settings {
	struct context_types eve, send;
	struct observe_settings observe;
};

/* "flow,dns,http,…", "all"; Suricata's event types. NULL: none. False: `word` is a type that is none of
 * ours. */
bool context_types_parse(struct context_types *out, const char *list, char word[static 32]);

/* NULL: no memory. `report` is borrowed. */
struct context *context_new(const struct context_settings *settings, struct report *report);
void            context_free(struct context *c);

/* `p` is the packet in hand, NULL: the flow ends by itself. */
/* A transaction goes. */
void context_tx(struct context *c, const struct packet *p, uint64_t now_ns, struct flow *f, struct tx *tx);
/* A flow goes. */
void context_flow(struct context *c, const struct packet *p, uint64_t now_ns, struct flow *f);
/* A packet was looked at; `f` NULL: it has no flow. */
void context_packet(struct context *c, const struct packet *p, struct flow *f);

/* Hand on what the look-back feed has gathered, when it is time or with `all`. */
void context_flush(struct context *c, uint64_t now_ns, bool all);

#endif
