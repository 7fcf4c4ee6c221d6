/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/reassembly.h"
#include "tests/random.h"

static struct pool      *pool;
static struct reassembly r;

static int
set_up(void **state)
{
	(void)state;
	pool = pool_new(8u << 20);
	assert_non_null(pool);
	reassembly_init(&r);
	return 0;
}

/* Every test must give back every byte. */
static int
tear_down(void **state)
{
	size_t used;

	(void)state;
	reassembly_release(&r, pool);
	used = pool_used(pool);
	pool_free(pool);
	return used ? -1 : 0;
}

static unsigned
add(uint64_t offset, const char *text)
{
	return reassembly_add(&r, pool, OVERLAP_BSD, offset, bytes_str(text));
}

static void
assert_stream(const char *text)
{
	struct bytes got = reassembly_bytes(&r, 0, UINT64_MAX);

	assert_int_equal(got.left, strlen(text));
	assert_memory_equal(got.at, text, got.left);
}

static void
bytes_in_order_come_out_at_once(void **state)
{
	(void)state;
	assert_int_equal(add(0, "hello "), REASSEMBLY_NEW);
	assert_int_equal(add(6, "world"), REASSEMBLY_NEW);
	assert_stream("hello world");
	assert_int_equal(reassembly_end(&r), 11);
}

static void
early_bytes_wait_for_those_before_them(void **state)
{
	(void)state;
	add(6, "world");
	add(12, "again");
	assert_int_equal(reassembly_end(&r), 0);
	assert_int_equal(reassembly_top(&r), 17);
	assert_int_equal(reassembly_hole(&r, 100), 6);
	add(0, "hello ");
	assert_stream("hello world");
	add(11, " ");
	assert_stream("hello world again");
}

static void
the_same_bytes_again_are_no_difference(void **state)
{
	(void)state;
	add(0, "abcdef");
	assert_int_equal(add(2, "cd"), REASSEMBLY_OVERLAP);
	assert_int_equal(add(4, "efgh"), REASSEMBLY_OVERLAP | REASSEMBLY_NEW);
	assert_stream("abcdefgh");
}

static void
other_bytes_are_told_and_the_policy_decides(void **state)
{
	(void)state;
	add(0, "abcdef");
	assert_int_equal(add(2, "XY"), REASSEMBLY_OVERLAP | REASSEMBLY_DIFFERENT);
	assert_stream("abcdef");
	assert_int_equal(reassembly_add(&r, pool, OVERLAP_LAST, 2, bytes_str("XY")),
			REASSEMBLY_OVERLAP | REASSEMBLY_DIFFERENT);
	assert_stream("abXYef");
}

static void
bsd_lets_the_segment_win_that_starts_first(void **state)
{
	(void)state;
	add(4, "4444");
	add(2, "2222");
	add(0, "00");
	assert_stream("00222244");
}

static void
acknowledged_bytes_stand_whatever_the_policy(void **state)
{
	(void)state;
	add(0, "abcdef");
	reassembly_ack(&r, pool, 4);
	(void)reassembly_add(&r, pool, OVERLAP_LAST, 0, bytes_str("UVWXYZ"));
	assert_stream("abcdYZ");
	assert_int_equal(reassembly_add(&r, pool, OVERLAP_LAST, 0, bytes_str("UV")),
			REASSEMBLY_OVERLAP | REASSEMBLY_DIFFERENT | REASSEMBLY_OLD);
}

static void
a_hole_can_be_given_up_and_what_is_before_it_stays_readable(void **state)
{
	(void)state;
	add(0, "before");
	add(10, "behind");
	reassembly_ack(&r, pool, 16);
	assert_int_equal(reassembly_hole(&r, 16), 4);
	reassembly_skip(&r, pool, 4, 2);
	assert_int_equal(r.before_start, 2);
	assert_int_equal(r.before_gap.len, 4);
	assert_memory_equal(r.before_gap.data, "fore", 4);
	assert_int_equal(r.start, 10);
	assert_stream("behind");
}

