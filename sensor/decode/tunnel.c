/* SPDX-License-Identifier: Apache-2.0 */
/* GRE (RFC 2784, 2890, 2637), ERSPAN, VXLAN (RFC 7348), GENEVE (RFC 8926), Teredo (RFC 4380). */
#include "sensor/decode/layer.h"

#include <stddef.h>

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQ = 0x1000,
	GRE_STRICT = 0x0800,
	GRE_RECURSION = 0x0700,
	GRE_ACK = 0x0080, /* version 1 only */
	GRE_FLAGS0 = 0x00f8,
	GRE_FLAGS1 = 0x0078,
	GRE_VERSION = 0x0007,

	TYPE_IP4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_TEB = 0x6558, /* Ethernet inside */
	TYPE_IP6 = 0x86dd,
	TYPE_PPP = 0x880b,
	TYPE_VLAN = 0x8100,
	TYPE_ERSPAN = 0x88be,
};

static const struct {
	uint16_t  type;
	layer_fn *fn;
} gre_payloads[] = {
	{ TYPE_IP4, layer_ip4 },
	{ TYPE_IP6, layer_ip6 },
	{ TYPE_PPP, layer_ppp },
	{ TYPE_VLAN, layer_vlan },
	{ TYPE_TEB, layer_ethernet },
	{ TYPE_ARP, layer_arp },
};

static bool
gre_payload(struct decode *d, struct packet *p, uint16_t flags, uint16_t type, struct bytes in)
{
	if (type == TYPE_ERSPAN) {
		if (flags & GRE_SEQ)
			(void)layer_tunnel(d, p, layer_erspan, in);
		else if (d->settings.erspan1)
			(void)layer_tunnel(d, p, layer_ethernet, in);
		return true;
	}
	for (size_t i = 0; i < sizeof(gre_payloads) / sizeof(gre_payloads[0]); i++)
		if (gre_payloads[i].type == type)
			(void)layer_tunnel(d, p, gre_payloads[i].fn, in);
	return true;
}

/* Source route entries of version 0, up to one of zero length (RFC 1701). */
static bool
gre_routes(struct packet *p, struct bytes *in)
{
	for (;;) {
		uint16_t family = bytes_be16(in);

		bytes_skip(in, 1);
		uint8_t len = bytes_u8(in);
		if (!bytes_ok(in))
			return layer_bad(p, DECODE_GRE_VERSION0_MALFORMED_SRE_HDR);
		if (family == 0 && len == 0)
			return true;
		bytes_skip(in, len);
		if (!bytes_ok(in))
			return layer_bad(p, DECODE_GRE_VERSION0_MALFORMED_SRE_HDR);
	}
}

static bool
gre_version0(struct packet *p, uint16_t flags, struct bytes *in)
{
	if (flags & GRE_RECURSION)
		return layer_bad(p, DECODE_GRE_VERSION0_RECUR);
	if (flags & GRE_FLAGS0)
		return layer_bad(p, DECODE_GRE_VERSION0_FLAGS);
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		bytes_skip(in, 4);
	if (flags & GRE_KEY)
		bytes_skip(in, 4);
	if (flags & GRE_SEQ)
		bytes_skip(in, 4);
	if (!bytes_ok(in))
		return layer_bad(p, DECODE_GRE_VERSION0_HDR_TOO_BIG);
	return !(flags & GRE_ROUTING) || gre_routes(p, in);
}

/* Enhanced GRE of PPTP. */
static bool
gre_version1(struct packet *p, uint16_t flags, uint16_t type, struct bytes *in)
{
	if (flags & GRE_CHECKSUM)
		return layer_bad(p, DECODE_GRE_VERSION1_CHKSUM);
	if (flags & GRE_ROUTING)
		return layer_bad(p, DECODE_GRE_VERSION1_ROUTE);
	if (flags & GRE_STRICT)
		return layer_bad(p, DECODE_GRE_VERSION1_SSR);
	if (flags & GRE_RECURSION)
		return layer_bad(p, DECODE_GRE_VERSION1_RECUR);
	if (flags & GRE_FLAGS1)
		return layer_bad(p, DECODE_GRE_VERSION1_FLAGS);
	if (type != TYPE_PPP)
		return layer_bad(p, DECODE_GRE_VERSION1_WRONG_PROTOCOL);
	if (!(flags & GRE_KEY))
		return layer_bad(p, DECODE_GRE_VERSION1_NO_KEY);
	bytes_skip(in, 4u + (flags & GRE_SEQ ? 4 : 0) + (flags & GRE_ACK ? 4 : 0));
	if (!bytes_ok(in))
		return layer_bad(p, DECODE_GRE_VERSION1_HDR_TOO_BIG);
	return true;
}

