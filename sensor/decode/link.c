/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers and the tags between them and the network layer. */
#include "sensor/decode/layer.h"

#include <stddef.h>

enum ethertype {
	ETHER_IP4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_BRIDGE = 0x6558,
	ETHER_VLAN = 0x8100,
	ETHER_IP6 = 0x86dd,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE_DISCOVERY = 0x8863,
	ETHER_PPPOE_SESSION = 0x8864,
	ETHER_QINQ = 0x88a8,
	ETHER_8021AH = 0x88e7,
	ETHER_DCE = 0x8903,
	ETHER_VNTAG = 0x8926,
	ETHER_ETAG = 0x893f,
	ETHER_NSH = 0x894f,
	ETHER_QINQ_OLD = 0x9100,
};

/* Data centre Ethernet: the tag is only a longer way to an inner Ethernet header. */
static bool
layer_dce(struct decode *d, struct packet *p, struct bytes in)
{
	if (in.left < 14)
		return layer_bad(p, DECODE_DCE_PKT_TOO_SMALL);
	return layer_ethernet(d, p, in);
}

static const struct {
	uint16_t  type;
	layer_fn *fn;
} ethertypes[] = {
	{ ETHER_IP4, layer_ip4 },
	{ ETHER_IP6, layer_ip6 },
	{ ETHER_VLAN, layer_vlan },
	{ ETHER_QINQ, layer_vlan },
	{ ETHER_QINQ_OLD, layer_vlan },
	{ ETHER_ARP, layer_arp },
	{ ETHER_PPPOE_SESSION, layer_pppoe_session },
	{ ETHER_PPPOE_DISCOVERY, layer_pppoe_discovery },
	{ ETHER_MPLS, layer_mpls },
	{ ETHER_MPLS_MULTICAST, layer_mpls },
	{ ETHER_BRIDGE, layer_ethernet },
	{ ETHER_8021AH, layer_8021ah },
	{ ETHER_DCE, layer_dce },
	{ ETHER_VNTAG, layer_vntag },
	{ ETHER_ETAG, layer_etag },
	{ ETHER_NSH, layer_nsh },
};

bool
layer_by_ethertype(struct decode *d, struct packet *p, uint16_t type, struct bytes in, bool *known)
{
	p->ethertype = type;
	*known = true;
	if (++d->layers > DECODE_LAYERS_MAX)
		return layer_bad(p, DECODE_TOO_MANY_LAYERS);
	for (size_t i = 0; i < sizeof(ethertypes) / sizeof(ethertypes[0]); i++)
		if (ethertypes[i].type == type)
			return ethertypes[i].fn(d, p, in);
	*known = false;
	return false;
}

/* The same where an unknown type is an event of the layer below. */
static bool
by_type(struct decode *d, struct packet *p, uint16_t type, struct bytes in, enum packet_event unknown)
{
	bool known;
	bool ok = layer_by_ethertype(d, p, type, in, &known);

	if (!known)
		packet_event(p, unknown);
	return ok;
}

bool
layer_ethernet(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes header = bytes_cut(&in, 14);

	if (!bytes_ok(&header))
		return layer_bad(p, DECODE_ETHERNET_PKT_TOO_SMALL);
	p->eth = header;
	bytes_skip(&header, 12);
	return by_type(d, p, bytes_be16(&header), in, DECODE_ETHERNET_UNKNOWN_ETHERTYPE);
}

bool
layer_sll(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes header = bytes_cut(&in, 16);

	if (!bytes_ok(&header))
		return layer_bad(p, DECODE_SLL_PKT_TOO_SMALL);
	bytes_skip(&header, 14);
	return by_type(d, p, bytes_be16(&header), in, DECODE_ETHERNET_UNKNOWN_ETHERTYPE);
}