static void
what_is_dropped_is_gone_and_the_rest_keeps_its_offset(void **state)
{
	struct bytes got;

	(void)state;
	add(0, "0123456789");
	reassembly_ack(&r, pool, 10);
	reassembly_drop(&r, pool, 3);
	got = reassembly_bytes(&r, 0, 5);
	assert_int_equal(got.left, 2);
	assert_memory_equal(got.at, "34", 2);
	reassembly_drop(&r, pool, 8);
	assert_stream("89");
	assert_int_equal(add(1, "x"), REASSEMBLY_OVERLAP | REASSEMBLY_OLD);
}

static void
segments_are_bounded(void **state)
{
	unsigned full = 0;

	(void)state;
	for (unsigned i = 0; i < 2 * REASSEMBLY_SEGMENTS_MAX; i++)
		if (add(2 + 2ull * i, "x") & REASSEMBLY_FULL)
			full++;
	assert_int_equal(r.n_segments, REASSEMBLY_SEGMENTS_MAX);
	assert_int_equal(full, REASSEMBLY_SEGMENTS_MAX);
}

static void
no_memory_is_told_and_nothing_is_lost_that_was_there(void **state)
{
	static char big[1 << 20];
	unsigned    result = 0;

	(void)state;
	memset(big, 'x', sizeof(big));
	add(0, "kept");
	for (uint64_t at = 4; !(result & REASSEMBLY_FULL) && at < 1u << 30; at += sizeof(big))
		result = reassembly_add(&r, pool, OVERLAP_BSD, at, bytes_of(big, sizeof(big)));
	assert_true(result & REASSEMBLY_FULL);
	assert_memory_equal(reassembly_bytes(&r, 0, 4).at, "kept", 4);
}

enum { LENGTH = 3000, PIECES = 400 };

/* The heart of it: cut, shuffled, overlapping and repeated, always the same bytes. */
static void
any_order_of_segments_gives_the_same_bytes(void **state)
{
	uint8_t  want[LENGTH];
	uint64_t random = 0x7465737421;

	(void)state;
	for (unsigned i = 0; i < LENGTH; i++)
		want[i] = (uint8_t)random_next(&random);
	for (unsigned round = 0; round < 300; round++) {
		enum overlap policy = (enum overlap)random_below(&random, OVERLAP_LAST + 1);

		for (unsigned i = 0; i < PIECES; i++) {
			uint32_t at = random_below(&random, LENGTH);
			uint32_t len = 1 + random_below(&random, 200);

			len = len < LENGTH - at ? len : LENGTH - at;
			assert_false(reassembly_add(&r, pool, policy, at, bytes_of(want + at, len)) &
					(REASSEMBLY_DIFFERENT | REASSEMBLY_FULL));
			if (random_below(&random, 4) == 0)
				reassembly_ack(&r, pool, random_below(&random,
						(uint32_t)reassembly_end(&r) + 1));
		}
		reassembly_add(&r, pool, policy, 0, bytes_of(want, LENGTH));
		assert_int_equal(reassembly_end(&r), LENGTH);
		assert_memory_equal(reassembly_bytes(&r, 0, LENGTH).at, want, LENGTH);
		reassembly_release(&r, pool);
		assert_int_equal(pool_used(pool), 0);
		reassembly_init(&r);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_in_order_come_out_at_once),
		TEST(early_bytes_wait_for_those_before_them),
		TEST(the_same_bytes_again_are_no_difference),
		TEST(other_bytes_are_told_and_the_policy_decides),
		TEST(bsd_lets_the_segment_win_that_starts_first),
		TEST(acknowledged_bytes_stand_whatever_the_policy),
		TEST(a_hole_can_be_given_up_and_what_is_before_it_stays_readable),
		TEST(what_is_dropped_is_gone_and_the_rest_keeps_its_offset),
		TEST(segments_are_bounded),
		TEST(no_memory_is_told_and_nothing_is_lost_that_was_there),
		TEST(any_order_of_segments_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
