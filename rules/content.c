/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/content.h"

#include <string.h>

static inline uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool
equal_nocase(const uint8_t *hay, const uint8_t *pattern, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower(hay[i]) != pattern[i])
			return false;
	return true;
}

/* By the first byte, in both cases, then the rest. */
static long
find_nocase(const struct content *c, const uint8_t *hay, size_t from, size_t to)
{
	uint8_t first = c->pattern[0];
	uint8_t other = first >= 'a' && first <= 'z' ? first & (uint8_t)~0x20 : first;
	size_t  last = to - c->len;

	for (size_t i = from; i <= last; i++) {
		if (hay[i] != first && hay[i] != other)
			continue;
		if (equal_nocase(hay + i + 1, c->pattern + 1, c->len - 1u))
			return (long)i;
	}
	return -1;
}

long
content_find(const struct content *c, const uint8_t *hay, size_t from, size_t to)
{
	const uint8_t *hit;

	if (to < from || to - from < c->len)
		return -1;
	if (c->flags & CONTENT_NOCASE)
		return find_nocase(c, hay, from, to);
	hit = memmem(hay + from, to - from, c->pattern, c->len);
	return hit ? hit - hay : -1;
}

static int64_t
value(const struct match *m, const struct content *c, int32_t number, uint32_t is_var)
{
	return c->flags & is_var ? match_place(m, (unsigned)number) : number;
}

/* Where in the view the literal may lie: from *from on, ending at *to or before. */
static bool
bounds(const struct match *m, const struct content *c, int64_t *from, int64_t *to)
{
	int64_t start = (int64_t)m->view.start, end = (int64_t)m->view.data.left;
	int64_t low = 0, high = end;

	if (c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN)) {
		int64_t distance = value(m, c, c->distance, CONTENT_DISTANCE_VAR);

		low = m->cursor;
		if (c->flags & CONTENT_DISTANCE)
			low += distance;
		if (c->flags & CONTENT_WITHIN) {
			high = low + value(m, c, c->within, CONTENT_WITHIN_VAR);
			high = high < end ? high : end;
		}
		low = low < 0 ? 0 : low;
	}
	if (c->flags & CONTENT_OFFSET) {
		int64_t offset = value(m, c, c->offset, CONTENT_OFFSET_VAR) - start;

		low = offset > low ? offset : low;
	}
	if (c->flags & CONTENT_DEPTH) {
		int64_t depth = value(m, c, c->depth, CONTENT_DEPTH_VAR);

		/* depth counts from the offset */
		if (c->flags & CONTENT_OFFSET)
			depth += value(m, c, c->offset, CONTENT_OFFSET_VAR);
		depth -= start;
		high = depth < high ? depth : high;
	}
	*from = low;
	*to = high;
	return high - low >= c->len;
}

static enum verdict
miss(const struct content *c)
{
	/* Not tied to the matches before: another try of those cannot help. */
	return c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN) ? CHECK_NO : CHECK_NEVER;
}

/* The next occurrence that is at the end where that is asked. */
static long
next_place(const struct match *m, const struct content *c, int64_t from, int64_t to)
{
	if (c->flags & CONTENT_ENDS) {
		int64_t end = (int64_t)m->view.data.left;

		if (!m->view.ended || to < end)
			return -1;
		from = from > end - c->len ? from : end - c->len;
	}
	if (from > to)
		return -1;
	return content_find(c, m->view.data.at, (size_t)from, (size_t)to);
}

enum verdict
content_match(struct match *m, const struct check *check)
{
	const struct content *c = (const void *)check->arg;
	int64_t               from, to;
	long                  at;

	if (!bounds(m, c, &from, &to))
		return c->flags & CONTENT_NEGATED ? CHECK_YES : miss(c);
	at = next_place(m, c, from, to);
	if (c->flags & CONTENT_NEGATED)
		return at < 0 ? CHECK_YES : miss(c);
	if (at < 0)
		return miss(c);
	if (!(check->flags & CHECK_NEXT_RELATIVE)) {
		m->cursor = (uint32_t)at + c->len;
		return CHECK_YES;
	}
	for (; at >= 0; at = next_place(m, c, at + 1, to)) {
		enum verdict v;

		m->cursor = (uint32_t)at + c->len;
		v = check_rest(m, check_next(check));
		if (v != CHECK_NO)
			return v == CHECK_YES ? CHECK_DONE : v;
	}
	return CHECK_NO;
}
