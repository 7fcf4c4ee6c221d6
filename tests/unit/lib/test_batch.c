/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/batch.h"

#include "lib/event.h"
#include "lib/frame.h"
#include "tests/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fix {
	struct batch *w, *r;
	struct buf    out;
};

static int
setup(void **state)
{
	struct fix *f = test_calloc(1, sizeof(*f));

	f->w = batch_new();
	f->r = batch_new();
	assert_true(f->w && f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *f = *state;

	batch_free(f->w);
	batch_free(f->r);
	buf_release(&f->out);
	test_free(f);
	return 0;
}

static struct bytes
body(struct fix *f)
{
	buf_clear(&f->out);
	assert_int_equal(batch_put(f->w, &f->out), 0);
	return bytes_of(f->out.data + FRAME_HEAD, f->out.len - FRAME_HEAD);
}

static void
events_come_back_with_their_numbers(void **state)
{
	static const uint64_t seqs[] = { 7, 8, 10, 1000, 1001 };
	struct fix           *f = *state;
	struct bytes          wire;
	uint64_t              seq;

	batch_start(f->w, 42, 0, 0);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(batch_add(f->w, seqs[i], bytes_of("abcdefgh", i)), 0);
	assert_int_equal(batch_get(f->r, body(f), NULL), 0);
	assert_int_equal(batch_epoch(f->r), 42);
	assert_int_equal(batch_first(f->r), 7);
	assert_int_equal(batch_last(f->r), 1001);
	assert_int_equal(batch_count(f->r), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(batch_next(f->r, &seq, &wire), 1);
		assert_int_equal(seq, seqs[i]);
		assert_int_equal(wire.left, i);
	}
	assert_int_equal(batch_next(f->r, &seq, &wire), 0);
}

static void
like_events_are_packed_small_and_noise_is_not_grown(void **state)
{
	struct fix *f = *state;
	uint8_t     noise[3000];
	unsigned    seed = 5;

	batch_start(f->w, 1, 0, 0);
	for (uint64_t i = 1; i <= 1000; i++)
		assert_int_equal(
			batch_add(f->w, i,
				bytes_str("{\"event_type\":\"alert\",\"sid\":1}")),
			0);
	assert_true(body(f).left < 1000);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)rand_r(&seed);
	batch_start(f->w, 1, 0, 0);
	assert_int_equal(batch_add(f->w, 1, bytes_of(noise, sizeof(noise))), 0);
	assert_true(body(f).left < sizeof(noise) + 64);
	assert_int_equal(batch_get(f->r, body(f), NULL), 0);
}

static void
a_batch_is_bounded_in_count_bytes_and_distance(void **state)
{
	static uint8_t big[EVENT_WIRE_MAX + 1];
	struct fix    *f = *state;

	batch_start(f->w, 1, 2, 100);
	assert_int_equal(batch_add(f->w, 1, bytes_of(big, sizeof(big))), -EMSGSIZE);
	assert_int_equal(
		batch_add(f->w, 1, bytes_of(big, EVENT_WIRE_MAX)), 0); /* alone: always */
	assert_int_equal(batch_add(f->w, 2, bytes_of(big, 1)), -ENOSPC);
	batch_start(f->w, 1, 2, 100);
	assert_int_equal(batch_add(f->w, 1, bytes_of(big, 10)), 0);
	assert_int_equal(batch_add(f->w, 2, bytes_of(big, 85)), -ENOSPC);
	assert_int_equal(batch_add(f->w, 70000, bytes_of(big, 1)), -ENOSPC);
	assert_int_equal(batch_add(f->w, 2, bytes_of(big, 1)), 0);
	assert_int_equal(batch_add(f->w, 3, bytes_of(big, 1)), -ENOSPC);
}

/* A plain batch of the events given, its inside spoiled by the caller. */
static struct bytes
plain(struct fix *f, const void *data, uint8_t count, uint8_t last, uint8_t len)
{
	buf_clear(&f->out);
	buf_add(&f->out, "\1\0\0\1\1\2\0\0\1\1", 10); /* epoch 1, first 1 */
	buf_add(&f->out, "\3\0\0\1", 4);
	buf_u8(&f->out, last);
	buf_add(&f->out, "\4\0\0\1", 4);
	buf_u8(&f->out, count);
	buf_add(&f->out, "\5\0\0\1", 4);
	buf_u8(&f->out, len);
	buf_add(&f->out, "\7\0\0", 3);
	buf_u8(&f->out, len);
	buf_add(&f->out, data, len);
	return bytes_of(f->out.data, f->out.len);
}

