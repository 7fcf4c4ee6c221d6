/* SPDX-License-Identifier: Apache-2.0 */
/* rules/addrindex.h - from an address to the rules that name it.
 *
 * For the long lists of bad addresses: hundreds of rules with dozens of
 * prefixes each, of which a packet meets none or one. IPv4 is cut into the
 * spans between all their ends; rules that name IPv6 addresses are listed.
 * Made while loading, read-only after.
 */
#ifndef RULES_ADDRINDEX_H
#define RULES_ADDRINDEX_H

#include "lib/addr.h"
#include "rules/addrset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct addrindex {
	uint32_t        n;      /* spans */
	const uint32_t *starts; /* first address of each; starts[0] is 0 */
	const uint32_t *first;  /* per span: where its rules begin in `rules`; one more at the end */
	const uint32_t *rules;
	const uint32_t *v6; /* rules that name IPv6 addresses */
	uint32_t        n_v6;
};

/* What a rule names. */
struct addrindex_item {
	uint32_t              rule;
	const struct addrset *set;
};

/* Is the set so small that looking it up pays? */
bool addrindex_fits(const struct addrset *set);

/* Rules come out in the order of `items`. 0 or -ENOMEM. */
int addrindex_init(struct addrindex *out, struct arena *keep, const struct addrindex_item *items, size_t n);

/* Rules that may name the address; *n gets their number. */
const uint32_t *addrindex_get(const struct addrindex *x, const struct addr *a, uint32_t *n);

#endif
