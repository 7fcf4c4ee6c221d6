/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/buf.h"

#include "tests/test.h"

#include <string.h>

static void
numbers_are_big_endian(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_u8(&b, 1);
	buf_be16(&b, 0x0203);
	buf_be24(&b, 0x040506);
	buf_be32(&b, 0x0708090a);
	buf_be64(&b, UINT64_C(0x0b0c0d0e0f101112));
	for (uint8_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], i + 1);
	assert_int_equal(b.len, 18);
	buf_release(&b);
	assert_null(b.data);
}

static void
it_grows_and_is_cut_at_the_front(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_add(&b, "0123456789", 10);
	assert_int_equal(b.len, 10000);
	buf_cut(&b, 9995);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "56789", 5);
	buf_cut(&b, 5);
	buf_cut(&b, 0);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void
failure_sticks_until_it_is_cleared(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add(&b, "abc", 3);
	assert_null(buf_room(&b, SIZE_MAX / 2));
	assert_true(b.failed);
	buf_add(&b, "def", 3);
	assert_int_equal(b.len, 3);
	buf_clear(&b);
	assert_false(b.failed);
	buf_add(&b, "def", 3);
	assert_memory_equal(b.data, "def", 3);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(it_grows_and_is_cut_at_the_front),
		cmocka_unit_test(failure_sticks_until_it_is_cleared),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
