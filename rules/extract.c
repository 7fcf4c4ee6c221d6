/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/extract.h"

#include "rules/build.h"
#include "rules/check.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

#define BINARY_MAX 8
#define TEXT_MAX 23 /* octal digits of 64 bits, and one for the prefix */

void
extract_init(struct extract *e)
{
	*e = (struct extract){ .offset_var = -1, .bytes_var = -1 };
}

static int
variable(struct build *b, struct lex_word w, int16_t *out)
{
	char name[64];
	int  var;

	if (w.len >= sizeof(name))
		return build_error(b, "name is too long: %.*s", (int)w.len, w.at);
	memcpy(name, w.at, w.len);
	name[w.len] = '\0';
	var = build_var(b, name);
	*out = (int16_t)var;
	return var < 0 ? -EINVAL : 0;
}

int
extract_bytes(struct build *b, struct extract *e, struct lex_word w)
{
	uint64_t n;

	if (number_parse(&n, w.at, w.len, TEXT_MAX) < 0)
		return variable(b, w, &e->bytes_var);
	e->bytes = (uint8_t)n;
	return 0;
}

int
extract_offset(struct build *b, struct extract *e, struct lex_word w)
{
	bool     negative = w.len && w.at[0] == '-';
	uint64_t n;

	if (number_parse(&n, w.at + negative, w.len - negative, UINT16_MAX) < 0)
		return variable(b, w, &e->offset_var);
	e->offset = negative ? -(int32_t)n : (int32_t)n;
	return 0;
}

static int
bitmask(struct build *b, struct extract *e, struct lex_word w)
{
	if (number_parse(&e->bitmask, w.at, w.len, UINT32_MAX) < 0 || e->bitmask == 0)
		return build_error(b, "not a mask: %.*s", (int)w.len, w.at);
	return 1;
}

int
extract_word(struct build *b, struct extract *e, struct lex_word w)
{
	struct lex_word arg;

	if (lex_argument(w, "endian", &arg) || lex_argument(w, "string", &arg)) {
		e->text |= lex_argument(w, "string", &arg);
		return extract_word(b, e, arg);
	}
	if (lex_argument(w, "bitmask", &arg))
		return bitmask(b, e, arg);
	if (lex_is(w, "relative"))
		e->relative = true;
	else if (lex_is(w, "little"))
		e->little = true;
	else if (lex_is(w, "big"))
		e->little = false;
	else if (lex_is(w, "dce"))
		e->dce = true;
	else if (lex_is(w, "string"))
		e->text = true;
	else if (lex_is(w, "hex"))
		e->base = 16;
	else if (lex_is(w, "dec"))
		e->base = 10;
	else if (lex_is(w, "oct"))
		e->base = 8;
	else
		return 0;
	return 1;
}

int
extract_finish(struct build *b, struct extract *e)
{
	if (e->base && !e->text)
		return build_error(b, "hex, dec and oct go with string");
	if (e->text && e->dce)
		return build_error(b, "text has no byte order");
	if (!e->text && e->bytes > BINARY_MAX)
		return build_error(b, "at most %d bytes of binary", BINARY_MAX);
	if (e->dce && build_apps(b, 1ULL << APPPROTO_DCERPC | 1ULL << APPPROTO_SMB) < 0)
		return -EINVAL;
	if (e->relative)
		build_relative(b);
	return 0;
}

static bool
is_little(const struct match *m, const struct extract *e)
{
	struct dce_view dce;

	if (!e->dce)
		return e->little;
	return m->tx && m->flow && m->flow->ops && m->flow->ops->dce && m->flow->ops->dce(m->tx, &dce) &&
			dce.little_endian[m->dir];
}

static uint64_t
read_binary(struct bytes in, bool little)
{
	uint64_t v = 0;

	for (size_t i = 0; i < in.left; i++)
		v |= (uint64_t)in.at[i] << 8 * (little ? i : in.left - 1 - i);
	return v;
}

static unsigned
digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 99;
}

/* As strtoull() reads: blanks, then digits of the base as far as they go. */
static bool
read_text(struct bytes in, unsigned base, uint64_t *value, size_t *used)
{
	uint64_t v = 0;
	size_t   i = 0, first;

	while (i < in.left && (in.at[i] == ' ' || (in.at[i] >= '\t' && in.at[i] <= '\r')))
		i++;
	if (base != 8 && base != 10 && i + 2 < in.left && in.at[i] == '0' && (in.at[i + 1] | 0x20) == 'x' &&
			digit_value(in.at[i + 2]) < 16) {
		i += 2;
		base = 16;
	} else if (base == 0) {
		base = i < in.left && in.at[i] == '0' ? 8 : 10;
	}
	for (first = i; i < in.left && digit_value(in.at[i]) < base; i++)
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit_value(in.at[i]), &v))
			return false;
	*value = v;
	*used = i;
	return i > first;
}

bool
extract_read(struct match *m, const struct extract *e, uint64_t *value, uint32_t *end)
{
	uint64_t     bytes = e->bytes_var < 0 ? e->bytes : m->var[e->bytes_var];
	int64_t      at = e->offset_var < 0 ? e->offset : match_place(m, (unsigned)e->offset_var);
	struct bytes in = m->view.data;
	size_t       used;

	if (bytes > (e->text ? TEXT_MAX : BINARY_MAX))
		return false;
	at += e->relative ? (int64_t)m->cursor : -(int64_t)m->view.start;
	if (at < 0 || at > (int64_t)in.left || bytes > in.left - (uint64_t)at)
		return false;
	used = bytes;
	in = bytes_of(in.at + at, bytes);
	if (!e->text)
		*value = read_binary(in, is_little(m, e));
	else if (!read_text(in, e->base, value, &used))
		return false;
	if (e->bitmask)
		*value = (*value & e->bitmask) >> __builtin_ctzll(e->bitmask);
	*end = (uint32_t)(at + (int64_t)used);
	return true;
}
