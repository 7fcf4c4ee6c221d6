/* SPDX-License-Identifier: Apache-2.0 */
/* flowbits: named marks on a flow. `isset` and `isnotset` ask before the rule, the others act after it. */
#include "rules/flowvars.h"

#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/program.h"

#include <errno.h>
#include <string.h>

#define NAMES_MAX 16 /* in one or-group */

struct bits {
	uint32_t n;
	uint32_t name[NAMES_MAX];
};

static enum verdict
isset(struct match *m, const struct check *c)
{
	const struct bits *b = (const void *)c->arg;

	for (uint32_t i = 0; m->flow && i < b->n; i++)
		if (flowvars_bit(m->flow, b->name[i]))
			return CHECK_YES;
	return CHECK_NO;
}

/* Of an or-group: at least one is not set. */
static enum verdict
isnotset(struct match *m, const struct check *c)
{
	const struct bits *b = (const void *)c->arg;

	for (uint32_t i = 0; m->flow && i < b->n; i++)
		if (!flowvars_bit(m->flow, b->name[i]))
			return CHECK_YES;
	return CHECK_NO;
}

static enum verdict
set(struct match *m, const struct check *c)
{
	const struct bits *b = (const void *)c->arg;

	flowvars_set_bit(m->pool, m->flow, b->name[0]);
	return CHECK_YES;
}

static enum verdict
unset(struct match *m, const struct check *c)
{
	const struct bits *b = (const void *)c->arg;

	flowvars_clear_bit(m->flow, b->name[0]);
	return CHECK_YES;
}

static enum verdict
toggle(struct match *m, const struct check *c)
{
	const struct bits *b = (const void *)c->arg;

	return flowvars_bit(m->flow, b->name[0]) ? unset(m, c) : set(m, c);
}

static const struct {
	const char *word;
	check_fn   *fn;
	bool        asks;
} commands[] = {
	{ "set", set, false },
	{ "unset", unset, false },
	{ "toggle", toggle, false },
	{ "isset", isset, true },
	{ "isnotset", isnotset, true },
};

/* "a|b|c" to numbers. */
static int
read_names(struct build *b, struct bits *bits, struct lex_word w)
{
	while (w.len) {
		const char     *bar = memchr(w.at, '|', w.len);
		struct lex_word name = lex_trim(w.at, bar ? (size_t)(bar - w.at) : w.len);
		int             id;

		if (name.len == 0 || bits->n == NAMES_MAX)
			return build_error(b, name.len ? "too many names" : "an empty name");
		if (memchr(name.at, ' ', name.len))
			return build_error(b, "a blank in a name: %.*s", (int)name.len, name.at);
		id = build_name(b, NAMES_FLOWBIT, name.at, name.len);
		if (id < 0)
			return id;
		bits->name[bits->n++] = (uint32_t)id;
		w.len -= bar ? (size_t)(bar + 1 - w.at) : w.len;
		w.at = bar ? bar + 1 : w.at;
	}
	return bits->n ? 0 : build_error(b, "needs a name");
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, command, names = { "", 0 };
	struct bits    *bits;

	lex_piece(&list, &command);
	if (lex_is(command, "noalert")) {
		build_rule(b)->flags |= RULE_NOALERT;
		return list.at ? build_error(b, "noalert takes no name") : 0;
	}
	if (list.at)
		names = lex_trim(list.at, list.len);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!lex_is(command, commands[i].word))
			continue;
		bits = commands[i].asks ? build_packet(b, commands[i].fn, sizeof(*bits))
					: build_post(b, commands[i].fn, sizeof(*bits));
		if (!bits)
			return -ENOMEM;
		build_rule(b)->flags |= commands[i].asks ? RULE_READS_FLOW : RULE_WRITES_FLOW;
		if (commands[i].fn != set)
			build_asks_more(b);
		if (read_names(b, bits, names) < 0)
			return -EINVAL;
		return bits->n > 1 && !commands[i].asks ? build_error(b, "only isset and isnotset take several names") : 0;
	}
	return build_error(b, "unknown command: %.*s", (int)command.len, command.at);
}

const struct keyword kw_flowbits = {
	.name = "flowbits",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_HEADER,
	.setup = setup,
	.help = "flowbits:set|unset|toggle|isset|isnotset,NAME[|NAME…] or noalert - marks on the flow",
};
