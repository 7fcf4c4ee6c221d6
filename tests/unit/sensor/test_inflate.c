/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/inflate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define PLAIN_LEN 100000

static uint8_t plain[PLAIN_LEN];

struct result {
	uint8_t *data;
	size_t   len;
};

static int
collect(void *arg, struct bytes out)
{
	struct result *r = arg;

	assert_true(r->len + out.left <= 4 * PLAIN_LEN);
	memcpy(r->data + r->len, out.at, out.left);
	r->len += out.left;
	return 0;
}

static int
refuse(void *arg, struct bytes out)
{
	(void)arg, (void)out;
	return -EFBIG;
}

static int
setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * i >> 7);
	return 0;
}

/* `plain` with zlib's wrapper (15), gzip's (31) or none (-15). To be freed. */
static uint8_t *
compress_plain(int window_bits, size_t *len)
{
	size_t   cap = 2 * PLAIN_LEN;
	uint8_t *out = malloc(cap);
	z_stream z = { .next_in = plain, .avail_in = sizeof(plain), .next_out = out, .avail_out = (unsigned)cap };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	*len = cap - z.avail_out;
	deflateEnd(&z);
	return out;
}

static void
undoes(enum inflate_kind kind, const uint8_t *in, size_t len, size_t step, unsigned copies)
{
	struct pool    *pool = pool_new(8u << 20);
	struct inflate *d;
	struct result   r = { .data = malloc(4 * PLAIN_LEN) };

	assert_int_equal(inflate_new(&d, pool, kind), 0);
	for (size_t at = 0; at < len; at += step)
		assert_int_equal(inflate_feed(d, bytes_of(in + at, step < len - at ? step : len - at), collect, &r),
				0);
	assert_int_equal(r.len, copies * sizeof(plain));
	assert_memory_equal(r.data, plain, sizeof(plain));
	inflate_free(d);
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
	free(r.data);
}

static void
all_wrappers_are_understood_in_pieces_of_any_size(void **state)
{
	static const struct {
		int               bits;
		enum inflate_kind kind;
	} rows[] = { { 31, INFLATE_GZIP }, { 15, INFLATE_DEFLATE }, { -15, INFLATE_DEFLATE } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t   len;
		uint8_t *in = compress_plain(rows[i].bits, &len);

		undoes(rows[i].kind, in, len, len, 1);
		undoes(rows[i].kind, in, len, 1, 1);
		undoes(rows[i].kind, in, len, 1000, 1);
		free(in);
	}
}

static void
gzip_members_follow_each_other_and_junk_after_them_is_nothing(void **state)
{
	size_t   len;
	uint8_t *in = compress_plain(31, &len);
	uint8_t *twice = malloc(2 * len + 20);

	(void)state;
	memcpy(twice, in, len);
	memcpy(twice + len, in, len);
	memset(twice + 2 * len, 'j', 20);
	undoes(INFLATE_GZIP, twice, 2 * len + 20, 2 * len + 20, 2);
	undoes(INFLATE_GZIP, twice, 2 * len + 20, 7, 2);
	free(twice);
	free(in);
}

static void
optional_parts_of_a_gzip_header_are_skipped(void **state)
{
	static const uint8_t head[] = { 0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 'e', 'x', 't', 'n',
		'a', 'm', 'e', 0, 'c', 0, 0xaa, 0xbb };
	size_t   len;
	uint8_t *bare = compress_plain(-15, &len);
	uint8_t *in = malloc(sizeof(head) + len);

	(void)state;
	memcpy(in, head, sizeof(head));
	memcpy(in + sizeof(head), bare, len);
	undoes(INFLATE_GZIP, in, sizeof(head) + len, sizeof(head) + len, 1);
	undoes(INFLATE_GZIP, in, sizeof(head) + len, 1, 1);
	free(in);
	free(bare);
}

static void
what_is_no_such_data_is_given_back(void **state)
{
	static const char text[] = "this is plain text, really";
	struct pool      *pool = pool_new(8u << 20);
	struct inflate   *d;

	(void)state;
	for (int kind = INFLATE_GZIP; kind <= INFLATE_DEFLATE; kind++) {
		struct bytes early;
		int          rc = 0;

		assert_int_equal(inflate_new(&d, pool, (enum inflate_kind)kind), 0);
		for (size_t i = 0; i < sizeof(text) && rc == 0; i++)
			rc = inflate_feed(d, bytes_of(text + i, 1), refuse, NULL);
		assert_int_equal(rc, -EBADMSG);
		assert_false(inflate_started(d));
		early = inflate_early(d);
		assert_true(bytes_starts(&early, "this", early.left < 4 ? early.left : 4));
		inflate_free(d);
	}
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
}

static void
the_sink_may_stop_it(void **state)
{
	struct pool    *pool = pool_new(8u << 20);
	struct inflate *d;
	size_t          len;
	uint8_t        *in = compress_plain(31, &len);

	(void)state;
	assert_int_equal(inflate_new(&d, pool, INFLATE_GZIP), 0);
	assert_int_equal(inflate_feed(d, bytes_of(in, len), refuse, NULL), -EFBIG);
	inflate_free(d);
	pool_free(pool);
	free(in);
}

static void
a_full_pool_is_an_error(void **state)
{
	struct pool    *pool = pool_new(1024);
	struct inflate *d;

	(void)state;
	assert_int_equal(inflate_new(&d, pool, INFLATE_GZIP), -ENOMEM);
	assert_null(d);
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_wrappers_are_understood_in_pieces_of_any_size),
		cmocka_unit_test(gzip_members_follow_each_other_and_junk_after_them_is_nothing),
		cmocka_unit_test(optional_parts_of_a_gzip_header_are_skipped),
		cmocka_unit_test(what_is_no_such_data_is_given_back),
		cmocka_unit_test(the_sink_may_stop_it),
		cmocka_unit_test(a_full_pool_is_an_error),
	};

	return cmocka_run_group_tests_name("inflate", tests, setup, NULL);
}
