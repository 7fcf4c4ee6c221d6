/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/addrset.h"

#include "lib/arena.h"
#include "rules/vars.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16

typedef unsigned __int128 num; /* an address of either family */

struct range {
	num low, high;
};

/* While parsing: ranges of one family, unsorted until settled. */
struct list {
	struct range *r;
	size_t        n, cap;
};

/* [0] IPv4, [1] IPv6 */
struct set {
	struct list family[2];
};

static const num all_ones[2] = { UINT32_MAX, ~(num)0 };

static void
set_release(struct set *s)
{
	free(s->family[0].r);
	free(s->family[1].r);
	memset(s, 0, sizeof(*s));
}

static int
add(struct list *l, num low, num high)
{
	if (l->n == l->cap) {
		size_t        cap = l->cap ? l->cap * 2 : 8;
		struct range *r = realloc(l->r, cap * sizeof(*r));

		if (!r)
			return -ENOMEM;
		l->r = r;
		l->cap = cap;
	}
	l->r[l->n++] = (struct range){ low, high };
	return 0;
}

static int
add_all(struct set *s)
{
	if (add(&s->family[0], 0, all_ones[0]) < 0 || add(&s->family[1], 0, all_ones[1]) < 0)
		return -ENOMEM;
	return 0;
}

static int
by_low(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

/* Sort, and join ranges that touch. */
static void
settle(struct list *l)
{
	size_t n = 0;

	if (l->n)
		qsort(l->r, l->n, sizeof(*l->r), by_low);
	for (size_t i = 0; i < l->n; i++) {
		if (n && (l->r[i].low <= l->r[n - 1].high || l->r[i].low - 1 == l->r[n - 1].high)) {
			if (l->r[i].high > l->r[n - 1].high)
				l->r[n - 1].high = l->r[i].high;
		} else {
			l->r[n++] = l->r[i];
		}
	}
	l->n = n;
}

/* Take the (settled) ranges of `minus` out of the (settled) `from`. */
static int
subtract(struct list *from, const struct list *minus)
{
	struct list out = { 0 };
	size_t      k = 0;

	for (size_t i = 0; i < from->n; i++) {
		num  low = from->r[i].low, high = from->r[i].high;
		bool gone = false;

		while (k < minus->n && minus->r[k].high < low)
			k++;
		for (size_t j = k; j < minus->n && minus->r[j].low <= high && !gone; j++) {
			if (minus->r[j].low > low && add(&out, low, minus->r[j].low - 1) < 0)
				goto fail;
			gone = minus->r[j].high >= high;
			low = gone ? low : minus->r[j].high + 1;
		}
		if (!gone && add(&out, low, high) < 0)
			goto fail;
	}
	free(from->r);
	*from = out;
	return 0;
fail:
	free(out.r);
	return -ENOMEM;
}

static num
value_of(const struct addr *a)
{
	num    v = 0;
	size_t len = a->family == 4 ? 4 : 16;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | a->b[i];
	return v;
}

/* Length of the mask that "255.255.0.0" writes, -1 when it is none. */
static int
mask_bits(const char *text, size_t len)
{
	struct addr mask;
	uint32_t    v;

	if (addr_parse(&mask, text, len) < 0 || mask.family != 4)
		return -1;
	v = (uint32_t)value_of(&mask);
	if (v & (~v >> 1))
		return -1;
	return __builtin_popcount(v);
}

static int
add_prefix(struct set *s, struct lex_word w)
{
	const char   *slash = memchr(w.at, '/', w.len);
	struct prefix p;
	int           f;
	unsigned      width;
	num           low, hosts;

	if (slash && memchr(slash, '.', w.len - (size_t)(slash - w.at))) {
		int bits = mask_bits(slash + 1, w.len - (size_t)(slash + 1 - w.at));

		if (bits < 0 || addr_parse(&p.addr, w.at, (size_t)(slash - w.at)) < 0 || p.addr.family != 4)
			return -EINVAL;
		p.bits = (uint8_t)bits;
	} else if (prefix_parse(&p, w.at, w.len) < 0) {
		return -EINVAL;
	}
	f = p.addr.family == 6;
	width = f ? 128 : 32;
	hosts = p.bits == 0 ? all_ones[f] : p.bits == width ? 0 : ((num)1 << (width - p.bits)) - 1;
	low = value_of(&p.addr) & ~hosts;
	return add(&s->family[f], low, low | hosts);
}

static int
add_one(struct set *s, struct lex_word w)
{
	const char *dash = memchr(w.at, '-', w.len);
	struct addr low, high;

	if (!dash)
		return add_prefix(s, w);
	if (addr_parse(&low, w.at, (size_t)(dash - w.at)) < 0 ||
			addr_parse(&high, dash + 1, w.len - (size_t)(dash + 1 - w.at)) < 0 ||
			low.family != high.family || addr_cmp(&low, &high) > 0)
		return -EINVAL;
	return add(&s->family[low.family == 6], value_of(&low), value_of(&high));
}

struct parse {
	const struct vars *vars;
	const char        *why;
};

static int eval(struct parse *p, struct set *out, struct lex_word text, unsigned depth);

static int
eval_var(struct parse *p, struct set *out, struct lex_word w, unsigned depth)
{
	char        name[64];
	const char *value;

	if (w.len == 0 || w.len >= sizeof(name)) {
		p->why = "bad variable name in an address";
		return -EINVAL;
	}
	memcpy(name, w.at, w.len);
	name[w.len] = '\0';
	value = vars_get(p->vars, name);
	if (!value) {
		p->why = "unknown address variable";
		return -EINVAL;
	}
	return eval(p, out, lex_trim(value, strlen(value)), depth + 1);
}

/* Everything in `part` goes into `to`. */
static int
merge(struct set *to, const struct set *part)
{
	for (int f = 0; f < 2; f++)
		for (size_t i = 0; i < part->family[f].n; i++)
			if (add(&to->family[f], part->family[f].r[i].low, part->family[f].r[i].high) < 0)
				return -ENOMEM;
	return 0;
}

/* The elements of a list: what it names less what it excludes. Only exclusions: all less those. */
static int
eval_list(struct parse *p, struct set *out, struct lex_word list, unsigned depth)
{
	struct set      minus = { 0 };
	struct lex_word w;
	bool            any_positive = false;
	int             rc = 0;

	while (rc == 0 && lex_piece(&list, &w)) {
		bool       negated = w.len && *w.at == '!';
		struct set part = { 0 };

		if (negated)
			w = lex_trim(w.at + 1, w.len - 1);
		any_positive |= !negated;
		rc = eval(p, &part, w, depth + 1);
		if (rc == 0)
			rc = merge(negated ? &minus : out, &part);
		set_release(&part);
	}
	if (rc == 0 && !any_positive)
		rc = add_all(out);
	for (int f = 0; rc == 0 && f < 2; f++) {
		settle(&out->family[f]);
		settle(&minus.family[f]);
		rc = subtract(&out->family[f], &minus.family[f]);
	}
	set_release(&minus);
	return rc;
}

static int
eval(struct parse *p, struct set *out, struct lex_word w, unsigned depth)
{
	int rc;

	if (depth > DEPTH_MAX) {
		p->why = "address lists and variables are nested too deep";
		return -EINVAL;
	}
	if (w.len && *w.at == '!')
		return eval_list(p, out, w, depth);
	if (w.len > 1 && *w.at == '[' && w.at[w.len - 1] == ']')
		return eval_list(p, out, lex_trim(w.at + 1, w.len - 2), depth);
	if (w.len && *w.at == '$')
		return eval_var(p, out, (struct lex_word){ w.at + 1, w.len - 1 }, depth);
	if (lex_is(w, "any"))
		return add_all(out);
	rc = w.len ? add_one(out, w) : -EINVAL;
	if (rc == -EINVAL)
		p->why = "not an address, prefix or range";
	return rc;
}

static int
keep_ranges(struct addrset *out, struct arena *keep, const struct set *s)
{
	struct range4 *v4 = arena_get(keep, s->family[0].n * sizeof(*v4) + 1);
	struct range6 *v6 = arena_get(keep, s->family[1].n * sizeof(*v6) + 1);

	if (!v4 || !v6)
		return -ENOMEM;
	for (size_t i = 0; i < s->family[0].n; i++) {
		v4[i].low = (uint32_t)s->family[0].r[i].low;
		v4[i].high = (uint32_t)s->family[0].r[i].high;
	}
	for (size_t i = 0; i < s->family[1].n; i++) {
		const struct range *r = &s->family[1].r[i];

		v6[i] = (struct range6){ { (uint64_t)(r->low >> 64), (uint64_t)r->low },
			{ (uint64_t)(r->high >> 64), (uint64_t)r->high } };
	}
	out->v4 = v4;
	out->v6 = v6;
	out->n4 = (uint32_t)s->family[0].n;
	out->n6 = (uint32_t)s->family[1].n;
	out->any = out->n4 == 1 && out->n6 == 1 && s->family[0].r->high - s->family[0].r->low == all_ones[0] &&
			s->family[1].r->high - s->family[1].r->low == all_ones[1];
	return 0;
}

int
addrset_parse(struct addrset *out, struct arena *keep, const struct vars *vars, struct lex_word text,
		const char **why)
{
	struct parse p = { .vars = vars };
	struct set   s = { 0 };
	int          rc = eval(&p, &s, text, 0);

	memset(out, 0, sizeof(*out));
	settle(&s.family[0]);
	settle(&s.family[1]);
	if (rc == 0 && s.family[0].n + s.family[1].n == 0) {
		p.why = "matches no address at all";
		rc = -EINVAL;
	}
	if (rc == 0)
		rc = keep_ranges(out, keep, &s);
	set_release(&s);
	*why = p.why;
	return rc;
}

static bool
has4(const struct addrset *s, const struct addr *a)
{
	uint32_t v = (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
	size_t   low = 0, high = s->n4;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->v4[mid].high < v)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n4 && s->v4[low].low <= v;
}

static bool
less(const uint64_t a[2], const uint64_t b[2])
{
	return a[0] != b[0] ? a[0] < b[0] : a[1] < b[1];
}

static bool
has6(const struct addrset *s, const struct addr *a)
{
	num      n = value_of(a);
	uint64_t v[2] = { (uint64_t)(n >> 64), (uint64_t)n };
	size_t   low = 0, high = s->n6;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (less(s->v6[mid].high, v))
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n6 && !less(v, s->v6[low].low);
}

bool
addrset_has(const struct addrset *s, const struct addr *a)
{
	if (s->any)
		return true;
	if (a->family == 4)
		return has4(s, a);
	return a->family == 6 && has6(s, a);
}
