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

/* Length of the unit at the end of a word, and the power of two that it stands for. */
static size_t
unit_of(const char *at, size_t len, unsigned *shift)
{
	static const struct {
		const char *text;
		unsigned    shift;
	} units[] = { { "kib", 10 }, { "mib", 20 }, { "gib", 30 }, { "kb", 10 }, { "mb", 20 }, { "gb", 30 } };

	*shift = 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units) && isdigit((unsigned char)*at); i++) {
		size_t n = strlen(units[i].text);

		if (len <= n || strncasecmp(at + len - n, units[i].text, n) != 0 || at[1] == 'x' || at[1] == 'X')
			continue;
		*shift = units[i].shift;
		return n;
	}
	return 0;
}

/* A number at the start of *s, which moves behind it and the blanks after it. */
static int
take_number(uint64_t *out, const char **s, uint64_t max)
{
	const char *at = skip_blanks(*s);
	size_t      len = 0;
	unsigned    shift;
	int         rc;

	while (isalnum((unsigned char)at[len]))
		len++;
	*s = skip_blanks(at + len);
	len -= unit_of(at, len, &shift);
	rc = number_parse(out, at, len, max >> shift);
	*out <<= shift;
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

/* "&mask=value" or "&mask!=value", behind the &. */
static int
mask_parse(struct condition *out, const char *s, uint64_t max)
{
	int rc = take_number(&out->low, &s, max);

	out->op = *s == '!' ? NUMBER_NOT_MASK : NUMBER_MASK;
	s += *s == '!';
	if (rc < 0 || *s++ != '=')
		return rc < 0 ? rc : -EINVAL;
	rc = take_number(&out->high, &s, max);
	return rc < 0 || *s == '\0' ? rc : -EINVAL;
}

int
condition_parse_words(struct condition *out, const char *text, uint64_t max, const struct number_word *words)
{
	const char *s = skip_blanks(text);
	bool        negated = *s == '!';
	size_t      len;

	s = skip_blanks(s + negated);
	len = strcspn(s, " \t");
	for (; words && words->word; words++) {
		if (strlen(words->word) != len || strncasecmp(words->word, s, len) != 0 || *skip_blanks(s + len))
			continue;
		*out = (struct condition){ .low = words->number, .op = negated ? NUMBER_NE : NUMBER_EQ };
		return 0;
	}
	return condition_parse(out, text, max);
}

int
condition_parse(struct condition *out, const char *text, uint64_t max)
{
	const char *s = take_op(out, skip_blanks(text));
	int         rc;

	if (*s == '&' && s == skip_blanks(text))
		return mask_parse(out, s + 1, max);
	rc = take_number(&out->low, &s, max);

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
	if (*s != '\0' || out->high <= out->low)
		return -EINVAL;
	out->op = out->op == NUMBER_EQ ? NUMBER_IN : NUMBER_OUT;
	return 0;
}
