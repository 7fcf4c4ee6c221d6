/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bytes.h"

#include "tests/test.h"

static void
numbers_are_read_in_both_orders(void **state)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct bytes         b = bytes_of(data, sizeof(data));

	(void)state;
	assert_int_equal(bytes_u8(&b), 1);
	assert_int_equal(bytes_be16(&b), 0x0203);
	assert_int_equal(bytes_be32(&b), 0x04050607);
	assert_int_equal(b.left, 1);
	b = bytes_of(data, sizeof(data));
	assert_int_equal(bytes_le16(&b), 0x0201);
	assert_int_equal(bytes_le32(&b), 0x06050403);
	b = bytes_of(data, sizeof(data));
	assert_int_equal(bytes_be24(&b), 0x010203);
	b = bytes_of(data, sizeof(data));
	assert_true(bytes_be64(&b) == 0x0102030405060708);
	assert_true(bytes_ok(&b));
}

static void
a_short_read_is_sticky(void **state)
{
	static const uint8_t data[] = { 1, 2, 3 };

	(void)state;
	for (size_t len = 0; len < 4; len++) {
		struct bytes b = bytes_of(data, len < 3 ? len : 3);

		assert_int_equal(bytes_be32(&b), 0);
		assert_false(bytes_ok(&b));
		assert_int_equal(b.left, 0);
		assert_int_equal(bytes_u8(&b), 0); /* though there was a byte */
		assert_int_equal(bytes_cut(&b, 1).left, 0);
		assert_false(bytes_ok(&b));
	}
}

static void
a_part_is_a_cursor_of_its_own(void **state)
{
	static const uint8_t data[] = { 1, 2, 3, 4 };
	struct bytes         b = bytes_of(data, sizeof(data)), part = bytes_cut(&b, 2);

	(void)state;
	assert_int_equal(bytes_be32(&part), 0);
	assert_false(bytes_ok(&part));
	assert_true(bytes_ok(&b));
	assert_int_equal(bytes_u8(&b), 3);
}

static void
nothing_of_nothing_is_fine(void **state)
{
	struct bytes b = bytes_of(NULL, 0);

	(void)state;
	assert_int_equal(bytes_cut(&b, 0).left, 0);
	bytes_skip(&b, 0);
	assert_true(bytes_ok(&b));
	bytes_skip(&b, SIZE_MAX);
	assert_false(bytes_ok(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_both_orders),
		cmocka_unit_test(a_short_read_is_sticky),
		cmocka_unit_test(a_part_is_a_cursor_of_its_own),
		cmocka_unit_test(nothing_of_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