bool
layer_sll2(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes header = bytes_cut(&in, 20);

	if (!bytes_ok(&header))
		return layer_bad(p, DECODE_SLL2_PKT_TOO_SMALL);
	return by_type(d, p, bytes_be16(&header), in, DECODE_ETHERNET_UNKNOWN_ETHERTYPE);
}

bool
layer_chdlc(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes header = bytes_cut(&in, 4);

	if (!bytes_ok(&header))
		return layer_bad(p, DECODE_CHDLC_PKT_TOO_SMALL);
	bytes_skip(&header, 2);
	return by_type(d, p, bytes_be16(&header), in, DECODE_ETHERNET_UNKNOWN_ETHERTYPE);
}

/* The address family is in the byte order of the host that captured; all we know fit in a byte. */
bool
layer_null(struct decode *d, struct packet *p, struct bytes in)
{
	uint32_t family = bytes_le32(&in);

	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_LTNULL_PKT_TOO_SMALL);
	if ((family & 0xffff) == 0)
		family >>= 24;
	switch (family) {
	case 2:
		return layer_ip4(d, p, in);
	case 10: /* Linux */
	case 24: /* BSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return layer_ip6(d, p, in);
	default:
		return layer_bad(p, DECODE_LTNULL_UNSUPPORTED_TYPE);
	}
}

bool
layer_raw(struct decode *d, struct packet *p, struct bytes in)
{
	unsigned version = in.left ? in.at[0] >> 4 : 0;

	if (in.left < 20)
		return layer_bad(p, DECODE_IPV4_PKT_TOO_SMALL);
	if (version == 4)
		return layer_ip4(d, p, in);
	if (version == 6)
		return layer_ip6(d, p, in);
	return layer_bad(p, DECODE_IPRAW_INVALID_IP_VERSION);
}

bool
layer_vlan(struct decode *d, struct packet *p, struct bytes in)
{
	uint16_t tag = bytes_be16(&in), type = bytes_be16(&in);

	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_VLAN_HEADER_TOO_SMALL);
	if (p->n_vlan == PACKET_VLAN_MAX)
		return layer_bad(p, DECODE_VLAN_TOO_MANY_LAYERS);
	p->vlan[p->n_vlan++] = tag & 0xfff;
	return by_type(d, p, type, in, DECODE_VLAN_UNKNOWN_TYPE);
}

bool
layer_vntag(struct decode *d, struct packet *p, struct bytes in)
{
	bytes_skip(&in, 4);
	uint16_t type = bytes_be16(&in);

	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_VNTAG_HEADER_TOO_SMALL);
	return by_type(d, p, type, in, DECODE_VNTAG_UNKNOWN_TYPE);
}

bool
layer_etag(struct decode *d, struct packet *p, struct bytes in)
{
	bytes_skip(&in, 6);
	uint16_t type = bytes_be16(&in);

	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_ETAG_HEADER_TOO_SMALL);
	return by_type(d, p, type, in, DECODE_ETAG_UNKNOWN_TYPE);
}

/* Provider backbone bridge: service tag, then the customer's Ethernet header. */
bool
layer_8021ah(struct decode *d, struct packet *p, struct bytes in)
{
	bytes_skip(&in, 4 + 12);
	uint16_t type = bytes_be16(&in);

	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_IEEE8021AH_HEADER_TOO_SMALL);
	return by_type(d, p, type, in, DECODE_ETHERNET_UNKNOWN_ETHERTYPE);
}

