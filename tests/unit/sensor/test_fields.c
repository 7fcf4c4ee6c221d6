/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/proto/fields.h"

static void
pieces_are_found_by_what_they_are(void **state)
{
	struct pool  *pool = pool_new(1u << 20);
	struct fields f = { 0 };
	struct bytes  text;

	(void)state;
	fields_add(&f, pool, 1, bytes_str("one"));
	fields_add(&f, pool, 2, bytes_str(""));
	fields_add(&f, pool, 1, bytes_str("two"));
	assert_true(fields_get(&f, 1, 1, &text) && bytes_is(text, "two"));
	assert_true(fields_get(&f, 2, 0, &text) && text.left == 0);
	assert_false(fields_get(&f, 1, 2, &text));
	assert_false(fields_get(&f, 3, 0, &text));
	fields_release(&f, pool);
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
}

static void
their_number_and_bytes_are_bounded(void **state)
{
	static const uint8_t big[FIELDS_BYTES_MAX + 1];
	struct pool         *pool = pool_new(1u << 20);
	struct fields        f = { 0 };
	struct bytes         text;

	(void)state;
	fields_add(&f, pool, 1, bytes_of(big, sizeof(big)));
	assert_false(fields_get(&f, 1, 0, &text));
	for (unsigned i = 0; i < FIELDS_MAX + 5; i++)
		fields_add(&f, pool, 1, bytes_str("x"));
	assert_true(fields_get(&f, 1, FIELDS_MAX - 1, &text));
	assert_false(fields_get(&f, 1, FIELDS_MAX, &text));
	fields_release(&f, pool);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_found_by_what_they_are),
		cmocka_unit_test(their_number_and_bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
