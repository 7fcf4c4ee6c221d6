/* SPDX-License-Identifier: Apache-2.0 */
/* What stands above IP: the table by protocol number, TCP and UDP. */
#include "rules/checksum.h"
#include "sensor/decode/layer.h"

#include <stddef.h>

enum ip_proto {
	PROTO_ICMP = 1,
	PROTO_IGMP = 2,
	PROTO_IPIP = 4,
	PROTO_TCP_ = 6,
	PROTO_UDP_ = 17,
	PROTO_IPV6 = 41,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_ICMP6 = 58,
	PROTO_SCTP_ = 132,
};

static bool
layer_ip4_in_ip(struct decode *d, struct packet *p, struct bytes in)
{
	if (p->ip_version == 6 && in.left < 20)
		return layer_bad(p, DECODE_IPV6_IPV4_IN_IPV6_TOO_SMALL);
	if (p->ip_version == 6 && in.at[0] >> 4 != 4)
		return layer_bad(p, DECODE_IPV6_IPV4_IN_IPV6_WRONG_VERSION);
	(void)layer_tunnel(d, p, layer_ip4, in);
	return true;
}

static bool
layer_ip6_in_ip(struct decode *d, struct packet *p, struct bytes in)
{
	if (p->ip_version == 6 && in.left < 40)
		return layer_bad(p, DECODE_IPV6_IPV6_IN_IPV6_TOO_SMALL);
	if (p->ip_version == 6 && in.at[0] >> 4 != 6)
		return layer_bad(p, DECODE_IPV6_IPV6_IN_IPV6_WRONG_VERSION);
	(void)layer_tunnel(d, p, layer_ip6, in);
	return true;
}

static bool
wrong_icmp(struct decode *d, struct packet *p, struct bytes in)
{
	(void)d, (void)in;
	packet_event(p, p->ip_version == 4 ? DECODE_IPV4_ICMPV6 : DECODE_IPV6_ICMPV4);
	return true;
}

static const struct {
	uint8_t   proto;
	layer_fn *over4, *over6;
} transports[] = {
	{ PROTO_TCP_, layer_tcp, layer_tcp },
	{ PROTO_UDP_, layer_udp, layer_udp },
	{ PROTO_ICMP, layer_icmp4, wrong_icmp },
	{ PROTO_ICMP6, wrong_icmp, layer_icmp6 },
	{ PROTO_GRE, layer_gre, layer_gre },
	{ PROTO_SCTP_, layer_sctp, layer_sctp },
	{ PROTO_IPIP, layer_ip4_in_ip, layer_ip4_in_ip },
	{ PROTO_IPV6, layer_ip6_in_ip, layer_ip6_in_ip },
	{ PROTO_ESP, layer_esp, layer_esp },
	{ PROTO_IGMP, layer_igmp, NULL },
};

bool
layer_above_ip(struct decode *d, struct packet *p, struct bytes in)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		layer_fn *fn = p->ip_version == 6 ? transports[i].over6 : transports[i].over4;

		if (transports[i].proto == p->ip_proto && fn)
			return fn(d, p, in);
	}
	packet_event(p, p->ip_version == 4 ? DECODE_IPV4_UNKNOWN_PROTOCOL
					   : DECODE_IPV6_UNKNOWN_NEXT_HEADER);
	return true;
}

/* Takes the header off `in` and keeps both parts. */
static void
split(struct packet *p, struct bytes in, size_t header_len)
{
	p->l4_hdr = bytes_cut(&in, header_len);
	p->payload = in;
}

enum {
	TCPOPT_EOL = 0,
	TCPOPT_NOP = 1,
	TCPOPT_MSS = 2,
	TCPOPT_WSCALE = 3,
	TCPOPT_SACK_OK = 4,
	TCPOPT_SACK = 5,
	TCPOPT_TS = 8,
	TCPOPT_MD5 = 19,
	TCPOPT_AO = 29,
	TCPOPT_TFO = 34,
	TCPOPT_EXP1 = 253,
	TCPOPT_EXP2 = 254,
	TFO_MAGIC = 0xf989,
};

static void
verify(const struct decode *d, struct packet *p, uint8_t proto, struct bytes segment, uint16_t field)
{
	if (!d->settings.checksums || checksum_transport_ok(p, proto, segment))
		return;
	p->bad_checksum = !d->settings.unfinished_ok ||
			  !checksum_transport_unfinished(p, proto, segment, field);
}

/* The lengths that an option may have, header included; what we do not know is not judged. */
static bool
tcp_option_len_ok(uint8_t type, uint8_t len)
{
	switch (type) {
	case TCPOPT_MSS:
		return len == 4;
	case TCPOPT_WSCALE:
		return len == 3;
	case TCPOPT_SACK_OK:
		return len == 2;
	case TCPOPT_SACK:
		return len >= 10 && len <= 34 && (len - 2) % 8 == 0;
	case TCPOPT_TS:
		return len == 10;
	case TCPOPT_MD5:
		return len == 18;
	case TCPOPT_AO:
		return len >= 4;
	case TCPOPT_TFO:
		return len == 2 || (len >= 6 && len <= 18 && len % 2 == 0);
	default:
		return true;
	}
}

