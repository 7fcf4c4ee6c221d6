/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
ranges_release(struct ranges *r)
{
	free(r->at);
	*r = (struct ranges){0};
}

size_t
ranges_from(const struct ranges *r, uint64_t v)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->at[mid].last < v)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
make_room(struct ranges *r)
{
	size_t        cap = r->cap ? r->cap * 2 : 4;
	struct range *at;

	if (r->n < r->cap)
		return 0;
	at = realloc(r->at, cap * sizeof(*at));
	if (!at)
		return -ENOMEM;
	r->at = at;
	r->cap = cap;
	return 0;
}

int
ranges_add(struct ranges *r, uint64_t first, uint64_t last)
{
	size_t from, to;

	if (first > last)
		return -EINVAL;
	/* Neighbours merge as well, so look from one below to one above. */
	from = ranges_from(r, first ? first - 1 : 0);
	for (to = from; to < r->n && r->at[to].first <= last + (last < UINT64_MAX);
		to++) {
		first = r->at[to].first < first ? r->at[to].first : first;
		last = r->at[to].last > last ? r->at[to].last : last;
	}
	if (from == to && make_room(r))
		return -ENOMEM;
	memmove(r->at + from + 1, r->at + to, (r->n - to) * sizeof(*r->at));
	r->n = r->n + 1 - (to - from);
	r->at[from] = (struct range){first, last};
	return 0;
}

bool
ranges_has(const struct ranges *r, uint64_t v)
{
	size_t i = ranges_from(r, v);

	return i < r->n && r->at[i].first <= v;
}

uint64_t
ranges_run(const struct ranges *r)
{
	return r->n && r->at[0].first <= 1 ? r->at[0].last : 0;
}

bool
ranges_hole(const struct ranges *r, uint64_t from, uint64_t upto, struct range *out)
{
	size_t i = ranges_from(r, from);

	if (i < r->n && r->at[i].first <= from) {
		if (r->at[i].last >= upto)
			return false;
		from = r->at[i++].last + 1;
	}
	if (from > upto)
		return false;
	out->first = from;
	out->last = i < r->n && r->at[i].first <= upto ? r->at[i].first - 1 : upto;
	return true;
}

uint64_t
ranges_count(const struct ranges *r)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->n; i++)
		sum += r->at[i].last - r->at[i].first + 1;
	return sum;
}
