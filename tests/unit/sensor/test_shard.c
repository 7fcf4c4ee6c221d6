/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/shard.h"
#include "tests/random.h"

#define N 7 /* workers */

struct frame {
	uint8_t  data[128];
	size_t   len, net; /* where the network header begins */
	uint16_t type;     /* as the kernel knows it */
};

static void
put(struct frame *f, const void *data, size_t len)
{
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

static void
put16(struct frame *f, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(f, b, 2);
}

static struct frame
ethernet(uint16_t type)
{
	struct frame f = { .len = 12, .type = type };

	put16(&f, type);
	f.net = f.len;
	return f;
}

static void
put_ip4(struct frame *f, const uint8_t a[4], const uint8_t b[4], uint16_t frag, uint16_t sport, uint16_t dport)
{
	uint8_t head[12] = { 0x45, 0, 0, 28, 0, 1, (uint8_t)(frag >> 8), (uint8_t)frag, 64, 17 };

	put(f, head, 12);
	put(f, a, 4);
	put(f, b, 4);
	put16(f, sport);
	put16(f, dport);
	put16(f, 8);
	put16(f, 0);
}

static void
put_ip6(struct frame *f, const uint8_t a[16], const uint8_t b[16])
{
	uint8_t head[8] = { 0x60, 0, 0, 0, 0, 0, 59, 64 };

	put(f, head, 8);
	put(f, a, 16);
	put(f, b, 16);
}

static unsigned
shard(const struct frame *f, uint16_t linktype)
{
	struct wire_frame w = { .bytes = bytes_of(f->data, f->len), .linktype = linktype };

	return shard_of(&w, N);
}

static const uint8_t here[4] = { 10, 1, 2, 3 }, there[4] = { 192, 0, 2, 9 };

static void
random_bytes(uint64_t *r, uint8_t *out, size_t n)
{
	while (n--)
		*out++ = (uint8_t)random_below(r, 256);
}

static void
both_directions_and_all_ports_go_to_one_worker(void **state)
{
	uint64_t r = 1;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct frame go = ethernet(ETH_P_IP), back = ethernet(ETH_P_IP);
		uint8_t      a[4], b[4];

		random_bytes(&r, a, 4);
		random_bytes(&r, b, 4);
		put_ip4(&go, a, b, 0, 1000, 53);
		put_ip4(&back, b, a, 0, 4000, 80);
		assert_int_equal(shard(&go, 1), shard(&back, 1));
	}
}

static void
fragments_go_where_their_datagram_goes(void **state)
{
	struct frame first = ethernet(ETH_P_IP), later = ethernet(ETH_P_IP);

	(void)state;
	put_ip4(&first, here, there, 0x2000, 1000, 53);
	put_ip4(&later, here, there, 0x0010, 0xdead, 0xbeef);
	assert_int_equal(shard(&first, 1), shard(&later, 1));
}

static void
tags_and_link_layers_do_not_matter(void **state)
{
	struct frame plain = ethernet(ETH_P_IP), vlan = ethernet(ETH_P_8021Q), mpls = ethernet(ETH_P_MPLS_UC),
		     pppoe = ethernet(ETH_P_PPP_SES), raw = { .len = 0 };
	uint8_t labels[8] = { 0, 0, 0x10, 64, 0, 0, 0x21, 64 }, session[6] = { 0x11, 0, 0, 1, 0, 30 };

	(void)state;
	put_ip4(&plain, here, there, 0, 1, 2);
	put16(&vlan, 7);
	put16(&vlan, ETH_P_8021Q);
	put16(&vlan, 8);
	put16(&vlan, ETH_P_IP);
	put_ip4(&vlan, here, there, 0, 1, 2);
	put(&mpls, labels, sizeof(labels));
	put_ip4(&mpls, here, there, 0, 1, 2);
	put(&pppoe, session, sizeof(session));
	put16(&pppoe, 0x21);
	put_ip4(&pppoe, here, there, 0, 1, 2);
	put_ip4(&raw, here, there, 0, 1, 2);
	assert_int_not_equal(shard(&plain, 1), 0);
	assert_int_equal(shard(&vlan, 1), shard(&plain, 1));
	assert_int_equal(shard(&mpls, 1), shard(&plain, 1));
	assert_int_equal(shard(&pppoe, 1), shard(&plain, 1));
	assert_int_equal(shard(&raw, 101), shard(&plain, 1));
}

