/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/craft_packet.h - headers, checksums, tunnels and link layers for craft. */
#ifndef TESTS_TOOLS_CRAFT_PACKET_H
#define TESTS_TOOLS_CRAFT_PACKET_H

#include "tests/tools/craft_text.h"

#include <arpa/inet.h>
#include <stdbool.h>

#define WRAPS_MAX 20

enum {
	IP_ICMP = 1,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_FRAGMENT = 44,
	IP_ICMP6 = 58,
};

struct address {
	int     family;
	uint8_t ip[16];
};

/* What a line may say about the IP header and the pieces of a datagram. */
struct ip_way {
	unsigned    ttl;
	unsigned    frag;  /* bytes in a fragment, 0: whole */
	bool        reverse, twice;
	const char *ext;   /* IPv6 extension headers before a fragment header: "hop,dst,rt" */
	const char *inner; /* and after it */
};

static struct address
address_read(const char *word)
{
	struct address a = { .family = strchr(word, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(a.family, word, a.ip) != 1)
		die("no address: %s", word);
	return a;
}

static size_t
address_len(const struct address *a)
{
	return a->family == AF_INET6 ? 16 : 4;
}

static uint32_t
sum_add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)at[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void
put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* The checksum of TCP, UDP and ICMPv6 with its pseudo header. */
static unsigned
sum_transport(const struct address *src, const struct address *dst, unsigned proto,
		const struct text *payload)
{
	uint8_t  rest[4] = { 0, (uint8_t)proto };
	uint32_t sum = sum_add(0, src->ip, address_len(src));

	sum = sum_add(sum, dst->ip, address_len(dst));
	put16(rest + 2, (unsigned)payload->len);
	sum = sum_add(sum, rest, sizeof(rest));
	return ~sum_add(sum, payload->at, payload->len) & 0xffff;
}

/* ---- IP ---- */

static void
ip4_header(struct text *out, const struct address *src, const struct address *dst, unsigned proto,
		unsigned ttl, unsigned id, unsigned frag, size_t len)
{
	size_t start = out->len;

	text_u16(out, 0x4500);
	text_u16(out, (unsigned)(20 + len));
	text_u16(out, id);
	text_u16(out, frag);
	text_u8(out, ttl);
	text_u8(out, proto);
	text_u16(out, 0);
	text_add(out, src->ip, 4);
	text_add(out, dst->ip, 4);
	put16(out->at + start + 10, ~sum_add(0, out->at + start, 20) & 0xffff);
}

static const struct {
	const char *name;
	unsigned    proto;
	uint8_t     body[6]; /* padding, or a routing header that is done */
} exts[] = {
	{ "hop", 0, { 1, 4 } },
	{ "dst", 60, { 1, 4 } },
	{ "rt", 43, { 253, 0 } },
};

/* The extension headers `list` and what follows them. Returns the protocol number of the first. */
static unsigned
ip6_extensions(struct text *out, const char *list, unsigned proto)
{
	uint8_t *last = NULL;
	unsigned first = proto;

	for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',') {
		size_t len = strcspn(p, ","), i = 0;

		while (i < 3 && (strlen(exts[i].name) != len || memcmp(exts[i].name, p, len) != 0))
			i++;
		if (i == 3)
			die("no extension header: %s", p);
		if (last)
			*last = (uint8_t)exts[i].proto;
		else
			first = exts[i].proto;
		last = out->at + out->len;
		text_u16(out, proto << 8);
		text_add(out, exts[i].body, 6);
	}
	return first;
}

/* One IP packet: `len` bytes at `data` are the datagram's from `off` on. */
static void
ip_packet(struct text *out, const struct address *src, const struct address *dst, unsigned proto,
		const struct ip_way *way, unsigned id, const uint8_t *data, size_t len, size_t off,
		bool more)
{
	struct text head = { 0 };
	bool        piece = off || more || way->frag;

	if (src->family == AF_INET) {
		ip4_header(out, src, dst, proto, way->ttl, id, (more ? 0x2000u : 0) | (unsigned)(off / 8),
				len);
		text_add(out, data, len);
		return;
	}
	if (piece) {
		struct text fragment = { 0 };

		text_u16(&fragment, proto << 8);
		text_u16(&fragment, (unsigned)off | more);
		text_u32(&fragment, id);
		proto = ip6_extensions(&head, way->ext, IP_FRAGMENT);
		text_add(&head, fragment.at, fragment.len);
	} else {
		proto = ip6_extensions(&head, way->ext, proto);
	}
	text_u32(out, 0x60000000);
	text_u16(out, (unsigned)(head.len + len));
	text_u8(out, proto);
	text_u8(out, way->ttl);
	text_add(out, src->ip, 16);
	text_add(out, dst->ip, 16);
	text_add(out, head.at, head.len);
	text_add(out, data, len);
}

