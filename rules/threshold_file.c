/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/threshold_file.h"

#include "lib/arena.h"
#include "rules/lex.h"
#include "rules/number.h"
#include "rules/program.h"
#include "rules/threshold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NEED_GID = 1, NEED_SID = 2, NEED_TYPE = 4, NEED_TRACK = 8, NEED_COUNT = 16, NEED_SECONDS = 32,
	NEED_ACTION = 64, NEED_TIMEOUT = 128, NEED_IP = 256, NEED_MULTIPLIER = 512 };

#define IDS (NEED_GID | NEED_SID)

/* One line. */
struct entry {
	struct threshold t;
	uint32_t         gid, sid; /* 0: all */
	struct lex_word  ip;
	unsigned         given; /* bits of NEED_… */
	const char      *why;
};

struct name {
	const char *word;
	uint8_t     value;
};

static const struct name types[] = { { "limit", THRESHOLD_LIMIT }, { "threshold", THRESHOLD_EVERY },
	{ "both", THRESHOLD_BOTH }, { "backoff", THRESHOLD_BACKOFF }, { NULL, 0 } };
static const struct name tracks[] = { { "by_src", TRACK_SRC }, { "by_dst", TRACK_DST }, { "by_both", TRACK_BOTH },
	{ "by_rule", TRACK_RULE }, { "by_flow", TRACK_FLOW }, { "by_either", TRACK_EITHER }, { NULL, 0 } };
static const struct name actions[] = { { "alert", RULE_ALERT }, { "drop", RULE_DROP }, { "pass", RULE_PASS },
	{ "reject", RULE_REJECT }, { NULL, 0 } };

static const struct {
	const char *word;
	unsigned    need;
	const struct name *names; /* of its value; NULL: a number, or an address */
} keys[] = {
	{ "gen_id", NEED_GID, NULL },
	{ "sig_id", NEED_SID, NULL },
	{ "type", NEED_TYPE, types },
	{ "track", NEED_TRACK, tracks },
	{ "count", NEED_COUNT, NULL },
	{ "seconds", NEED_SECONDS, NULL },
	{ "new_action", NEED_ACTION, actions },
	{ "timeout", NEED_TIMEOUT, NULL },
	{ "multiplier", NEED_MULTIPLIER, NULL },
	{ "ip", NEED_IP, NULL },
};

static const struct {
	const char *word;
	uint8_t     type;
	unsigned    all, may; /* what must and what can be given */
} commands[] = {
	{ "threshold", THRESHOLD_LIMIT, IDS | NEED_TYPE | NEED_TRACK | NEED_COUNT, NEED_SECONDS | NEED_MULTIPLIER },
	{ "event_filter", THRESHOLD_LIMIT, IDS | NEED_TYPE | NEED_TRACK | NEED_COUNT, NEED_SECONDS | NEED_MULTIPLIER },
	{ "rate_filter", THRESHOLD_RATE,
			IDS | NEED_TRACK | NEED_COUNT | NEED_SECONDS | NEED_ACTION | NEED_TIMEOUT, 0 },
	{ "suppress", THRESHOLD_SUPPRESS, IDS, NEED_TRACK | NEED_IP },
};

/* ---- one line ---- */

static bool
refuse(struct entry *e, const char *why)
{
	e->why = why;
	return false;
}

static bool
take_name(struct entry *e, const struct name *n, unsigned need, struct lex_word value)
{
	while (n->word && !lex_is(value, n->word))
		n++;
	if (!n->word)
		return refuse(e, "unknown word");
	if (need == NEED_TYPE)
		e->t.type = n->value;
	else if (need == NEED_TRACK)
		e->t.track = n->value;
	else
		e->t.new_action = n->value;
	return true;
}

static bool
take_number(struct entry *e, unsigned need, struct lex_word value)
{
	uint32_t *to = need == NEED_GID       ? &e->gid
		       : need == NEED_SID     ? &e->sid
		       : need == NEED_COUNT   ? &e->t.count
		       : need == NEED_SECONDS ? &e->t.seconds
		       : need == NEED_TIMEOUT ? &e->t.timeout
					      : &e->t.multiplier;
	uint64_t  n;

	if (number_parse(&n, value.at, value.len, UINT32_MAX) < 0)
		return refuse(e, "not a number");
	*to = (uint32_t)n;
	return true;
}

/* "key value" */
static bool
take_pair(struct entry *e, struct lex_word w)
{
	struct lex_word value;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!lex_argument(w, keys[i].word, &value))
			continue;
		if (e->given & keys[i].need)
			return refuse(e, "said twice");
		e->given |= keys[i].need;
		if (keys[i].need == NEED_IP) {
			e->ip = value;
			return true;
		}
		return keys[i].names ? take_name(e, keys[i].names, keys[i].need, value)
				     : take_number(e, keys[i].need, value);
	}
	return refuse(e, "unknown key");
}

