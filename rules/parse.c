/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/parse.h"

#include "lib/arena.h"
#include "rules/app.h"
#include "rules/build_impl.h"
#include "rules/hook.h"
#include "rules/keyword.h"
#include "rules/number.h"
#include "rules/number_words.h"
#include "rules/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	struct build           *b;
	const struct lex_rule  *text;
	size_t                  at;   /* how far the text is read */
	size_t                  where;/* offset of what is read now, for errors */
	const struct keyword  **once; /* keywords seen that may stand only once */
	unsigned                n_once;
	struct lex_word         app_word; /* protocol of a hook */
};

#define ONCE_MAX 64

/* ---- header ---- */

static int
take_word(struct parse *p, struct lex_word *w, const char *what)
{
	if (!lex_word(p->text, &p->at, w)) {
		p->where = p->at;
		return build_error(p->b, "the header ends before its %s", what);
	}
	p->where = (size_t)(w->at - p->text->text);
	return 0;
}

static int
parse_action(struct parse *p)
{
	static const struct {
		const char *word;
		uint8_t     action;
	} actions[] = {
		{ "alert", RULE_ALERT }, { "pass", RULE_PASS }, { "drop", RULE_DROP },
		{ "reject", RULE_REJECT }, { "rejectsrc", RULE_REJECT }, { "rejectdst", RULE_REJECT },
		{ "rejectboth", RULE_REJECT }, { "config", RULE_CONFIG },
	};
	struct lex_word w;
	int             rc = take_word(p, &w, "action");

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (lex_is(w, actions[i].word)) {
			p->b->rule->info->action = actions[i].action;
			return 0;
		}
	}
	return build_error(p->b, "unknown action %.*s", (int)w.len, w.at);
}

static const struct {
	const char *word;
	uint8_t     l4;
	uint8_t     ip_versions;
	uint8_t     pkt, stream;
} transports[] = {
	{ "tcp", L4_TCP, 3, 0, 0 },
	{ "tcp-pkt", L4_TCP, 3, 1, 0 },
	{ "tcp-stream", L4_TCP, 3, 0, 1 },
	{ "udp", L4_UDP, 3, 0, 0 },
	{ "icmp", L4_ICMP | L4_ICMP6, 3, 0, 0 },
	{ "icmpv4", L4_ICMP, 1, 0, 0 },
	{ "icmpv6", L4_ICMP6, 2, 0, 0 },
	{ "sctp", L4_SCTP, 3, 0, 0 },
	{ "ip", L4_ALL, 3, 0, 0 },
	{ "ipv4", L4_ALL, 1, 0, 0 },
	{ "ip4", L4_ALL, 1, 0, 0 },
	{ "ipv6", L4_ALL, 2, 0, 0 },
	{ "ip6", L4_ALL, 2, 0, 0 },
	{ "pkthdr", L4_ALL, 7, 0, 0 },
	{ "ether", L4_ALL, 7, 0, 0 },
};

/* Protocols of the mask for which we have a parser. */
static uint64_t
known_apps(uint64_t mask)
{
	uint64_t known = 0;

	for (unsigned i = 0; i < APPPROTO_COUNT; i++)
		if (mask >> i & 1 && app_get(i))
			known |= 1ULL << i;
	return known;
}

