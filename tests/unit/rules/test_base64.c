/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/base64.h"

#include <openssl/evp.h>

#include "tests/random.h"
#include "tests/rig.h"
#include "tests/test.h"

static void
each_mode_stops_where_it_says(void **state)
{
	static const struct {
		enum base64_mode mode;
		const char      *text, *bytes;
	} rows[] = {
		{ BASE64_RFC4648, "aGVsbG8=", "hello" },
		{ BASE64_RFC4648, "aGVsbG8", "hello" },
		{ BASE64_RFC4648, "aGVs bG8=", "hel" },
		{ BASE64_RFC4648, "", "" },
		{ BASE64_RFC4648, "a", "" },
		{ BASE64_RFC4648, "aG", "h" },
		{ BASE64_RFC4648, "=aGVs", "" },
		{ BASE64_RFC2045, "aGVs\r\n bG8=", "hello" },
		{ BASE64_RFC2045, "a!G@V#s$bG8", "hello" },
		{ BASE64_RFC2045, "aGVsbG8=aGVs", "hello" },
		{ BASE64_STRICT, "aGVsbG8=", "hello" },
		{ BASE64_STRICT, "aGVsbG8", "" },
		{ BASE64_STRICT, "aGVs bG8=", "" },
		{ BASE64_STRICT, "aGVsbG8=aGVs", "" },
		{ BASE64_STRICT, "aGVsbA==", "hell" },
		{ BASE64_STRICT, "a===", "" },
		{ BASE64_STRICT, "====", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t out[64];
		size_t  n = base64_decode(rows[i].mode, bytes_of(rows[i].text, strlen(rows[i].text)), out, sizeof(out));

		if (n != strlen(rows[i].bytes) || memcmp(out, rows[i].bytes, n) != 0)
			fail_msg("mode %d \"%s\": %zu bytes", rows[i].mode, rows[i].text, n);
	}
}

static void
what_openssl_encodes_comes_back_and_never_more_than_fits(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint8_t       in[64], out[64];
		unsigned char text[128];
		size_t        len = random_below(&seed, sizeof(in)), cap = random_below(&seed, sizeof(out)), n;
		int           text_len;

		for (size_t i = 0; i < len; i++)
			in[i] = (uint8_t)random_next(&seed);
		text_len = EVP_EncodeBlock(text, in, (int)len);
		for (int mode = BASE64_RFC4648; mode <= BASE64_STRICT; mode++) {
			memset(out, 0xee, sizeof(out));
			n = base64_decode((enum base64_mode)mode, bytes_of(text, (size_t)text_len), out, cap);
			assert_int_equal(n, len < cap ? len : cap);
			assert_memory_equal(out, in, n);
			for (size_t i = n; i < sizeof(out); i++)
				assert_int_equal(out[i], 0xee);
		}
	}
}

static void
rules_ask_what_was_decoded(void **state)
{
	static const struct {
		const char *options, *payload;
		bool        matches;
	} rows[] = {
		{ "base64_decode; base64_data; content:\"hello\";", "aGVsbG8=", true },
		{ "base64_decode; base64_data; content:\"hellx\";", "aGVsbG8=", false },
		{ "base64_decode:bytes 4; base64_data; content:\"hel\"; isdataat:!3;", "aGVsbG8=", true },
		{ "base64_decode:offset 2; base64_data; content:\"hello\"; startswith;", "xxaGVsbG8=", true },
		{ "content:\"x=\"; base64_decode:relative; base64_data; content:\"hello\";", "zzx=aGVsbG8=", true },
		{ "content:\"x=\"; base64_decode:offset 1, relative; base64_data; content:\"hello\";", "x=yaGVsbG8=", true },
		{ "base64_decode; base64_data; content:\"h\"; content:\"o\"; distance:3; within:1;", "aGVsbG8=", true },
		{ "base64_decode; base64_data; content:!\"hello\";", "aGVsbG8=", false },
		{ "base64_decode:offset 99; base64_data; content:\"h\";", "aGVsbG8=", false },
		{ "base64_decode; base64_data; content:\"h\"; pkt_data; content:\"bG8\";", "aGVsbG8=", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rig_matches(rows[i].options, rows[i].payload, strlen(rows[i].payload)) != rows[i].matches)
			fail_msg("%s", rows[i].options);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mode_stops_where_it_says),
		cmocka_unit_test(what_openssl_encodes_comes_back_and_never_more_than_fits),
		cmocka_unit_test(rules_ask_what_was_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
