/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443, 4861). */
#include "sensor/decode/icmp.h"

#include "rules/checksum.h"
#include "sensor/decode/layer.h"

#include <stddef.h>

enum {
	ICMP_UNREACHABLE = 3,
	ICMP6_MLD_HOP_LIMIT = 1,
};

/* What we expect of a message type. */
struct icmp_type {
	uint8_t type;
	uint8_t max_code;
	uint8_t flags;
};
enum { ICMP_ERROR = 1, ICMP_ECHO = 2, ICMP_MLD = 4, ICMP_EXPERIMENT = 8 };

static const struct icmp_type types4[] = {
	{ 0, 0, ICMP_ECHO },
	{ 3, 15, ICMP_ERROR },
	{ 4, 0, ICMP_ERROR },
	{ 5, 3, ICMP_ERROR },
	{ 8, 0, ICMP_ECHO },
	{ 9, 16, 0 },
	{ 10, 0, 0 },
	{ 11, 1, ICMP_ERROR },
	{ 12, 2, ICMP_ERROR },
	{ 13, 0, ICMP_ECHO },
	{ 14, 0, ICMP_ECHO },
	{ 15, 0, ICMP_ECHO },
	{ 16, 0, ICMP_ECHO },
	{ 17, 0, ICMP_ECHO },
	{ 18, 0, ICMP_ECHO },
};

static const struct icmp_type types6[] = {
	{ 1, 6, ICMP_ERROR },
	{ 2, 0, ICMP_ERROR },
	{ 3, 1, ICMP_ERROR },
	{ 4, 10, ICMP_ERROR },
	{ 100, 255, ICMP_EXPERIMENT },
	{ 101, 255, ICMP_EXPERIMENT },
	{ 128, 0, ICMP_ECHO },
	{ 129, 0, ICMP_ECHO },
	{ 130, 0, ICMP_MLD },
	{ 131, 0, ICMP_MLD },
	{ 132, 0, ICMP_MLD },
	{ 133, 0, 0 },
	{ 134, 0, 0 },
	{ 135, 0, 0 },
	{ 136, 0, 0 },
	{ 137, 0, 0 },
	{ 138, 255, 0 },
	{ 139, 2, 0 },
	{ 140, 2, 0 },
	{ 141, 0, 0 },
	{ 142, 0, 0 },
	{ 143, 0, 0 },
	{ 144, 0, 0 },
	{ 145, 0, 0 },
	{ 146, 0, 0 },
	{ 147, 0, 0 },
	{ 148, 0, 0 },
	{ 149, 0, 0 },
	{ 151, 0, 0 },
	{ 152, 0, 0 },
	{ 153, 0, 0 },
	{ 154, 255, 0 },
	{ 155, 255, 0 },
	{ 156, 255, 0 },
	{ 157, 255, 0 },
	{ 158, 255, 0 },
	{ 200, 255, ICMP_EXPERIMENT },
	{ 201, 255, ICMP_EXPERIMENT },
};

