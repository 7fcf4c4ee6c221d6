/* SPDX-License-Identifier: Apache-2.0 */
/* nfs_procedure, nfs.version: numbers whose ranges include both ends, unlike all others'. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

struct wanted {
	uint32_t         number; /* enum number */
	struct condition value;
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct wanted  *w = (const void *)c->arg;
	const struct app_ops *ops = m->flow->ops;
	uint64_t              v;

	if (!ops || !ops->number)
		return CHECK_NO;
	for (unsigned i = 0; ops->number(m->tx, w->number, m->dir, i, &v); i++)
		if (condition_holds(&w->value, v))
			return CHECK_YES;
	return CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	enum number    number = strstr(o->keyword->name, "version") ? NUM_NFS_VERSION : NUM_NFS_PROCEDURE;
	struct wanted *w = build_tx(b, (struct build_where){ .number = number }, match, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->number = number;
	if (condition_parse(&w->value, o->value, UINT32_MAX) < 0)
		return build_error(b, "not a number or range of numbers: %s", o->value);
	if (w->value.op == NUMBER_IN) {
		w->value.low -= w->value.low > 0;
		w->value.high++;
	}
	return build_apps(b, 1ULL << APPPROTO_NFS);
}

const struct keyword kw_nfs_procedure = {
	.name = "nfs_procedure",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "nfs_procedure:N|<N|>N|N-M|… - procedure of a call; ranges include both ends",
};

const struct keyword kw_nfs_version = {
	.name = "nfs.version",
	.alias = "nfs_version",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "nfs.version:N|<N|>N|N-M|… - version of NFS; ranges include both ends",
};
