/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 (RFC 8200) and its chain of extension headers. */
#include "sensor/decode/layer.h"
#include "sensor/defrag.h"

#include <stddef.h>

enum next_header {
	NEXT_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_ESP = 50,
	NEXT_AH = 51,
	NEXT_NONE = 59,
	NEXT_DST = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140,
};

/* Where the walk along the chain stands. */
struct chain {
	struct bytes in;
	uint8_t      next;
	unsigned     seen_hop, seen_dst, seen_routing, seen_fragment, seen_ah;
	unsigned     n;    /* extension headers so far */
	bool         done; /* nothing above IP to decode */
};

/* Options of a hop-by-hop or destination header; type, length, data. */
static void
ip6_options(struct packet *p, struct bytes in, enum packet_event unknown, enum packet_event only_padding)
{
	unsigned n_pad = 0, n_other = 0;

	while (in.left) {
		uint8_t type = bytes_u8(&in);

		if (type == 0) { /* Pad1 has no length */
			n_pad++;
			continue;
		}
		uint8_t len = bytes_u8(&in);
		if (!bytes_ok(&in) || len > in.left) {
			packet_event(p, DECODE_IPV6_EXTHDR_INVALID_OPTLEN);
			return;
		}
		switch (type) {
		case 1: /* PadN */
			if (len == 0)
				packet_event(p, DECODE_IPV6_ZERO_LEN_PADN);
			n_pad++;
			break;
		case 5: /* router alert, RFC 2711 */
			if (len != 2)
				packet_event(p, DECODE_IPV6_EXTHDR_INVALID_OPTLEN);
			n_other++;
			break;
		case 0xc2: /* jumbo payload, RFC 2675 */
			if (len != 4)
				packet_event(p, DECODE_IPV6_EXTHDR_INVALID_OPTLEN);
			n_other++;
			break;
		case 0xc9: /* home address, RFC 6275 */
			if (len != 16)
				packet_event(p, DECODE_IPV6_EXTHDR_INVALID_OPTLEN);
			n_other++;
			break;
		default:
			packet_event(p, unknown);
			n_other++;
		}
		bytes_skip(&in, len);
	}
	if (n_pad && !n_other)
		packet_event(p, only_padding);
}

static bool
ext_options(struct packet *p, struct chain *c)
{
	bool         hop = c->next == NEXT_HOP;
	struct bytes all = c->in;
	uint8_t      next = bytes_u8(&c->in);
	unsigned     len = (bytes_u8(&c->in) + 1u) * 8;

	if (!bytes_ok(&c->in) || len > all.left)
		return layer_bad(p, DECODE_IPV6_TRUNC_EXTHDR);
	struct bytes opts = bytes_cut(&c->in, len - 2);
	if (hop ? c->seen_hop++ : c->seen_dst++ > 1) {
		/* destination options may stand before and after a routing header */
		packet_event(p, hop ? DECODE_IPV6_EXTHDR_DUPL_HH : DECODE_IPV6_EXTHDR_DUPL_DH);
	} else {
		ip6_options(p, opts, hop ? DECODE_IPV6_HOPOPTS_UNKNOWN_OPT : DECODE_IPV6_DSTOPTS_UNKNOWN_OPT,
				hop ? DECODE_IPV6_HOPOPTS_ONLY_PADDING : DECODE_IPV6_DSTOPTS_ONLY_PADDING);
	}
	c->next = next;
	return true;
}

static bool
ext_routing(struct packet *p, struct chain *c)
{
	struct bytes all = c->in;
	uint8_t      next = bytes_u8(&all);
	unsigned     len = (bytes_u8(&all) + 1u) * 8;
	uint8_t      type = bytes_u8(&all);

	if (!bytes_ok(&all) || len > c->in.left)
		return layer_bad(p, DECODE_IPV6_TRUNC_EXTHDR);
	if (c->seen_routing++)
		packet_event(p, DECODE_IPV6_EXTHDR_DUPL_RH);
	else if (type == 0)
		packet_event(p, DECODE_IPV6_RH_TYPE_0);
	bytes_skip(&c->in, len);
	c->next = next;
	return true;
}

static bool
ext_ah(struct packet *p, struct chain *c)
{
	struct bytes all = c->in;
	uint8_t      next = bytes_u8(&all);
	unsigned     len = (bytes_u8(&all) + 2u) * 4;
	uint16_t     reserved = bytes_be16(&all);

	if (c->in.left < 12 || len > c->in.left)
		return layer_bad(p, DECODE_IPV6_TRUNC_EXTHDR);
	if (reserved)
		packet_event(p, DECODE_IPV6_EXTHDR_AH_RES_NOT_NULL);
	if (c->seen_ah++)
		packet_event(p, DECODE_IPV6_EXTHDR_DUPL_AH);
	bytes_skip(&c->in, len);
	c->next = next;
	return true;
}

