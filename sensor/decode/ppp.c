/* SPDX-License-Identifier: Apache-2.0 */
/* PPP (RFC 1661) on a line, in GRE and in PPPoE (RFC 2516). */
#include "sensor/decode/layer.h"

#include <stddef.h>

enum ppp_protocol {
	PPP_IP4 = 0x0021,
	PPP_VJ_COMPRESSED = 0x002d,
	PPP_VJ_UNCOMPRESSED = 0x002f,
	PPP_IP6 = 0x0057,
	PPP_MPLS_UNICAST = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
};

/* Assigned protocols that carry nothing we look into: control and compression. */
static const uint16_t ppp_silent[] = { 0x0023, 0x0025, 0x0027, 0x0029, 0x002b, 0x002d, 0x0031,
	0x0035, 0x0039, 0x003f, 0x0041, 0x8021, 0x8023, 0x8025, 0x8027, 0x8029, 0x802b, 0x8031,
	0x8035, 0x803f, 0x8041, 0x8057, 0x80fd, 0xc021, 0xc023, 0xc025, 0xc223 };

static bool
ppp_is_silent(uint16_t protocol)
{
	for (size_t i = 0; i < sizeof(ppp_silent) / sizeof(ppp_silent[0]); i++)
		if (ppp_silent[i] == protocol)
			return true;
	return false;
}

static bool
ppp_ip4(struct decode *d, struct packet *p, struct bytes in, enum packet_event too_small)
{
	if (in.left < 20)
		return layer_bad(p, too_small);
	if (in.at[0] >> 4 != 4)
		return false;
	return layer_ip4(d, p, in);
}

static bool
ppp_payload(struct decode *d, struct packet *p, uint16_t protocol, struct bytes in, bool over_ethernet)
{
	switch (protocol) {
	case PPP_IP4:
		return ppp_ip4(d, p, in, DECODE_PPP_IP4_PKT_TOO_SMALL);
	case PPP_VJ_UNCOMPRESSED:
		return ppp_ip4(d, p, in, DECODE_PPP_VJU_PKT_TOO_SMALL);
	case PPP_IP6:
		if (in.left < 40)
			return layer_bad(p, DECODE_PPP_IP6_PKT_TOO_SMALL);
		return layer_ip6(d, p, in);
	case PPP_MPLS_UNICAST:
	case PPP_MPLS_MULTICAST:
		return layer_mpls(d, p, in);
	default:
		if (!ppp_is_silent(protocol))
			return layer_bad(p, DECODE_PPP_WRONG_TYPE);
		return over_ethernet || layer_bad(p, DECODE_PPP_UNSUP_PROTO);
	}
}

/* The protocol field may be compressed to one byte; its low bit ends it. */
static uint16_t
ppp_protocol(struct bytes *in)
{
	uint8_t first = bytes_u8(in);

	return first & 1 ? first : (uint16_t)(first << 8 | bytes_u8(in));
}

bool
layer_ppp(struct decode *d, struct packet *p, struct bytes in)
{
	if (++d->layers > DECODE_LAYERS_MAX)
		return layer_bad(p, DECODE_TOO_MANY_LAYERS);
	if (bytes_starts(&in, "\xff\x03", 2))
		bytes_skip(&in, 2);
	uint16_t protocol = ppp_protocol(&in);
	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_PPP_PKT_TOO_SMALL);
	return ppp_payload(d, p, protocol, in, false);
}

bool
layer_pppoe_session(struct decode *d, struct packet *p, struct bytes in)
{
	bytes_skip(&in, 1);
	uint8_t code = bytes_u8(&in);

	bytes_skip(&in, 4);
	uint16_t protocol = ppp_protocol(&in);
	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_PPPOE_PKT_TOO_SMALL);
	if (code != 0)
		packet_event(p, DECODE_PPPOE_WRONG_CODE);
	return ppp_payload(d, p, protocol, in, true);
}

bool
layer_pppoe_discovery(struct decode *d, struct packet *p, struct bytes in)
{
	(void)d;
	if (in.left < 6)
		return layer_bad(p, DECODE_PPPOE_PKT_TOO_SMALL);
	bytes_skip(&in, 1);
	uint8_t code = bytes_u8(&in);

	bytes_skip(&in, 2);
	struct bytes tags = bytes_cut(&in, bytes_be16(&in));
	if (!bytes_ok(&in))
		return layer_bad(p, DECODE_PPPOE_MALFORMED_TAGS);
	if (code != 0x09 && code != 0x07 && code != 0x19 && code != 0x65 && code != 0xa7)
		return layer_bad(p, DECODE_PPPOE_WRONG_CODE);
	while (tags.left) {
		bytes_skip(&tags, 2);
		bytes_skip(&tags, bytes_be16(&tags));
		if (!bytes_ok(&tags))
			return layer_bad(p, DECODE_PPPOE_MALFORMED_TAGS);
	}
	return true;
}
