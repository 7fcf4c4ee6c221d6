/* SPDX-License-Identifier: Apache-2.0 */
/* Modifiers of content: nocase, depth, offset, distance, within, startswith, endswith, fast_pattern, rawbytes. */
#include "rules/build.h"
#include "rules/content.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
nocase_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);

	if (!c)
		return -EINVAL;
	c->flags |= CONTENT_NOCASE;
	for (unsigned i = 0; i < c->len; i++)
		if (c->pattern[i] >= 'A' && c->pattern[i] <= 'Z')
			c->pattern[i] |= 0x20;
	return 0;
}

/* A number, perhaps negative, or the name of a byte variable. *is_var tells which. */
static int
place(struct build *b, const struct option *o, int32_t *out, bool *is_var)
{
	char *end;
	long  v;
	int   var;

	errno = 0;
	v = strtol(o->value, &end, 10);
	*is_var = end == o->value;
	if (*is_var) {
		var = build_var(b, o->value);
		*out = var;
		return var < 0 ? var : 0;
	}
	if (*end != '\0' || errno || v < -65535 || v > 1 << 24)
		return build_error(b, "not a number of bytes: %s", o->value);
	*out = (int32_t)v;
	return 0;
}

static int
depth_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);
	bool            var;

	if (!c || place(b, o, &c->depth, &var) < 0)
		return -EINVAL;
	if (c->flags & (CONTENT_DEPTH | CONTENT_STARTS))
		return build_error(b, "a second depth for the same content");
	if (c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN))
		return build_error(b, "depth and distance or within on the same content");
	if (!var && c->depth < c->len)
		return build_error(b, "depth %d is less than the content's %u bytes", c->depth, c->len);
	c->flags |= CONTENT_DEPTH | (var ? CONTENT_DEPTH_VAR : 0);
	return 0;
}

static int
offset_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);
	bool            var;

	if (!c || place(b, o, &c->offset, &var) < 0)
		return -EINVAL;
	if (c->flags & (CONTENT_OFFSET | CONTENT_STARTS))
		return build_error(b, "a second offset for the same content");
	if (c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN))
		return build_error(b, "offset and distance or within on the same content");
	if (!var && c->offset < 0)
		return build_error(b, "negative offset");
	c->flags |= CONTENT_OFFSET | (var ? CONTENT_OFFSET_VAR : 0);
	return 0;
}

static int
distance_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);
	bool            var;

	if (!c || place(b, o, &c->distance, &var) < 0)
		return -EINVAL;
	if (c->flags & (CONTENT_OFFSET | CONTENT_DEPTH))
		return build_error(b, "distance and offset or depth on the same content");
	if (c->flags & CONTENT_DISTANCE)
		return build_error(b, "a second distance for the same content");
	c->flags |= CONTENT_DISTANCE | (var ? CONTENT_DISTANCE_VAR : 0);
	return 0;
}

static int
within_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);
	bool            var;

	if (!c || place(b, o, &c->within, &var) < 0)
		return -EINVAL;
	if (c->flags & (CONTENT_OFFSET | CONTENT_DEPTH))
		return build_error(b, "within and offset or depth on the same content");
	if (c->flags & CONTENT_WITHIN)
		return build_error(b, "a second within for the same content");
	if (!var && c->within < c->len)
		return build_error(b, "within %d is less than the content's %u bytes", c->within, c->len);
	c->flags |= CONTENT_WITHIN | (var ? CONTENT_WITHIN_VAR : 0);
	return 0;
}

static int
startswith_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);

	if (!c)
		return -EINVAL;
	if (c->flags & (CONTENT_DEPTH | CONTENT_OFFSET | CONTENT_DISTANCE | CONTENT_WITHIN))
		return build_error(b, "startswith and depth, offset, distance or within on the same content");
	c->flags |= CONTENT_STARTS | CONTENT_DEPTH;
	c->depth = c->len;
	return 0;
}

static int
endswith_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);

	if (!c)
		return -EINVAL;
	if (c->flags & CONTENT_ENDS)
		return build_error(b, "a second endswith for the same content");
	c->flags |= CONTENT_ENDS;
	return 0;
}

/* "only", or "offset,length": which part of the literal to look for. */
static int
fast_pattern_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);
	struct lex_word list = { o->value, o->len }, first, second;
	uint64_t        at, len;

	if (!c)
		return -EINVAL;
	if (c->flags & CONTENT_FAST)
		return build_error(b, "a second fast_pattern for the same content");
	c->flags |= CONTENT_FAST;
	if (o->len == 0)
		return 0;
	if (strcmp(o->value, "only") == 0) {
		if (c->flags & (CONTENT_NEGATED | CONTENT_DISTANCE | CONTENT_WITHIN | CONTENT_OFFSET | CONTENT_DEPTH))
			return build_error(b, "fast_pattern:only on a content with a place");
		c->flags |= CONTENT_FAST_ONLY;
		return 0;
	}
	if (!lex_piece(&list, &first) || !lex_piece(&list, &second) || list.at ||
			number_parse(&at, first.at, first.len, UINT16_MAX) < 0 ||
			number_parse(&len, second.at, second.len, UINT16_MAX) < 0)
		return build_error(b, "wants only, or offset and length: %s", o->value);
	if (len == 0 || at + len > c->len)
		return build_error(b, "offset %u and length %u are not inside the content's %u bytes", (unsigned)at,
				(unsigned)len, c->len);
	c->flags |= CONTENT_FAST_CHOP;
	c->chop_at = (uint16_t)at;
	c->chop_len = (uint16_t)len;
	return 0;
}

static int
rawbytes_setup(struct build *b, const struct option *o)
{
	struct content *c = build_last_content(b, o);

	if (!c)
		return -EINVAL;
	c->flags |= CONTENT_RAWBYTES;
	return 0;
}

#define MODIFIER(id, argument, text)          \
	const struct keyword kw_##id = {      \
		.name = #id,                  \
		.kind = KEYWORD_MODIFIER,     \
		.arg = KEYWORD_ARG_##argument, \
		.setup = id##_setup,          \
		.help = text,                 \
	}

MODIFIER(nocase, NONE, "nocase - letters in either case");
MODIFIER(depth, NEEDED, "depth:N - in the first N bytes (from the offset)");
MODIFIER(offset, NEEDED, "offset:N - not before byte N");
MODIFIER(distance, NEEDED, "distance:N - N bytes or more behind the match before");
MODIFIER(within, NEEDED, "within:N - inside N bytes behind the match before");
MODIFIER(startswith, NONE, "startswith - at the start of the buffer");
MODIFIER(endswith, NONE, "endswith - at the end of the buffer");
MODIFIER(fast_pattern, OPTIONAL, "fast_pattern[:only|:offset,length] - look for this literal first");
MODIFIER(rawbytes, NONE, "rawbytes - accepted: payload is always raw");
