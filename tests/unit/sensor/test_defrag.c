/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <string.h>

#include "rules/events.h"
#include "sensor/defrag.h"
#include "tests/random.h"

#define S 1000000000ull

static struct pool   *pool;
static struct defrag *df;
static const uint8_t  header[20] = { 0x45, 0, 0, 0, 0, 9, 0x20, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };

static int
set_up(void **state)
{
	struct defrag_settings settings = defrag_defaults;

	(void)state;
	settings.max_datagrams = 8;
	pool = pool_new(4u << 20);
	df = defrag_new(&settings, pool);
	return df ? 0 : -1;
}

static int
tear_down(void **state)
{
	size_t used;

	(void)state;
	defrag_free(df);
	used = pool_used(pool);
	pool_free(pool);
	return used ? -1 : 0;
}

static struct packet
fragment(uint16_t id, unsigned offset, bool more, uint64_t ts_ns)
{
	return (struct packet){ .ts_ns = ts_ns, .ip_version = 4, .ip_proto = 17, .ip_id = id,
		.frag_off = (uint16_t)(offset / 8 | (more ? 0x2000 : 0)), .src = addr_v4(header + 12),
		.dst = addr_v4(header + 16), .ip_hdr = bytes_of(header, sizeof(header)) };
}

static bool
add(struct packet *p, const void *data, size_t len, struct bytes *out)
{
	return defrag_add(df, p, bytes_of(data, len), out);
}

static void
two_fragments_in_either_order_make_one_datagram(void **state)
{
	struct bytes  whole;
	struct packet first = fragment(1, 0, true, S), last = fragment(1, 8, false, S);

	(void)state;
	assert_false(add(&last, "world", 5, &whole));
	assert_true(add(&first, "hello, w", 8, &whole));
	assert_int_equal(whole.left, 20 + 13);
	assert_memory_equal(whole.at + 20, "hello, wworld", 13);
	assert_int_equal(whole.at[2] << 8 | whole.at[3], 33);
	assert_int_equal(whole.at[6] << 8 | whole.at[7], 0);
	defrag_release(df);
}

static void
other_datagrams_do_not_mix(void **state)
{
	struct bytes  whole;
	struct packet a = fragment(1, 0, true, S), b = fragment(2, 8, false, S);

	(void)state;
	assert_false(add(&a, "AAAAAAAA", 8, &whole));
	assert_false(add(&b, "B", 1, &whole));
}

static void
overlaps_are_told(void **state)
{
	struct bytes  whole;
	struct packet a = fragment(1, 0, true, S), b = fragment(1, 8, true, S), c = fragment(1, 16, false, S);

	(void)state;
	add(&a, "0000000011111111", 16, &whole);
	add(&b, "XXXXXXXX", 8, &whole);
	assert_true(packet_has_event(&b, DECODE_IPV4_FRAG_OVERLAP));
	assert_true(add(&c, "2", 1, &whole));
	assert_memory_equal(whole.at + 20, "00000000111111112", 17);
}

static void
a_datagram_beyond_64_kib_is_refused(void **state)
{
	static const char data[16];
	struct bytes      whole;
	struct packet     p = fragment(1, 65528, false, S);

	(void)state;
	assert_false(add(&p, data, sizeof(data), &whole));
	assert_true(packet_has_event(&p, DECODE_IPV4_FRAG_PKT_TOO_LARGE));
}

static void
old_fragments_are_forgotten(void **state)
{
	struct bytes  whole;
	struct packet a = fragment(1, 0, true, S), b = fragment(1, 8, false, 62 * S);

	(void)state;
	add(&a, "00000000", 8, &whole);
	assert_false(add(&b, "1", 1, &whole));
	assert_int_equal(defrag_counters(df)->timeouts, 1);
}

static void
the_oldest_of_too_many_makes_way(void **state)
{
	struct bytes  whole;
	struct packet last = fragment(0, 8, false, S);

	(void)state;
	for (uint16_t id = 0; id < 9; id++) {
		struct packet p = fragment(id, 0, true, S);

		add(&p, "00000000", 8, &whole);
	}
	assert_int_equal(defrag_counters(df)->no_tracker, 1);
	assert_false(add(&last, "1", 1, &whole));
}

static void
any_order_of_fragments_gives_the_same_datagram(void **state)
{
	uint8_t  want[1600];
	uint64_t random = 4711;

	(void)state;
	for (unsigned i = 0; i < sizeof(want); i++)
		want[i] = (uint8_t)random_next(&random);
	for (uint16_t round = 0; round < 200; round++) {
		struct bytes whole = { 0 };
		bool         done = false;

		for (unsigned i = 0; i < 400 && !done; i++) {
			unsigned      at = random_below(&random, 200) * 8;
			unsigned      len = 8 + random_below(&random, 12) * 8;
			struct packet p;

			len = at + len > sizeof(want) ? (unsigned)sizeof(want) - at : len;
			p = fragment(round, at, at + len < sizeof(want), S);
			done = add(&p, want + at, len, &whole);
		}
		if (done) {
			assert_int_equal(whole.left, 20 + sizeof(want));
			assert_memory_equal(whole.at + 20, want, sizeof(want));
		}
		defrag_release(df);
	}
	assert_true(defrag_counters(df)->rebuilt > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_fragments_in_either_order_make_one_datagram),
		TEST(other_datagrams_do_not_mix),
		TEST(overlaps_are_told),
		TEST(a_datagram_beyond_64_kib_is_refused),
		TEST(old_fragments_are_forgotten),
		TEST(the_oldest_of_too_many_makes_way),
		TEST(any_order_of_fragments_gives_the_same_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
