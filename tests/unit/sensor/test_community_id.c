/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <string.h>

#include "sensor/community_id.h"

static struct community_end
end(const char *addr, uint16_t port)
{
	struct community_end e = { .port = port };

	assert_int_equal(addr_parse(&e.addr, addr, strlen(addr)), 0);
	return e;
}

/* Published with the specification. */
static void
gives_the_ids_of_the_specification(void **state)
{
	static const struct {
		uint8_t     ip_proto;
		const char *src, *dst;
		uint16_t    sport, dport;
		const char *id;
	} rows[] = {
		{ 6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ 17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	};
	char text[COMMUNITY_ID_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct community_end a = end(rows[i].src, rows[i].sport), b = end(rows[i].dst, rows[i].dport);

		assert_string_equal(community_id(text, rows[i].ip_proto, &a, &b), rows[i].id);
		assert_string_equal(community_id(text, rows[i].ip_proto, &b, &a), rows[i].id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(gives_the_ids_of_the_specification) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
