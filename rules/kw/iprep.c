/* SPDX-License-Identifier: Apache-2.0 */
/* iprep: the score of an address in a category of the reputation files. */
#include "rules/reputation.h"

#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

enum side { SIDE_ANY, SIDE_SRC, SIDE_DST, SIDE_BOTH };
enum ask { ASK_SCORE, ASK_SET, ASK_NOT_SET };

struct iprep {
	const struct reputation *reputation;
	struct condition         want;
	uint8_t                  side; /* enum side */
	uint8_t                  ask;  /* enum ask */
	int8_t                   category;
};

static bool
holds(const struct iprep *r, const struct addr *a)
{
	int score = reputation_score(r->reputation, r->category, a);

	if (r->ask != ASK_SCORE)
		return (score >= 0) == (r->ask == ASK_SET);
	return score >= 0 && condition_holds(&r->want, (uint64_t)score);
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct iprep *r = (const void *)c->arg;
	bool src = r->side != SIDE_DST && holds(r, &m->packet->src);
	bool dst = r->side != SIDE_SRC && holds(r, &m->packet->dst);

	if (r->side == SIDE_BOTH)
		return src && dst ? CHECK_YES : CHECK_NO;
	return src || dst ? CHECK_YES : CHECK_NO;
}

static int
read_side(struct build *b, struct lex_word w, uint8_t *out)
{
	static const char *const names[] = { [SIDE_ANY] = "any", [SIDE_SRC] = "src", [SIDE_DST] = "dst",
		[SIDE_BOTH] = "both" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (lex_is(w, names[i])) {
			*out = (uint8_t)i;
			return 0;
		}
	}
	return build_error(b, "any, src, dst or both, not %.*s", (int)w.len, w.at);
}

static int
read_category(struct build *b, struct iprep *r, struct lex_word w)
{
	char name[32];
	int  category = -1;

	if (w.len < sizeof(name)) {
		memcpy(name, w.at, w.len);
		name[w.len] = '\0';
		category = reputation_category(r->reputation, name);
	}
	r->category = (int8_t)category;
	return category < 0 ? build_error(b, "unknown category: %.*s", (int)w.len, w.at) : 0;
}

/* "isset", "isnotset", or an operator, a comma and a score; the operator may stand before the score, too. */
static int
read_condition(struct build *b, struct iprep *r, struct lex_word rest)
{
	char   text[32];
	size_t n = 0;

	if (lex_is(rest, "isset") || lex_is(rest, "isnotset")) {
		r->ask = lex_is(rest, "isset") ? ASK_SET : ASK_NOT_SET;
		return 0;
	}
	for (size_t i = 0; i < rest.len && n + 1 < sizeof(text); i++)
		if (rest.at[i] != ',' && rest.at[i] != ' ')
			text[n++] = rest.at[i];
	text[n] = '\0';
	if (condition_parse(&r->want, text, REPUTATION_SCORE_MAX) < 0)
		return build_error(b, "not an operator and a score up to %d: %.*s", REPUTATION_SCORE_MAX, (int)rest.len,
				rest.at);
	return 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, side, category;
	struct iprep   *r = build_packet(b, match, sizeof(*r));

	if (!r)
		return -ENOMEM;
	if (!lex_piece(&list, &side) || !list.at || !lex_piece(&list, &category) || !list.at)
		return build_error(b, "wants a side, a category, an operator and a score");
	r->reputation = build_reputation(b);
	if (!r->reputation || read_side(b, side, &r->side) < 0 || read_category(b, r, category) < 0)
		return -EINVAL;
	return read_condition(b, r, lex_trim(list.at, list.len));
}

const struct keyword kw_iprep = {
	.name = "iprep",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_HEADER,
	.setup = setup,
	.help = "iprep:any|src|dst|both,CATEGORY,<|>|=,SCORE or …,isset|isnotset - reputation of an address",
};
