/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/stream.h - TCP: from packets to bytes in order for parsers and matcher.
 *
 * Joins the connection's state (tcp), its bytes (reassembly) and its protocol
 * (applayer). Bytes go on when their receiver has acknowledged them, or at once
 * in inline mode; each byte goes to the parser once and to the matcher once, with
 * some bytes before it to reach back to. One worker.
 */
#ifndef SENSOR_STREAM_H
#define SENSOR_STREAM_H

#include "rules/engine.h"
#include "rules/packet.h"
#include "sensor/applayer.h"
#include "sensor/flow.h"
#include "sensor/overlap.h"
#include "sensor/tcp.h"

#include <stdbool.h>
#include <stdint.h>

struct stream_settings {
	struct tcp_settings tcp;
	enum overlap        policy;
	uint64_t            depth; /* bytes of a direction that are followed, 0: all */
	uint32_t            chunk[2]; /* bytes that wait before the matcher looks */
	bool                check_checksum; /* a wrong one keeps the packet out */
	bool                urgent_inline;  /* urgent bytes are part of the stream */
};

struct stream_counters {
	uint64_t sessions, no_memory, midstream, bad_checksum, refused;
	uint64_t segments, overlaps, overlaps_different, gaps, gap_bytes, full, depth_reached;
};

struct stream {
	struct stream_settings  settings;
	struct pool            *pool;
	struct applayer_worker *app;
	struct stream_counters  counters;
};

extern const struct stream_settings stream_defaults;

/* Take a TCP packet of flow `f`. Sets stream events and p->in_stream; may turn the flow round. */
void stream_packet(struct stream *s, struct flow *f, struct packet *p);

/* Does the packet open a new connection where `f` was an old one? */
bool stream_is_reuse(const struct flow *f, const struct packet *p);

/* What the matcher should look at with a packet of direction `dir`; empty when it is not time yet. */
struct stream_window stream_window(struct stream *s, struct flow *f, int dir);
/* It looked at `w`. */
void stream_inspected(struct stream *s, struct flow *f, int dir, const struct stream_window *w);

/* After applayer_switch(): offer what waited. */
void stream_resume(struct stream *s, struct flow *f, uint64_t now_ns);

/* Nothing more will come: hand on what is left, acknowledged or not, and tell the parser. */
void stream_finish(struct stream *s, struct flow *f, uint64_t now_ns);

/* Are there bytes of this direction that the matcher has not seen? */
bool stream_has_unseen(const struct flow *f, int dir);

void stream_release(struct stream *s, struct flow *f);

#endif
