/* SPDX-License-Identifier: Apache-2.0 */
/* rules/threshold.h - how often a rule may alert: threshold, detection_filter, suppress, rate_filter.
 *
 * What a rule or threshold.config says is a struct threshold, read-only after
 * loading. The counters lie in struct rule_memory, which workers share.
 */
#ifndef RULES_THRESHOLD_H
#define RULES_THRESHOLD_H

#include "rules/addrset.h"
#include "rules/memory.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

struct packet;
struct rule;

enum threshold_type {
	THRESHOLD_LIMIT,  /* the first `count` in `seconds` */
	THRESHOLD_EVERY,  /* each `count`-th in `seconds` */
	THRESHOLD_BOTH,   /* one in `seconds`, once `count` is reached */
	THRESHOLD_BACKOFF,/* the count-th, then each multiplier times as many */
	THRESHOLD_FILTER, /* detection_filter: all after `count` in `seconds` */
	THRESHOLD_RATE,   /* rate_filter: another action after `count` in `seconds` */
	THRESHOLD_SUPPRESS,
};

enum threshold_track { TRACK_SRC, TRACK_DST, TRACK_BOTH, TRACK_RULE, TRACK_FLOW, TRACK_EITHER };

struct threshold {
	const struct threshold *next;
	uint8_t                 type;  /* enum threshold_type */
	uint8_t                 track; /* enum threshold_track */
	uint8_t                 new_action; /* rate_filter: enum rule_action */
	uint32_t                count, seconds, multiplier, timeout;
	const struct addrset   *addresses; /* suppress: only these, NULL: all */
};

/* What a match came to. */
struct threshold_result {
	uint32_t held;   /* how many were held back since the last one that might alert */
	uint8_t  action; /* enum rule_action: the rule's own, or what rate_filter makes of it */
};

/* May this match of the rule alert? */
bool threshold_passes(struct rule_memory *memory, const struct rule *r, const struct packet *p,
		const struct flow_facts *flow, uint64_t now_ns, struct threshold_result *out);

#endif