static int
parse_protocol(struct parse *p)
{
	struct lex_word w, hook = { NULL, 0 };
	const char     *colon;
	char            name[32];
	int             rc = take_word(p, &w, "protocol");

	if (rc < 0)
		return rc;
	colon = memchr(w.at, ':', w.len);
	if (colon) {
		hook = (struct lex_word){ colon + 1, w.len - (size_t)(colon + 1 - w.at) };
		w.len = (size_t)(colon - w.at);
	}
	for (size_t i = 0; i < sizeof(transports) / sizeof(*transports); i++) {
		if (w.len != strlen(transports[i].word) || strncasecmp(w.at, transports[i].word, w.len) != 0)
			continue;
		p->b->rule->l4 = transports[i].l4;
		p->b->rule->ip_versions = transports[i].ip_versions;
		p->b->tcp_pkt = transports[i].pkt;
		p->b->tcp_stream = transports[i].stream;
		return hook.at ? hook_packet(p->b, hook) : 0;
	}
	if (w.len >= sizeof(name))
		return build_error(p->b, "unknown protocol %.*s", (int)w.len, w.at);
	memcpy(name, w.at, w.len);
	name[w.len] = '\0';
	if (!appproto_mask(name))
		return build_error(p->b, "unknown protocol %s", name);
	p->b->header_apps = known_apps(appproto_mask(name));
	if (!p->b->header_apps)
		return build_error(p->b, "protocol %s is not parsed", name);
	p->b->rule->l4 = L4_ALL;
	p->b->rule->ip_versions = 3;
	return hook.at ? hook_app(p->b, w, hook) : 0;
}

static int
parse_address(struct parse *p, uint16_t *out, const char *what)
{
	struct lex_word w;
	const char     *why = NULL;
	int             rc = take_word(p, &w, what);

	if (rc < 0)
		return rc;
	rc = ruleset_addrset(p->b->rs, w, &why);
	if (rc == -EINVAL)
		return build_error(p->b, "%s: %.*s", why, (int)(w.len < 80 ? w.len : 80), w.at);
	*out = (uint16_t)rc;
	return rc < 0 ? rc : 0;
}

static int
parse_ports(struct parse *p, uint16_t *out, const char *what)
{
	struct lex_word w;
	const char     *why = NULL;
	int             rc = take_word(p, &w, what);

	if (rc < 0)
		return rc;
	rc = ruleset_portset(p->b->rs, w, &why);
	if (rc == -EINVAL)
		return build_error(p->b, "%s: %.*s", why, (int)(w.len < 80 ? w.len : 80), w.at);
	*out = (uint16_t)rc;
	return rc < 0 ? rc : 0;
}

static int
parse_arrow(struct parse *p)
{
	struct lex_word w;
	int             rc = take_word(p, &w, "direction");

	if (rc < 0)
		return rc;
	if (lex_is(w, "<>"))
		p->b->rule->flags |= RULE_BOTH_WAYS;
	else if (!lex_is(w, "->"))
		return build_error(p->b, "direction %.*s is not supported", (int)w.len, w.at);
	return 0;
}

static int
parse_header(struct parse *p)
{
	struct rule *r = p->b->rule;
	int          rc = parse_action(p);

	if (rc == 0)
		rc = parse_protocol(p);
	if (rc == 0)
		rc = parse_address(p, &r->src, "source address");
	if (rc == 0)
		rc = parse_ports(p, &r->sport, "source port");
	if (rc == 0)
		rc = parse_arrow(p);
	if (rc == 0)
		rc = parse_address(p, &r->dst, "destination address");
	if (rc == 0)
		rc = parse_ports(p, &r->dport, "destination port");
	return rc;
}

/* ---- options ---- */

static void
unescape(char *s, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < *len; i++) {
		if (s[i] == '\\' && i + 1 < *len && strchr(";\"\\:", s[i + 1]))
			i++;
		s[n++] = s[i];
	}
	s[n] = '\0';
	*len = n;
}

