/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/proto/http1_uri.h"

#include <stdlib.h>
#include <string.h>

static void
normalises(const char *target, const char *want, size_t want_len)
{
	struct pool     *pool = pool_new(1u << 20);
	struct http1_uri u = http1_uri_split(bytes_str(target));
	struct pbuf      out = { 0 };
	uint32_t         path_len = 0;

	assert_int_equal(http1_uri_normalise(pool, &out, &u, &path_len), 0);
	if (out.len != want_len || (want_len && memcmp(out.data, want, want_len) != 0))
		fail_msg("%s: got %.*s, want %s", target, (int)out.len, (char *)out.data, want);
	assert_true(path_len <= out.len);
	pbuf_release(pool, &out);
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
}

static void
targets_become_what_a_server_would_open(void **state)
{
	static const struct {
		const char *target, *want;
	} rows[] = {
		{ "/a\\b\\..\\c", "/a/c" },
		{ "/a%5cb/%2e%2e/c", "/a/c" },
		{ "/x%2541y?q=%2541", "/x%41y?q=%41" },
		{ "/a%u0041b?c=%u0042", "/aAb?c=B" },
		{ "/a%zzb%4", "/a%zzb%4" },
		{ "/a//b///c/./d/../e/", "/a/b/c/e/" },
		{ "/../../etc/passwd", "/etc/passwd" },
		{ "/a/b/../", "/a" },
		{ "/a/./", "/a" },
		{ "/a/..", "" },
		{ "./a", "a" },
		{ "../a", "a" },
		{ "a/../b", "b" },
		{ "/a/...", "/a/..." },
		{ "/a/.b", "/a/.b" },
		{ "/a?b/../c//d#e/../f", "/a?b/../c//d#e/../f" },
		{ "/a+b%2bc?d+e%2bf=%20", "/a+b+c?d+e+f= " },
		{ "/%ef%bc%a1%e2%88%95%c0%af%c4%80", "/A//A" },
		{ "/\xef\xbc\xa1x", "/Ax" },
		{ "/%c3%28", "/?(" },
		{ "/?q=%5cy\\z", "/?q=\\y\\z" },
		{ "http://u:p@h.com:99/%41?x", "/A?x" },
		{ "http://h.com", "" },
		{ "http:/x/y", "/x/y" },
		{ "*", "*" },
		{ "?q=1", "?q=1" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		normalises(rows[i].target, rows[i].want, strlen(rows[i].want));
	normalises("/a%00b", "/a\0b", 4);
	normalises("/%C3%A9/%ff", "/\xe9/?", 4);
}

static void
the_authority_is_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *port;
	} rows[] = {
		{ "h.com", "h.com", "" },
		{ "h.com:80", "h.com", "80" },
		{ "u:p@h.com:80", "h.com", "80" },
		{ "[::1]:80", "[::1]", "80" },
		{ "[::1]", "[::1]", "" },
		{ "h.com:", "h.com", "" },
		{ ":80", "", "80" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http1_uri u = { 0 };

		http1_uri_authority(&u, bytes_str(rows[i].text));
		assert_true(bytes_is(u.host, rows[i].host));
		assert_true(bytes_is(u.port, rows[i].port));
	}
}

static void
every_beginning_of_a_target_is_harmless(void **state)
{
	static const char all[] = "http://u@h:1/%u0041%5c../%c3%a9//.././x?%41#%zz";
	struct pool      *pool = pool_new(1u << 20);

	(void)state;
	for (size_t n = 0; n < sizeof(all); n++) {
		uint8_t         *copy = malloc(n ? n : 1);
		struct http1_uri u;
		struct pbuf      out = { 0 };
		uint32_t         path_len;

		memcpy(copy, all, n);
		u = http1_uri_split(bytes_of(copy, n));
		assert_int_equal(http1_uri_normalise(pool, &out, &u, &path_len), 0);
		assert_true(out.len <= n);
		pbuf_release(pool, &out);
		free(copy);
	}
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_become_what_a_server_would_open),
		cmocka_unit_test(the_authority_is_taken_apart),
		cmocka_unit_test(every_beginning_of_a_target_is_harmless),
	};

	return cmocka_run_group_tests_name("http1_uri", tests, NULL, NULL);
}
