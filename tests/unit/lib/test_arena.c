/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/arena.h"

#include "tests/test.h"

#include <stdalign.h>
#include <string.h>

static void
blocks_are_aligned_and_do_not_overlap(void **state)
{
	struct arena *a = arena_new(64);
	uint8_t      *got[40];

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		got[i] = arena_get(a, i + 1);
		assert_non_null(got[i]);
		assert_int_equal((uintptr_t)got[i] % alignof(max_align_t), 0);
		memset(got[i], (int)i, i + 1);
	}
	for (size_t i = 0; i < 40; i++) {
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(got[i][k], i);
	}
	arena_free(a);
}

static void
reset_gives_the_first_block_again(void **state)
{
	struct arena *a = arena_new(128);
	void         *first = arena_get(a, 32);

	(void)state;
	assert_non_null(arena_get(a, 4096));
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	assert_ptr_equal(arena_get(a, 32), first);
	arena_free(a);
}

static void
zero_clears_what_was_there(void **state)
{
	struct arena *a = arena_new(64);
	uint8_t      *got = arena_get(a, 16);

	(void)state;
	memset(got, 0xff, 16);
	arena_reset(a);
	got = arena_zero(a, 16);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(got[i], 0);
	arena_free(a);
}

static void
copies_end_in_nul(void **state)
{
	struct arena *a = arena_new(8);

	(void)state;
	assert_string_equal(arena_dup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_dup(a, NULL, 0), "");
	assert_string_equal(arena_printf(a, "%s=%d", "a-long-name-that-needs-a-block", 7),
			"a-long-name-that-needs-a-block=7");
	arena_free(a);
}

static void
impossible_sizes_are_refused(void **state)
{
	struct arena *a = arena_new(8);

	(void)state;
	assert_null(arena_get(a, SIZE_MAX));
	assert_null(arena_dup(a, "x", SIZE_MAX));
	assert_non_null(arena_get(a, 8));
	arena_free(a);
	arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_aligned_and_do_not_overlap),
		cmocka_unit_test(reset_gives_the_first_block_again),
		cmocka_unit_test(zero_clears_what_was_there),
		cmocka_unit_test(copies_end_in_nul),
		cmocka_unit_test(impossible_sizes_are_refused),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
