/* SPDX-License-Identifier: Apache-2.0 */
/* modbus: unit, function or access of a request. */
#include "rules/app/modbus.h"

#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

#define KINDS (MODBUS_DISCRETES | MODBUS_COILS | MODBUS_INPUT | MODBUS_HOLDING)

enum asked { ASKED_UNIT = 1, ASKED_FUNCTION = 2, ASKED_SUBFUNCTION = 4, ASKED_ADDRESS = 8, ASKED_VALUE = 16 };

struct modbus {
	struct condition unit, address, value;
	uint16_t         function, subfunction;
	uint8_t          asked;    /* bits of enum asked */
	uint8_t          category; /* bits of enum modbus_category, 0: any */
	uint8_t          access;   /* bits of enum modbus_access, 0: any */
};

/* ---- matching ---- */

static bool
number(const struct match *m, enum number n, unsigned index, uint64_t *out)
{
	const struct app_ops *ops = m->flow->ops;

	return ops && ops->number && ops->number(m->tx, n, m->dir, index, out);
}

/* Does the condition hold for any address from `first` to `last`? */
static bool
meets(const struct condition *c, uint64_t first, uint64_t last)
{
	switch (c->op) {
	case NUMBER_EQ:
		return c->low >= first && c->low <= last;
	case NUMBER_LT:
		return first < c->low;
	case NUMBER_GT:
		return last > c->low;
	case NUMBER_IN:
		return last > c->low && first < c->high;
	default:
		return condition_holds(c, first) || condition_holds(c, last);
	}
}

/* The value written to the address that is asked, or any when no single address is. */
static bool
value_holds(const struct match *m, const struct modbus *want, uint64_t first)
{
	uint64_t v;

	if (want->asked & ASKED_ADDRESS && want->address.op == NUMBER_EQ)
		return number(m, NUM_MODBUS_VALUE, (unsigned)(want->address.low - first), &v) &&
				condition_holds(&want->value, v);
	for (unsigned i = 0; number(m, NUM_MODBUS_VALUE, i, &v); i++)
		if (condition_holds(&want->value, v))
			return true;
	return false;
}

static bool
access_holds(const struct match *m, const struct modbus *want)
{
	uint64_t access, first, last;

	for (unsigned i = 0; number(m, NUM_MODBUS_ACCESS, i, &access); i++) {
		if ((access & want->access) != want->access)
			continue;
		if (!(want->asked & (ASKED_ADDRESS | ASKED_VALUE)))
			return true;
		if (!number(m, NUM_MODBUS_ADDRESS, 2 * i, &first) || !number(m, NUM_MODBUS_ADDRESS, 2 * i + 1, &last))
			continue;
		if (want->asked & ASKED_ADDRESS && !meets(&want->address, first, last))
			continue;
		if (!(want->asked & ASKED_VALUE) || value_holds(m, want, first))
			return true;
	}
	return false;
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct modbus *want = (const void *)c->arg;
	uint64_t             v;

	if (want->asked & ASKED_UNIT && (!number(m, NUM_MODBUS_UNIT, 0, &v) || !condition_holds(&want->unit, v)))
		return CHECK_NO;
	if (want->asked & ASKED_FUNCTION && (!number(m, NUM_MODBUS_FUNCTION, 0, &v) || v != want->function))
		return CHECK_NO;
	if (want->asked & ASKED_SUBFUNCTION && (!number(m, NUM_MODBUS_SUBFUNCTION, 0, &v) || v != want->subfunction))
		return CHECK_NO;
	if (want->category && (!number(m, NUM_MODBUS_CATEGORY, 0, &v) || !(v & want->category)))
		return CHECK_NO;
	return !want->access || access_holds(m, want) ? CHECK_YES : CHECK_NO;
}

/* ---- reading ---- */

static bool
read_condition(struct condition *out, struct lex_word w, uint64_t max)
{
	char text[64];

	if (w.len == 0 || w.len >= sizeof(text))
		return false;
	memcpy(text, w.at, w.len);
	text[w.len] = '\0';
	return condition_parse(out, text, max) == 0;
}

