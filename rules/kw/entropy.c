/* SPDX-License-Identifier: Apache-2.0 */
/* entropy: Shannon entropy of the buffer (or a part of it) in bits a byte, 0 to 8. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct entropy {
	double   low, high;
	uint8_t  op;     /* enum number_op */
	uint32_t offset, bytes; /* bytes 0: to the end */
};

static double
shannon(struct bytes in)
{
	uint32_t count[256] = { 0 };
	double   bits = 0;

	for (size_t i = 0; i < in.left; i++)
		count[in.at[i]]++;
	for (int i = 0; i < 256; i++) {
		double p = (double)count[i] / (double)in.left;

		if (count[i])
			bits -= p * log2(p);
	}
	return bits;
}

static bool
holds(const struct entropy *e, double v)
{
	switch (e->op) {
	case NUMBER_EQ:
		return fabs(v - e->low) < 1e-4;
	case NUMBER_NE:
		return fabs(v - e->low) >= 1e-4;
	case NUMBER_LT:
		return v < e->low;
	case NUMBER_LE:
		return v <= e->low;
	case NUMBER_GT:
		return v > e->low;
	case NUMBER_GE:
		return v >= e->low;
	case NUMBER_OUT:
		return v <= e->low || v >= e->high;
	default:
		return v > e->low && v < e->high;
	}
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct entropy *e = (const void *)c->arg;
	struct bytes          in = m->view.data;

	bytes_skip(&in, e->offset);
	if (e->bytes && e->bytes < in.left)
		in.left = e->bytes;
	return in.left && holds(e, shannon(in)) ? CHECK_YES : CHECK_NO;
}

/* "7.5", ">= 4", "3-4.5": operators as everywhere, numbers with decimals. */
static int
value_parse(struct entropy *e, const char *s)
{
	static const struct {
		const char *text;
		uint8_t     op;
	} ops[] = { { "<=", NUMBER_LE }, { ">=", NUMBER_GE }, { "!=", NUMBER_NE }, { "!", NUMBER_NE },
		{ "<", NUMBER_LT }, { ">", NUMBER_GT }, { "=", NUMBER_EQ } };
	char *end;

	e->op = NUMBER_EQ;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strncmp(s, ops[i].text, strlen(ops[i].text)) == 0) {
			e->op = ops[i].op;
			s += strlen(ops[i].text);
			break;
		}
	e->low = strtod(s, &end);
	if (end == s)
		return -EINVAL;
	if ((e->op == NUMBER_EQ || e->op == NUMBER_NE) && (*end == '-' || strncmp(end, "<>", 2) == 0)) {
		s = end + (*end == '-' ? 1 : 2);
		e->op = e->op == NUMBER_EQ ? NUMBER_IN : NUMBER_OUT;
		e->high = strtod(s, &end);
		if (end == s || e->high <= e->low)
			return -EINVAL;
	}
	return *end || e->low < 0 || e->low > 8 ? -EINVAL : 0;
}

static int
part_parse(struct build *b, struct entropy *e, char *part, bool *have_value)
{
	char       *value;
	const char *key = strtok_r(part, " ", &value);
	uint64_t    n;

	value = value ? value + strspn(value, " ") : NULL;
	if (!key || !value || !*value)
		return build_error(b, "needs pairs of a word and a value");
	if (strcmp(key, "value") == 0) {
		*have_value = true;
		return value_parse(e, value) < 0 ? build_error(b, "not an entropy from 0 to 8: %s", value) : 0;
	}
	if (number_parse(&n, value, strlen(value), UINT32_MAX) < 0)
		return build_error(b, "not a number: %s", value);
	if (strcmp(key, "bytes") == 0)
		e->bytes = (uint32_t)n;
	else if (strcmp(key, "offset") == 0)
		e->offset = (uint32_t)n;
	else
		return build_error(b, "knows bytes, offset and value: %s", key);
	return 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct entropy *e = build_buffer(b, match, sizeof(*e));
	bool            have_value = false;
	char           *rest = o->value, *part;

	if (!e)
		return -ENOMEM;
	while ((part = strsep(&rest, ",")))
		if (part_parse(b, e, part, &have_value) < 0)
			return -EINVAL;
	return have_value ? 0 : build_error(b, "needs a value");
}

const struct keyword kw_entropy = {
	.name = "entropy",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "entropy:[bytes N,] [offset N,] value [<|>|…]X - Shannon entropy in bits a byte",
};
