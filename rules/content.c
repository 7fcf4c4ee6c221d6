/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/content.h"

#include <string.h>

#define LANES 16
typedef uint8_t lanes __attribute__((vector_size(LANES)));

static inline uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static inline uint8_t
upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? c & (uint8_t)~0x20 : c;
}

static bool
equal(const struct content *c, const uint8_t *at)
{
	if (!(c->flags & CONTENT_NOCASE))
		return memcmp(at, c->pattern, c->len) == 0;
	for (size_t i = 0; i < c->len; i++)
		if (lower(at[i]) != c->pattern[i])
			return false;
	return true;
}

static inline lanes
all(uint8_t b)
{
	lanes v;

	memset(&v, b, sizeof(v));
	return v;
}

/* Where in the next LANES places do first and last byte of the literal stand right? */
static inline lanes
ends_fit(const uint8_t *at, size_t len, const lanes first[2], const lanes last[2])
{
	lanes a, b;

	memcpy(&a, at, LANES);
	memcpy(&b, at + len - 1, LANES);
	return (lanes)(((a == first[0]) | (a == first[1])) & ((b == last[0]) | (b == last[1])));
}

static inline bool
is_zero(lanes v)
{
	uint64_t w[2];

	memcpy(w, &v, sizeof(w));
	return (w[0] | w[1]) == 0;
}

/* First and last byte are compared LANES places at once, in both cases where that is asked; the rest where
 * they fit. Most contents are short, and so are most buffers: cleverer searches never get going. */
long
content_find(const struct content *c, const uint8_t *hay, size_t from, size_t to)
{
	uint8_t f = c->pattern[0], l = c->pattern[c->len - 1];
	bool    nocase = c->flags & CONTENT_NOCASE;
	lanes   first[2] = { all(f), all(nocase ? upper(f) : f) };
	lanes   last[2] = { all(l), all(nocase ? upper(l) : l) };
	size_t  i = from, end;

	if (to < from || to - from < c->len)
		return -1;
	end = to - c->len + 1; /* behind the last place */
	for (; i + LANES <= end; i += LANES) {
		lanes fit = ends_fit(hay + i, c->len, first, last);

		if (is_zero(fit))
			continue;
		for (unsigned k = 0; k < LANES; k++)
			if (fit[k] && equal(c, hay + i + k))
				return (long)(i + k);
	}
	for (; i < end; i++)
		if (equal(c, hay + i))
			return (long)i;
	return -1;
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
