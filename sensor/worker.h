/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/worker.h - one thread's pipeline: a frame in, alerts out.
 *
 * decode → defrag → flow → stream → applayer → detect → report, run to
 * completion for each frame. A worker owns all its tables and its memory, and
 * shares nothing but the read-only rules and what rules remember.
 */
#ifndef SENSOR_WORKER_H
#define SENSOR_WORKER_H

#include "sensor/context.h"
#include "sensor/decode.h"
#include "sensor/defrag.h"
#include "sensor/flow.h"
#include "sensor/report.h"
#include "sensor/stream.h"
#include "sensor/totals.h"

#include <stddef.h>
#include <stdint.h>

struct worker;
struct engine;

struct worker_settings {
	struct decode_settings       decode;
	struct defrag_settings       defrag;
	struct flow_settings         flow;
	struct stream_settings       stream;
	struct report_settings       report;
	struct context_settings      context;
	const struct proto_settings *proto; /* borrowed */
	size_t                       memory; /* bytes of the worker's pool */
	unsigned                     files;  /* bits of enum file_want */
};

/* Borrows what the settings point at; no rules yet. NULL: no memory. */
struct worker *worker_new(const struct worker_settings *settings);
/* Without another look at what is open; see worker_finish(). */
void worker_free(struct worker *w);

void worker_frame(struct worker *w, const struct wire_frame *f);

/* No frame came, but time goes on (live captures). */
void worker_tick(struct worker *w, uint64_t now_ns);

/* End all flows, inspecting what they still hold, and write out everything. 0 or -errno of the writing. */
int worker_finish(struct worker *w);
/* Write out what is reported so far. */
int worker_flush(struct worker *w);

/* Go on with another engine from the next packet on; taken. Returns the one before, which the caller
 * frees. */
struct engine *worker_swap(struct worker *w, struct engine *engine);

/* What it counted so far. Its own thread. */
void worker_totals(const struct worker *w, struct totals *out);

#endif
