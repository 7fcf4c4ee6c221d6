/* SPDX-License-Identifier: Apache-2.0 */
/* rules/parse.h - one rule's text to a compiled rule. While loading, one thread. */
#ifndef RULES_PARSE_H
#define RULES_PARSE_H

#include "rules/lex.h"

#include <stdint.h>

struct arena;
struct rule;
struct ruleset;

struct parse_error {
	uint32_t    line, column;
	uint32_t    sid;     /* 0: not known */
	const char *keyword; /* "" for the header; of the scratch */
	const char *reason;
	const char *warning; /* the rule is good, but …; NULL: nothing */
};

/* *out is a rule in memory of the set, with its rule_info but for file, line and text. `scratch` is the
 * caller's and may be reset after the error was copied. 0, -EINVAL with the error, -ECANCELED
 * when it is for other engines (the error says why), -ENOMEM. */
int parse_rule(struct rule **out, struct ruleset *rs, struct arena *scratch, const struct lex_rule *text,
		struct parse_error *error);

#endif
