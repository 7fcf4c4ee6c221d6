/* SPDX-License-Identifier: Apache-2.0 */
/* byte_math: reckon with a number of the buffer and keep the result in a variable. */
#include "rules/build.h"
#include "rules/extract.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

struct byte_math {
	struct extract from;
	uint64_t       rvalue;
	int16_t        rvalue_var; /* that byte variable instead; -1: none */
	char           op;         /* + - * / < > (the shifts) */
	uint8_t        var;
};

static bool
reckon(char op, uint64_t x, uint64_t y, uint64_t *out)
{
	switch (op) {
	case '+':
		*out = x + y;
		return true;
	case '-':
		*out = x - y;
		return true;
	case '*':
		*out = x * y;
		return true;
	case '/':
		*out = y ? x / y : 0;
		return y != 0;
	case '<':
		*out = y < 64 ? x << y : 0;
		return true;
	default:
		*out = y < 64 ? x >> y : 0;
		return true;
	}
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct byte_math *t = (const void *)c->arg;
	uint64_t                y = t->rvalue_var < 0 ? t->rvalue : m->var[t->rvalue_var];
	uint64_t                x;
	uint32_t                end;

	if (!extract_read(m, &t->from, &x, &end) || !reckon(t->op, x, y, &m->var[t->var]))
		return CHECK_NO;
	m->cursor = end;
	return CHECK_YES;
}

enum part { PART_BYTES = 1, PART_OFFSET = 2, PART_OPER = 4, PART_RVALUE = 8, PART_RESULT = 16, PART_ALL = 31 };

static int
name_of(struct build *b, struct lex_word w, bool define)
{
	char name[64];

	if (w.len == 0 || w.len >= sizeof(name))
		return build_error(b, "not a name: %.*s", (int)w.len, w.at);
	memcpy(name, w.at, w.len);
	name[w.len] = '\0';
	return define ? build_var_define(b, name) : build_var(b, name);
}

static int
take_oper(struct build *b, struct byte_math *t, struct lex_word w)
{
	if (lex_is(w, "<<") || lex_is(w, ">>"))
		t->op = w.at[0];
	else if (w.len == 1 && strchr("+-*/", w.at[0]))
		t->op = w.at[0];
	else
		return build_error(b, "not an operator: %.*s", (int)w.len, w.at);
	return 0;
}

static int
take_rvalue(struct build *b, struct byte_math *t, struct lex_word w)
{
	if (number_parse(&t->rvalue, w.at, w.len, UINT32_MAX) == 0)
		return 0;
	t->rvalue_var = (int16_t)name_of(b, w, false);
	return t->rvalue_var < 0 ? -EINVAL : 0;
}

static int
take_result(struct build *b, struct byte_math *t, struct lex_word w)
{
	int var = name_of(b, w, true);

	t->var = (uint8_t)var;
	return var < 0 ? var : 0;
}

static int
take_bytes(struct build *b, struct byte_math *t, struct lex_word w)
{
	return extract_bytes(b, &t->from, w);
}

static int
take_offset(struct build *b, struct byte_math *t, struct lex_word w)
{
	return extract_offset(b, &t->from, w);
}

static const struct {
	const char *word;
	uint8_t     part; /* enum part */
	int (*take)(struct build *b, struct byte_math *t, struct lex_word w);
} parts[] = {
	{ "bytes", PART_BYTES, take_bytes },
	{ "offset", PART_OFFSET, take_offset },
	{ "oper", PART_OPER, take_oper },
	{ "rvalue", PART_RVALUE, take_rvalue },
	{ "result", PART_RESULT, take_result },
};

static int
piece(struct build *b, struct byte_math *t, struct lex_word w, unsigned *seen)
{
	struct lex_word word = w;
	int             taken;

	for (word.len = 0; word.len < w.len && w.at[word.len] != ' ';)
		word.len++;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!lex_is(word, parts[i].word))
			continue;
		if (*seen & parts[i].part)
			return build_error(b, "%s is said twice", parts[i].word);
		*seen |= parts[i].part;
		return parts[i].take(b, t, lex_trim(w.at + word.len, w.len - word.len));
	}
	taken = extract_word(b, &t->from, w);
	return taken > 0 ? 0 : taken ? taken : build_error(b, "unknown: %.*s", (int)w.len, w.at);
}

static int
setup(struct build *b, const struct option *o)
{
	struct byte_math *t = build_buffer(b, match, sizeof(*t));
	struct lex_word   list = { o->value, o->len }, w;
	unsigned          seen = 0;

	if (!t)
		return -ENOMEM;
	extract_init(&t->from);
	t->rvalue_var = -1;
	while (lex_piece(&list, &w))
		if (piece(b, t, w, &seen) < 0)
			return -EINVAL;
	if (seen != PART_ALL)
		return build_error(b, "needs bytes, offset, oper, rvalue and result");
	if (t->op == '/' && t->rvalue_var < 0 && t->rvalue == 0)
		return build_error(b, "divides by zero");
	return extract_finish(b, &t->from);
}

const struct keyword kw_byte_math = {
	.name = "byte_math",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "byte_math:bytes N, offset N, oper +|-|*|/|<<|>>, rvalue V, result NAME[, relative][, endian E]"
		"[, string hex|dec|oct][, dce][, bitmask M]",
};
