/* SPDX-License-Identifier: Apache-2.0 */
/* pkt_data: back from a sticky buffer to the payload. */
#include "rules/build.h"
#include "rules/keyword.h"

static int
setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_sticky(b, BUF_NONE);
}

const struct keyword kw_pkt_data = {
	.name = "pkt_data",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NONE,
	.setup = setup,
	.help = "pkt_data - what follows asks the payload again",
};
