/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/overlap.h - whose bytes count where two fragments or segments overlap.
 *
 * Hosts differ, and who knows how the target decides can hide from a sensor that
 * decides otherwise. Constant data, any thread.
 */
#ifndef SENSOR_OVERLAP_H
#define SENSOR_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>

enum overlap {
	OVERLAP_BSD,       /* the one that starts first; the earlier arrival when both start together */
	OVERLAP_BSD_RIGHT, /* fragments of some printers: the later one unless it starts first */
	OVERLAP_LINUX,
	OVERLAP_OLD_LINUX,
	OVERLAP_WINDOWS,
	OVERLAP_SOLARIS,
	OVERLAP_FIRST,
	OVERLAP_LAST,
};

/* Does new [start, end) replace what old [old_start, old_end) has in common with it? */
bool overlap_new_wins(enum overlap policy, uint64_t start, uint64_t end, uint64_t old_start,
		uint64_t old_end);

/* By name as in Suricata's host-os-policy; false when there is none of it. */
bool overlap_by_name(enum overlap *out, const char *name);

#endif