/* `!`, quotes and escapes off, as the keyword's row says. */
static int
read_value(struct parse *p, struct option *o, const struct lex_option *lo)
{
	const struct keyword *kw = o->keyword;
	struct lex_word       v = lo->value;

	if (!v.at)
		v = (struct lex_word){ "", 0 };
	if (kw->flags & KEYWORD_NEGATABLE && v.len && *v.at == '!') {
		o->negated = true;
		v = lex_trim(v.at + 1, v.len - 1);
	}
	if (kw->flags & (KEYWORD_QUOTED | KEYWORD_QUOTES_NEEDED) && v.len && *v.at == '"') {
		if (v.len < 2 || v.at[v.len - 1] != '"')
			return build_error(p->b, "no closing quote");
		o->quoted = true;
		v = (struct lex_word){ v.at + 1, v.len - 2 };
	}
	if (kw->flags & KEYWORD_QUOTES_NEEDED && !o->quoted)
		return build_error(p->b, "the argument must stand in double quotes");
	o->value = arena_dup(p->b->scratch, v.at, v.len);
	o->len = v.len;
	if (!o->value)
		return -ENOMEM;
	if (!(kw->flags & KEYWORD_RAW) && memchr(v.at, '\\', v.len))
		unescape(o->value, &o->len);
	return 0;
}

static int
seen_before(struct parse *p, const struct keyword *kw)
{
	for (unsigned i = 0; i < p->n_once; i++)
		if (p->once[i] == kw)
			return build_error(p->b, "a second one in the same rule");
	if (p->n_once < ONCE_MAX)
		p->once[p->n_once++] = kw;
	return 0;
}

static int
run_keyword(struct parse *p, struct option *o, const struct lex_option *lo)
{
	const struct keyword *kw = o->keyword;
	int                   rc;

	if (kw->arg == KEYWORD_ARG_NEEDED && lo->value.len == 0)
		return build_error(p->b, "needs an argument");
	if (kw->arg == KEYWORD_ARG_NONE && lo->value.len)
		return build_error(p->b, "takes no argument");
	if (kw->flags & KEYWORD_ONCE && seen_before(p, kw) < 0)
		return -EINVAL;
	rc = read_value(p, o, lo);
	if (rc < 0)
		return rc;
	if (kw->kind != KEYWORD_META && !(kw->flags & KEYWORD_HEADER))
		p->b->asks_more = true;
	rc = kw->setup(p->b, o);
	if (rc == -EINVAL)
		build_error(p->b, "bad argument: %s", o->value);
	return rc < 0 ? rc : 0;
}

static int
run_buffer(struct parse *p, const struct word *w, const struct lex_option *lo)
{
	if (lo->value.len)
		return build_error(p->b, "takes no argument");
	if (w->modifier)
		return build_move_last(p->b, w->buffer);
	return build_sticky(p->b, w->buffer);
}

struct number_check {
	struct condition want;
	uint32_t         number; /* enum number */
};

/* Any of the transaction's numbers of that kind. */
static enum verdict
number_match(struct match *m, const struct check *c)
{
	const struct number_check *n = (const void *)c->arg;
	const struct app_ops      *ops = m->flow->ops;
	uint64_t                   v;

	if (!ops || !ops->number)
		return CHECK_NO;
	for (unsigned i = 0; ops->number(m->tx, n->number, m->dir, i, &v); i++)
		if (condition_holds(&n->want, v))
			return CHECK_YES;
	return CHECK_NO;
}

static int
run_number(struct parse *p, const struct word *w, const struct lex_option *lo)
{
	struct number_check *n = build_tx(p->b, (struct build_where){ .number = w->number }, number_match, sizeof(*n));
	char                *text = arena_dup(p->b->scratch, lo->value.at ? lo->value.at : "", lo->value.len);

	if (!n || !text)
		return -ENOMEM;
	n->number = w->number;
	if (condition_parse_words(&n->want, text, UINT64_MAX - 1, number_words(w->number)) < 0)
		return build_error(p->b, "not a number or range of numbers: %s", text);
	return 0;
}

static int
run_option(struct parse *p, const struct lex_option *lo)
{
	const struct word *w = words_get(p->b->rs->words, lo->name.at, lo->name.len);
	struct option      o = { 0 };

	p->where = (size_t)(lo->name.at - p->text->text);
	if (!w)
		return build_error(p->b, "unknown keyword");
	if (!w->keyword)
		return w->buffer ? run_buffer(p, w, lo) : run_number(p, w, lo);
	o.keyword = w->keyword;
	o.name = w->name;
	return run_keyword(p, &o, lo);
}

