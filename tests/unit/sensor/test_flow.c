/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <string.h>

#include "sensor/flow.h"
#include "tests/random.h"

#define S 1000000000ull

static const uint8_t header[20];
static unsigned      n_ended[FLOW_END_COUNT];

static void
on_end(void *arg, struct flow *f, enum flow_end reason)
{
	(void)arg, (void)f;
	n_ended[reason]++;
}

static struct flow_table *
table(uint32_t max_flows)
{
	struct flow_settings settings = flow_defaults;
	struct flow_table   *t;

	memset(n_ended, 0, sizeof(n_ended));
	settings.max_flows = max_flows;
	t = flow_table_new(&settings, on_end, NULL);
	assert_non_null(t);
	return t;
}

static struct packet
udp(uint32_t from, uint16_t sport, uint32_t to, uint16_t dport, uint64_t ts_ns)
{
	uint8_t       src[4], dst[4];
	struct packet p = { .ts_ns = ts_ns, .ip_version = 4, .ip_proto = 17, .sport = sport, .dport = dport,
		      .len = 100, .l4_hdr = bytes_of(header, 8) };

	memcpy(src, &from, 4);
	memcpy(dst, &to, 4);
	p.src = addr_v4(src);
	p.dst = addr_v4(dst);
	return p;
}

static void
both_directions_are_one_flow(void **state)
{
	struct flow_table *t = table(64);
	struct packet      there = udp(1, 10, 2, 53, S), back = udp(2, 53, 1, 10, S);
	struct flow       *f = flow_get(t, &there);

	(void)state;
	assert_non_null(f);
	flow_update(t, f, &there);
	assert_ptr_equal(flow_get(t, &back), f);
	assert_int_equal(there.dir, DIR_TOSERVER);
	assert_int_equal(back.dir, DIR_TOCLIENT);
	assert_int_equal(f->facts.state, FLOW_NEW);
	flow_update(t, f, &back);
	assert_int_equal(f->facts.state, FLOW_ESTABLISHED);
	assert_int_equal(f->facts.packets[DIR_TOCLIENT], 1);
	assert_int_equal(f->facts.bytes[DIR_TOSERVER], 100);
	flow_table_free(t);
	assert_int_equal(n_ended[FLOW_END_SHUTDOWN], 1);
}

static void
vlan_and_tunnel_depth_tell_flows_apart(void **state)
{
	struct flow_table *t = table(64);
	struct packet      a = udp(1, 10, 2, 53, S), b = a, c = a;

	(void)state;
	b.n_vlan = 1;
	b.vlan[0] = 7;
	c.depth = 1;
	assert_ptr_not_equal(flow_get(t, &a), flow_get(t, &b));
	assert_ptr_not_equal(flow_get(t, &a), flow_get(t, &c));
	assert_int_equal(flow_counters(t)->live, 3);
	flow_table_free(t);
}

static void
quiet_flows_end_by_packet_time(void **state)
{
	struct flow_table *t = table(64);
	struct packet      p = udp(1, 10, 2, 53, 100 * S), other = udp(3, 10, 4, 53, 115 * S);
	struct flow       *f = flow_get(t, &p);

	(void)state;
	flow_update(t, f, &p);
	flow_expire(t, 115 * S);
	flow_update(t, flow_get(t, &other), &other);
	flow_expire(t, 129 * S);
	assert_int_equal(n_ended[FLOW_END_TIMEOUT], 0);
	flow_expire(t, 132 * S); /* 30 s after the last packet */
	assert_int_equal(n_ended[FLOW_END_TIMEOUT], 1);
	flow_expire(t, 100000 * S);
	assert_int_equal(n_ended[FLOW_END_TIMEOUT], 2);
	assert_int_equal(flow_counters(t)->live, 0);
	flow_table_free(t);
}

static void
a_full_table_lets_a_quiet_flow_go(void **state)
{
	struct flow_table *t = table(32);

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		struct packet p = udp(i, 10, 2, 53, S + i);

		assert_non_null(flow_get(t, &p));
	}
	assert_int_equal(flow_counters(t)->live, 32);
	assert_int_equal(n_ended[FLOW_END_EVICTED], 68);
	flow_table_free(t);
}

static void
an_icmp_error_belongs_to_the_flow_it_quotes(void **state)
{
	static const uint8_t quote[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0,
		10, 0, 53 };
	struct flow_table *t = table(64);
	struct packet      p = udp(1, 10, 2, 53, S), error = udp(2, 0, 1, 0, S);
	struct flow       *f;

	(void)state;
	error.ip_proto = 1;
	error.icmp_type = 3;
	error.icmp_code = 3;
	error.payload = bytes_of(quote, sizeof(quote));
	assert_null(flow_get(t, &error));
	f = flow_get(t, &p);
	assert_ptr_equal(flow_get(t, &error), f);
	assert_int_equal(error.dir, DIR_TOCLIENT);
	flow_table_free(t);
}

static void
fragments_have_no_flow(void **state)
{
	struct flow_table *t = table(64);
	struct packet      p = udp(1, 10, 2, 53, S);

	(void)state;
	p.fragment = true;
	assert_null(flow_get(t, &p));
	assert_false(p.in_flow);
	flow_table_free(t);
}

/* Adding and ending in any order never loses a flow nor finds a wrong one. */
static void
the_table_agrees_with_a_simple_model(void **state)
{
	struct flow_table *t = table(512);
	struct flow       *model[256] = { NULL };
	uint64_t           random = 99;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t      n = random_below(&random, 256);
		struct packet p = udp(n, 10, 1000, 53, S);

		if (model[n] && random_below(&random, 3) == 0) {
			flow_remove(t, model[n], FLOW_END_REUSED);
			model[n] = NULL;
			continue;
		}
		struct flow *f = flow_get(t, &p);
		if (model[n])
			assert_ptr_equal(f, model[n]);
		else
			assert_memory_equal(f->facts.addr[0].b, &n, 4);
		model[n] = f;
	}
	assert_int_equal(n_ended[FLOW_END_EVICTED], 0);
	flow_table_free(t);
}

static void
ids_are_the_same_for_the_same_seed(void **state)
{
	struct flow_table *t = table(64), *u = table(64);
	struct packet      p = udp(1, 10, 2, 53, S), q = p;

	(void)state;
	assert_int_equal(flow_get(t, &p)->facts.id, flow_get(u, &q)->facts.id);
	assert_true(flow_get(t, &p)->facts.id < 1ull << 53);
	flow_table_free(t);
	flow_table_free(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_flow),
		cmocka_unit_test(vlan_and_tunnel_depth_tell_flows_apart),
		cmocka_unit_test(quiet_flows_end_by_packet_time),
		cmocka_unit_test(a_full_table_lets_a_quiet_flow_go),
		cmocka_unit_test(an_icmp_error_belongs_to_the_flow_it_quotes),
		cmocka_unit_test(fragments_have_no_flow),
		cmocka_unit_test(the_table_agrees_with_a_simple_model),
		cmocka_unit_test(ids_are_the_same_for_the_same_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
