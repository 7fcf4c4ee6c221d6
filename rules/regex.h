/* SPDX-License-Identifier: Apache-2.0 */
/* rules/regex.h - regular expressions with limits. PCRE2's only user.
 *
 * Expressions are read-only after loading; a scratch belongs to one worker.
 */
#ifndef RULES_REGEX_H
#define RULES_REGEX_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct regex;
struct regex_set;
struct regex_scratch;

enum regex_flag {
	REGEX_NOCASE = 1,
	REGEX_DOTALL = 2,
	REGEX_MULTILINE = 4,
	REGEX_EXTENDED = 8,
	REGEX_ANCHORED = 16,
	REGEX_DOLLAR_END = 32,
	REGEX_UNGREEDY = 64,
};

/* All expressions of one rule set; frees them. NULL: no memory. */
struct regex_set *regex_set_new(void);
void              regex_set_free(struct regex_set *s);

/* Check the expression now; it is made ready to run when it is first asked. Equal ones are shared.
 * 0, -ENOMEM, -EINVAL with *why (a text in `why_buf`). */
int regex_add(struct regex_set *s, const struct regex **out, const char *text, size_t len, unsigned flags,
		char *why, size_t why_len);
/* Make all of them ready now, so that no packet waits for it. */
void     regex_set_ready(struct regex_set *s);
unsigned regex_captures(const struct regex *re);

struct regex_scratch *regex_scratch_new(void);
void                  regex_scratch_free(struct regex_scratch *s);

#define REGEX_SPANS 16
struct regex_span {
	size_t from, to; /* from > to: not captured */
};

/* `s` NULL: with the set's own scratch, under a lock; for callers that are rare and have no worker.
 * First match at or after `start`. Number of spans in `out` (whole match first), 0: none, -EOVERFLOW: a limit
 * ended the search, so nobody knows. */
int regex_match(const struct regex *re, struct regex_scratch *s, struct bytes in, size_t start,
		struct regex_span out[static REGEX_SPANS]);

#endif
