/* SPDX-License-Identifier: Apache-2.0 */
/* config: a match turns off the events of a transaction or of a flow (not alerts). */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"

#include <errno.h>

static enum verdict
act_tx(struct match *m, const struct check *c)
{
	(void)c;
	if (m->tx)
		m->tx->logged = true; /* as if it had been told already */
	return CHECK_YES;
}

static enum verdict
act_flow(struct match *m, const struct check *c)
{
	(void)c;
	if (m->flow)
		m->flow->no_log = true;
	return CHECK_YES;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, what, type, scope, kind, extent;

	if (!lex_piece(&list, &what) || !lex_piece(&list, &type) || !lex_piece(&list, &scope) || list.at ||
			!lex_argument(type, "type", &kind) || !lex_argument(scope, "scope", &extent))
		return build_error(b, "wants logging disable, type tx|flow, scope tx|flow");
	if (!lex_argument(what, "logging", &what) || !lex_is(what, "disable"))
		return build_error(b, "only logging can be disabled here");
	if (lex_is(kind, "tx") && lex_is(extent, "tx"))
		return build_post(b, act_tx, 0) ? 0 : -ENOMEM;
	if (lex_is(kind, "flow") && lex_is(extent, "flow"))
		return build_post(b, act_flow, 0) ? 0 : -ENOMEM;
	return build_error(b, "type and scope are both tx, or both flow");
}

const struct keyword kw_config = {
	.name = "config",
	.kind = KEYWORD_POST,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "config:logging disable,type tx|flow,scope tx|flow - no events but alerts of it",
};
