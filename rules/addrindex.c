/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/addrindex.h"

#include "lib/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FITS_MAX (1u << 28) /* addresses */

bool
addrindex_fits(const struct addrset *set)
{
	uint64_t sum = 0;

	if (set->any)
		return false;
	for (uint32_t i = 0; i < set->n4; i++)
		sum += (uint64_t)set->v4[i].high - set->v4[i].low + 1;
	for (uint32_t i = 0; i < set->n6; i++)
		if (set->v6[i].high[0] - set->v6[i].low[0] > UINT32_MAX)
			return false;
	return sum <= FITS_MAX;
}

/* A rule's range begins or is over at an address. */
struct edge {
	uint64_t at;
	uint32_t item;
	bool     begins;
};

static int
by_place(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static struct edge *
all_edges(const struct addrindex_item *items, size_t n, size_t *count)
{
	struct edge *edges;
	size_t       total = 0;

	for (size_t i = 0; i < n; i++)
		total += 2u * items[i].set->n4;
	*count = total;
	edges = malloc(total * sizeof(*edges) + 1);
	if (!edges)
		return NULL;
	total = 0;
	for (size_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < items[i].set->n4; k++) {
			const struct range4 *r = &items[i].set->v4[k];

			edges[total++] = (struct edge){ r->low, (uint32_t)i, true };
			edges[total++] = (struct edge){ (uint64_t)r->high + 1, (uint32_t)i, false };
		}
	}
	qsort(edges, total, sizeof(*edges), by_place);
	return edges;
}

/* Items whose ranges cover the place at hand, in order. */
struct cover {
	uint32_t *items;
	uint32_t  n;
};

static void
cover_change(struct cover *c, const struct edge *e)
{
	uint32_t i = 0;

	while (i < c->n && c->items[i] < e->item)
		i++;
	if (e->begins) {
		memmove(c->items + i + 1, c->items + i, (c->n - i) * sizeof(*c->items));
		c->items[i] = e->item;
		c->n++;
	} else {
		c->n--;
		memmove(c->items + i, c->items + i + 1, (c->n - i) * sizeof(*c->items));
	}
}

/* Walk the edges; with `starts` NULL only count spans and rules. */
static void
walk(const struct edge *edges, size_t count, const struct addrindex_item *items, struct cover *c,
		uint32_t *starts, uint32_t *first, uint32_t *rules, uint32_t *n_spans, uint32_t *n_rules)
{
	uint32_t spans = 1, total = 0;

	c->n = 0;
	if (starts)
		starts[0] = first[0] = 0;
	for (size_t i = 0; i < count;) {
		uint64_t at = edges[i].at;

		for (; i < count && edges[i].at == at; i++)
			cover_change(c, &edges[i]);
		if (at > UINT32_MAX)
			break;
		if (starts) {
			starts[spans] = (uint32_t)at;
			first[spans] = total;
			for (uint32_t k = 0; k < c->n; k++)
				rules[total + k] = items[c->items[k]].rule;
		}
		total += c->n;
		spans++;
	}
	if (starts)
		first[spans] = total;
	*n_spans = spans;
	*n_rules = total;
}

static int
keep_v6(struct addrindex *out, struct arena *keep, const struct addrindex_item *items, size_t n)
{
	uint32_t *list = arena_get(keep, n * sizeof(*list) + 1);

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (items[i].set->n6)
			list[out->n_v6++] = items[i].rule;
	out->v6 = list;
	return 0;
}

int
addrindex_init(struct addrindex *out, struct arena *keep, const struct addrindex_item *items, size_t n)
{
	size_t       count;
	struct edge *edges = all_edges(items, n, &count);
	struct cover cover = { malloc((n + 1) * sizeof(uint32_t)), 0 };
	uint32_t     n_rules, *starts, *first, *rules;
	int          rc = -ENOMEM;

	memset(out, 0, sizeof(*out));
	if (!edges || !cover.items)
		goto out;
	walk(edges, count, items, &cover, NULL, NULL, NULL, &out->n, &n_rules);
	starts = arena_get(keep, out->n * sizeof(*starts));
	first = arena_get(keep, (out->n + 1) * sizeof(*first));
	rules = arena_get(keep, n_rules * sizeof(*rules) + 1);
	if (!starts || !first || !rules)
		goto out;
	walk(edges, count, items, &cover, starts, first, rules, &out->n, &n_rules);
	out->starts = starts;
	out->first = first;
	out->rules = rules;
	rc = keep_v6(out, keep, items, n);
out:
	free(edges);
	free(cover.items);
	return rc;
}

const uint32_t *
addrindex_get(const struct addrindex *x, const struct addr *a, uint32_t *n)
{
	uint32_t v, low = 0, high = x->n;

	*n = 0;
	if (a->family == 6) {
		*n = x->n_v6;
		return x->v6;
	}
	if (a->family != 4 || x->n == 0)
		return NULL;
	v = (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
	while (high - low > 1) {
		uint32_t mid = (low + high) / 2;

		if (x->starts[mid] <= v)
			low = mid;
		else
			high = mid;
	}
	*n = x->first[low + 1] - x->first[low];
	return x->rules + x->first[low];
}
