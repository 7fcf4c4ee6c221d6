/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/worker.h - one thread's pipeline: a frame in, alerts out.
 *
 * decode → defrag → flow → stream → applayer → detect → report, run to
 * completion for each frame. A worker owns all its tables and its memory, and
 * shares nothing but the read-only rules and what rules remember.
 */
#ifndef SENSOR_WORKER_H
#define SENSOR_WORKER_H

#include "sensor/applayer.h"
#include "sensor/decode.h"
#include "sensor/defrag.h"
#include "sensor/flow.h"
#include "sensor/report.h"
#include "sensor/stream.h"

#include <stddef.h>
#include <stdint.h>

struct worker;
struct ruleset;
struct rule_memory;

struct worker_settings {
	struct decode_settings       decode;
	struct defrag_settings       defrag;
	struct flow_settings         flow;
	struct stream_settings       stream;
	struct report_settings       report;
	const struct proto_settings *proto; /* borrowed */
	size_t                       memory; /* bytes of the worker's pool */
	unsigned                     files;  /* bits of enum file_want */
};

struct worker_counters {
	uint64_t packets, bytes; /* frames as captured */
	uint64_t inner_packets;  /* found in tunnels or put together */
	uint64_t invalid;        /* frames that could not be decoded */
	uint64_t last_packet_ns; /* the latest time that any carried */
};

/* Borrows what the settings point at, the rules (NULL: none) and the memory. NULL: no memory. */
struct worker *worker_new(const struct worker_settings *settings, const struct ruleset *rules,
		struct rule_memory *memory);
/* Without another look at what is open; see worker_finish(). */
void worker_free(struct worker *w);

void worker_frame(struct worker *w, const struct wire_frame *f);

/* No frame came, but time goes on (live captures). */
void worker_tick(struct worker *w, uint64_t now_ns);

/* End all flows, inspecting what they still hold, and write out everything. 0 or -errno of the writing. */
int worker_finish(struct worker *w);
/* Write out what is reported so far. */
int worker_flush(struct worker *w);

/* Other rules from the next packet on. On failure (-ENOMEM) the old ones stay. */
int worker_set_rules(struct worker *w, const struct ruleset *rules);

const struct worker_counters   *worker_counters(const struct worker *w);
const struct flow_counters     *worker_flow_counters(const struct worker *w);
const struct defrag_counters   *worker_defrag_counters(const struct worker *w);
const struct stream_counters   *worker_stream_counters(const struct worker *w);
const struct applayer_counters *worker_app_counters(const struct worker *w);
const struct report_counters   *worker_report_counters(const struct worker *w);
const struct pool              *worker_pool(const struct worker *w);

#endif
