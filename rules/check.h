/* SPDX-License-Identifier: Apache-2.0 */
/* rules/check.h - the compiled form of what a rule asks: a row of checks.
 *
 * A check is a function and its argument, side by side in memory, so that one
 * rule's checks of one buffer are read front to back. The functions live with
 * their keywords in rules/kw/. Compiled checks are read-only and shared by all
 * workers; struct match belongs to one worker and one candidate rule.
 */
#ifndef RULES_CHECK_H
#define RULES_CHECK_H

#include "rules/packet.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct match;
struct rule;
struct rule_memory;
struct regex_scratch;

enum verdict {
	CHECK_NO,   /* does not hold */
	CHECK_YES,  /* holds: go on with the next check */
	CHECK_DONE, /* holds, and so do all the following (it ran them itself, to try again on failure) */
	CHECK_NEVER,/* does not hold and no other way to match the checks before will help */
};

struct check;
typedef enum verdict check_fn(struct match *m, const struct check *c);

enum check_flag {
	CHECK_RETRIES = 1,       /* can match in several places: content, pcre */
	CHECK_NEXT_RELATIVE = 2, /* a later check of this row starts from where this one ends */
	CHECK_RELATIVE = 4,      /* starts from where an earlier one ended */
};

/* Rows end with fn == NULL. `arg` is the keyword's own struct, aligned to 8, and may have a tail. */
struct check {
	check_fn *fn;
	uint32_t  size; /* bytes to the next check, a multiple of 8 */
	uint16_t  flags;
	uint16_t  spare;
	_Alignas(8) uint8_t arg[];
};

static inline const struct check *
check_next(const struct check *c)
{
	return (const struct check *)(const void *)((const uint8_t *)c + c->size);
}

#define CHECK_VARS_MAX 32      /* byte_extract and byte_math variables of a rule */
#define CHECK_DECODE_MAX 65536 /* bytes that base64_decode leaves at most */
#define CHECK_STEPS_MAX 3000 /* tries of one rule on one buffer: Suricata's inspection-recursion-limit */

/* What a check may look at. Every field is set but those said to be NULL. */
struct match {
	const struct packet *packet;
	struct flow_facts   *flow; /* NULL: none */
	struct tx           *tx;   /* NULL: the rule is not looking at a transaction */
	struct pool         *pool;
	struct rule_memory  *memory;
	const struct rule   *rule;
	struct engine       *engine; /* scratch of the worker */
	struct regex_scratch *regex; /* the same for PCRE2 */
	uint64_t             now_ns;
	uint8_t              dir;
	bool                 on_stream; /* the view is reassembled bytes */
	unsigned             index;     /* of the buffer, when it may occur several times */

	/* the buffer of this row of checks; empty for rows that have none */
	struct view view;
	bool        present; /* the buffer exists, though it may be empty */
	uint32_t    cursor;  /* offset in view.data behind the last match; where relative checks begin */
	uint32_t    steps;   /* tries so far */

	uint64_t var[CHECK_VARS_MAX];

	/* base64_decode's result in the worker's scratch, what base64_data then shows */
	struct bytes decoded;
	uint8_t     *decode_to; /* CHECK_DECODE_MAX bytes of the worker's */
};

/* A byte variable as a place: signed, and far from where sums of places would overflow. */
static inline int64_t
match_place(const struct match *m, unsigned var)
{
	const int64_t far = INT64_C(1) << 40;
	int64_t       v = (int64_t)m->var[var];

	return v > far ? far : v < -far ? -far : v;
}

/* Do all checks from `c` on hold? CHECK_YES, CHECK_NO or CHECK_NEVER. Starts at m->cursor; for the checks
 * that can match in several places and try the rest of the row on each. */
enum verdict check_rest(struct match *m, const struct check *c);

/* Do all checks of a row hold? Starts anew: cursor and steps are set to zero. */
bool check_run(struct match *m, const struct check *c);

#endif
