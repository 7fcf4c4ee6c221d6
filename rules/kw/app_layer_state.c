/* SPDX-License-Identifier: Apache-2.0 */
/* app-layer-state: how far is the transaction? */
#include "rules/build.h"
#include "rules/hook.h"
#include "rules/keyword.h"
#include "rules/program.h"

#include <errno.h>

struct progress {
	uint8_t op; /* '<', '=' or '>' */
	uint8_t state;
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct progress *p = (const void *)c->arg;
	uint8_t                have = m->tx->progress[m->dir];
	bool                   yes = p->op == '<' ? have < p->state : p->op == '>' ? have > p->state : have == p->state;

	return yes ? CHECK_YES : CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	uint8_t           op = *o->value == '<' || *o->value == '>' ? (uint8_t)*o->value : '=';
	const char       *name = o->value + (op != '=');
	struct hook_state at;
	struct progress  *p;
	int               rc;

	if (hook_find(&at, build_header_apps(b), name) < 0)
		return build_error(b, "the rule's protocol has no state %s", name);
	if (op == '<') {
		p = build_tx(b, (struct build_where){ .any = true }, match, sizeof(*p));
	} else {
		rc = build_hook(b, at.app, at.dir, (uint8_t)(at.state + (op == '>')));
		if (rc < 0)
			return rc;
		p = build_tx(b, (struct build_where){ .hook = true }, match, sizeof(*p));
	}
	if (!p)
		return -ENOMEM;
	*p = (struct progress){ op, at.state };
	rc = build_apps(b, 1ULL << at.app);
	return rc < 0 ? rc : build_direction(b, at.dir);
}

const struct keyword kw_app_layer_state = {
	.name = "app-layer-state",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "app-layer-state:[<|>]name - how far the transaction is",
};
