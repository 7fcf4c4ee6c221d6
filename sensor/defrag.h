/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/defrag.h - puts IPv4 and IPv6 datagrams together from their fragments.
 *
 * Bounded: so many datagrams at a time, so many fragments each, memory from the
 * worker's pool; what is given up is counted by cause. Where fragments overlap,
 * the policy says whose bytes count, since hosts differ in that. Packet time
 * alone decides about timeouts. One worker.
 */
#ifndef SENSOR_DEFRAG_H
#define SENSOR_DEFRAG_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/packet.h"
#include "sensor/overlap.h"

#include <stdbool.h>
#include <stdint.h>

struct defrag_settings {
	enum overlap policy;
	uint32_t     timeout_s; /* since the first fragment */
	uint32_t     max_datagrams;
};

struct defrag_counters {
	uint64_t fragments, rebuilt, timeouts, overlaps;
	uint64_t no_tracker, no_memory, too_many, too_large;
};

struct defrag;

extern const struct defrag_settings defrag_defaults;

/* NULL: no memory. `pool` is borrowed. */
struct defrag *defrag_new(const struct defrag_settings *settings, struct pool *pool);
void           defrag_free(struct defrag *df);

/* Take the fragment `data` of the IPv4 packet `p`. True: the datagram is whole, *out is it with a
 * header of its own; borrowed until defrag_release(). Events are set on `p`. */
bool defrag_add(struct defrag *df, struct packet *p, struct bytes data, struct bytes *out);
/* The same for IPv6: `id` and `next` are those of the fragment header. */
bool defrag_add6(struct defrag *df, struct packet *p, uint32_t id, uint8_t next, struct bytes data,
		struct bytes *out);

/* The datagrams that were handed out are read no more. */
void defrag_release(struct defrag *df);

const struct defrag_counters *defrag_counters(const struct defrag *df);

#endif