static bool
is_complete(struct entry *e, unsigned all, unsigned may)
{
	if ((e->given & all) != all || e->given & ~(all | may))
		return refuse(e, "something is missing, or does not belong here");
	if (e->t.type <= THRESHOLD_BOTH && !(e->given & NEED_SECONDS))
		return refuse(e, "needs seconds");
	if (e->t.type == THRESHOLD_BACKOFF && !(e->given & NEED_MULTIPLIER))
		return refuse(e, "needs a multiplier");
	if (e->t.type == THRESHOLD_SUPPRESS && !(e->given & NEED_TRACK) != !(e->given & NEED_IP))
		return refuse(e, "track and ip go together");
	if (e->t.type == THRESHOLD_SUPPRESS ? e->t.track == TRACK_FLOW || e->t.track == TRACK_BOTH
					    : e->t.track == TRACK_EITHER)
		return refuse(e, "cannot be tracked like that");
	if (e->sid && !e->gid)
		return refuse(e, "sig_id needs its gen_id");
	return true;
}

static bool
read_line(struct entry *e, struct lex_word line)
{
	size_t          word = strcspn(line.at, " \t"), i = 0;
	struct lex_word command = { line.at, word }, rest, w;

	while (i < sizeof(commands) / sizeof(*commands) && !lex_is(command, commands[i].word))
		i++;
	if (i == sizeof(commands) / sizeof(*commands))
		return refuse(e, "neither threshold, event_filter, rate_filter nor suppress");
	e->t.type = commands[i].type;
	rest = lex_trim(line.at + word, line.len - word);
	while (lex_piece(&rest, &w))
		if (!take_pair(e, w))
			return false;
	return is_complete(e, commands[i].all, commands[i].may);
}

/* ---- the rules that it is for ---- */

static int
find_addresses(struct ruleset *rs, struct entry *e)
{
	struct addrset *set;
	const char     *why = NULL;
	int             id;

	if (!(e->given & NEED_IP))
		return 0;
	id = ruleset_addrset(rs, e->ip, &why);
	if (id == -EINVAL)
		e->why = why;
	if (id < 0)
		return id;
	set = arena_get(rs->keep, sizeof(*set));
	if (!set)
		return -ENOMEM;
	*set = rs->addrsets[id]; /* the table may move yet */
	e->t.addresses = set;
	return 0;
}

/* A line for one rule takes the place of what the rule says itself, a line for many gives way to it. */
static int
apply_to(struct ruleset *rs, struct rule *r, const struct entry *e)
{
	struct threshold *t;

	if (e->t.type != THRESHOLD_SUPPRESS && !e->sid && r->threshold)
		return 0;
	t = arena_get(rs->keep, sizeof(*t));
	if (!t)
		return -ENOMEM;
	*t = e->t;
	if (e->t.type == THRESHOLD_SUPPRESS) {
		t->next = r->suppress;
		r->suppress = t;
	} else {
		r->threshold = t;
	}
	return 0;
}

static int
apply(struct ruleset *rs, struct entry *e)
{
	unsigned n = 0;
	int      rc = find_addresses(rs, e);

	for (size_t i = 0; rc == 0 && i < rs->n_rules; i++) {
		struct rule *r = rs->rules[i];

		if ((e->gid && r->info->gid != e->gid) || (e->sid && r->info->sid != e->sid))
			continue;
		rc = apply_to(rs, r, e);
		n++;
	}
	if (rc == 0 && n == 0)
		e->why = "no such rule is loaded";
	return rc;
}

/* The next line with its continuations as one, in `line`. */
static size_t
join(const char *text, size_t len, char *line, uint32_t *lines)
{
	size_t n = 0, at = 0;

	*lines = 0;
	while (at < len) {
		char c = text[at++];

		if (c == '\n') {
			(*lines)++;
			if (n == 0 || line[n - 1] != '\\')
				break;
			line[n - 1] = ' ';
			continue;
		}
		line[n++] = c == '\r' ? ' ' : c;
	}
	line[n] = '\0';
	return at;
}

int
threshold_file_apply(struct ruleset *rs, const char *text, size_t len, threshold_tell_fn *tell, void *arg)
{
	char    *line = malloc(len + 1);
	uint32_t at_line = 1, lines;
	int      rc = line ? 0 : -ENOMEM;

	for (size_t at = 0; rc == 0 && at < len; at_line += lines) {
		struct entry    e = { .why = NULL };
		struct lex_word w;

		at += join(text + at, len - at, line, &lines);
		w = lex_trim(line, strlen(line));
		if (w.len == 0 || *w.at == '#')
			continue;
		if (read_line(&e, w))
			rc = apply(rs, &e);
		if (rc == -EINVAL)
			rc = 0;
		if (rc == 0 && e.why)
			tell(arg, at_line, e.why);
	}
	free(line);
	return rc;
}