/* ---- tunnels: an IP packet in another ---- */

static const uint8_t ethernet[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

static unsigned
ethertype(const struct text *ip)
{
	return ip->at[0] >> 4 == 6 ? 0x86dd : 0x0800;
}

enum { WITH_ETHERNET = 1, WITH_ETHERTYPE = 2 };

static const struct {
	const char *name;
	unsigned    proto, port; /* port: in UDP to it */
	int         with;
	size_t      len;
	uint8_t     head[16];
} wraps[] = {
	{ "ip", 0, 0, 0, 0, { 0 } }, /* 4 or 41, as what is inside */
	{ "gre", 47, 0, WITH_ETHERTYPE, 2, { 0, 0 } },
	{ "grekey", 47, 0, WITH_ETHERTYPE, 2, { 0x20, 0 } },
	{ "gretap", 47, 0, WITH_ETHERNET, 4, { 0, 0, 0x65, 0x58 } },
	{ "erspan", 47, 0, WITH_ETHERNET, 16, { 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 1 } },
	{ "vxlan", IP_UDP, 4789, WITH_ETHERNET, 8, { 8, 0, 0, 0, 0, 0, 7, 0 } },
	{ "geneve", IP_UDP, 6081, WITH_ETHERNET, 8, { 0, 0, 0x65, 0x58, 0, 0, 7, 0 } },
	{ "teredo", IP_UDP, 3544, 0, 0, { 0 } },
};

struct wrap {
	int            kind; /* row of wraps */
	struct address src, dst;
};

static int
wrap_read(const char *name)
{
	for (size_t i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++)
		if (strcmp(wraps[i].name, name) == 0)
			return (int)i;
	die("no tunnel: %s", name);
}

static void
wrap_add(struct text *packet, const struct wrap *w, bool back, unsigned id)
{
	const struct address *src = back ? &w->dst : &w->src, *dst = back ? &w->src : &w->dst;
	const struct ip_way   way = { .ttl = 63 };
	struct text           in = { 0 };
	unsigned              proto = wraps[w->kind].proto;

	if (proto == 0)
		proto = packet->at[0] >> 4 == 6 ? 41 : 4;
	if (wraps[w->kind].port) {
		text_u16(&in, 50000); /* VXLAN and GENEVE: any from, the known port to, both ways */
		text_u16(&in, wraps[w->kind].port);
		text_u32(&in, 0);
	}
	text_add(&in, wraps[w->kind].head, wraps[w->kind].len);
	if (wraps[w->kind].with & WITH_ETHERNET)
		text_add(&in, ethernet, sizeof(ethernet));
	if (wraps[w->kind].with)
		text_u16(&in, ethertype(packet));
	if (strcmp(wraps[w->kind].name, "grekey") == 0)
		text_u32(&in, 7);
	text_add(&in, packet->at, packet->len);
	if (wraps[w->kind].port) {
		put16(in.at + 4, (unsigned)in.len);
		put16(in.at + 6, sum_transport(src, dst, IP_UDP, &in));
	}
	packet->len = 0;
	ip_packet(packet, src, dst, proto, &way, id, in.at, in.len, 0, false);
}

/* ---- link layers: "vlan 112", "qinq 7 vlan 40", "mpls 16 mpls 17", "pppoe 5" ---- */

static void
link_add(struct text *out, const char *list, const struct text *ip)
{
	unsigned type = ethertype(ip);
	bool     typed = true; /* the type of what follows comes next */
	char     kind[16];
	unsigned number;
	int      used;

	text_add(out, ethernet, sizeof(ethernet));
	for (; sscanf(list, " %15s %u%n", kind, &number, &used) == 2; list += used) {
		if (strcmp(kind, "vlan") == 0 || strcmp(kind, "qinq") == 0) {
			text_u16(out, kind[0] == 'v' ? 0x8100 : 0x88a8);
			text_u16(out, number);
		} else if (strcmp(kind, "mpls") == 0) {
			if (typed)
				text_u16(out, 0x8847);
			text_u32(out, number << 12 | (strstr(list + used, "mpls") ? 0 : 0x100) | 64);
			typed = false;
		} else if (strcmp(kind, "pppoe") == 0) {
			text_u16(out, 0x8864);
			text_u16(out, 0x1100);
			text_u16(out, number);
			text_u16(out, (unsigned)(ip->len + 2));
			text_u16(out, type == 0x0800 ? 0x0021 : 0x0057);
			typed = false;
		} else {
			die("no link layer: %s", kind);
		}
	}
	if (typed)
		text_u16(out, type);
	text_add(out, ip->at, ip->len);
}

#endif