/* Bit under which a repeated option is known; 0: may repeat. */
static unsigned
tcp_option_once(uint8_t type)
{
	return type < 32 && type >= TCPOPT_MSS ? 1u << type : type == TCPOPT_TFO ? 1u : 0;
}

static void
tcp_option(struct packet *p, uint8_t type, struct bytes data)
{
	switch (type) {
	case TCPOPT_MSS:
		p->tcp_mss = bytes_be16(&data);
		break;
	case TCPOPT_WSCALE:
		p->tcp_wscale = bytes_u8(&data);
		if (p->tcp_wscale > 14) /* RFC 7323 section 2.3 */
			p->tcp_wscale = 14;
		break;
	case TCPOPT_SACK_OK:
		p->tcp_has_sack = true;
		break;
	case TCPOPT_TS:
		p->tcp_has_ts = true;
		p->tcp_tsval = bytes_be32(&data);
		p->tcp_tsecr = bytes_be32(&data);
		break;
	case TCPOPT_TFO:
		p->tcp_has_tfo = true;
		break;
	case TCPOPT_EXP1:
	case TCPOPT_EXP2:
		if (bytes_be16(&data) == TFO_MAGIC)
			p->tcp_has_tfo = true;
		break;
	}
}

static void
tcp_options(struct packet *p, struct bytes in)
{
	unsigned seen = 0;

	while (in.left) {
		uint8_t type = bytes_u8(&in);

		if (type == TCPOPT_EOL)
			return;
		if (type == TCPOPT_NOP)
			continue;
		if (in.left == 0)
			return;
		uint8_t len = bytes_u8(&in);
		if (len < 2 || len - 2u > in.left) {
			packet_event(p, DECODE_TCP_OPT_INVALID_LEN);
			return;
		}
		struct bytes data = bytes_cut(&in, len - 2u);
		unsigned     once = tcp_option_once(type);
		if (!tcp_option_len_ok(type, len))
			packet_event(p, DECODE_TCP_OPT_INVALID_LEN);
		else if (seen & once)
			packet_event(p, DECODE_TCP_OPT_DUPLICATE);
		else
			tcp_option(p, type, data);
		seen |= once;
	}
}

bool
layer_tcp(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes f = in;
	uint16_t     sport = bytes_be16(&f), dport = bytes_be16(&f);

	if (in.left < 20)
		return layer_bad(p, DECODE_TCP_PKT_TOO_SMALL);
	p->tcp_seq = bytes_be32(&f);
	p->tcp_ack = bytes_be32(&f);
	unsigned header_len = (bytes_u8(&f) >> 4) * 4u;
	if (header_len < 20 || header_len > in.left)
		return layer_bad(p, DECODE_TCP_HLEN_TOO_SMALL);
	p->sport = sport;
	p->dport = dport;
	p->tcp_flags = bytes_u8(&f);
	p->tcp_win = bytes_be16(&f);
	verify(d, p, PROTO_TCP_, in, bytes_be16(&f));
	p->tcp_urg = bytes_be16(&f);
	split(p, in, header_len);
	if (header_len > 20)
		tcp_options(p, bytes_of(in.at + 20, header_len - 20));
	return true;
}

static bool
port_in(const uint16_t *list, uint16_t port)
{
	for (int i = 0; i < DECODE_PORTS_MAX && list[i]; i++)
		if (list[i] == port)
			return true;
	return false;
}

static void
udp_tunnels(struct decode *d, struct packet *p)
{
	const struct decode_settings *s = &d->settings;

	if (s->teredo && (s->teredo_ports[0] == 0 || port_in(s->teredo_ports, p->dport) ||
					 port_in(s->teredo_ports, p->sport)) &&
			layer_teredo(d, p, p->payload))
		return;
	if (port_in(s->geneve_ports, p->dport) && layer_geneve(d, p, p->payload))
		return;
	if (port_in(s->vxlan_ports, p->dport))
		(void)layer_vxlan(d, p, p->payload);
}

bool
layer_udp(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes f = in;
	uint16_t     sport = bytes_be16(&f), dport = bytes_be16(&f), len = bytes_be16(&f);
	uint16_t     checksum = bytes_be16(&f);

	if (!bytes_ok(&f))
		return layer_bad(p, DECODE_UDP_PKT_TOO_SMALL);
	if (in.left < len)
		return layer_bad(p, DECODE_UDP_HLEN_TOO_SMALL);
	if (len < 8)
		return layer_bad(p, DECODE_UDP_LEN_INVALID);
	p->sport = sport;
	p->dport = dport;
	in.left = len;
	if (checksum || p->ip_version == 6)
		verify(d, p, PROTO_UDP_, in, checksum);
	split(p, in, 8);
	udp_tunnels(d, p);
	return true;
}

bool
layer_esp(struct decode *d, struct packet *p, struct bytes in)
{
	(void)d;
	if (in.left < 8)
		return layer_bad(p, DECODE_ESP_PKT_TOO_SMALL);
	split(p, in, 8);
	return true;
}

/* RFC 2236; a version 3 report is as long as its records say, RFC 3376. */
bool
layer_igmp(struct decode *d, struct packet *p, struct bytes in)
{
	(void)d;
	if (in.left < 8)
		return layer_bad(p, DECODE_IGMP_PKT_TOO_SMALL);
	split(p, in, 8);
	return true;
}
