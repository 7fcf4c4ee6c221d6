/* SPDX-License-Identifier: Apache-2.0 */
/* rules/content.h - a literal with its place: what content and its modifiers compile to.
 *
 * Made by rules/kw/content*.c, read-only after loading. Any thread.
 */
#ifndef RULES_CONTENT_H
#define RULES_CONTENT_H

#include "rules/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum content_flag {
	CONTENT_NOCASE = 1,
	CONTENT_NEGATED = 2,
	CONTENT_DEPTH = 4,
	CONTENT_OFFSET = 8,
	CONTENT_DISTANCE = 16,
	CONTENT_WITHIN = 32,
	CONTENT_STARTS = 64,
	CONTENT_ENDS = 128,
	CONTENT_FAST = 256,      /* fast_pattern was said */
	CONTENT_FAST_ONLY = 512,
	CONTENT_FAST_CHOP = 1024,
	CONTENT_DEPTH_VAR = 2048, /* the number is that of a byte variable */
	CONTENT_OFFSET_VAR = 4096,
	CONTENT_DISTANCE_VAR = 8192,
	CONTENT_WITHIN_VAR = 16384,
	CONTENT_REPLACE = 32768,
	CONTENT_RAWBYTES = 65536,
};

struct content {
	uint32_t flags; /* enum content_flag */
	int32_t  depth, offset, distance, within;
	uint16_t len;
	uint16_t chop_at, chop_len;
	uint8_t  pattern[]; /* in lower case when NOCASE */
};

check_fn content_match;

/* Offset of the first occurrence in `hay` at or after `from` that ends at `to` or before; -1: none. */
long content_find(const struct content *c, const uint8_t *hay, size_t from, size_t to);

#endif
