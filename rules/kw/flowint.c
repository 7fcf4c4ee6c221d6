/* SPDX-License-Identifier: Apache-2.0 */
/* flowint: named numbers on a flow. Comparisons ask before the rule, the others act after it. */
#include "rules/build.h"
#include "rules/flowvars.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>

enum flowint_op { OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE, OP_ISSET, OP_NOTSET, OP_SET, OP_ADD, OP_SUB };

struct flowint {
	uint32_t name;
	uint32_t value;
	int32_t  other; /* that flowint's value instead; -1: none */
	uint8_t  op;    /* enum flowint_op */
};

static bool
operand(const struct match *m, const struct flowint *f, uint32_t *out)
{
	*out = f->value;
	return f->other < 0 || flowvars_int(m->flow, (uint32_t)f->other, out);
}

static bool
compare(uint8_t op, uint32_t x, uint32_t y)
{
	switch (op) {
	case OP_LT:
		return x < y;
	case OP_LE:
		return x <= y;
	case OP_GT:
		return x > y;
	case OP_GE:
		return x >= y;
	case OP_EQ:
		return x == y;
	default:
		return x != y;
	}
}

/* A number that was never set compares with nothing. */
static enum verdict
ask(struct match *m, const struct check *c)
{
	const struct flowint *f = (const void *)c->arg;
	uint32_t              x, y;
	bool                  set = m->flow && flowvars_int(m->flow, f->name, &x);

	if (f->op == OP_ISSET || f->op == OP_NOTSET)
		return m->flow && set == (f->op == OP_ISSET) ? CHECK_YES : CHECK_NO;
	return set && operand(m, f, &y) && compare(f->op, x, y) ? CHECK_YES : CHECK_NO;
}

static enum verdict
act(struct match *m, const struct check *c)
{
	const struct flowint *f = (const void *)c->arg;
	uint32_t              x = 0, y;

	if (!m->flow || !operand(m, f, &y))
		return CHECK_YES;
	if (f->op != OP_SET)
		flowvars_int(m->flow, f->name, &x); /* zero where it was never set */
	x = f->op == OP_SET ? y : f->op == OP_ADD ? x + y : x > y ? x - y : 0;
	flowvars_set_int(m->pool, m->flow, f->name, x);
	return CHECK_YES;
}

static const struct {
	const char *word;
	uint8_t     op;
	bool        asks, takes_value;
} commands[] = {
	{ "<", OP_LT, true, true },
	{ "lt", OP_LT, true, true },
	{ "<=", OP_LE, true, true },
	{ "lte", OP_LE, true, true },
	{ ">", OP_GT, true, true },
	{ "gt", OP_GT, true, true },
	{ ">=", OP_GE, true, true },
	{ "gte", OP_GE, true, true },
	{ "==", OP_EQ, true, true },
	{ "eq", OP_EQ, true, true },
	{ "!=", OP_NE, true, true },
	{ "ne", OP_NE, true, true },
	{ "isset", OP_ISSET, true, false },
	{ "isnotset", OP_NOTSET, true, false },
	{ "notset", OP_NOTSET, true, false },
	{ "=", OP_SET, false, true },
	{ "+", OP_ADD, false, true },
	{ "-", OP_SUB, false, true },
};

static int
read_value(struct build *b, struct flowint *f, struct lex_word w)
{
	uint64_t n;
	int      id;

	if (number_parse(&n, w.at, w.len, UINT32_MAX) == 0) {
		f->value = (uint32_t)n;
		return 0;
	}
	if (w.len == 0 || (w.at[0] >= '0' && w.at[0] <= '9'))
		return build_error(b, "not a number or a name: %.*s", (int)w.len, w.at);
	id = build_name(b, NAMES_FLOWINT, w.at, w.len);
	f->other = id;
	return id < 0 ? id : 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, name, command, value = { "", 0 };
	bool            have_name = lex_piece(&list, &name), have_value;

	if (!have_name || name.len == 0 || !lex_piece(&list, &command))
		return build_error(b, "needs a name and an operator");
	have_value = lex_piece(&list, &value);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct flowint *f;
		int             id;

		if (!lex_is(command, commands[i].word))
			continue;
		if (commands[i].takes_value != have_value)
			return build_error(b, have_value ? "%s takes no value" : "%s needs a value", commands[i].word);
		f = commands[i].asks ? build_packet(b, ask, sizeof(*f)) : build_post(b, act, sizeof(*f));
		id = build_name(b, NAMES_FLOWINT, name.at, name.len);
		if (!f || id < 0)
			return -ENOMEM;
		*f = (struct flowint){ .name = (uint32_t)id, .other = -1, .op = commands[i].op };
		build_rule(b)->flags |= commands[i].asks ? RULE_READS_FLOW : RULE_WRITES_FLOW;
		return have_value ? read_value(b, f, value) : 0;
	}
	return build_error(b, "unknown operator: %.*s", (int)command.len, command.at);
}

const struct keyword kw_flowint = {
	.name = "flowint",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "flowint:NAME,<|<=|>|>=|==|!=|=|+|-,N or NAME,isset|isnotset - numbers on the flow",
};
