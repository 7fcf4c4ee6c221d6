/* SPDX-License-Identifier: Apache-2.0 */
/* rules/portset.h - the ports that a rule header names: lists, ranges, negation, variables.
 *
 * Compiled to sorted ranges. Made while loading, read-only after.
 */
#ifndef RULES_PORTSET_H
#define RULES_PORTSET_H

#include "rules/lex.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct vars;

struct port_range {
	uint16_t low, high; /* both inside */
};

struct portset {
	uint32_t                 n;
	uint32_t                 n_ports; /* how many it holds; 65536: any */
	const struct port_range *ranges;  /* sorted, apart */
};

/* "any", "80", "1024:", "[80,!81,$C]", "!$HTTP_PORTS". As addrset_parse(). */
int portset_parse(struct portset *out, struct arena *keep, const struct vars *vars, struct lex_word text,
		const char **why);

static inline bool
portset_has(const struct portset *s, uint16_t port)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (port >= s->ranges[i].low && port <= s->ranges[i].high)
			return true;
	return false;
}

#endif
