/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/totals.h"

#include <stddef.h>

/* One number after the other, whatever their names are. */
#define N_COUNTERS (sizeof(struct totals) / sizeof(uint64_t))
_Static_assert(sizeof(struct totals) % sizeof(uint64_t) == 0, "counters are uint64_t");
_Static_assert(_Alignof(struct totals) == _Alignof(uint64_t), "counters are uint64_t");

void
totals_add(struct totals *sum, const struct totals *t)
{
	uint64_t        latest = sum->worker.last_packet_ns;
	uint64_t       *to = (uint64_t *)(void *)sum;
	const uint64_t *from = (const uint64_t *)(const void *)t;

	for (size_t i = 0; i < N_COUNTERS; i++)
		to[i] += from[i];
	if (t->worker.last_packet_ns > latest)
		latest = t->worker.last_packet_ns;
	sum->worker.last_packet_ns = latest;
}
