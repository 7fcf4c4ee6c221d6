/* SPDX-License-Identifier: Apache-2.0 */
/* rules/build_impl.h - the inside of struct build, for rules/build.c, rules/parse.c and rules/finish.c.
 *
 * While loading, one thread.
 */
#ifndef RULES_BUILD_IMPL_H
#define RULES_BUILD_IMPL_H

#include "rules/program.h"

struct node {
	struct node *next;
	struct check check; /* must be last: its argument follows */
};

struct row {
	struct node  *first;
	struct node **end;
	size_t        bytes;
};

struct build_part {
	struct view_spec spec;
	struct row       row;
	uint16_t         flags; /* enum part_flag */
	int              after; /* PART_DECODED: the part whose base64_decode it shows */
};

struct build {
	struct ruleset   *rs;
	struct arena     *scratch;
	struct rule      *rule; /* of the arena that stays */
	struct row        packet, post;
	struct build_part parts[RULE_PARTS_MAX];
	unsigned          n_parts;
	struct view_spec  current; /* what buffer checks ask now */
	struct view_spec  hook;    /* the last one set */
	int               part;    /* that part, -1: not made yet */
	uint16_t          part_flags; /* for the part to be made */
	struct node      *last_content;
	struct build_part *last_content_part;
	struct node      *last;      /* last check of a buffer, and its part */
	struct build_part *last_part;
	struct node      *followed;  /* the check that build_relative() put behind the one before it */
	struct build_part *prior_part; /* of the check before the last */
	const char       *vars[CHECK_VARS_MAX];
	unsigned          n_vars;
	uint64_t          apps; /* 0: any */
	uint64_t          header_apps;
	uint8_t           dirs;
	bool              need_packet, need_stream;
	bool              tcp_pkt, tcp_stream; /* as the header says */
	bool              asks_protocol;
	bool              asks_more; /* than the header and what goes with it (KEYWORD_HEADER) */
	bool              failed;
	bool              skipped; /* failed because it is for another engine */
	char              why[256];
	char              warning[256];
};

void build_init(struct build *b, struct ruleset *rs, struct arena *scratch, struct rule *rule);

/* Validate the whole and move it to memory that stays. 0, -EINVAL after build_error(), -ENOMEM. */
int build_finish(struct build *b);

#endif
