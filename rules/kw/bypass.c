/* SPDX-License-Identifier: Apache-2.0 */
/* bypass: after a match the rest of the flow is let through without a look. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <errno.h>

static enum verdict
act(struct match *m, const struct check *c)
{
	(void)c;
	if (m->flow)
		m->flow->no_alert = true;
	return CHECK_YES;
}

static int
setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_post(b, act, 0) ? 0 : -ENOMEM;
}

const struct keyword kw_bypass = {
	.name = "bypass",
	.kind = KEYWORD_POST,
	.arg = KEYWORD_ARG_NONE,
	.setup = setup,
	.help = "bypass - do not look at the flow any more",
};
