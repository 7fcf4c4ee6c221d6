/* SPDX-License-Identifier: Apache-2.0 */
/* rules/addrset.h - the addresses that a rule header names: lists, ranges, negation, variables.
 *
 * Compiled to sorted ranges. Made while loading, read-only after.
 */
#ifndef RULES_ADDRSET_H
#define RULES_ADDRSET_H

#include "lib/addr.h"
#include "rules/lex.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct vars;

struct range4 {
	uint32_t low, high; /* host order, both inside */
};

struct range6 {
	uint64_t low[2], high[2]; /* host order, most significant first */
};

struct addrset {
	bool                 any;
	uint32_t             n4, n6;
	const struct range4 *v4; /* sorted, apart */
	const struct range6 *v6;
};

/* "any", "10.0.0.0/8", "1.2.3.4-1.2.3.9", "[a,!b,$C]", "!$HOME_NET". Memory of `keep`. 0, -ENOMEM, or -EINVAL
 * with *why (static text); an empty set is an error. */
int addrset_parse(struct addrset *out, struct arena *keep, const struct vars *vars, struct lex_word text,
		const char **why);

bool addrset_has(const struct addrset *s, const struct addr *a);

#endif