static void
the_unreadable_rest_is_one_dead_letter(void **state)
{
	static const struct {
		const char *data;
		uint8_t     count, last, len;
		int         good;
	} rows[] = {
		{"\0\0\1\0\0a\0\0\x63\0\0b", 3, 3, 12, 1}, /* a length beyond the end */
		{"\0\0\1\0\0a\0\0", 2, 2, 8, 1},           /* a head cut off */
		{"\0\0\1\0\0a\0\0\1\0\x09"
		 "b",
			2, 5, 12, 1},                    /* a number beyond the last */
		{"\0\0\1\0\0a\0\0\1\0\0b", 2, 3, 12, 1}, /* the last is not reached */
		{"\0\0\1\0\0axx", 1, 1, 8, 0},           /* bytes after the last */
	};
	struct fix  *f = *state;
	struct bytes wire;
	uint64_t     seq;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(batch_get(f->r,
					 plain(f, rows[i].data, rows[i].count,
						 rows[i].last, rows[i].len),
					 NULL),
			0);
		for (int k = 0; k < rows[i].good; k++)
			assert_int_equal(batch_next(f->r, &seq, &wire), 1);
		assert_int_equal(batch_next(f->r, &seq, &wire), -EBADMSG);
		assert_int_equal(seq, rows[i].good + 1);
		assert_true(wire.left > 0);
		assert_int_equal(batch_next(f->r, &seq, &wire), 0);
	}
}

static void
a_head_that_cannot_be_true_is_refused(void **state)
{
	struct fix  *f = *state;
	const char  *why;
	struct bytes b;

	assert_int_equal(batch_get(f->r, bytes_of(NULL, 0), &why), -EBADMSG);
	assert_int_equal(batch_count(f->r), 0);
	assert_int_equal(
		batch_get(f->r, plain(f, "\0\0\0\0\0", 0, 1, 5), &why), -EBADMSG);
	assert_string_equal(why, "count");
	assert_int_equal(
		batch_get(f->r, plain(f, "\0\0\0\0\0", 3, 2, 5), &why), -EBADMSG);
	assert_string_equal(why, "count");
	assert_int_equal(
		batch_get(f->r, plain(f, "\0\0\0\0\0", 1, 0, 5), &why), -EBADMSG);
	assert_string_equal(why, "range");
	b = plain(f, "\0\0\0\0\0", 1, 1, 5);
	f->out.data[b.left - 5 - 5] = 99; /* raw_len says more than there is */
	assert_int_equal(batch_get(f->r, b, &why), -EBADMSG);
	assert_string_equal(why, "raw_len");
}

/* Flip each byte of a packed batch: refused, or read to its end; never more than it
 * claims. */
static void
spoiled_batches_do_no_harm(void **state)
{
	struct fix  *f = *state;
	struct bytes b, wire;
	uint64_t     seq;

	batch_start(f->w, 1, 0, 0);
	for (uint64_t i = 1; i <= 20; i++)
		batch_add(f->w, i, bytes_str("{\"event_type\":\"alert\"}"));
	b = body(f);
	for (size_t i = 0; i < b.left; i++) {
		f->out.data[FRAME_HEAD + i] ^= 0x55;
		if (batch_get(f->r, b, NULL) == 0) {
			unsigned n = 0;

			while (batch_next(f->r, &seq, &wire) != 0)
				n++;
			assert_true(n <= batch_count(f->r));
		}
		f->out.data[FRAME_HEAD + i] ^= 0x55;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			events_come_back_with_their_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(
			like_events_are_packed_small_and_noise_is_not_grown, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_batch_is_bounded_in_count_bytes_and_distance, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_unreadable_rest_is_one_dead_letter, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_head_that_cannot_be_true_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			spoiled_batches_do_no_harm, setup, teardown),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
