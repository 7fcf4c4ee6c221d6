/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/totals.h - all counters of a worker at one moment, and their sum over workers.
 *
 * Plain values: what a worker hands out, others may keep.
 */
#ifndef SENSOR_TOTALS_H
#define SENSOR_TOTALS_H

#include "sensor/applayer.h"
#include "sensor/defrag.h"
#include "sensor/flow.h"
#include "sensor/report.h"
#include "sensor/stream.h"

#include <stdint.h>

struct worker_counters {
	uint64_t packets, bytes; /* frames as captured */
	uint64_t inner_packets;  /* found in tunnels or put together */
	uint64_t invalid;        /* frames that could not be decoded */
	uint64_t last_packet_ns; /* the latest time that any carried */
};

struct memory_counters {
	uint64_t used, budget, refused;
};

struct totals {
	struct worker_counters   worker;
	struct flow_counters     flow;
	struct defrag_counters   defrag;
	struct stream_counters   stream;
	struct applayer_counters app;
	struct report_counters   report;
	struct memory_counters   memory;
};

/* Sums; of times the latest. */
void totals_add(struct totals *sum, const struct totals *t);

#endif