/* RFC 8300: version, flags, length in words, then the type of what follows the context. */
bool
layer_nsh(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes all = in;
	uint16_t     first = bytes_be16(&in);
	uint8_t      md_type = bytes_u8(&in) & 0x0f, next = bytes_u8(&in);
	unsigned     len = (first & 0x3f) * 4u;

	bytes_skip(&in, 4);
	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_NSH_HEADER_TOO_SMALL);
	if (first >> 14)
		return layer_bad(p, DECODE_NSH_UNSUPPORTED_VERSION);
	if (len > all.left || (md_type == 1 && len != 24))
		return layer_bad(p, DECODE_NSH_BAD_HEADER_LENGTH);
	if (md_type == 0 || md_type == 15)
		return layer_bad(p, DECODE_NSH_RESERVED_TYPE);
	if (md_type > 2)
		return layer_bad(p, DECODE_NSH_UNSUPPORTED_TYPE);
	bytes_skip(&all, len);
	switch (next) {
	case 1:
		return layer_ip4(d, p, all);
	case 2:
		return layer_ip6(d, p, all);
	case 3:
		return layer_ethernet(d, p, all);
	case 5:
		return layer_mpls(d, p, all);
	default:
		return layer_bad(p, DECODE_NSH_UNKNOWN_PAYLOAD);
	}
}

bool
layer_arp(struct decode *d, struct packet *p, struct bytes in)
{
	uint16_t hardware = bytes_be16(&in), protocol = bytes_be16(&in);
	uint8_t  hardware_len = bytes_u8(&in), protocol_len = bytes_u8(&in);
	uint16_t operation = bytes_be16(&in);

	(void)d;
	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_ARP_PKT_TOO_SMALL);
	if (hardware != 1)
		return layer_bad(p, DECODE_ARP_UNSUPPORTED_HARDWARE);
	if (protocol != ETHER_IP4)
		return layer_bad(p, DECODE_ARP_UNSUPPORTED_PROTOCOL);
	if (in.left < 20)
		return layer_bad(p, DECODE_ARP_INVALID_PKT);
	if (hardware_len != 6)
		return layer_bad(p, DECODE_ARP_INVALID_HARDWARE_SIZE);
	if (protocol_len != 4)
		return layer_bad(p, DECODE_ARP_INVALID_PROTOCOL_SIZE);
	if (operation < 1 || operation > 10 || operation == 5 || operation == 6 || operation == 7)
		return layer_bad(p, DECODE_ARP_UNSUPPORTED_OPCODE);
	return true;
}

/* What lies under the bottom label is guessed by its first nibble, RFC 4928. */
static bool
mpls_payload(struct decode *d, struct packet *p, struct bytes in)
{
	if (in.left == 0)
		return layer_bad(p, DECODE_MPLS_PKT_TOO_SMALL);
	switch (in.at[0] >> 4) {
	case 0:
		if (in.left < 4 + 14)
			return layer_bad(p, DECODE_MPLS_PKT_TOO_SMALL);
		bytes_skip(&in, 4);
		return layer_ethernet(d, p, in);
	case 4:
		return layer_ip4(d, p, in);
	case 6:
		return layer_ip6(d, p, in);
	default:
		return layer_bad(p, DECODE_MPLS_UNKNOWN_PAYLOAD_TYPE);
	}
}

bool
layer_mpls(struct decode *d, struct packet *p, struct bytes in)
{
	uint32_t entry, label;
	bool     bottom;

	do {
		entry = bytes_be32(&in);
		if (!bytes_ok(&in))
			return layer_bad(p, DECODE_MPLS_HEADER_TOO_SMALL);
		label = entry >> 12;
		bottom = entry & 0x100;
	} while (!bottom);
	switch (label) {
	case 0:
		if (in.left < 20)
			return layer_bad(p, DECODE_MPLS_PKT_TOO_SMALL);
		return layer_ip4(d, p, in);
	case 1: /* router alert is never the last */
		packet_event(p, DECODE_MPLS_BAD_LABEL_ROUTER_ALERT);
		break;
	case 2:
		if (in.left < 40)
			return layer_bad(p, DECODE_MPLS_PKT_TOO_SMALL);
		return layer_ip6(d, p, in);
	case 3: /* implicit null is never on the wire */
		packet_event(p, DECODE_MPLS_BAD_LABEL_IMPLICIT_NULL);
		break;
	default:
		if (label < 16)
			packet_event(p, DECODE_MPLS_BAD_LABEL_RESERVED);
	}
	return mpls_payload(d, p, in);
}
