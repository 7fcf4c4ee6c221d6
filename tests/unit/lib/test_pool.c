/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pool.h"

#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
every_size_up_to_the_largest_is_served(void **state)
{
	struct pool *p = pool_new(64u << 20);

	(void)state;
	for (size_t size = 0; size <= POOL_BLOCK_MAX;
		size = size ? size + size / 3 + 1 : 1) {
		uint8_t *block = pool_get(p, size);

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % 16, 0);
		assert_true(pool_used(p) >= size);
		memset(block, 0xaa, size);
		pool_put(p, block, size);
		assert_int_equal(pool_used(p), 0);
	}
	assert_null(pool_get(p, POOL_BLOCK_MAX + 1));
	assert_int_equal(pool_refused_total(p), 1);
	pool_free(p);
}

static void
waste_is_at_most_half_of_the_request(void **state)
{
	struct pool *p = pool_new(64u << 20);

	(void)state;
	for (size_t size = 32; size <= 1u << 20; size += size / 7 + 1) {
		void *block = pool_get(p, size);

		assert_true(pool_used(p) <= size + size / 2);
		pool_put(p, block, size);
	}
	pool_free(p);
}

static void
budget_is_kept_and_refusals_are_counted(void **state)
{
	struct pool *p = pool_new(1000);
	void        *blocks[8];
	size_t       n = 0;

	(void)state;
	while (n < 8 && (blocks[n] = pool_get(p, 200)))
		n++;
	assert_int_equal(n, 3); /* of 256 each */
	assert_int_equal(pool_refused_total(p), 1);
	assert_int_equal(pool_budget(p), 1000);
	pool_put(p, blocks[1], 200);
	assert_ptr_equal(pool_get(p, 220), blocks[1]);
	pool_free(p);
}

static void
zero_clears_a_used_block(void **state)
{
	struct pool *p = pool_new(4096);
	uint8_t     *block = pool_get(p, 64);

	(void)state;
	memset(block, 0xff, 64);
	pool_put(p, block, 64);
	block = pool_zero(p, 64);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(block[i], 0);
	pool_put(p, NULL, 64);
	pool_free(p);
	pool_free(NULL);
}

/* Random gets and puts against a list of what is out: nobody writes into another's
 * block. */
static void
random_use_never_overlaps(void **state)
{
	struct pool *p = pool_new(1u << 20);
	struct {
		uint8_t *at;
		size_t   size;
		uint8_t  fill;
	} out[64] = { 0 };
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t i = (size_t)rand_r(&seed) % 64;

		if (out[i].at) {
			for (size_t k = 0; k < out[i].size; k++)
				assert_int_equal(out[i].at[k], out[i].fill);
			pool_put(p, out[i].at, out[i].size);
			out[i].at = NULL;
			continue;
		}
		out[i].size = 1 + (size_t)rand_r(&seed) % 3000;
		out[i].fill = (uint8_t)round;
		out[i].at = pool_get(p, out[i].size);
		if (out[i].at)
			memset(out[i].at, out[i].fill, out[i].size);
	}
	pool_free(p);
}

static void
pbuf_grows_and_is_cut_at_the_front(void **state)
{
	struct pool *p = pool_new(1u << 20);
	struct pbuf  b = { 0 };
	char         text[16];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int n = snprintf(text, sizeof(text), "%04d", i);

		assert_int_equal(pbuf_add(p, &b, text, (size_t)n), 0);
	}
	assert_int_equal(b.len, 4000);
	assert_memory_equal(b.data + 4 * 777, "0777", 4);
	pbuf_cut(&b, 4 * 998);
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.data, "09980999", 8);
	pbuf_cut(&b, 99);
	assert_int_equal(b.len, 0);
	pbuf_release(p, &b);
	assert_int_equal(pool_used(p), 0);
	pool_free(p);
}

static void
pbuf_that_cannot_grow_stays_as_it_was(void **state)
{
	struct pool *p = pool_new(200);
	struct pbuf  b = { 0 };
	static char  big[POOL_BLOCK_MAX + 1];

	(void)state;
	assert_int_equal(pbuf_add(p, &b, "abc", 3), 0);
	assert_int_equal(pbuf_add(p, &b, big, 500), -ENOMEM);
	assert_int_equal(pbuf_add(p, &b, big, sizeof(big)), -ENOMEM);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "abc", 3);
	pbuf_release(p, &b);
	pool_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_up_to_the_largest_is_served),
		cmocka_unit_test(waste_is_at_most_half_of_the_request),
		cmocka_unit_test(budget_is_kept_and_refusals_are_counted),
		cmocka_unit_test(zero_clears_a_used_block),
		cmocka_unit_test(random_use_never_overlaps),
		cmocka_unit_test(pbuf_grows_and_is_cut_at_the_front),
		cmocka_unit_test(pbuf_that_cannot_grow_stays_as_it_was),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
