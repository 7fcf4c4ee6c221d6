/* SPDX-License-Identifier: Apache-2.0 */
/* ipv4-csum, tcpv4-csum, …: is a checksum right or wrong? Told even where wrong ones are let through. */
#include "rules/checksum.h"

#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/packet.h"

#include <errno.h>
#include <string.h>

#define PROTO_IP_ITSELF 0

struct checksum {
	uint8_t ip_version;
	uint8_t ip_proto; /* PROTO_IP_ITSELF: that of the IP header */
	bool    valid;
};

static const struct {
	const char *name;
	uint8_t     ip_version, ip_proto;
} rows[] = {
	{ "ipv4-csum", 4, PROTO_IP_ITSELF },
	{ "tcpv4-csum", 4, 6 },
	{ "tcpv6-csum", 6, 6 },
	{ "udpv4-csum", 4, 17 },
	{ "udpv6-csum", 6, 17 },
	{ "icmpv4-csum", 4, 1 },
	{ "icmpv6-csum", 6, 58 },
};

/* The transport header and what follows it. */
static struct bytes
segment(const struct packet *p)
{
	const uint8_t *end = p->payload.left ? p->payload.at + p->payload.left : p->l4_hdr.at + p->l4_hdr.left;

	return bytes_of(p->l4_hdr.at, (size_t)(end - p->l4_hdr.at));
}

static bool
is_unset_udp(const struct packet *p)
{
	struct bytes b = p->l4_hdr;

	bytes_skip(&b, 6);
	return p->ip_version == 4 && p->ip_proto == 17 && bytes_be16(&b) == 0;
}

static bool
is_valid(const struct packet *p, uint8_t ip_proto)
{
	if (ip_proto == PROTO_IP_ITSELF)
		return checksum_sum(p->ip_hdr, 0) == 0xffff;
	if (ip_proto == 1)
		return checksum_sum(segment(p), 0) == 0xffff;
	return is_unset_udp(p) || checksum_transport_ok(p, ip_proto, segment(p));
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct checksum *want = (const void *)c->arg;
	const struct packet   *p = m->packet;

	if (p->pseudo || p->ip_version != want->ip_version)
		return CHECK_NO;
	if (want->ip_proto != PROTO_IP_ITSELF && (p->ip_proto != want->ip_proto || p->l4_hdr.left == 0))
		return CHECK_NO;
	return is_valid(p, want->ip_proto) == want->valid ? CHECK_YES : CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	struct checksum *want = build_packet(b, match, sizeof(*want));
	size_t           i = 0;

	if (!want)
		return -ENOMEM;
	while (strcmp(rows[i].name, o->keyword->name) != 0)
		i++;
	want->ip_version = rows[i].ip_version;
	want->ip_proto = rows[i].ip_proto;
	want->valid = strcasecmp(o->value, "valid") == 0;
	if (!want->valid && strcasecmp(o->value, "invalid") != 0)
		return build_error(b, "valid or invalid, not %s", o->value);
	build_need_packet(b);
	return 0;
}

#define CHECKSUM(id, word)                                    \
	const struct keyword kw_##id = {                      \
		.name = word,                                 \
		.kind = KEYWORD_PACKET,                       \
		.arg = KEYWORD_ARG_NEEDED,                    \
		.setup = setup,                               \
		.help = word ":valid|invalid - its checksum", \
	}

CHECKSUM(ipv4_csum, "ipv4-csum");
CHECKSUM(tcpv4_csum, "tcpv4-csum");
CHECKSUM(tcpv6_csum, "tcpv6-csum");
CHECKSUM(udpv4_csum, "udpv4-csum");
CHECKSUM(udpv6_csum, "udpv6-csum");
CHECKSUM(icmpv4_csum, "icmpv4-csum");
CHECKSUM(icmpv6_csum, "icmpv6-csum");
