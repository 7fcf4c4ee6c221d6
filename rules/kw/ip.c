/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the IP header beside numbers: ip_proto, ipopts, fragbits, sameip, vlan.id. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

/* ---- ip_proto ---- */

static enum verdict
ip_proto_match(struct match *m, const struct check *c)
{
	const struct condition *want = (const void *)c->arg;

	return m->packet->ip_version && condition_holds(want, m->packet->ip_proto) ? CHECK_YES : CHECK_NO;
}

static const struct {
	const char *name;
	uint8_t     number;
} protocols[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "ipip", 4 }, { "ip-in-ip", 4 }, { "tcp", 6 }, { "egp", 8 }, { "igp", 9 },
	{ "udp", 17 }, { "ipv6", 41 }, { "rsvp", 46 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 },
	{ "ipv6-icmp", 58 }, { "icmpv6", 58 }, { "ospf", 89 }, { "pim", 103 }, { "sctp", 132 },
};

static int
ip_proto_setup(struct build *b, const struct option *o)
{
	struct condition *want = build_packet(b, ip_proto_match, sizeof(*want));
	const char       *name = o->value;

	if (!want)
		return -ENOMEM;
	if (condition_parse(want, o->value, UINT8_MAX) == 0)
		return 0;
	want->op = *name == '!' ? NUMBER_NE : NUMBER_EQ;
	name += *name == '!';
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (strcasecmp(name, protocols[i].name) == 0) {
			want->low = protocols[i].number;
			return 0;
		}
	}
	return build_error(b, "neither a number nor a known protocol: %s", o->value);
}

/* ---- ipopts ---- */

static enum verdict
ipopts_match(struct match *m, const struct check *c)
{
	const uint32_t *want = (const void *)c->arg;

	return m->packet->ip_opts & *want ? CHECK_YES : CHECK_NO;
}

static const struct {
	const char *name;
	uint32_t    bits;
} options[] = {
	{ "rr", IP_OPT_RR }, { "lsrr", IP_OPT_LSRR }, { "ssrr", IP_OPT_SSRR }, { "satid", IP_OPT_SATID },
	{ "sec", IP_OPT_SEC }, { "esec", IP_OPT_ESEC }, { "ts", IP_OPT_TS }, { "nop", IP_OPT_NOP },
	{ "eol", IP_OPT_EOL }, { "any", UINT32_MAX },
};

static int
ipopts_setup(struct build *b, const struct option *o)
{
	uint32_t *want = build_packet(b, ipopts_match, sizeof(*want));

	if (!want)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (strcasecmp(o->value, options[i].name) == 0) {
			*want = options[i].bits;
			build_need_packet(b);
			return 0;
		}
	}
	return build_error(b, "unknown option: %s", o->value);
}

/* ---- fragbits ---- */

enum how { BITS_EXACT, BITS_ALL, BITS_ANY, BITS_NOT };

struct fragbits {
	uint16_t want;
	uint8_t  how; /* enum how */
};

#define FRAG_BITS 0xe000 /* reserved, don't fragment, more fragments */

static enum verdict
fragbits_match(struct match *m, const struct check *c)
{
	const struct fragbits *f = (const void *)c->arg;
	uint16_t               have = m->packet->frag_off & FRAG_BITS;
	bool                   yes;

	if (m->packet->ip_version != 4 || m->packet->pseudo)
		return CHECK_NO;
	switch (f->how) {
	case BITS_ALL:
		yes = (have & f->want) == f->want;
		break;
	case BITS_ANY:
		yes = have & f->want;
		break;
	case BITS_NOT:
		yes = !(have & f->want);
		break;
	default:
		yes = have == f->want;
	}
	return yes ? CHECK_YES : CHECK_NO;
}

static int
fragbits_setup(struct build *b, const struct option *o)
{
	struct fragbits *f = build_packet(b, fragbits_match, sizeof(*f));

	if (!f)
		return -ENOMEM;
	for (const char *s = o->value; *s; s++) {
		switch (*s) {
		case '+':
			f->how = BITS_ALL;
			break;
		case '*':
			f->how = BITS_ANY;
			break;
		case '!':
			f->how = BITS_NOT;
			break;
		case 'M':
		case 'm':
			f->want |= 0x2000;
			break;
		case 'D':
		case 'd':
			f->want |= 0x4000;
			break;
		case 'R':
		case 'r':
			f->want |= 0x8000;
			break;
		default:
			return build_error(b, "unknown bit %c", *s);
		}
	}
	build_need_packet(b);
	return f->want ? 0 : build_error(b, "names no bit");
}

