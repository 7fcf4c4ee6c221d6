/* SPDX-License-Identifier: Apache-2.0 */
/* absent: the sticky buffer before it is not there; with or_else also when the checks after it hold. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <string.h>

static int
setup(struct build *b, const struct option *o)
{
	if (o->len && strcmp(o->value, "or_else") != 0)
		return build_error(b, "or_else or nothing, not %s", o->value);
	return build_absent(b, o->len > 0);
}

const struct keyword kw_absent = {
	.name = "absent",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_OPTIONAL,
	.setup = setup,
	.help = "absent[:or_else] - the sticky buffer is not there",
};
