/* SPDX-License-Identifier: Apache-2.0 */
/* bsize: length of the buffer. Of one that still grows only the final length counts, unless it is
 * already too long or long enough to decide. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>

struct bsize {
	struct condition want;
	int16_t          var; /* compare with this byte variable instead of want.low; -1: none */
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct bsize *b = (const void *)c->arg;
	struct condition    want = b->want;
	uint64_t            size = m->view.start + m->view.data.left;

	if (b->var >= 0)
		want.low = m->var[b->var];
	if (!m->view.ended) {
		/* The size can only grow: ">" may hold already, "<" may be lost already. */
		bool over = want.op == NUMBER_GT || want.op == NUMBER_GE;

		return over && condition_holds(&want, size) ? CHECK_YES : CHECK_NO;
	}
	return condition_holds(&want, size) ? CHECK_YES : CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	struct bsize *s;

	if (build_current(b) == BUF_NONE)
		return build_error(b, "needs a sticky buffer before it");
	s = build_buffer(b, match, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->var = -1;
	if (condition_parse(&s->want, o->value, UINT64_MAX - 1) == 0)
		return 0;
	s->want.op = NUMBER_EQ;
	s->var = (int16_t)build_var(b, o->value);
	return s->var < 0 ? -EINVAL : 0;
}

const struct keyword kw_bsize = {
	.name = "bsize",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "bsize:[<|>|!|<=|>=]N, N<>M or a byte variable - length of the sticky buffer",
};