/* ---- sameip ---- */

static enum verdict
sameip_match(struct match *m, const struct check *c)
{
	(void)c;
	return addr_eq(&m->packet->src, &m->packet->dst) ? CHECK_YES : CHECK_NO;
}

static int
sameip_setup(struct build *b, const struct option *o)
{
	(void)o;
	build_need_packet(b);
	return build_packet(b, sameip_match, 0) ? 0 : -ENOMEM;
}

/* ---- vlan.id ---- */

#define LAYER_ANY 0x7f
#define LAYER_ALL 0x7e

struct vlan_id {
	struct condition want;
	int8_t           layer; /* from the outside; negative: from the inside */
};

static enum verdict
vlan_id_match(struct match *m, const struct check *c)
{
	const struct vlan_id *v = (const void *)c->arg;
	const struct packet  *p = m->packet;
	int                   n = p->n_vlan, yes = 0, at = v->layer < 0 ? n + v->layer : v->layer;

	if (v->layer != LAYER_ANY && v->layer != LAYER_ALL)
		return at >= 0 && at < n && condition_holds(&v->want, p->vlan[at]) ? CHECK_YES : CHECK_NO;
	for (int i = 0; i < n; i++)
		yes += condition_holds(&v->want, p->vlan[i]);
	if (v->layer == LAYER_ALL)
		return n && yes == n ? CHECK_YES : CHECK_NO;
	return yes ? CHECK_YES : CHECK_NO;
}

static int
read_layer(struct build *b, struct lex_word w, int8_t *out)
{
	bool     inside = w.len && *w.at == '-';
	uint64_t n;

	if (lex_is(w, "any") || lex_is(w, "all")) {
		*out = lex_is(w, "any") ? LAYER_ANY : LAYER_ALL;
		return 0;
	}
	if (number_parse(&n, w.at + inside, w.len - inside, PACKET_VLAN_MAX) < 0 || (!inside && n == PACKET_VLAN_MAX))
		return build_error(b, "a layer is any, all, 0 to 2 or -3 to -1: %.*s", (int)w.len, w.at);
	*out = (int8_t)(inside ? -(int)n : (int)n);
	return 0;
}

static int
vlan_id_setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, id, layer;
	struct vlan_id *v = build_packet(b, vlan_id_match, sizeof(*v));
	char            text[32];

	if (!v)
		return -ENOMEM;
	v->layer = LAYER_ANY;
	lex_piece(&list, &id);
	if (list.at) {
		lex_piece(&list, &layer);
		if (read_layer(b, layer, &v->layer) < 0)
			return -EINVAL;
	}
	if (id.len >= sizeof(text))
		return build_error(b, "not a VLAN: %s", o->value);
	memcpy(text, id.at, id.len);
	text[id.len] = '\0';
	return condition_parse(&v->want, text, 4094) < 0 ? build_error(b, "not a VLAN or range of them: %s", text) : 0;
}

const struct keyword kw_ip_proto = {
	.name = "ip_proto",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_QUOTED,
	.setup = ip_proto_setup,
	.help = "ip_proto:[!|<|>]N or name - protocol above IP",
};

const struct keyword kw_ipopts = {
	.name = "ipopts",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = ipopts_setup,
	.help = "ipopts:rr|eol|nop|ts|sec|esec|lsrr|ssrr|satid|any - an option of IPv4",
};

const struct keyword kw_fragbits = {
	.name = "fragbits",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = fragbits_setup,
	.help = "fragbits:[+|*|!]MDR - more fragments, don't fragment, reserved",
};

const struct keyword kw_sameip = {
	.name = "sameip",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NONE,
	.setup = sameip_setup,
	.help = "sameip - source and destination are one address",
};

const struct keyword kw_vlan_id = {
	.name = "vlan.id",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = vlan_id_setup,
	.help = "vlan.id:[!|<|>]N[,any|all|layer] - VLAN of the packet",
};