bool
layer_gre(struct decode *d, struct packet *p, struct bytes in)
{
	uint16_t flags = bytes_be16(&in), type = bytes_be16(&in);
	bool     ok;

	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_GRE_PKT_TOO_SMALL);
	switch (flags & GRE_VERSION) {
	case 0:
		ok = gre_version0(p, flags, &in);
		break;
	case 1:
		ok = gre_version1(p, flags, type, &in);
		break;
	default:
		return layer_bad(p, DECODE_GRE_WRONG_VERSION);
	}
	return ok && gre_payload(d, p, flags, type, in);
}

/* Type II: eight bytes with version and VLAN, then the mirrored Ethernet frame. */
bool
layer_erspan(struct decode *d, struct packet *p, struct bytes in)
{
	uint16_t first = bytes_be16(&in);

	bytes_skip(&in, 6);
	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_ERSPAN_HEADER_TOO_SMALL);
	if (first >> 12 != 1)
		return layer_bad(p, DECODE_ERSPAN_UNSUPPORTED_VERSION);
	if (first & 0xfff) {
		if (p->n_vlan == PACKET_VLAN_MAX)
			return layer_bad(p, DECODE_ERSPAN_TOO_MANY_VLAN_LAYERS);
		p->vlan[p->n_vlan++] = first & 0xfff;
	}
	return layer_ethernet(d, p, in);
}

bool
layer_vxlan(struct decode *d, struct packet *p, struct bytes in)
{
	uint8_t flags = bytes_u8(&in);

	bytes_skip(&in, 6);
	uint8_t reserved = bytes_u8(&in);
	if (!bytes_ok(&in) || in.left < 14 || !(flags & 0x08) || reserved)
		return false;
	uint16_t type = (uint16_t)(in.at[12] << 8 | in.at[13]);
	if (type == TYPE_IP4 || type == TYPE_IP6 || type == TYPE_ARP || type == TYPE_VLAN)
		return layer_tunnel(d, p, layer_ethernet, in);
	return layer_bad(p, DECODE_VXLAN_UNKNOWN_PAYLOAD_TYPE);
}

bool
layer_geneve(struct decode *d, struct packet *p, struct bytes in)
{
	uint8_t  first = bytes_u8(&in);
	unsigned options_len = (first & 0x3f) * 4u;

	bytes_skip(&in, 1);
	uint16_t type = bytes_be16(&in);
	bytes_skip(&in, 3);
	uint8_t reserved = bytes_u8(&in);
	bytes_skip(&in, options_len);
	if (!bytes_ok(&in) || first >> 6 != 0 || reserved)
		return false;
	switch (type) {
	case TYPE_TEB:
		return layer_tunnel(d, p, layer_ethernet, in);
	case TYPE_IP4:
		return layer_tunnel(d, p, layer_ip4, in);
	case TYPE_IP6:
		return layer_tunnel(d, p, layer_ip6, in);
	case TYPE_ARP:
		return true;
	default:
		return layer_bad(p, DECODE_GENEVE_UNKNOWN_PAYLOAD_TYPE);
	}
}

/* Authentication and origin indications may stand before the IPv6 packet. Anything that is
 * not exactly one IPv6 packet is other traffic on that port. */
bool
layer_teredo(struct decode *d, struct packet *p, struct bytes in)
{
	for (int i = 0; i < 2 && in.left >= 2 && in.at[0] == 0; i++) {
		uint8_t kind = in.at[1];

		if (kind == 1) {
			bytes_skip(&in, 2);
			uint8_t id_len = bytes_u8(&in), auth_len = bytes_u8(&in);
			bytes_skip(&in, id_len + auth_len + 8u + 1u);
		} else if (kind == 0) {
			bytes_skip(&in, 8);
		} else {
			return false;
		}
	}
	if (in.left < 40 || in.at[0] >> 4 != 6)
		return false;
	unsigned payload_len = (unsigned)in.at[4] << 8 | in.at[5];
	if (payload_len != in.left - 40)
		return false;
	return layer_tunnel(d, p, layer_ip6, in);
}
