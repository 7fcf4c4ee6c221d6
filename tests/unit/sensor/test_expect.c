/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <string.h>

#include "sensor/expect.h"

static struct expect e;

static int
set_up(void **state)
{
	(void)state;
	memset(&e, 0, sizeof(e));
	return 0;
}

static struct expected
announce(uint8_t last, uint16_t port)
{
	struct expected x = { .addr = addr_v4((uint8_t[]){ 10, 0, 0, last }), .port = port,
		.app = APPPROTO_FTP_DATA, .until_ns = 100, .cookie_len = 2, .cookie = "hi" };

	expect_add(&e, &x);
	return x;
}

static void
an_announcement_is_found_once(void **state)
{
	struct expected        x = announce(1, 2000);
	const struct expected *got = expect_take(&e, &x.addr, 2000, 50);

	(void)state;
	assert_non_null(got);
	assert_int_equal(got->app, APPPROTO_FTP_DATA);
	assert_memory_equal(got->cookie, "hi", 2);
	assert_null(expect_take(&e, &x.addr, 2000, 50));
}

static void
another_address_port_or_time_is_not_it(void **state)
{
	struct expected x = announce(1, 2000), other = announce(2, 3000);

	(void)state;
	assert_null(expect_take(&e, &x.addr, 3000, 50));
	assert_null(expect_take(&e, &other.addr, 2000, 50));
	assert_null(expect_take(&e, &x.addr, 2000, 101));
	assert_int_equal(e.n_live, 0);
}

static void
the_oldest_makes_way(void **state)
{
	struct addr first = addr_v4((uint8_t[]){ 10, 0, 0, 1 });

	(void)state;
	for (unsigned i = 0; i <= EXPECT_MAX; i++)
		announce(1, (uint16_t)(1000 + i));
	assert_int_equal(e.n_live, EXPECT_MAX);
	assert_null(expect_take(&e, &first, 1000, 50));
	assert_non_null(expect_take(&e, &first, 1000 + EXPECT_MAX, 50));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_announcement_is_found_once, set_up),
		cmocka_unit_test_setup(another_address_port_or_time_is_not_it, set_up),
		cmocka_unit_test_setup(the_oldest_makes_way, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
