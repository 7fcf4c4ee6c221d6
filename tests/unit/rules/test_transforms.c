/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of transforms: what a rule says, what goes in, what comes out. */
#include <zlib.h>

#include "rules/app/http1.h"
#include "tests/rig.h"
#include "tests/test.h"

/* Does `out` (in the notation of content) come out of the chain, and nothing else? */
static bool
gives(const char *chain, const void *in, size_t len, const char *out)
{
	char          rule[4096];
	struct rig    r;
	struct rig_tx t;
	bool          fired;

	snprintf(rule, sizeof(rule), "alert http any any -> any any (http.uri; %s; content:\"%s\"; startswith; endswith; sid:1;)",
			chain, out);
	rig_open(&r, rule);
	rig_tx_init(&r, &t, APPPROTO_HTTP1, HTTP1_REQUEST_COMPLETE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "")->view.data = bytes_of(in, len);
	fired = strcmp(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_COMPLETE), "1") == 0;
	rig_tx_release(&r, &t);
	rig_close(&r);
	return fired;
}

static void
each_chain_gives_what_it_says(void **state)
{
	static const struct {
		const char *chain, *in, *out;
	} rows[] = {
		{ "to_lowercase", "AbC-1\xc4", "abc-1|c4|" },
		{ "to_uppercase", "aBc-1{", "ABC-1{" },
		{ "dotprefix", "example.org", ".example.org" },
		{ "strip_whitespace", " a b\tc\r\nd\v\f ", "abcd" },
		{ "compress_whitespace", "a  b \t c   ", "a b c " },
		{ "compress_whitespace", "a\t\t b", "a|09|b" },
		{ "url_decode", "a%20b+c%2fd%", "a b c/d%" },
		{ "url_decode", "%zz%4", "%zz%4" },
		{ "url_decode", "%41", "A" },
		{ "url_decode", "%4", "%4" },
		{ "url_decode", "%", "%" },
		{ "url_decode; url_decode", "%2541", "A" },
		{ "xor:\"01\"", "abc", "`cb" },
		{ "xor:\"0001\"", "aaaa", "a`a`" },
		{ "xor:\"0a0d0e\"", "kok", "abe" },
		{ "to_md5", "abc", "|90 01 50 98 3c d2 4f b0 d6 96 3f 7d 28 e1 7f 72|" },
		{ "to_sha1", "abc", "|a9 99 3e 36 47 06 81 6a ba 3e 25 71 78 50 c2 6c 9c d0 d8 9d|" },
		{ "to_sha256", "abc", "|ba 78 16 bf 8f 01 cf ea 41 41 40 de 5d ae 22 23 b0 03 61 a3 96 17 7a 9c b4 10 ff 61 f2 00 15 ad|" },
		{ "to_lowercase; to_md5", "ABC", "|90 01 50 98 3c d2 4f b0 d6 96 3f 7d 28 e1 7f 72|" },
		{ "from_base64", "aGVsbG8=", "hello" },
		{ "from_base64:offset 2, bytes 4", "xxaGVsbG8=", "hel" },
		{ "from_base64:mode strict", "aGVsbG8=", "hello" },
		{ "from_base64:mode rfc2045", "aGV sbG8=", "hello" },
		{ "from_base64; from_base64", "YUdWc2JHOD0=", "hello" },
		{ "header_lowercase", "User-AGENT: Foo\r\nHOST: Bar\r\n", "user-agent|3a| Foo|0d 0a|host|3a| Bar|0d 0a|" },
		{ "strip_pseudo_headers", ":path: /a\r\nhost: b\r\n:x: y\r\n", "host|3a| b|0d 0a|" },
		{ "pcrexform:\"[a-z]+=([0-9]+)\"", "id=42&x", "42" },
		{ "domain", "www.example.co.uk", "example.co.uk" },
		{ "tld", "www.example.co.uk", "co.uk" },
		{ "dotprefix; to_uppercase; strip_whitespace", "a b", ".AB" },
	};
	bool good = true;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool got = gives(rows[i].chain, rows[i].in, strlen(rows[i].in), rows[i].out);

		if (!got)
			print_error("%s of %s is not %s\n", rows[i].chain, rows[i].in, rows[i].out);
		good &= got;
	}
	assert_true(good);
}

static void
packed_bytes_come_out_up_to_the_bound(void **state)
{
	static const char text[] = "hello hello hello hello";
	uint8_t           packed[256];
	z_stream          z = { 0 };
	size_t            len;

	(void)state;
	for (int gzip = 0; gzip < 2; gzip++) {
		const char *chain = gzip ? "gunzip" : "zlib_deflate";
		char        bounded[64];

		assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16 * gzip, 8, Z_DEFAULT_STRATEGY), Z_OK);
		z.next_in = (Bytef *)(uintptr_t)text;
		z.avail_in = sizeof(text) - 1;
		z.next_out = packed;
		z.avail_out = sizeof(packed);
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		len = z.total_out;
		deflateEnd(&z);
		assert_true(gives(chain, packed, len, text));
		snprintf(bounded, sizeof(bounded), "%s:max-size 5", chain);
		assert_true(gives(bounded, packed, len, "hello"));
		for (size_t n = 0; n < len; n++)
			assert_false(gives(bounded, packed, n, "hellx"));
		assert_false(gives(chain, "not packed", 10, "not packed"));
	}
}

/* No result: the buffer is not there for the rule. */
static void
a_transform_that_fails_leaves_no_buffer(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, "alert http any any -> any any (http.uri; from_base64; content:!\"zz\"; sid:1;)\n"
		     "alert http any any -> any any (http.uri; domain; content:!\"zz\"; sid:2;)\n"
		     "alert http any any -> any any (http.uri; gunzip; content:!\"zz\"; sid:3;)\n"
		     "alert http any any -> any any (http.uri; content:!\"zz\"; sid:4;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, HTTP1_REQUEST_COMPLETE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "!aaaaaaaaaaaaaaaaaaaaaaa");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_COMPLETE), "4");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

/* Rules of the same chain share its result, others have their own. */
static void
chains_do_not_disturb_each_other(void **state)
{
	struct rig    r;
	struct rig_tx t;

	(void)state;
	rig_open(&r, "alert http any any -> any any (http.uri; content:\"AbC\"; sid:1;)\n"
		     "alert http any any -> any any (http.uri; to_lowercase; content:\"abc\"; sid:2;)\n"
		     "alert http any any -> any any (http.uri; to_lowercase; content:\"bc\"; endswith; sid:3;)\n"
		     "alert http any any -> any any (http.uri; to_uppercase; content:\"ABC\"; sid:4;)\n"
		     "alert http any any -> any any (http.uri; content:\"AbC\"; to_lowercase; content:\"abc\"; sid:5;)\n"
		     "alert http any any -> any any (http.uri; to_lowercase; content:\"AbC\"; sid:6;)\n");
	rig_tx_init(&r, &t, APPPROTO_HTTP1, HTTP1_REQUEST_COMPLETE);
	rig_tx_set(&t, BUF_HTTP_URI, DIR_TOSERVER, "AbC");
	assert_string_equal(rig_tx_at(&r, &t, DIR_TOSERVER, HTTP1_REQUEST_COMPLETE), "1 2 3 4 5");
	rig_tx_release(&r, &t);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_chain_gives_what_it_says),
		cmocka_unit_test(packed_bytes_come_out_up_to_the_bound),
		cmocka_unit_test(a_transform_that_fails_leaves_no_buffer),
		cmocka_unit_test(chains_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
