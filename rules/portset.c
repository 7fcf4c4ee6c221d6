/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/portset.h"

#include "lib/arena.h"
#include "rules/number.h"
#include "rules/vars.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 16
#define WORDS 1024

/* While parsing: a bit for each port. */
struct bits {
	uint64_t w[WORDS];
};

struct parse {
	const struct vars *vars;
	const char        *why;
};

static int eval(struct parse *p, struct bits *out, struct lex_word text, unsigned depth);

static void
add(struct bits *b, unsigned low, unsigned high)
{
	for (unsigned i = low; i <= high; i++) {
		if (i % 64 == 0 && high - i >= 63) {
			b->w[i / 64] = UINT64_MAX;
			i += 63;
		} else {
			b->w[i / 64] |= 1ULL << (i % 64);
		}
	}
}

/* First port at or after `from` that is (not) in the set; 65536: none. */
static unsigned
next_port(const struct bits *b, unsigned from, bool in)
{
	while (from <= UINT16_MAX) {
		uint64_t w = (in ? b->w[from / 64] : ~b->w[from / 64]) >> (from % 64);

		if (w)
			return from + (unsigned)__builtin_ctzll(w);
		from = (from / 64 + 1) * 64;
	}
	return UINT16_MAX + 1;
}

/* "80", "1024:", ":1023", "1:9" */
static int
eval_range(struct parse *p, struct bits *out, struct lex_word w)
{
	const char     *colon = memchr(w.at, ':', w.len);
	struct lex_word a = w, b = w;
	uint64_t        low = 0, high = UINT16_MAX;

	p->why = "not a port or range of ports";
	if (colon) {
		a = lex_trim(w.at, (size_t)(colon - w.at));
		b = lex_trim(colon + 1, w.len - (size_t)(colon + 1 - w.at));
		if (a.len == 0 && b.len == 0)
			return -EINVAL;
	}
	if ((a.len || !colon) && number_parse(&low, a.at, a.len, UINT16_MAX) < 0)
		return -EINVAL;
	if (!colon)
		high = low;
	else if (b.len && number_parse(&high, b.at, b.len, UINT16_MAX) < 0)
		return -EINVAL;
	if (low > high)
		return -EINVAL;
	add(out, (unsigned)low, (unsigned)high);
	return 0;
}

static int
eval_var(struct parse *p, struct bits *out, struct lex_word w, unsigned depth)
{
	char        name[64];
	const char *value = NULL;

	if (w.len && w.len < sizeof(name)) {
		memcpy(name, w.at, w.len);
		name[w.len] = '\0';
		value = vars_get(p->vars, name);
	}
	if (!value) {
		p->why = "unknown port variable";
		return -EINVAL;
	}
	return eval(p, out, lex_trim(value, strlen(value)), depth + 1);
}

/* What a list names less what it excludes. Only exclusions: all less those. */
static int
eval_list(struct parse *p, struct bits *out, struct lex_word list, unsigned depth)
{
	struct bits     plus = { 0 }, minus = { 0 };
	struct lex_word w;
	bool            any_positive = false;

	while (lex_piece(&list, &w)) {
		bool negated = w.len && *w.at == '!';
		int  rc;

		if (negated)
			w = lex_trim(w.at + 1, w.len - 1);
		any_positive |= !negated;
		rc = eval(p, negated ? &minus : &plus, w, depth + 1);
		if (rc < 0)
			return rc;
	}
	if (!any_positive)
		add(&plus, 0, UINT16_MAX);
	for (size_t i = 0; i < WORDS; i++)
		out->w[i] |= plus.w[i] & ~minus.w[i];
	return 0;
}

static int
eval(struct parse *p, struct bits *out, struct lex_word w, unsigned depth)
{
	if (depth > DEPTH_MAX) {
		p->why = "port lists and variables are nested too deep";
		return -EINVAL;
	}
	if (w.len && *w.at == '!')
		return eval_list(p, out, w, depth);
	if (w.len > 1 && *w.at == '[' && w.at[w.len - 1] == ']')
		return eval_list(p, out, lex_trim(w.at + 1, w.len - 2), depth);
	if (w.len && *w.at == '$')
		return eval_var(p, out, (struct lex_word){ w.at + 1, w.len - 1 }, depth);
	if (lex_is(w, "any")) {
		add(out, 0, UINT16_MAX);
		return 0;
	}
	return eval_range(p, out, w);
}

int
portset_parse(struct portset *out, struct arena *keep, const struct vars *vars, struct lex_word text,
		const char **why)
{
	struct parse       p = { .vars = vars };
	struct bits        b = { 0 };
	struct port_range *r = NULL;
	int                rc = eval(&p, &b, text, 0);

	memset(out, 0, sizeof(*out));
	*why = p.why;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < WORDS; i++)
		out->n_ports += (uint32_t)__builtin_popcountll(b.w[i]);
	*why = "matches no port at all";
	if (out->n_ports == 0)
		return -EINVAL;
	for (unsigned low = next_port(&b, 0, true); low <= UINT16_MAX; out->n++)
		low = next_port(&b, next_port(&b, low, false), true);
	r = arena_get(keep, out->n * sizeof(*r));
	if (!r)
		return -ENOMEM;
	out->ranges = r;
	for (unsigned low = next_port(&b, 0, true), high; low <= UINT16_MAX; low = next_port(&b, high, true)) {
		high = next_port(&b, low, false);
		*r++ = (struct port_range){ (uint16_t)low, (uint16_t)(high - 1) };
	}
	return 0;
}