/* Mobility and its like: length in units of eight after the first eight. */
static bool
ext_other(struct packet *p, struct chain *c)
{
	struct bytes all = c->in;
	uint8_t      next = bytes_u8(&all);
	unsigned     len = (bytes_u8(&all) + 1u) * 8;

	if (!bytes_ok(&all) || len > c->in.left)
		return layer_bad(p, DECODE_IPV6_TRUNC_EXTHDR);
	bytes_skip(&c->in, len);
	c->next = next;
	return true;
}

/* RFC 8200 section 4.5. The rest is decoded when it is whole. */
static bool
ext_fragment(struct decode *d, struct packet *p, struct chain *c)
{
	struct bytes whole;
	uint8_t      next = bytes_u8(&c->in), reserved = bytes_u8(&c->in);
	uint16_t     offset = bytes_be16(&c->in);
	uint32_t     id = bytes_be32(&c->in);

	if (!bytes_ok(&c->in))
		return layer_bad(p, DECODE_IPV6_TRUNC_EXTHDR);
	if (reserved || (offset & 6))
		packet_event(p, DECODE_IPV6_FH_NON_ZERO_RESERVED_FIELD);
	if (c->seen_fragment++) {
		packet_event(p, DECODE_IPV6_EXTHDR_DUPL_FH);
		c->next = next;
		return true;
	}
	c->next = next;
	if ((offset & 0xfff9) == 0) {
		packet_event(p, DECODE_IPV6_EXTHDR_USELESS_FH);
		return true;
	}
	if ((offset & 1) && c->in.left % 8) {
		packet_event(p, DECODE_IPV6_FRAG_INVALID_LENGTH);
		c->done = true;
		return true;
	}
	c->done = true;
	p->fragment = true;
	p->ip_proto = next;
	p->frag_off = (uint16_t)(offset >> 3 | (offset & 1 ? 0x2000 : 0));
	p->ip_id = (uint16_t)id;
	p->payload = c->in;
	if (d->defrag && defrag_add6(d->defrag, p, id, next, c->in, &whole))
		(void)layer_rebuilt(d, p, layer_ip6, whole);
	return true;
}

/* One header of the chain; c->done when the walk ends here. */
static bool
ext_header(struct decode *d, struct packet *p, struct chain *c)
{
	switch (c->next) {
	case NEXT_HOP:
	case NEXT_DST:
		return ext_options(p, c);
	case NEXT_ROUTING:
		return ext_routing(p, c);
	case NEXT_AH:
		return ext_ah(p, c);
	case NEXT_FRAGMENT:
		return ext_fragment(d, p, c);
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return ext_other(p, c);
	case NEXT_NONE:
		if (c->in.left)
			packet_event(p, DECODE_IPV6_DATA_AFTER_NONE_HEADER);
		p->ip_proto = NEXT_NONE;
		p->payload = c->in;
		c->done = true;
		return true;
	default:
		p->ip_proto = c->next;
		p->payload = c->in;
		c->done = true;
		if (c->n && c->in.left < 2)
			return layer_bad(p, DECODE_IPV6_TRUNC_EXTHDR);
		return layer_above_ip(d, p, c->in);
	}
}

static bool
ip6_header(struct packet *p, struct bytes *in, uint8_t *next)
{
	struct bytes all = *in, f = *in;
	uint32_t     first = bytes_be32(&f);
	uint16_t     payload_len = bytes_be16(&f);

	*next = bytes_u8(&f);
	if (all.left < 40)
		return layer_bad(p, DECODE_IPV6_PKT_TOO_SMALL);
	if (first >> 28 != 6)
		return layer_bad(p, DECODE_IPV6_WRONG_IP_VERSION);
	if (all.left < 40u + payload_len)
		return layer_bad(p, DECODE_IPV6_TRUNC_PKT);
	p->ip_version = 6;
	p->tos = (uint8_t)(first >> 20);
	p->ttl = bytes_u8(&f);
	p->src = addr_v6(all.at + 8);
	p->dst = addr_v6(all.at + 24);
	p->ip = bytes_cut(&all, 40u + payload_len);
	*in = p->ip;
	p->ip_hdr = bytes_cut(in, 40);
	p->payload = *in;
	p->ip_proto = *next;
	return true;
}

bool
layer_ip6(struct decode *d, struct packet *p, struct bytes in)
{
	struct chain c = { 0 };

	if (++d->layers > DECODE_LAYERS_MAX)
		return layer_bad(p, DECODE_TOO_MANY_LAYERS);
	if (!ip6_header(p, &in, &c.next))
		return false;
	c.in = in;
	for (; !c.done; c.n++)
		if (!ext_header(d, p, &c))
			return false;
	return true;
}
