/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/endpoint.h"

#include "tests/test.h"

#include <errno.h>
#include <string.h>

static void
names_and_addresses_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t    port;
	} rows[] = {
		{ "centre.example:7004", "centre.example", 7004 },
		{ "10.0.0.1:0", "10.0.0.1", 0 },
		{ "[2001:db8::1]:65535", "2001:db8::1", 65535 },
		{ ":7004", "", 7004 },
	};
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(endpoint_parse(&e, rows[i].text), 0);
		assert_string_equal(e.host, rows[i].host);
		assert_int_equal(e.port, rows[i].port);
	}
}

static void
nonsense_is_refused(void **state)
{
	static const char *const rows[] = {"", "host", "host:", "host:x", "host:65536",
		"host:-1", "::1:80", "[::1]", "[::1:80", "host]:80", "host:000080"};
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(endpoint_parse(&e, rows[i]), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_addresses_are_taken_apart),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