/* "assigned", "!reserved", … */
static bool
read_category(struct modbus *out, struct lex_word w)
{
	static const struct {
		const char *word;
		uint8_t     bits;
	} words[] = {
		{ "assigned", MODBUS_ASSIGNED }, { "unassigned", MODBUS_UNASSIGNED },
		{ "public", MODBUS_ASSIGNED | MODBUS_UNASSIGNED }, { "user", MODBUS_USER },
		{ "reserved", MODBUS_RESERVED },
		{ "all", MODBUS_ASSIGNED | MODBUS_UNASSIGNED | MODBUS_USER | MODBUS_RESERVED },
	};
	bool negated = w.len && *w.at == '!';

	w = lex_trim(w.at + negated, w.len - negated);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!lex_is(w, words[i].word))
			continue;
		out->category = negated ? 0x0f & ~words[i].bits : words[i].bits;
		return true;
	}
	return false;
}

static bool
read_function(struct modbus *out, struct lex_word w)
{
	uint64_t v;

	if (read_category(out, w))
		return true;
	if (number_parse(&v, w.at, w.len, UINT8_MAX) < 0)
		return false;
	out->function = (uint16_t)v;
	out->asked |= ASKED_FUNCTION;
	return true;
}

/* "read", "write coils", … */
static bool
read_access(struct modbus *out, struct lex_word w)
{
	static const struct {
		const char *word;
		uint8_t     bit;
	} kinds[] = { { "discretes", MODBUS_DISCRETES }, { "coils", MODBUS_COILS }, { "input", MODBUS_INPUT },
		{ "holding", MODBUS_HOLDING } };
	struct lex_word kind = { NULL, 0 };

	if (lex_is(w, "read") || lex_argument(w, "read", &kind))
		out->access = MODBUS_READ;
	else if (lex_is(w, "write") || lex_argument(w, "write", &kind))
		out->access = MODBUS_WRITE;
	else
		return false;
	for (size_t i = 0; kind.len && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (lex_is(kind, kinds[i].word))
			out->access |= kinds[i].bit;
	if (out->access & MODBUS_WRITE && out->access & (MODBUS_DISCRETES | MODBUS_INPUT))
		return false; /* nobody can write these */
	return !kind.len || out->access & KINDS;
}

static bool
read_piece(struct modbus *out, struct lex_word w)
{
	struct lex_word arg;
	uint64_t        v;

	if (lex_argument(w, "unit", &arg)) {
		out->asked |= ASKED_UNIT;
		return read_condition(&out->unit, arg, UINT8_MAX);
	}
	if (lex_argument(w, "function", &arg))
		return read_function(out, arg);
	if (lex_argument(w, "subfunction", &arg) && out->asked & ASKED_FUNCTION) {
		out->asked |= ASKED_SUBFUNCTION;
		if (number_parse(&v, arg.at, arg.len, UINT16_MAX) < 0)
			return false;
		out->subfunction = (uint16_t)v;
		return true;
	}
	if (lex_argument(w, "access", &arg))
		return read_access(out, arg);
	if (lex_argument(w, "address", &arg) && out->access) {
		out->asked |= ASKED_ADDRESS;
		return read_condition(&out->address, arg, UINT16_MAX);
	}
	if (lex_argument(w, "value", &arg) && out->access & MODBUS_WRITE) {
		out->asked |= ASKED_VALUE;
		return read_condition(&out->value, arg, UINT16_MAX);
	}
	return false;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;
	struct modbus  *arg = build_tx(b, (struct build_where){ .number = NUM_MODBUS_UNIT }, match, sizeof(*arg));

	if (!arg)
		return -ENOMEM;
	while (lex_piece(&list, &w))
		if (!read_piece(arg, w))
			return build_error(b, "not something to ask of Modbus: %.*s", (int)w.len, w.at);
	return build_apps(b, 1ULL << APPPROTO_MODBUS);
}

const struct keyword kw_modbus = {
	.name = "modbus",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "modbus:[unit N,] function N|assigned|…[, subfunction N] | access read|write [coils|…][, address N[, value N]]",
};
