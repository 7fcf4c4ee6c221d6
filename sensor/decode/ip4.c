/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791) and its options. */
#include "sensor/decode/layer.h"
#include "sensor/defrag.h"

#include <stddef.h>

enum {
	OPT_EOL = 0,
	OPT_NOP = 1,
	FRAG_MORE = 0x2000,
	FRAG_OFFSET = 0x1fff,
};

/* Pointer of a route option: from 4 on, in steps of 4, at most one past the end. */
static bool
route_ok(struct packet *p, const uint8_t *opt, uint8_t len)
{
	if (len < 3)
		return layer_bad(p, DECODE_IPV4_OPT_INVALID_LEN);
	if (opt[2] < 4 || opt[2] % 4 || opt[2] > len + 1)
		return layer_bad(p, DECODE_IPV4_OPT_MALFORMED);
	return true;
}

static bool
timestamp_ok(struct packet *p, const uint8_t *opt, uint8_t len)
{
	if (len < 4)
		return layer_bad(p, DECODE_IPV4_OPT_INVALID_LEN);
	unsigned entry = (opt[3] & 0x0f) == 0 ? 4 : 8;
	if (opt[2] < 5 || (opt[2] - 5u) % entry || opt[2] > len + 1)
		return layer_bad(p, DECODE_IPV4_OPT_MALFORMED);
	return true;
}

/* FIPS 188: four bytes of domain, then tags of a type and a length. */
static bool
cipso_ok(struct packet *p, const uint8_t *opt, uint8_t len)
{
	struct bytes tags = bytes_of(opt + 2, len - 2u);

	if (len < 8)
		return layer_bad(p, DECODE_IPV4_OPT_INVALID_LEN);
	bytes_skip(&tags, 4);
	while (tags.left) {
		uint8_t tag = bytes_u8(&tags), tag_len = bytes_u8(&tags);

		if (tag != 1 && tag != 2 && tag != 5 && tag != 6 && tag != 7)
			return layer_bad(p, DECODE_IPV4_OPT_MALFORMED);
		if (tag_len < 4)
			return layer_bad(p, DECODE_IPV4_OPT_MALFORMED);
		bytes_skip(&tags, tag_len - 2u);
		if (!bytes_ok(&tags))
			return layer_bad(p, DECODE_IPV4_OPT_MALFORMED);
	}
	return true;
}

static const struct {
	uint8_t  type;
	uint8_t  len; /* the only valid one, 0: `check` decides */
	uint16_t bit; /* enum ip_opt */
	bool (*check)(struct packet *p, const uint8_t *opt, uint8_t len);
} options[] = {
	{ 7, 0, IP_OPT_RR, route_ok },
	{ 25, 8, IP_OPT_QS, NULL },
	{ 68, 0, IP_OPT_TS, timestamp_ok },
	{ 130, 11, IP_OPT_SEC, NULL },
	{ 131, 0, IP_OPT_LSRR, route_ok },
	{ 133, 0, IP_OPT_ESEC, NULL },
	{ 134, 0, IP_OPT_CIPSO, cipso_ok },
	{ 136, 4, IP_OPT_SATID, NULL },
	{ 137, 0, IP_OPT_SSRR, route_ok },
	{ 148, 4, IP_OPT_RTRALT, NULL },
};

static bool
ip4_option(struct packet *p, uint8_t type, const uint8_t *opt, uint8_t len)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].type != type)
			continue;
		if (p->ip_opts & options[i].bit) {
			packet_event(p, DECODE_IPV4_OPT_DUPLICATE);
			return true;
		}
		if (options[i].len && options[i].len != len)
			return layer_bad(p, DECODE_IPV4_OPT_INVALID_LEN);
		if (options[i].check && !options[i].check(p, opt, len))
			return false;
		p->ip_opts |= options[i].bit;
		return true;
	}
	p->ip_opts |= IP_OPT_OTHER;
	packet_event(p, DECODE_IPV4_OPT_INVALID);
	return true;
}

static void
ip4_options(struct packet *p, struct bytes in)
{
	if (in.left % 8)
		packet_event(p, DECODE_IPV4_OPT_PAD_REQUIRED);
	while (in.left) {
		const uint8_t *opt = in.at;
		uint8_t        type = bytes_u8(&in);

		if (type == OPT_EOL) {
			p->ip_opts |= IP_OPT_EOL;
			return;
		}
		if (type == OPT_NOP) {
			p->ip_opts |= IP_OPT_NOP;
			continue;
		}
		if (in.left == 0) {
			packet_event(p, DECODE_IPV4_OPT_EOL_REQUIRED);
			return;
		}
		uint8_t len = bytes_u8(&in);
		if (len < 2 || len - 2u > in.left) {
			packet_event(p, DECODE_IPV4_OPT_INVALID_LEN);
			return;
		}
		bytes_skip(&in, len - 2u);
		if (!ip4_option(p, type, opt, len))
			return;
	}
}

static bool
ip4_header(struct packet *p, struct bytes *in)
{
	struct bytes all = *in, f = *in;
	uint8_t      first = bytes_u8(&f);
	unsigned     header_len = (first & 0x0f) * 4u;

	if (all.left < 20)
		return layer_bad(p, DECODE_IPV4_PKT_TOO_SMALL);
	if (first >> 4 != 4)
		return layer_bad(p, DECODE_IPV4_WRONG_IP_VERSION);
	if (header_len < 20)
		return layer_bad(p, DECODE_IPV4_HLEN_TOO_SMALL);
	p->tos = bytes_u8(&f);
	uint16_t total = bytes_be16(&f);
	if (total < header_len)
		return layer_bad(p, DECODE_IPV4_IPLEN_SMALLER_THAN_HLEN);
	if (all.left < total)
		return layer_bad(p, DECODE_IPV4_TRUNC_PKT);
	p->ip_version = 4;
	p->ip_id = bytes_be16(&f);
	p->frag_off = bytes_be16(&f);
	p->ttl = bytes_u8(&f);
	p->ip_proto = bytes_u8(&f);
	p->src = addr_v4(all.at + 12);
	p->dst = addr_v4(all.at + 16);
	p->ip = bytes_cut(&all, total);
	*in = p->ip;
	p->ip_hdr = bytes_cut(in, header_len);
	p->payload = *in;
	return true;
}

bool
layer_ip4(struct decode *d, struct packet *p, struct bytes in)
{
	struct bytes whole;

	if (++d->layers > DECODE_LAYERS_MAX)
		return layer_bad(p, DECODE_TOO_MANY_LAYERS);
	if (!ip4_header(p, &in))
		return false;
	if (p->ip_hdr.left > 20)
		ip4_options(p, bytes_of(p->ip_hdr.at + 20, p->ip_hdr.left - 20));
	if (!(p->frag_off & (FRAG_MORE | FRAG_OFFSET)))
		return layer_above_ip(d, p, in);
	p->fragment = true;
	if (d->defrag && defrag_add(d->defrag, p, in, &whole))
		(void)layer_rebuilt(d, p, layer_ip4, whole);
	return true;
}
