/* SPDX-License-Identifier: Apache-2.0 */
/* dsize: length of the packet's payload. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct condition *want = (const void *)c->arg;

	if (m->packet->pseudo)
		return CHECK_NO;
	return condition_holds(want, m->packet->payload.left) ? CHECK_YES : CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	struct condition *want = build_packet(b, match, sizeof(*want));

	if (!want)
		return -ENOMEM;
	if (condition_parse(want, o->value, UINT16_MAX) < 0)
		return build_error(b, "not a size or range of sizes: %s", o->value);
	build_need_packet(b);
	return 0;
}

const struct keyword kw_dsize = {
	.name = "dsize",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_ONCE,
	.setup = setup,
	.help = "dsize:[<|>|!]N or N<>M - bytes of payload in the packet",
};
