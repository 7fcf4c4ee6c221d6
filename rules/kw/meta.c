/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule says of itself: msg, sid, rev, gid, classtype, priority, reference, target, noalert, requires. */
#include "lib/arena.h"
#include "rules/build.h"
#include "rules/classification.h"
#include "rules/keyword.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>
#include <string.h>

static int
msg_setup(struct build *b, const struct option *o)
{
	build_rule(b)->info->msg = build_keep(b, o->value, o->len);
	return build_rule(b)->info->msg ? 0 : -ENOMEM;
}

static int
number(struct build *b, const struct option *o, uint64_t low, uint64_t high, uint32_t *out)
{
	uint64_t v;

	if (number_parse(&v, o->value, o->len, high) < 0 || v < low)
		return build_error(b, "not a number from %llu to %llu: %s", (unsigned long long)low,
				(unsigned long long)high, o->value);
	*out = (uint32_t)v;
	return 0;
}

static int
sid_setup(struct build *b, const struct option *o)
{
	return number(b, o, 1, UINT32_MAX, &build_rule(b)->info->sid);
}

static int
rev_setup(struct build *b, const struct option *o)
{
	return number(b, o, 0, UINT32_MAX, &build_rule(b)->info->rev);
}

static int
gid_setup(struct build *b, const struct option *o)
{
	return number(b, o, 0, UINT32_MAX, &build_rule(b)->info->gid);
}

static int
classtype_setup(struct build *b, const struct option *o)
{
	struct rule            *r = build_rule(b);
	const struct class_row *row = build_class(b, o->value);

	if (!row) {
		build_warn(b, "unknown class type %s", o->value);
		return 0;
	}
	r->info->classtype = row->name;
	r->info->category = row->text;
	if (!(r->flags & RULE_PRIORITY_SET))
		r->info->priority = row->priority;
	return 0;
}

static int
priority_setup(struct build *b, const struct option *o)
{
	uint32_t v = 0;
	int      rc = number(b, o, 1, 255, &v);

	if (rc < 0)
		return rc;
	build_rule(b)->info->priority = (uint8_t)v;
	build_rule(b)->flags |= RULE_PRIORITY_SET;
	return 0;
}

static int
reference_setup(struct build *b, const struct option *o)
{
	if (!strchr(o->value, ','))
		return build_error(b, "wants a system and an id: %s", o->value);
	return 0;
}

static int
target_setup(struct build *b, const struct option *o)
{
	uint8_t target;

	if (strcmp(o->value, "src_ip") == 0)
		target = RULE_TARGET_SRC;
	else if (strcmp(o->value, "dest_ip") == 0)
		target = RULE_TARGET_DST;
	else
		return build_error(b, "src_ip or dest_ip, not %s", o->value);
	if (build_rule(b)->info->target && build_rule(b)->info->target != target)
		return build_error(b, "both sides cannot be the target");
	build_rule(b)->info->target = target;
	return 0;
}

static int
noalert_setup(struct build *b, const struct option *o)
{
	(void)o;
	build_rule(b)->flags |= RULE_NOALERT;
	return 0;
}

/* alert; is the counterpart of noalert for rules of other actions. */
static int
alert_setup(struct build *b, const struct option *o)
{
	(void)o;
	build_rule(b)->flags |= RULE_ALERTS;
	return 0;
}

/* Append `s` as a JSON string. */
static char *
json_text(char *to, struct lex_word s)
{
	*to++ = '"';
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c == '"' || c == '\\')
			*to++ = '\\';
		if (c < 0x20)
			c = ' ';
		*to++ = (char)c;
	}
	*to++ = '"';
	return to;
}

struct pair {
	struct lex_word key, value;
	bool            done;
};

#define PAIRS_MAX 128

/* "key value, key value" to pairs; a lone key has an empty value. */
static unsigned
read_pairs(const struct option *o, struct pair *pairs)
{
	struct lex_word list = { o->value, o->len }, w;
	unsigned        n = 0;

	while (n < PAIRS_MAX && lex_piece(&list, &w)) {
		const char *space = memchr(w.at, ' ', w.len);

		if (w.len == 0)
			continue;
		pairs[n].done = false;
		pairs[n].key = (struct lex_word){ w.at, space ? (size_t)(space - w.at) : w.len };
		pairs[n].value = space ? lex_trim(space, w.len - (size_t)(space - w.at)) : (struct lex_word){ w.at, 0 };
		n++;
	}
	return n;
}

static bool
same_word(struct lex_word x, struct lex_word y)
{
	return x.len == y.len && memcmp(x.at, y.at, x.len) == 0;
}

/* All values of the key of pairs[i], in the order of the text. */
static char *
json_values(char *to, struct pair *pairs, unsigned i, unsigned n)
{
	to = json_text(to, pairs[i].key);
	*to++ = ':';
	*to++ = '[';
	for (unsigned k = i; k < n; k++) {
		if (!same_word(pairs[k].key, pairs[i].key))
			continue;
		if (k > i)
			*to++ = ',';
		to = json_text(to, pairs[k].value);
		pairs[k].done = true;
	}
	*to++ = ']';
	return to;
}

static int
metadata_setup(struct build *b, const struct option *o)
{
	struct rule *r = build_rule(b);
	struct pair  pairs[PAIRS_MAX];
	unsigned     n = read_pairs(o, pairs);
	char        *text, *to;

	text = arena_get(build_arena(b), o->len * 2 + 8 * (size_t)n + 8);
	if (!text)
		return -ENOMEM;
	to = text;
	*to++ = '{';
	for (unsigned i = 0; i < n; i++) {
		if (pairs[i].done)
			continue;
		if (to > text + 1)
			*to++ = ',';
		to = json_values(to, pairs, i, n);
	}
	*to++ = '}';
	r->info->metadata_json = build_keep(b, text, (size_t)(to - text));
	return r->info->metadata_json ? 0 : -ENOMEM;
}

#define META(id, word, flag, text)       \
	const struct keyword kw_##id = { \
		.name = word,            \
		.kind = KEYWORD_META,    \
		.arg = KEYWORD_ARG_NEEDED, \
		.flags = flag,           \
		.setup = id##_setup,     \
		.help = text,            \
	}

META(msg, "msg", KEYWORD_QUOTED | KEYWORD_ONCE, "msg:\"text\" - what the alert says");
META(sid, "sid", KEYWORD_ONCE, "sid:N - number of the rule");
META(rev, "rev", KEYWORD_ONCE, "rev:N - revision; the highest of a sid is used");
META(gid, "gid", KEYWORD_ONCE, "gid:N - generator, 1 unless told");
META(classtype, "classtype", KEYWORD_ONCE, "classtype:name - a row of the classification table");
META(priority, "priority", KEYWORD_ONCE, "priority:1-255 - instead of that of the class");
META(reference, "reference", 0, "reference:system,id - where to read more");
META(target, "target", 0, "target:src_ip|dest_ip - who is attacked");
META(metadata, "metadata", 0, "metadata:key value, … - for those who read the alert");

const struct keyword kw_noalert = {
	.name = "noalert",
	.kind = KEYWORD_META,
	.arg = KEYWORD_ARG_NONE,
	.setup = noalert_setup,
	.help = "noalert - match without an alert",
};

const struct keyword kw_alert = {
	.name = "alert",
	.kind = KEYWORD_META,
	.arg = KEYWORD_ARG_NONE,
	.setup = alert_setup,
	.help = "alert - tell of the match even so",
};