static void
what_is_cut_short_or_not_ip_goes_to_the_first(void **state)
{
	struct frame f = ethernet(ETH_P_IP), arp = ethernet(ETH_P_ARP);
	size_t       whole;

	(void)state;
	put_ip4(&f, here, there, 0, 1, 2);
	whole = f.net + 20;
	for (f.len = 0; f.len < whole; f.len++)
		assert_int_equal(shard(&f, 1), 0);
	put_ip4(&arp, here, there, 0, 1, 2);
	assert_int_equal(shard(&arp, 1), 0);
	f.len = whole;
	assert_int_equal(shard(&f, 777), 0);
}

static void
pairs_are_spread(void **state)
{
	unsigned n[N] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 7000; i++) {
		struct frame  f = ethernet(ETH_P_IP);
		const uint8_t a[4] = { 10, 0, (uint8_t)(i / 256), (uint8_t)i };

		put_ip4(&f, a, there, 0, 1, 2);
		n[shard(&f, 1)]++;
	}
	for (unsigned i = 0; i < N; i++)
		assert_in_range(n[i], 800, 1200);
}

/* ---- the kernel's part, run as the kernel would ---- */

struct machine {
	const struct frame *f;
	uint32_t            a, x, mem[BPF_MEMWORDS];
	bool                outside;
};

static uint32_t
load(struct machine *m, int32_t at, unsigned size)
{
	uint32_t v = 0;
	size_t   from;

	if (at == SKF_AD_OFF + SKF_AD_PROTOCOL)
		return m->f->type;
	assert_true(at >= SKF_NET_OFF && at < SKF_AD_OFF);
	from = m->f->net + (size_t)(at - SKF_NET_OFF);
	m->outside |= from + size > m->f->len;
	for (unsigned i = 0; i < size && !m->outside; i++)
		v = v << 8 | m->f->data[from + i];
	return v;
}

static uint32_t
run(const struct sock_filter *code, unsigned len, const struct frame *f)
{
	struct machine m = { .f = f };

	for (unsigned pc = 0; pc < len; pc++) {
		const struct sock_filter *i = &code[pc];

		switch (i->code) {
		case BPF_LD | BPF_IMM: m.a = i->k; break;
		case BPF_ST: m.mem[i->k] = m.a; break;
		case BPF_LDX | BPF_MEM: m.x = m.mem[i->k]; break;
		case BPF_LD | BPF_W | BPF_ABS: m.a = load(&m, (int32_t)i->k, 4); break;
		case BPF_LD | BPF_H | BPF_ABS: m.a = load(&m, (int32_t)i->k, 2); break;
		case BPF_LD | BPF_W | BPF_IND: m.a = load(&m, (int32_t)(i->k + m.x), 4); break;
		case BPF_ALU | BPF_XOR | BPF_X: m.a ^= m.x; break;
		case BPF_ALU | BPF_RSH | BPF_K: m.a >>= i->k; break;
		case BPF_ALU | BPF_MUL | BPF_K: m.a *= i->k; break;
		case BPF_JMP | BPF_JEQ | BPF_K: pc += m.a == i->k ? i->jt : i->jf; break;
		case BPF_RET | BPF_A: return m.a;
		case BPF_RET | BPF_K: return i->k;
		default: fail_msg("instruction %#x", i->code);
		}
		if (m.outside)
			return 0;
	}
	fail_msg("ran off the end");
	return 0;
}

static void
the_kernel_chooses_as_we_do(void **state)
{
	struct sock_filter code[SHARD_PROGRAM_MAX];
	unsigned           len = shard_program(code);
	uint64_t           r = 2;

	(void)state;
	assert_in_range(len, 1, SHARD_PROGRAM_MAX);
	for (int i = 0; i < 300; i++) {
		struct frame f = ethernet(i % 3 == 0 ? ETH_P_IP : i % 3 == 1 ? ETH_P_IPV6 : ETH_P_8021Q);
		uint8_t      a[16], b[16];

		random_bytes(&r, a, 16);
		random_bytes(&r, b, 16);
		if (i % 3 == 2) {
			put16(&f, 12);
			put16(&f, i % 2 ? ETH_P_IP : ETH_P_IPV6);
		}
		if (f.data[f.len - 1] == 0)
			put_ip4(&f, a, b, 0, 1, 2);
		else
			put_ip6(&f, a, b);
		assert_int_equal(run(code, len, &f) % N, shard(&f, 1));
		f.len = f.net + 11;
		assert_int_equal(run(code, len, &f) % N, shard(&f, 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_and_all_ports_go_to_one_worker),
		cmocka_unit_test(fragments_go_where_their_datagram_goes),
		cmocka_unit_test(tags_and_link_layers_do_not_matter),
		cmocka_unit_test(what_is_cut_short_or_not_ip_goes_to_the_first),
		cmocka_unit_test(pairs_are_spread),
		cmocka_unit_test(the_kernel_chooses_as_we_do),
	};

	return cmocka_run_group_tests_name("shard", tests, NULL, NULL);
}
