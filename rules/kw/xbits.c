/* SPDX-License-Identifier: Apache-2.0 */
/* xbits and hostbits: named marks on addresses, with an end. Asking comes before the rule, acting after it.
 *
 * xbits:set,NAME,track ip_src|ip_dst|ip_pair|tx[,expire SECONDS]; hostbits:set,NAME[,src|dst|both].
 */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/memory.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>
#include <string.h>

#define EXPIRE_DEFAULT_S 30 /* xbits without `expire` */
#define NEVER_NS UINT64_MAX /* hostbits have no end of their own */

enum mark_command { MARK_SET, MARK_UNSET, MARK_TOGGLE, MARK_ISSET, MARK_ISNOTSET };

static const char *const commands[] = { [MARK_SET] = "set", [MARK_UNSET] = "unset", [MARK_TOGGLE] = "toggle",
	[MARK_ISSET] = "isset", [MARK_ISNOTSET] = "isnotset" };

enum mark_on { ON_SRC, ON_DST, ON_PAIR, ON_BOTH };

struct mark {
	uint32_t name;
	uint32_t kind;     /* enum memory_kind */
	uint32_t expire_s; /* 0: never */
	uint8_t  command;  /* enum mark_command */
	uint8_t  on;       /* enum mark_on */
};

static struct memory_key
key_of(const struct match *m, const struct mark *k, bool dst)
{
	const struct packet *p = m->packet;
	struct memory_key    key;

	memset(&key, 0, sizeof(key)); /* the padding is compared too */
	key.kind = k->kind;
	key.id = k->name;
	key.a = dst ? p->dst : p->src;
	if (k->on == ON_PAIR) { /* the same pair in both directions */
		bool turn = addr_cmp(&p->src, &p->dst) > 0;

		key.a = turn ? p->dst : p->src;
		key.b = turn ? p->src : p->dst;
	}
	return key;
}

static bool
is_set(struct match *m, const struct mark *k, bool dst)
{
	struct memory_key    key = key_of(m, k, dst);
	struct memory_entry *e = memory_get(m->memory, &key, m->now_ns, false);
	bool                 set = e && e->until_ns >= m->now_ns;

	if (e)
		memory_put(m->memory, e);
	return set;
}

static void
put(struct match *m, const struct mark *k, bool dst)
{
	struct memory_key    key = key_of(m, k, dst);
	struct memory_entry *e = memory_get(m->memory, &key, m->now_ns, true);

	if (!e)
		return;
	e->until_ns = k->expire_s ? m->now_ns + k->expire_s * 1000000000ull : NEVER_NS;
	memory_put(m->memory, e);
}

static void
take_off(struct match *m, const struct mark *k, bool dst)
{
	struct memory_key    key = key_of(m, k, dst);
	struct memory_entry *e = memory_get(m->memory, &key, m->now_ns, false);

	if (e)
		memory_drop(m->memory, e);
}

static enum verdict
ask(struct match *m, const struct check *c)
{
	const struct mark *k = (const void *)c->arg;
	bool               set = k->on == ON_BOTH ? is_set(m, k, false) && is_set(m, k, true)
						  : is_set(m, k, k->on == ON_DST);

	return set == (k->command == MARK_ISSET) ? CHECK_YES : CHECK_NO;
}

static void
act_on(struct match *m, const struct mark *k, bool dst)
{
	if (k->command == MARK_SET || (k->command == MARK_TOGGLE && !is_set(m, k, dst)))
		put(m, k, dst);
	else
		take_off(m, k, dst);
}

static enum verdict
act(struct match *m, const struct check *c)
{
	const struct mark *k = (const void *)c->arg;

	if (k->on != ON_DST)
		act_on(m, k, false);
	if (k->on == ON_DST || k->on == ON_BOTH)
		act_on(m, k, true);
	return CHECK_YES;
}

static int
new_mark(struct build *b, struct lex_word *list, uint32_t kind, enum build_names space, struct mark **out)
{
	struct lex_word command, name;
	int             which = -1, id;

	if (!lex_piece(list, &command) || !lex_piece(list, &name) || name.len == 0)
		return build_error(b, "needs a command and a name");
	for (int i = 0; i < 5; i++)
		if (lex_is(command, commands[i]))
			which = i;
	if (which < 0)
		return build_error(b, "unknown command: %.*s", (int)command.len, command.at);
	id = build_name(b, space, name.at, name.len);
	*out = which >= MARK_ISSET ? build_packet(b, ask, sizeof(**out)) : build_post(b, act, sizeof(**out));
	if (id < 0 || !*out)
		return -ENOMEM;
	**out = (struct mark){ .name = (uint32_t)id, .kind = kind, .command = (uint8_t)which };
	build_rule(b)->flags |= which >= MARK_ISSET ? RULE_READS_FLOW : RULE_WRITES_FLOW;
	return 0;
}

static int
track(struct build *b, struct mark *k, struct lex_word w)
{
	static const char *const names[] = { [ON_SRC] = "ip_src", [ON_DST] = "ip_dst", [ON_PAIR] = "ip_pair" };

	for (int i = 0; i <= ON_PAIR; i++)
		if (lex_is(w, names[i])) {
			k->on = (uint8_t)i;
			return 0;
		}
	return build_error(b, "track is ip_src, ip_dst or ip_pair: %.*s", (int)w.len, w.at);
}

static int
xbits_setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w, arg;
	struct mark    *k;
	bool            tracked = false;
	uint64_t        n;
	int             err;

	if (o->len >= 7 && strncmp(o->value, "noalert", 7) == 0) {
		build_rule(b)->flags |= RULE_NOALERT;
		return 0;
	}
	err = new_mark(b, &list, MEMORY_XBIT, NAMES_XBIT, &k);
	if (err < 0)
		return err;
	k->expire_s = EXPIRE_DEFAULT_S;
	while (lex_piece(&list, &w)) {
		if (lex_argument(w, "track", &arg)) {
			tracked = true;
			if (track(b, k, arg) < 0)
				return -EINVAL;
		} else if (lex_argument(w, "expire", &arg) && number_parse(&n, arg.at, arg.len, UINT32_MAX) == 0 && n) {
			k->expire_s = (uint32_t)n;
		} else {
			return build_error(b, "needs track and perhaps expire: %.*s", (int)w.len, w.at);
		}
	}
	return tracked ? 0 : build_error(b, "needs track ip_src, ip_dst or ip_pair");
}

static int
hostbits_setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;
	struct mark    *k;
	int             err;

	if (lex_is(list, "noalert")) {
		build_rule(b)->flags |= RULE_NOALERT;
		return 0;
	}
	err = new_mark(b, &list, MEMORY_HOSTBIT, NAMES_HOSTBIT, &k);
	if (err < 0)
		return err;
	k->on = ON_SRC;
	if (!lex_piece(&list, &w) || lex_is(w, "src"))
		return 0;
	if (lex_is(w, "dst"))
		k->on = ON_DST;
	else if (lex_is(w, "both"))
		k->on = ON_BOTH;
	else
		return build_error(b, "the host is src, dst or both: %.*s", (int)w.len, w.at);
	return 0;
}

const struct keyword kw_xbits = {
	.name = "xbits",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_HEADER,
	.setup = xbits_setup,
	.help = "xbits:set|unset|toggle|isset|isnotset,NAME,track ip_src|ip_dst|ip_pair[,expire S]",
};

const struct keyword kw_hostbits = {
	.name = "hostbits",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_HEADER,
	.setup = hostbits_setup,
	.help = "hostbits:set|unset|toggle|isset|isnotset,NAME[,src|dst|both] - marks on an address",
};
