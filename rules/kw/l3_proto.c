/* SPDX-License-Identifier: Apache-2.0 */
/* l3_proto: only IPv4, or only IPv6. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/program.h"

#include <string.h>

static const struct {
	const char *name;
	uint8_t     versions; /* as in struct rule */
} rows[] = { { "ipv4", 1 }, { "ip4", 1 }, { "ipv6", 2 }, { "ip6", 2 } };

static int
setup(struct build *b, const struct option *o)
{
	struct rule *r = build_rule(b);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcasecmp(o->value, rows[i].name) != 0)
			continue;
		r->ip_versions &= rows[i].versions;
		return r->ip_versions ? 0 : build_error(b, "not the IP version of this rule");
	}
	return build_error(b, "ipv4 or ipv6, not %s", o->value);
}

const struct keyword kw_l3_proto = {
	.name = "l3_proto",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_HEADER,
	.setup = setup,
	.help = "l3_proto:ipv4|ipv6 - version of IP",
};
