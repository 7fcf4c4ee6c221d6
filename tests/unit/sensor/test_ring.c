/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <pthread.h>
#include <string.h>

#include "sensor/ring.h"

#define FRAMES 20000u

static struct wire_frame
frame(uint64_t number, const uint8_t *data, size_t len)
{
	return (struct wire_frame){ .bytes = bytes_of(data, len), .number = number };
}

static void *
put_many(void *arg)
{
	struct ring *r = arg;
	uint8_t      data[64];

	for (uint32_t i = 0; i < FRAMES; i++) {
		struct wire_frame f = frame(i, data, 4 + i % 60);

		memset(data, (int)(i & 0xff), sizeof(data));
		memcpy(data, &i, 4);
		ring_put(r, &f);
	}
	ring_end(r);
	return NULL;
}

static void
all_frames_come_in_order_with_bytes_of_their_own(void **state)
{
	struct ring        *r = ring_new();
	const struct batch *b;
	pthread_t           reader;
	uint32_t            n = 0;

	(void)state;
	assert_int_equal(pthread_create(&reader, NULL, put_many, r), 0);
	while ((b = ring_take(r))) {
		for (unsigned i = 0; i < b->n; i++, n++) {
			const struct wire_frame *f = &b->frames[i];

			assert_int_equal(f->number, n);
			assert_int_equal(f->bytes.left, 4 + n % 60);
			assert_memory_equal(f->bytes.at, &n, 4);
			if (f->bytes.left > 4)
				assert_int_equal(f->bytes.at[f->bytes.left - 1], n & 0xff);
		}
	}
	assert_int_equal(n, FRAMES);
	pthread_join(reader, NULL);
	assert_null(ring_take(r));
	ring_free(r);
}

static void
large_frames_fill_a_batch_by_bytes(void **state)
{
	static uint8_t      big[RING_BYTES + 100];
	struct ring        *r = ring_new();
	struct wire_frame   half = frame(1, big, RING_BYTES / 2 + 1), over = frame(3, big, sizeof(big));
	const struct batch *b;

	(void)state;
	ring_put(r, &half);
	ring_put(r, &half);
	ring_put(r, &over); /* longer than any frame can be: cut, never written beyond */
	ring_end(r);
	b = ring_take(r);
	assert_int_equal(b->n, 1);
	b = ring_take(r);
	assert_int_equal(b->n, 1);
	b = ring_take(r);
	assert_int_equal(b->n, 1);
	assert_int_equal(b->frames[0].bytes.left, RING_BYTES);
	assert_null(ring_take(r));
	ring_free(r);
}

static void
after_the_end_it_can_begin_anew(void **state)
{
	struct ring      *r = ring_new();
	uint8_t           byte = 7;
	struct wire_frame f = frame(1, &byte, 1);

	(void)state;
	for (int i = 0; i < 3; i++) {
		ring_reset(r);
		ring_put(r, &f);
		ring_end(r);
		assert_int_equal(ring_take(r)->n, 1);
		assert_null(ring_take(r));
	}
	ring_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_frames_come_in_order_with_bytes_of_their_own),
		cmocka_unit_test(large_frames_fill_a_batch_by_bytes),
		cmocka_unit_test(after_the_end_it_can_begin_anew),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