/* The rule is refused; its sid is still wanted for the message. */
static uint32_t
look_for_sid(struct parse *p)
{
	struct lex_option lo;
	const char       *why;
	uint64_t          sid;

	while (lex_option(p->text, &p->at, &lo, &why) == 1)
		if (lex_is(lo.name, "sid") && lo.value.at && number_parse(&sid, lo.value.at, lo.value.len, UINT32_MAX) == 0)
			return (uint32_t)sid;
	return 0;
}

static int
parse_options(struct parse *p, const char **keyword)
{
	struct lex_option lo;
	const char       *why = NULL;
	int               rc;

	p->where = p->at;
	while (p->at < p->text->len && strchr(" \t", p->text->text[p->at]))
		p->at++;
	if (p->at == p->text->len || p->text->text[p->at] != '(')
		return build_error(p->b, "no ( after the header");
	p->at++;
	while ((rc = lex_option(p->text, &p->at, &lo, &why)) == 1) {
		*keyword = NULL;
		rc = run_option(p, &lo);
		if (rc < 0) {
			*keyword = arena_dup(p->b->scratch, lo.name.at, lo.name.len);
			return rc;
		}
	}
	p->where = p->at;
	return rc < 0 ? build_error(p->b, "%s", why) : 0;
}

/* Is the rule for us at all? Before all else: what it says may be of another version of the language. */
static int
ask_requires(struct parse *p)
{
	struct lex_option lo;
	struct lex_word   w;
	const char       *why;
	size_t            at = 0;
	int               rc = 0;

	while (lex_word(p->text, &at, &w))
		;
	while (at < p->text->len && p->text->text[at] != '(')
		at++;
	at++;
	while (rc == 0 && at <= p->text->len && lex_option(p->text, &at, &lo, &why) == 1)
		if (lex_is(lo.name, "requires"))
			rc = run_option(p, &lo);
	return rc;
}

static int
parse_all(struct parse *p, const char **keyword)
{
	int rc = ask_requires(p);

	if (rc < 0) {
		*keyword = "requires";
		return rc;
	}
	rc = parse_header(p);
	if (rc == 0)
		rc = parse_options(p, keyword);
	if (rc == 0 && p->b->rule->info->sid == 0) {
		p->where = 0;
		rc = build_error(p->b, "no sid");
	}
	if (rc == 0) {
		p->where = 0;
		rc = build_finish(p->b);
	}
	return rc;
}

int
parse_rule(struct rule **out, struct ruleset *rs, struct arena *scratch, const struct lex_rule *text,
		struct parse_error *error)
{
	struct build *b = arena_get(scratch, sizeof(*b));
	struct rule  *r = arena_zero(rs->keep, sizeof(*r));
	struct parse  p = { .b = b, .text = text };
	const char   *keyword = "";
	int           rc;

	*out = NULL;
	memset(error, 0, sizeof(*error));
	p.once = arena_get(scratch, ONCE_MAX * sizeof(*p.once));
	if (!b || !r || !p.once || !(r->info = arena_zero(rs->keep, sizeof(*r->info))))
		return -ENOMEM;
	r->quick = (struct rule_quick){ .icmp_type = -1, .size_high = UINT16_MAX };
	r->info->priority = 3;
	r->info->gid = 1;
	r->info->category = r->info->classtype = r->info->msg = "";
	build_init(b, rs, scratch, r);
	rc = parse_all(&p, &keyword);
	error->keyword = keyword ? keyword : "";
	lex_position(text, p.where, &error->line, &error->column);
	error->warning = b->warning[0] ? b->warning : NULL;
	error->reason = b->why;
	error->sid = r->info->sid;
	if (rc == -EINVAL && error->sid == 0)
		error->sid = look_for_sid(&p);
	if (rc == 0)
		*out = r;
	return rc == -EINVAL && b->skipped ? -ECANCELED : rc;
}
