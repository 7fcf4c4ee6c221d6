/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/number.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

int
number_parse(uint64_t *out, const char *text, size_t len, uint64_t max)
{
	uint64_t v = 0;
	unsigned base = 10;

	*out = 0;
	if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
		len -= 2;
	}
	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)digit_of(text[i]);

		if (d >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return -ERANGE;
	}
	if (v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

static const char *
skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* A number at the start of *s, which moves behind it and the blanks after it. */
static int
take_number(uint64_t *out, const char **s, uint64_t max)
{
	const char *at = skip_blanks(*s);
	size_t      len = 0;
	int         rc;

	while (isalnum((unsigned char)at[len]))
		len++;
	rc = number_parse(out, at, len, max);
	*s = skip_blanks(at + len);
	return rc;
}

static const struct {
	const char *text;
	uint8_t     op;
} ops[] = {
	{ "<=", NUMBER_LE },
	{ ">=", NUMBER_GE },
	{ "!=", NUMBER_NE },
	{ "<", NUMBER_LT },
	{ ">", NUMBER_GT },
	{ "=", NUMBER_EQ },
	{ "!", NUMBER_NE },
};

static const char *
take_op(struct condition *out, const char *s)
{
	out->op = NUMBER_EQ;
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		size_t len = strlen(ops[i].text);

		if (strncmp(s, ops[i].text, len) == 0) {
			out->op = ops[i].op;
			return s + len;
		}
	}
	return s;
}

int
condition_parse(struct condition *out, const char *text, uint64_t max)
{
	const char *s = take_op(out, skip_blanks(text));
	int         rc = take_number(&out->low, &s, max);

	out->high = 0;
	if (rc < 0 || *s == '\0')
		return rc;
	if (out->op != NUMBER_EQ && out->op != NUMBER_NE)
		return -EINVAL;
	if (strncmp(s, "<>", 2) == 0)
		s += 2;
	else if (*s == '-')
		s++;
	else
		return -EINVAL;
	rc = take_number(&out->high, &s, max);
	if (rc < 0)
		return rc;
	if (*s != '\0' || out->high <= out->low || (out->high == out->low + 1 && out->op == NUMBER_EQ))
		return -EINVAL;
	out->op = out->op == NUMBER_EQ ? NUMBER_IN : NUMBER_OUT;
	return 0;
}
