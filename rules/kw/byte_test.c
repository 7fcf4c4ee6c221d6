/* SPDX-License-Identifier: Apache-2.0 */
/* byte_test: compare a number in the buffer. */
#include "rules/build.h"
#include "rules/extract.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>

enum test_op { TEST_LT, TEST_GT, TEST_EQ, TEST_LE, TEST_GE, TEST_AND, TEST_XOR };

struct byte_test {
	struct extract from;
	uint64_t       value;
	int16_t        value_var; /* that byte variable instead; -1: none */
	uint8_t        op;        /* enum test_op */
	bool           negated;
};

static bool
holds(uint8_t op, uint64_t x, uint64_t y)
{
	switch (op) {
	case TEST_LT:
		return x < y;
	case TEST_GT:
		return x > y;
	case TEST_EQ:
		return x == y;
	case TEST_LE:
		return x <= y;
	case TEST_GE:
		return x >= y;
	case TEST_AND:
		return (x & y) != 0;
	default:
		return (x ^ y) != 0;
	}
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct byte_test *t = (const void *)c->arg;
	uint64_t                want = t->value_var < 0 ? t->value : m->var[t->value_var];
	uint64_t                got;
	uint32_t                end;

	if (!extract_read(m, &t->from, &got, &end))
		return CHECK_NO; /* negated or not: there is nothing to compare */
	return holds(t->op, got, want) != t->negated ? CHECK_YES : CHECK_NO;
}

static int
operator_parse(struct build *b, struct byte_test *t, struct lex_word w)
{
	static const char *const names[] = { [TEST_LT] = "<", [TEST_GT] = ">", [TEST_EQ] = "=", [TEST_LE] = "<=",
		[TEST_GE] = ">=", [TEST_AND] = "&", [TEST_XOR] = "^" };

	if (w.len && w.at[0] == '!') {
		t->negated = true;
		w = lex_trim(w.at + 1, w.len - 1);
		if (w.len == 0) { /* "!" alone is "not equal" */
			t->op = TEST_EQ;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (lex_is(w, names[i])) {
			t->op = (uint8_t)i;
			return 0;
		}
	return build_error(b, "not an operator: %.*s", (int)w.len, w.at);
}

static int
value_parse(struct build *b, struct byte_test *t, struct lex_word w)
{
	char name[64];

	if (number_parse(&t->value, w.at, w.len, UINT64_MAX) == 0)
		return 0;
	if (w.len >= sizeof(name))
		return build_error(b, "not a value: %.*s", (int)w.len, w.at);
	for (size_t i = 0; i <= w.len; i++)
		name[i] = i < w.len ? w.at[i] : '\0';
	t->value_var = (int16_t)build_var(b, name);
	return t->value_var < 0 ? -EINVAL : 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct byte_test *t = build_buffer(b, match, sizeof(*t));
	struct lex_word   list = { o->value, o->len }, w[4];

	if (!t)
		return -ENOMEM;
	extract_init(&t->from);
	t->value_var = -1;
	for (int i = 0; i < 4; i++)
		if (!lex_piece(&list, &w[i]))
			return build_error(b, "needs bytes, operator, value and offset");
	if (extract_bytes(b, &t->from, w[0]) < 0 || operator_parse(b, t, w[1]) < 0 ||
			value_parse(b, t, w[2]) < 0 || extract_offset(b, &t->from, w[3]) < 0)
		return -EINVAL;
	while (lex_piece(&list, &w[0])) {
		int taken = extract_word(b, &t->from, w[0]);

		if (taken < 0)
			return taken;
		if (!taken)
			return build_error(b, "unknown: %.*s", (int)w[0].len, w[0].at);
	}
	return extract_finish(b, &t->from);
}

const struct keyword kw_byte_test = {
	.name = "byte_test",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "byte_test:N,[!]<|>|=|<=|>=|&|^,VALUE,OFFSET[,relative][,big|little|dce][,string,hex|dec|oct][,bitmask M]",
};
