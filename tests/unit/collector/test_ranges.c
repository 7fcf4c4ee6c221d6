/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ranges.h"

#include "tests/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPACE 200 /* numbers 0..199 of the model */

/* The same set as an array of flags: too simple to be wrong. */
static void
compare(const struct ranges *r, const bool model[static SPACE])
{
	uint64_t count = 0, run = 0;

	for (unsigned v = 0; v < SPACE; v++) {
		assert_int_equal(ranges_has(r, v), model[v]);
		count += model[v];
	}
	for (unsigned v = 1; v < SPACE && model[v]; v++)
		run = v;
	assert_int_equal(ranges_count(r), count);
	assert_int_equal(ranges_run(r), run);
	for (size_t i = 1; i < r->n; i++) /* sorted, and never two where one would do */
		assert_true(r->at[i].first > r->at[i - 1].last + 1);
}

static void
any_order_of_adding_gives_the_set(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		struct ranges r = {0};
		bool          model[SPACE] = {false};

		srand(seed);
		for (unsigned step = 0; step < 60; step++) {
			unsigned first = (unsigned)rand() % SPACE;
			unsigned len = (unsigned)rand() % (step % 5 ? 3 : 20);
			unsigned last = first + len < SPACE ? first + len : SPACE - 1;

			assert_int_equal(ranges_add(&r, first, last), 0);
			memset(model + first, true, last - first + 1);
			compare(&r, model);
		}
		ranges_release(&r);
	}
}

static void
holes_are_what_is_not_there(void **state)
{
	struct ranges r = {0};
	struct range  h;

	(void)state;
	assert_true(ranges_hole(&r, 1, 9, &h));
	assert_int_equal(h.first, 1);
	assert_int_equal(h.last, 9);
	ranges_add(&r, 3, 4);
	ranges_add(&r, 7, 9);
	assert_true(ranges_hole(&r, 1, 9, &h));
	assert_int_equal(h.last, 2);
	assert_true(ranges_hole(&r, 3, 9, &h));
	assert_int_equal(h.first, 5);
	assert_int_equal(h.last, 6);
	assert_false(ranges_hole(&r, 7, 9, &h));
	assert_true(ranges_hole(&r, 7, 12, &h));
	assert_int_equal(h.first, 10);
	assert_int_equal(h.last, 12);
	ranges_release(&r);
}

static void
the_ends_of_the_numbers_are_no_trap(void **state)
{
	struct ranges r = {0};

	(void)state;
	assert_int_equal(ranges_add(&r, 2, 1), -EINVAL);
	assert_int_equal(ranges_add(&r, UINT64_MAX, UINT64_MAX), 0);
	assert_int_equal(ranges_add(&r, 0, 0), 0);
	assert_int_equal(ranges_add(&r, UINT64_MAX - 1, UINT64_MAX), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(ranges_add(&r, 0, UINT64_MAX), 0);
	assert_int_equal(r.n, 1);
	ranges_release(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_of_adding_gives_the_set),
		cmocka_unit_test(holes_are_what_is_not_there),
		cmocka_unit_test(the_ends_of_the_numbers_are_no_trap),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
