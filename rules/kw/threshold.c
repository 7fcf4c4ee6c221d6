/* SPDX-License-Identifier: Apache-2.0 */
/* threshold and detection_filter: how often the rule may alert. */
#include "rules/threshold.h"

#include "lib/arena.h"
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>
#include <string.h>

struct name {
	const char *word;
	uint8_t     value;
};

static const struct name types[] = {
	{ "limit", THRESHOLD_LIMIT }, { "threshold", THRESHOLD_EVERY },
	{ "both", THRESHOLD_BOTH }, { "backoff", THRESHOLD_BACKOFF }, { NULL, 0 },
};

static const struct name tracks[] = {
	{ "by_src", TRACK_SRC }, { "by_dst", TRACK_DST }, { "by_both", TRACK_BOTH },
	{ "by_rule", TRACK_RULE }, { "by_flow", TRACK_FLOW }, { NULL, 0 },
};

enum given { GIVEN_TYPE = 1, GIVEN_TRACK = 2, GIVEN_COUNT = 4, GIVEN_SECONDS = 8, GIVEN_MULTIPLIER = 16 };

static bool
look_up(const struct name *names, struct lex_word w, uint8_t *out)
{
	for (; names->word; names++) {
		if (lex_is(w, names->word)) {
			*out = names->value;
			return true;
		}
	}
	return false;
}

static bool
number(struct lex_word w, uint32_t *out)
{
	uint64_t v;

	if (number_parse(&v, w.at, w.len, UINT32_MAX) < 0 || v == 0)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* One "name value" of the argument. */
static int
take(struct build *b, struct threshold *t, struct lex_word w, unsigned *given)
{
	const char     *space = memchr(w.at, ' ', w.len);
	struct lex_word name = { w.at, space ? (size_t)(space - w.at) : w.len };
	struct lex_word value = space ? lex_trim(space, w.len - name.len) : (struct lex_word){ "", 0 };
	unsigned        bit = 0;
	bool            good = false;

	if (lex_is(name, "type"))
		bit = GIVEN_TYPE, good = look_up(types, value, &t->type);
	else if (lex_is(name, "track"))
		bit = GIVEN_TRACK, good = look_up(tracks, value, &t->track);
	else if (lex_is(name, "count"))
		bit = GIVEN_COUNT, good = number(value, &t->count);
	else if (lex_is(name, "seconds"))
		bit = GIVEN_SECONDS, good = number(value, &t->seconds);
	else if (lex_is(name, "multiplier"))
		bit = GIVEN_MULTIPLIER, good = number(value, &t->multiplier);
	if (!good)
		return build_error(b, "not understood: %.*s", (int)w.len, w.at);
	if (*given & bit)
		return build_error(b, "%.*s twice", (int)name.len, name.at);
	*given |= bit;
	return 0;
}

static int
read_all(struct build *b, const struct option *o, struct threshold *t, unsigned *given)
{
	struct lex_word list = { o->value, o->len }, w;

	while (lex_piece(&list, &w))
		if (take(b, t, w, given) < 0)
			return -EINVAL;
	return 0;
}

static int
add(struct build *b, struct threshold *t)
{
	struct rule *r = build_rule(b);

	if (r->threshold && (r->threshold->type == THRESHOLD_FILTER || t->type == THRESHOLD_FILTER))
		return build_error(b, "threshold and detection_filter in one rule");
	t->next = r->threshold;
	r->threshold = build_keep(b, t, sizeof(*t));
	return r->threshold ? 0 : -ENOMEM;
}

static int
threshold_setup(struct build *b, const struct option *o)
{
	struct threshold t;
	unsigned         given = 0, want = GIVEN_TYPE | GIVEN_TRACK | GIVEN_COUNT;

	memset(&t, 0, sizeof(t));
	if (read_all(b, o, &t, &given) < 0)
		return -EINVAL;
	want |= t.type == THRESHOLD_BACKOFF ? GIVEN_MULTIPLIER : GIVEN_SECONDS;
	if ((given & want) != want)
		return build_error(b, "wants type, track, count and seconds (multiplier for backoff)");
	return add(b, &t);
}

static int
filter_setup(struct build *b, const struct option *o)
{
	struct threshold t;
	unsigned         given = 0;

	memset(&t, 0, sizeof(t));
	if (read_all(b, o, &t, &given) < 0)
		return -EINVAL;
	if (given != (GIVEN_TRACK | GIVEN_COUNT | GIVEN_SECONDS))
		return build_error(b, "wants track, count and seconds");
	t.type = THRESHOLD_FILTER;
	return add(b, &t);
}

const struct keyword kw_threshold = {
	.name = "threshold",
	.kind = KEYWORD_META,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = threshold_setup,
	.help = "threshold:type limit|threshold|both|backoff, track by_src|by_dst|by_both|by_rule|by_flow, count N, seconds N",
};

const struct keyword kw_detection_filter = {
	.name = "detection_filter",
	.kind = KEYWORD_META,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = filter_setup,
	.help = "detection_filter:track …, count N, seconds N - alert only after N matches",
};
