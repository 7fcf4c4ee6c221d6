/* SPDX-License-Identifier: Apache-2.0 */
/* collector/ranges.h - a set of numbers kept as merged ranges.
 *
 * What the ledger knows of one sensor's epoch: which sequence numbers are here.
 * A healthy sensor is one range, however many events it sent. Not thread-safe.
 */
#ifndef COLLECTOR_RANGES_H
#define COLLECTOR_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t first, last; /* both belong to it */
};

/* Start from {0}; ranges_release() when done. `at` is sorted, with a hole after each. */
struct ranges {
	struct range *at;
	size_t        n, cap;
};

void ranges_release(struct ranges *r);

/* Add first..last. 0, -EINVAL when first > last, -ENOMEM (nothing changed). */
int ranges_add(struct ranges *r, uint64_t first, uint64_t last);

bool ranges_has(const struct ranges *r, uint64_t v);

/* Index of the first range that ends at `v` or later; `n` when there is none. */
size_t ranges_from(const struct ranges *r, uint64_t v);

/* The last number of the run that begins at 1; 0 when 1 is missing. */
uint64_t ranges_run(const struct ranges *r);

/* The first hole at or above `from` and at or below `upto`: false when there is none. */
bool ranges_hole(const struct ranges *r, uint64_t from, uint64_t upto, struct range *out);

/* How many numbers. */
uint64_t ranges_count(const struct ranges *r);

#endif