static const struct icmp_type *
type_find(const struct icmp_type *types, size_t n, uint8_t type)
{
	for (size_t i = 0; i < n; i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

#define TYPE_FIND(table, type) type_find(table, sizeof(table) / sizeof((table)[0]), type)

/* Type, code, and for echoes id and sequence; the rest is payload. */
static bool
icmp_header(struct packet *p, struct bytes in)
{
	p->l4_hdr = bytes_cut(&in, 8);
	if (!bytes_ok(&in))
		return false;
	struct bytes f = p->l4_hdr;
	p->icmp_type = bytes_u8(&f);
	p->icmp_code = bytes_u8(&f);
	bytes_skip(&f, 2);
	p->icmp_id = bytes_be16(&f);
	p->icmp_seq = bytes_be16(&f);
	p->payload = in;
	return true;
}

bool
icmp_is_error(const struct packet *p)
{
	const struct icmp_type *t;

	if (p->ip_version != 4 || p->ip_proto != 1)
		return false;
	t = TYPE_FIND(types4, p->icmp_type);
	return t && (t->flags & ICMP_ERROR);
}

bool
icmp_quoted(struct icmp_quote *out, const struct packet *p)
{
	struct bytes in = p->payload;

	if (p->ip_version != 4 || p->ip_proto != 1 || p->icmp_type != ICMP_UNREACHABLE)
		return false;
	if (in.left < 20 || in.at[0] >> 4 != 4)
		return false;
	unsigned header_len = (in.at[0] & 0x0f) * 4u;
	if (header_len < 20)
		return false;
	out->ip_proto = in.at[9];
	out->src = addr_v4(in.at + 12);
	out->dst = addr_v4(in.at + 16);
	bytes_skip(&in, header_len);
	out->sport = bytes_be16(&in);
	out->dport = bytes_be16(&in);
	return bytes_ok(&in);
}

/* The packet that an error quotes must at least have a header of the right version. */
static void
check_quote(struct packet *p, unsigned version, enum packet_event truncated, enum packet_event unknown)
{
	if (p->payload.left < (version == 4 ? 20u : 40u))
		packet_event(p, truncated);
	else if (p->payload.at[0] >> 4 != version)
		packet_event(p, unknown);
}

bool
layer_icmp4(struct decode *d, struct packet *p, struct bytes in)
{
	if (!icmp_header(p, in))
		return layer_bad(p, DECODE_ICMPV4_PKT_TOO_SMALL);
	if (d->settings.checksums && checksum_sum(in, 0) != 0xffff)
		p->bad_checksum = true;
	const struct icmp_type *t = TYPE_FIND(types4, p->icmp_type);
	if (!t) {
		packet_event(p, DECODE_ICMPV4_UNKNOWN_TYPE);
		return true;
	}
	p->has_icmp_echo = t->flags & ICMP_ECHO;
	if (p->icmp_code > t->max_code)
		packet_event(p, DECODE_ICMPV4_UNKNOWN_CODE);
	else if (t->flags & ICMP_ERROR)
		check_quote(p, 4, DECODE_ICMPV4_IPV4_TRUNC_PKT, DECODE_ICMPV4_IPV4_UNKNOWN_VER);
	return true;
}

/* Types without a meaning: errors up to 99 and information from 160 to 199 are unassigned. */
static enum packet_event
icmp6_unknown(uint8_t type)
{
	if ((type > 4 && type < 100) || (type >= 160 && type < 200))
		return DECODE_ICMPV6_UNASSIGNED_TYPE;
	return DECODE_ICMPV6_UNKNOWN_TYPE;
}

bool
layer_icmp6(struct decode *d, struct packet *p, struct bytes in)
{
	if (!icmp_header(p, in))
		return layer_bad(p, DECODE_ICMPV6_PKT_TOO_SMALL);
	if (d->settings.checksums && !checksum_transport_ok(p, 58, in))
		p->bad_checksum = true;
	const struct icmp_type *t = TYPE_FIND(types6, p->icmp_type);
	if (!t) {
		packet_event(p, icmp6_unknown(p->icmp_type));
		return true;
	}
	p->has_icmp_echo = t->flags & ICMP_ECHO;
	if (t->flags & ICMP_EXPERIMENT)
		packet_event(p, DECODE_ICMPV6_EXPERIMENTATION_TYPE);
	if ((t->flags & ICMP_MLD) && p->ttl != ICMP6_MLD_HOP_LIMIT)
		packet_event(p, DECODE_ICMPV6_MLD_MESSAGE_WITH_INVALID_HL);
	if (p->icmp_code > t->max_code)
		packet_event(p, DECODE_ICMPV6_UNKNOWN_CODE);
	else if (t->flags & ICMP_ERROR)
		check_quote(p, 6, DECODE_ICMPV6_IPV6_TRUNC_PKT, DECODE_ICMPV6_IPV6_UNKNOWN_VERSION);
	return true;
}
