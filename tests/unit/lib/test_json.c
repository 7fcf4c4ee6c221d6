/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"

#include "lib/addr.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void
every_kind_of_value_is_written(void **state)
{
	struct json j;
	struct addr a;

	(void)state;
	addr_parse(&a, "10.0.0.1", 8);
	json_init_heap(&j);
	json_obj(&j, NULL);
	json_str(&j, "s", "x");
	json_str(&j, "none", NULL);
	json_u64(&j, "u", UINT64_MAX);
	json_i64(&j, "i", INT64_MIN);
	json_double(&j, "d", 0.1);
	json_double(&j, "whole", 2);
	json_double(&j, "inf", INFINITY);
	json_bool(&j, "t", true);
	json_addr(&j, "a", &a);
	json_hex(&j, "hex", bytes_of("\x01\xab", 2), ':');
	json_hex(&j, "hex0", bytes_of("\x01\xab", 2), 0);
	json_time(&j, "z", UINT64_C(1767322984678901234));
	json_time_eve(&j, "e", UINT64_C(1767322984678901234));
	json_arr(&j, "list");
	json_u64(&j, NULL, 0);
	json_obj(&j, NULL);
	json_obj_end(&j);
	json_arr_end(&j);
	json_raw(&j, "raw", "[1]", 3);
	json_members(&j, "\"m\":1", 5);
	json_members(&j, "", 0);
	json_obj_end(&j);
	assert_string_equal(json_end(&j),
		"{\"s\":\"x\",\"none\":null,\"u\":18446744073709551615,"
		"\"i\":-9223372036854775808,\"d\":0.1,\"whole\":2.0,\"inf\":null,\"t\":"
		"true,"
		"\"a\":\"10.0.0.1\",\"hex\":\"01:ab\",\"hex0\":\"01ab\","
		"\"z\":\"2026-01-02T03:03:04.678Z\",\"e\":\"2026-01-02T03:03:04.678901+"
		"0000\","
		"\"list\":[0,{}],\"raw\":[1],\"m\":1}");
	json_release(&j);
}

static void
hostile_strings_become_valid_json(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\b\f\n\r\t\x1b\x7f", "\"\\b\\f\\n\\r\\t\\u001b\\u007f\"" },
		{ "Hu\xe1\xba\xbf", "\"Hu\xe1\xba\xbf\"" },
		{ "\xff\xfe", "\"\\u00ff\\u00fe\"" },
		{ "\xc0\x80", "\"\\u00c0\\u0080\"" },                 /* overlong */
		{ "\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\"" },      /* surrogate */
		{ "\xe1\xba", "\"\\u00e1\\u00ba\"" },                 /* cut off */
		{ "\xf4\x90\x80\x80", "\"\\u00f4\\u0090\\u0080\\u0080\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char        buf[64];
		struct json j;

		json_init(&j, buf, sizeof(buf));
		json_bytes(&j, NULL, bytes_str(rows[i].in));
		assert_string_equal(json_end(&j), rows[i].want);
	}
}

/* jansson judges what comes out for random bytes as key and as value. */
static void
random_bytes_always_parse(void **state)
{
	unsigned seed = 3;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		uint8_t     raw[40];
		size_t      n = (size_t)rand_r(&seed) % sizeof(raw);
		struct json j;
		json_t     *got;

		for (size_t i = 0; i < n; i++)
			raw[i] = (uint8_t)rand_r(&seed);
		json_init_heap(&j);
		json_obj(&j, NULL);
		json_bytes(&j, "v", bytes_of(raw, n));
		json_base64(&j, "b", bytes_of(raw, n));
		json_obj_end(&j);
		assert_non_null(json_end(&j));
		got = json_loadb(j.buf, j.len, JSON_ALLOW_NUL, NULL);
		assert_non_null(got);
		json_decref(got);
		json_release(&j);
	}
}

static void
base64_matches_rfc_4648(void **state)
{
	static const char *const want[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};

	(void)state;
	for (size_t n = 0; n <= 6; n++) {
		char        buf[32], quoted[32];
		struct json j;

		json_init(&j, buf, sizeof(buf));
		json_base64(&j, NULL, bytes_of("foobar", n));
		snprintf(quoted, sizeof(quoted), "\"%s\"", want[n]);
		assert_string_equal(json_end(&j), quoted);
	}
}

static void
text_that_does_not_fit_fails_at_every_length(void **state)
{
	(void)state;
	for (size_t cap = 0; cap <= 16; cap++) {
		char *buf = malloc(
			cap ? cap
			    : 1); /* exact, so that a sanitizer sees one byte more */
		struct json j;

		json_init(&j, buf, cap);
		json_obj(&j, NULL);
		json_str(&j, "k", "\n12345");
		json_obj_end(&j);
		if (cap < 16) /* {"k":"\n12345"} and NUL */
			assert_null(json_end(&j));
		else
			assert_string_equal(json_end(&j), "{\"k\":\"\\n12345\"}");
		free(buf);
	}
}

static void
nesting_has_a_limit(void **state)
{
	struct json j;

	(void)state;
	json_init_heap(&j);
	for (int i = 0; i < JSON_DEPTH_MAX + 10; i++)
		json_arr(&j, NULL);
	for (int i = 0; i < JSON_DEPTH_MAX + 10; i++)
		json_arr_end(&j);
	assert_null(json_end(&j));
	json_reset(&j);
	json_u64(&j, NULL, 1);
	assert_string_equal(json_end(&j), "1");
	json_release(&j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_is_written),
		cmocka_unit_test(hostile_strings_become_valid_json),
		cmocka_unit_test(random_bytes_always_parse),
		cmocka_unit_test(base64_matches_rfc_4648),
		cmocka_unit_test(text_that_does_not_fit_fails_at_every_length),
		cmocka_unit_test(nesting_has_a_limit),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
