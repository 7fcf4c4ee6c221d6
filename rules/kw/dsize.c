/* SPDX-License-Identifier: Apache-2.0 */
/* dsize: length of the packet's payload. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct condition *want = (const void *)c->arg;

	if (m->packet->pseudo)
		return CHECK_NO;
	return condition_holds(want, m->packet->payload.left) ? CHECK_YES : CHECK_NO;
}

/* The sizes that can do, told to the engine so that it need not look at other packets. */
static void
note_quick(struct rule_quick *q, const struct condition *want)
{
	switch (want->op) {
	case NUMBER_EQ:
		q->size_low = q->size_high = (uint16_t)want->low;
		break;
	case NUMBER_LT:
	case NUMBER_LE:
		q->size_high = (uint16_t)want->low;
		break;
	case NUMBER_GT:
	case NUMBER_GE:
		q->size_low = (uint16_t)want->low;
		break;
	case NUMBER_IN:
		q->size_low = (uint16_t)want->low;
		q->size_high = (uint16_t)want->high;
		break;
	default:
		break;
	}
}

static int
setup(struct build *b, const struct option *o)
{
	struct condition *want = build_packet(b, match, sizeof(*want));

	if (!want)
		return -ENOMEM;
	if (condition_parse(want, o->value, UINT16_MAX) < 0)
		return build_error(b, "not a size or range of sizes: %s", o->value);
	note_quick(&build_rule(b)->quick, want);
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
