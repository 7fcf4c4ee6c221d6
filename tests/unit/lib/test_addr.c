/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/addr.h"

#include "tests/test.h"

#include <errno.h>

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text, strlen(text)), 0);
	return a;
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text, strlen(text)), 0);
	return p;
}

static void
text_comes_back_as_it_went_in(void **state)
{
	static const char *const texts[] = {"0.0.0.0", "10.1.2.3", "255.255.255.255",
		"::", "::1", "2001:db8::1", "fe80::1:0:0:1", "2001:db8:1:2:3:4:5:6"};
	char buf[ADDR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct addr a = addr(texts[i]);

		assert_string_equal(addr_format(&a, buf), texts[i]);
	}
}

static void
nonsense_is_refused_and_leaves_no_address(void **state)
{
	static const char *const texts[] = {"", "1.2.3", "1.2.3.4.5", "256.1.1.1",
		"1.2.3.4 ", "::g", "1:2:3", "10.0.0.0/8",
		"0000000000000000000000000000000000000000000000000000001"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct addr a = { .family = 9 };

		assert_int_equal(addr_parse(&a, texts[i], strlen(texts[i])), -EINVAL);
		assert_int_equal(a.family, 0);
	}
}

static void
length_counts_and_not_a_nul(void **state)
{
	struct addr a, b = addr("1.2.3.4");

	(void)state;
	assert_int_equal(addr_parse(&a, "1.2.3.45", 7), 0);
	assert_true(addr_eq(&a, &b));
	assert_int_equal(addr_parse(&a, "1.2.3.4\0", 8), -EINVAL);
}

static void
full_form_writes_all_groups(void **state)
{
	struct addr a = addr("2001:db8::1"), b = addr("10.0.0.1");
	char        buf[ADDR_TEXT_MAX];

	(void)state;
	assert_string_equal(
		addr_format_full(&a, buf), "2001:0db8:0000:0000:0000:0000:0000:0001");
	assert_string_equal(addr_format_full(&b, buf), "10.0.0.1");
}

static void
order_is_family_then_bytes(void **state)
{
	struct addr four = addr("255.0.0.0"), six = addr("::"), more = addr("255.0.0.1");

	(void)state;
	assert_true(addr_cmp(&four, &six) < 0);
	assert_true(addr_cmp(&six, &four) > 0);
	assert_true(addr_cmp(&four, &more) < 0);
	assert_int_equal(addr_cmp(&four, &four), 0);
}

static void
prefix_clears_host_bits(void **state)
{
	static const char *const rows[][2] = {
		{ "10.1.2.3/8", "10.0.0.0/8" },
		{ "10.1.2.255/25", "10.1.2.128/25" },
		{ "10.1.2.3/0", "0.0.0.0/0" },
		{ "10.1.2.3", "10.1.2.3" },
		{ "10.1.2.3/32", "10.1.2.3" },
		{ "2001:db8:ffff::1/33", "2001:db8:8000::/33" },
		{ "2001:db8::1/128", "2001:db8::1" },
	};
	char buf[ADDR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct prefix p = prefix(rows[i][0]);

		assert_string_equal(prefix_format(&p, buf), rows[i][1]);
	}
}

static void
bad_mask_is_refused(void **state)
{
	static const char *const texts[] = {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"::/129", "10.0.0.0/8x", "/8", "10.0.0.0/0008", "10.0.0.0/255.0.0.0"};
	struct prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(prefix_parse(&p, texts[i], strlen(texts[i])), -EINVAL);
}

static void
prefix_holds_exactly_its_range(void **state)
{
	struct prefix p = prefix("192.168.4.0/22"), all = prefix("0.0.0.0/0"),
		      six = prefix("::/0");
	struct addr   first = addr("192.168.4.0"), last = addr("192.168.7.255");
	struct addr   below = addr("192.168.3.255"), above = addr("192.168.8.0");
	struct addr   v6 = addr("2001:db8::1");

	(void)state;
	assert_true(prefix_has(&p, &first));
	assert_true(prefix_has(&p, &last));
	assert_false(prefix_has(&p, &below));
	assert_false(prefix_has(&p, &above));
	assert_true(prefix_has(&all, &below));
	assert_false(prefix_has(&all, &v6));
	assert_true(prefix_has(&six, &v6));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_back_as_it_went_in),
		cmocka_unit_test(nonsense_is_refused_and_leaves_no_address),
		cmocka_unit_test(length_counts_and_not_a_nul),
		cmocka_unit_test(full_form_writes_all_groups),
		cmocka_unit_test(order_is_family_then_bytes),
		cmocka_unit_test(prefix_clears_host_bits),
		cmocka_unit_test(bad_mask_is_refused),
		cmocka_unit_test(prefix_holds_exactly_its_range),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
