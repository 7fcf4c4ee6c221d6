/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/shard.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <string.h>

#define TAGS_MAX 8
#define MIX 0x9e3779b1u /* Knuth's: spreads neighbouring addresses */

enum linktype {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW = 12,
	LINK_RAW_BSD = 14,
	LINK_RAW_IP = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IP4 = 228,
	LINK_IP6 = 229,
	LINK_SLL2 = 276,
};

#define NO_TYPE 0xff /* IP follows without a word */

/* Where the ethertype of a link layer stands, and how long the layer is. */
static const struct link {
	uint16_t linktype;
	uint8_t  type_at, len;
} links[] = {
	{ LINK_ETHERNET, 12, 14 },
	{ LINK_SLL, 14, 16 },
	{ LINK_SLL2, 0, 20 },
	{ LINK_NULL, NO_TYPE, 4 },
	{ LINK_LOOP, NO_TYPE, 4 },
	{ LINK_RAW, NO_TYPE, 0 },
	{ LINK_RAW_BSD, NO_TYPE, 0 },
	{ LINK_RAW_IP, NO_TYPE, 0 },
	{ LINK_IP4, NO_TYPE, 0 },
	{ LINK_IP6, NO_TYPE, 0 },
};

/* Tags that an ethertype follows. */
static const struct {
	uint16_t type;
	uint8_t  type_at, len;
} tags[] = {
	{ ETH_P_8021Q, 2, 4 },
	{ ETH_P_8021AD, 2, 4 },
	{ ETH_P_QINQ1, 2, 4 },
	{ ETH_P_PPP_SES, 6, 8 },
};

enum { PPP_IP4 = 0x21, PPP_IP6 = 0x57 }; /* what PPP has in the place of an ethertype */

static uint16_t
be16_at(struct bytes b, size_t at)
{
	bytes_skip(&b, at);
	return bytes_be16(&b);
}

static bool
skip_tag(struct bytes *in, uint16_t *type)
{
	if (*type == ETH_P_MPLS_UC) {
		bool bottom = in->left > 2 && in->at[2] & 1;

		bytes_skip(in, 4);
		*type = bottom ? 0 : ETH_P_MPLS_UC; /* 0: the version in the header tells */
		return bytes_ok(in);
	}
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (tags[i].type != *type)
			continue;
		*type = be16_at(*in, tags[i].type_at);
		bytes_skip(in, tags[i].len);
		return bytes_ok(in);
	}
	return false;
}

static const struct link *
link_of(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].linktype == linktype)
			return &links[i];
	return NULL;
}

/* What is left of a frame from its first IP header on; nothing when there is none. */
static struct bytes
outermost_ip(const struct wire_frame *f)
{
	const struct link *l = link_of(f->linktype);
	struct bytes       in = f->bytes;
	uint16_t           type = 0;

	if (!l)
		return bytes_of(NULL, 0);
	if (l->type_at != NO_TYPE)
		type = be16_at(in, l->type_at);
	bytes_skip(&in, l->len);
	for (int n = 0; n < TAGS_MAX && skip_tag(&in, &type); n++)
		;
	if (type != 0 && type != ETH_P_IP && type != ETH_P_IPV6 && type != PPP_IP4 && type != PPP_IP6)
		return bytes_of(NULL, 0);
	return in;
}

static uint32_t
mix(uint32_t h)
{
	return ((h ^ h >> 16) * MIX) >> 16;
}

unsigned
shard_of(const struct wire_frame *f, unsigned n)
{
	struct bytes ip = outermost_ip(f);
	unsigned     words, version = ip.left ? ip.at[0] >> 4 : 0;
	uint32_t     h = 0;

	if (n < 2 || (version != 4 && version != 6))
		return 0;
	bytes_skip(&ip, version == 4 ? 12 : 8);
	words = version == 4 ? 2 : 8;
	while (words--)
		h ^= bytes_be32(&ip);
	return bytes_ok(&ip) ? mix(h) % n : 0;
}

/* ---- the same in the kernel ---- */

enum { AT_OFFSET = 1, AT_HASH = 0 }; /* scratch words */

struct program {
	struct sock_filter *out;
	unsigned            n;
};

static void
emit(struct program *p, uint16_t code, uint32_t k)
{
	p->out[p->n++] = (struct sock_filter)BPF_STMT(code, k);
}

static void
emit_jump(struct program *p, uint32_t k, uint8_t otherwise)
{
	p->out[p->n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, otherwise);
}

/* XOR `words` words from the network header on, mixed as mix() does, and return. */
static void
emit_hash(struct program *p, unsigned from, unsigned words)
{
	emit(p, BPF_LD | BPF_IMM, 0);
	emit(p, BPF_ST, AT_HASH);
	for (unsigned i = 0; i < words; i++) {
		emit(p, BPF_LDX | BPF_MEM, AT_OFFSET);
		emit(p, BPF_LD | BPF_W | BPF_IND, (uint32_t)SKF_NET_OFF + from + 4 * i);
		emit(p, BPF_LDX | BPF_MEM, AT_HASH);
		emit(p, BPF_ALU | BPF_XOR | BPF_X, 0);
		emit(p, BPF_ST, AT_HASH);
	}
	emit(p, BPF_ALU | BPF_RSH | BPF_K, 16);
	emit(p, BPF_LDX | BPF_MEM, AT_HASH);
	emit(p, BPF_ALU | BPF_XOR | BPF_X, 0);
	emit(p, BPF_ALU | BPF_MUL | BPF_K, MIX);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, 16);
	emit(p, BPF_RET | BPF_A, 0);
}

#define HASH_LEN(words) (2 + 5 * (words) + 6)

/* The kernel has taken a first VLAN tag off; one more is looked behind. */
unsigned
shard_program(struct sock_filter out[static SHARD_PROGRAM_MAX])
{
	struct program p = { .out = out };

	emit(&p, BPF_LD | BPF_IMM, 0);
	emit(&p, BPF_ST, AT_OFFSET);
	emit(&p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
	emit_jump(&p, ETH_P_8021Q, 3);
	emit(&p, BPF_LD | BPF_IMM, 4);
	emit(&p, BPF_ST, AT_OFFSET);
	emit(&p, BPF_LD | BPF_H | BPF_ABS, (uint32_t)SKF_NET_OFF + 2);
	emit_jump(&p, ETH_P_IP, HASH_LEN(2));
	emit_hash(&p, 12, 2);
	emit_jump(&p, ETH_P_IPV6, HASH_LEN(8));
	emit_hash(&p, 8, 8);
	emit(&p, BPF_RET | BPF_K, 0);
	return p.n;
}
