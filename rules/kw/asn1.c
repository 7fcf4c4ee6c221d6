/* SPDX-License-Identifier: Apache-2.0 */
/* asn1: elements of BER that are wrong in ways old decoders overflowed on. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENTS_MAX 256
#define DEPTH_MAX 16
#define TAG_BITSTRING 3
#define TAG_REAL 9
#define CLASS_CONSTRUCTED 0x20

struct asn1 {
	bool     bitstring, real, oversize, relative;
	uint32_t oversize_length;
	int32_t  offset;
};

struct element {
	uint8_t      tag;
	bool         constructed;
	uint64_t     length;
	struct bytes content; /* what is there of it */
};

static bool
read_length(struct bytes *b, uint64_t *out)
{
	uint8_t first = bytes_u8(b), n = first & 0x7f;

	*out = first;
	if (!(first & 0x80))
		return bytes_ok(b);
	if (n > 8)
		return false;
	*out = 0;
	while (n--)
		*out = *out << 8 | bytes_u8(b);
	return bytes_ok(b);
}

static bool
read_element(struct bytes *b, struct element *e)
{
	uint8_t id = bytes_u8(b);

	e->tag = id & 0x1f;
	e->constructed = id & CLASS_CONSTRUCTED;
	if (e->tag == 0x1f)
		while (bytes_u8(b) & 0x80)
			;
	if (!read_length(b, &e->length))
		return false;
	e->content = bytes_cut(b, e->length < b->left ? (size_t)e->length : b->left);
	return bytes_ok(b);
}

/* A REAL in decimal text longer than any decoder's buffer, or more unused bits than there are. */
static bool
is_bad(const struct asn1 *a, const struct element *e)
{
	struct bytes content = e->content;
	uint8_t      first = bytes_u8(&content);

	if (a->oversize && e->length > a->oversize_length)
		return true;
	if (a->bitstring && e->tag == TAG_BITSTRING && !e->constructed && bytes_ok(&content) &&
			(e->length - 1) * 8 < first)
		return true;
	return a->real && e->tag == TAG_REAL && bytes_ok(&content) && !(first & 0xc0) && e->length > 256;
}

static bool
walk(const struct asn1 *a, struct bytes b, unsigned depth, unsigned *left)
{
	struct element e;

	while (b.left && *left && read_element(&b, &e)) {
		--*left;
		if (is_bad(a, &e))
			return true;
		if (e.constructed && depth && walk(a, e.content, depth - 1, left))
			return true;
	}
	return false;
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct asn1 *a = (const void *)c->arg;
	struct bytes       data = m->view.data;
	int64_t            at = (a->relative ? (int64_t)m->cursor : 0) + a->offset;
	unsigned           left = ELEMENTS_MAX;

	if (at < 0 || (uint64_t)at > data.left)
		return CHECK_NO;
	bytes_skip(&data, (size_t)at);
	return walk(a, data, DEPTH_MAX, &left) ? CHECK_YES : CHECK_NO;
}

static int
take(struct build *b, struct asn1 *a, struct lex_word w)
{
	const char     *space = memchr(w.at, ' ', w.len);
	struct lex_word name = { w.at, space ? (size_t)(space - w.at) : w.len };
	struct lex_word value = space ? lex_trim(space, w.len - name.len) : (struct lex_word){ "", 0 };
	bool            negative = value.len && *value.at == '-';
	uint64_t        n = 0;

	if (value.len && number_parse(&n, value.at + negative, value.len - negative, INT32_MAX) < 0)
		return build_error(b, "not a number: %.*s", (int)value.len, value.at);
	if (lex_is(name, "bitstring_overflow") && !value.len) {
		a->bitstring = true;
	} else if (lex_is(name, "double_overflow") && !value.len) {
		a->real = true;
	} else if (lex_is(name, "oversize_length") && value.len && !negative) {
		a->oversize = true;
		a->oversize_length = (uint32_t)n;
	} else if ((lex_is(name, "relative_offset") || lex_is(name, "absolute_offset")) && value.len) {
		a->relative = *name.at == 'r';
		a->offset = negative ? -(int32_t)n : (int32_t)n;
		if (a->relative)
			build_relative(b);
	} else {
		return build_error(b, "not understood: %.*s", (int)w.len, w.at);
	}
	return 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;
	struct asn1    *a = build_buffer(b, match, sizeof(*a));

	if (!a)
		return -ENOMEM;
	while (lex_piece(&list, &w))
		if (take(b, a, w) < 0)
			return -EINVAL;
	return 0;
}

const struct keyword kw_asn1 = {
	.name = "asn1",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "asn1:bitstring_overflow, double_overflow, oversize_length N, absolute_offset|relative_offset N",
};
