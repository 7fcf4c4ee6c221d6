/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the packet's headers that keywords compare: ttl, tos, id, itype, icode, seq, ack, window, … One row
 * each; all share the grammar of rules/number.h. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>
#include <string.h>

/* Is the number there, and what is it? */
typedef bool get_fn(const struct packet *p, uint64_t *out);

struct compare {
	struct condition want;
	get_fn          *get;
};

static bool
is_tcp(const struct packet *p)
{
	return p->ip_proto == 6 && p->l4_hdr.left;
}

static bool
is_icmp(const struct packet *p)
{
	return (p->ip_proto == 1 || p->ip_proto == 58) && p->l4_hdr.left;
}

#define GETTER(name, there, value)                          \
	static bool name(const struct packet *p, uint64_t *out) \
	{                                                   \
		*out = (uint64_t)(value);                   \
		return there;                               \
	}

GETTER(get_ttl, p->ip_version, p->ttl)
GETTER(get_tos, p->ip_version == 4, p->tos)
GETTER(get_id, p->ip_version == 4, p->ip_id)
GETTER(get_fragoffset, p->ip_version, p->frag_off & 0x1fff)
GETTER(get_itype, is_icmp(p), p->icmp_type)
GETTER(get_icode, is_icmp(p), p->icmp_code)
GETTER(get_icmp_id, is_icmp(p) && p->has_icmp_echo, p->icmp_id)
GETTER(get_icmp_seq, is_icmp(p) && p->has_icmp_echo, p->icmp_seq)
GETTER(get_seq, is_tcp(p), p->tcp_seq)
GETTER(get_ack, is_tcp(p), p->tcp_ack)
GETTER(get_window, is_tcp(p), p->tcp_win)
GETTER(get_mss, is_tcp(p) && p->tcp_mss, p->tcp_mss)
GETTER(get_wscale, is_tcp(p) && p->tcp_wscale != 0xff, p->tcp_wscale)
GETTER(get_vlan_layers, true, p->n_vlan)

/* Of "packet too big", RFC 4443 section 3.2. */
static bool
get_mtu(const struct packet *p, uint64_t *out)
{
	struct bytes b = p->l4_hdr;

	bytes_skip(&b, 4);
	*out = bytes_be32(&b);
	return p->ip_proto == 58 && p->icmp_type == 2 && bytes_ok(&b);
}

static const struct {
	const char *name;
	get_fn     *get;
	uint64_t    max;
} rows[] = {
	{ "ttl", get_ttl, UINT8_MAX },
	{ "tos", get_tos, UINT8_MAX },
	{ "id", get_id, UINT16_MAX },
	{ "fragoffset", get_fragoffset, 0x1fff },
	{ "itype", get_itype, UINT8_MAX },
	{ "icode", get_icode, UINT8_MAX },
	{ "icmp_id", get_icmp_id, UINT16_MAX },
	{ "icmp_seq", get_icmp_seq, UINT16_MAX },
	{ "tcp.seq", get_seq, UINT32_MAX },
	{ "tcp.ack", get_ack, UINT32_MAX },
	{ "tcp.window", get_window, UINT16_MAX },
	{ "tcp.mss", get_mss, UINT16_MAX },
	{ "tcp.wscale", get_wscale, UINT8_MAX },
	{ "icmpv6.mtu", get_mtu, UINT32_MAX },
	{ "vlan.layers", get_vlan_layers, 3 },
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct compare *cmp = (const void *)c->arg;
	uint64_t              v;

	if (m->packet->pseudo || !cmp->get(m->packet, &v))
		return CHECK_NO;
	return condition_holds(&cmp->want, v) ? CHECK_YES : CHECK_NO;
}

/* A type that must be this one is asked before all else. */
static void
note_quick(struct rule *r, const struct compare *cmp)
{
	if (cmp->get == get_itype && cmp->want.op == NUMBER_EQ)
		r->quick.icmp_type = (int16_t)cmp->want.low;
}

static int
setup(struct build *b, const struct option *o)
{
	struct compare *cmp = build_packet(b, match, sizeof(*cmp));
	size_t          i = 0;

	if (!cmp)
		return -ENOMEM;
	while (strcmp(rows[i].name, o->keyword->name) != 0)
		i++;
	cmp->get = rows[i].get;
	if (condition_parse(&cmp->want, o->value, rows[i].max) < 0)
		return build_error(b, "not a number or range of numbers up to %llu: %s", (unsigned long long)rows[i].max,
				o->value);
	note_quick(build_rule(b), cmp);
	build_need_packet(b);
	return 0;
}

#define NUMBER(id, word, older, text)         \
	const struct keyword kw_##id = {      \
		.name = word,                 \
		.alias = older,               \
		.kind = KEYWORD_PACKET,       \
		.arg = KEYWORD_ARG_NEEDED,    \
		.flags = KEYWORD_QUOTED,      \
		.setup = setup,               \
		.help = text,                 \
	}

NUMBER(ttl, "ttl", NULL, "ttl:[<|>]N or N-M - time to live or hop limit");
NUMBER(tos, "tos", NULL, "tos:[!]N - type of service of IPv4");
NUMBER(id, "id", NULL, "id:N - identification of IPv4");
NUMBER(fragoffset, "fragoffset", NULL, "fragoffset:[!|<|>]N - fragment offset");
NUMBER(itype, "itype", NULL, "itype:[<|>]N or N<>M - ICMP type");
NUMBER(icode, "icode", NULL, "icode:[<|>]N or N<>M - ICMP code");
NUMBER(icmp_id, "icmp_id", NULL, "icmp_id:N - of an ICMP echo");
NUMBER(icmp_seq, "icmp_seq", NULL, "icmp_seq:N - of an ICMP echo");
NUMBER(seq, "tcp.seq", "seq", "seq:N - TCP sequence number");
NUMBER(ack, "tcp.ack", "ack", "ack:N - TCP acknowledgement number");
NUMBER(window, "tcp.window", "window", "window:[!]N - TCP window as in the header");
NUMBER(tcp_mss, "tcp.mss", NULL, "tcp.mss:N, <N, >N or N-M - option of that name");
NUMBER(tcp_wscale, "tcp.wscale", NULL, "tcp.wscale:N, <N, >N or N-M - window scale option");
NUMBER(icmpv6_mtu, "icmpv6.mtu", NULL, "icmpv6.mtu:N, <N, >N or N-M - of an ICMPv6 packet too big");
NUMBER(vlan_layers, "vlan.layers", NULL, "vlan.layers:N, <N, >N or N-M - number of VLAN tags");
