/* SPDX-License-Identifier: Apache-2.0 */
/* flags (tcp.flags): the TCP flags of the packet. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/program.h"

#include <errno.h>

enum how { FLAGS_EXACT, FLAGS_ALL, FLAGS_ANY, FLAGS_NOT };

struct flags {
	uint8_t want, ignore, how;
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct flags *f = (const void *)c->arg;
	uint8_t             have = m->packet->tcp_flags & (uint8_t)~f->ignore;
	bool                yes;

	if (m->packet->ip_proto != 6 || m->packet->l4_hdr.left == 0 || m->packet->pseudo)
		return CHECK_NO;
	switch (f->how) {
	case FLAGS_ALL:
		yes = (have & f->want) == f->want;
		break;
	case FLAGS_ANY:
		yes = have & f->want;
		break;
	case FLAGS_NOT:
		yes = !(have & f->want);
		break;
	default:
		yes = have == f->want;
	}
	return yes ? CHECK_YES : CHECK_NO;
}

/* "SA12" to bits; +, * and ! before or behind tell how they are compared. */
static int
read_letters(struct build *b, struct lex_word w, uint8_t *bits, uint8_t *how)
{
	static const char    letters[] = "FSRPAUEC21";
	static const uint8_t values[] = { TCP_FIN, TCP_SYN, TCP_RST, TCP_PSH, TCP_ACK, TCP_URG, TCP_ECN, TCP_CWR,
		TCP_ECN, TCP_CWR };

	for (size_t i = 0; i < w.len; i++) {
		char c = w.at[i];
		int  k = 0;

		if (how && (c == '+' || c == '*' || c == '!')) {
			*how = c == '+' ? FLAGS_ALL : c == '*' ? FLAGS_ANY : FLAGS_NOT;
			continue;
		}
		if (c >= 'a' && c <= 'z')
			c &= ~0x20;
		if (c == '0')
			continue;
		while (letters[k] && letters[k] != c)
			k++;
		if (!letters[k])
			return build_error(b, "unknown flag %c", w.at[i]);
		*bits |= values[k];
	}
	return 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, want, ignore = { "", 0 };
	struct flags   *f = build_packet(b, match, sizeof(*f));
	struct rule    *r = build_rule(b);

	if (!f)
		return -ENOMEM;
	lex_piece(&list, &want);
	if (list.at)
		lex_piece(&list, &ignore);
	if (read_letters(b, want, &f->want, &f->how) < 0 || read_letters(b, ignore, &f->ignore, NULL) < 0)
		return -EINVAL;
	if (f->how == FLAGS_EXACT) {
		r->quick.tcp_mask = (uint8_t)~f->ignore;
		r->quick.tcp_want = f->want & (uint8_t)~f->ignore;
	} else if (f->how == FLAGS_ALL) {
		r->quick.tcp_mask = r->quick.tcp_want = f->want;
	}
	build_need_packet(b);
	return 0;
}

const struct keyword kw_flags = {
	.name = "tcp.flags",
	.alias = "flags",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "flags:[!|*|+]FSRPAUEC0[,ignored] - TCP flags of the packet",
};
