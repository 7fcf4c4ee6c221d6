/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, and the frames that they travel in. */
#include "lib/message.h"

#include "lib/frame.h"
#include "tests/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct frame
only_frame(const struct buf *b, uint8_t type)
{
	struct bytes in = bytes_of(b->data, b->len);
	struct frame f;

	assert_int_equal(frame_next(&f, &in, FRAME_BODY_MAX), 1);
	assert_int_equal(f.type, type);
	assert_int_equal(in.left, 0);
	return f;
}

static void
hello_comes_back_as_it_was(void **state)
{
	struct message_hello m = { .protocol = 1,
		.sensor = bytes_str("ward-12"),
		.software = bytes_str("v1"),
		.instance = 99,
		.heartbeat_s = 10,
		.n_spans = 2,
		.spans = { { 1, 5, 9 }, { UINT64_MAX, 1, 1 } } };
	struct message_hello got;
	struct buf           b = { 0 };

	(void)state;
	assert_int_equal(message_put_hello(&b, &m), 0);
	assert_int_equal(
		message_get_hello(&got, only_frame(&b, FRAME_HELLO).body, NULL), 0);
	assert_int_equal(got.protocol, 1);
	assert_true(bytes_is(got.sensor, "ward-12"));
	assert_int_equal(got.instance, 99);
	assert_int_equal(got.n_spans, 2);
	assert_int_equal(got.spans[0].next, 9);
	assert_true(got.spans[1].epoch == UINT64_MAX);
	buf_release(&b);
}

static void
acknowledgement_carries_rejections(void **state)
{
	struct message_ack m = { .epoch = 3, .seq = 70, .n_rejected = 2 }, got;
	struct buf         b = { 0 };

	(void)state;
	m.rejected[0] = (struct message_rejected){ 68, bytes_str("no type") };
	m.rejected[1] = (struct message_rejected){ 70, bytes_str("eve") };
	assert_int_equal(message_put_ack(&b, &m), 0);
	assert_int_equal(message_get_ack(&got, only_frame(&b, FRAME_ACK).body, NULL), 0);
	assert_int_equal(got.seq, 70);
	assert_int_equal(got.n_rejected, 2);
	assert_int_equal(got.rejected[1].seq, 70);
	assert_true(bytes_is(got.rejected[0].reason, "no type"));
	buf_release(&b);
}

static void
heartbeat_and_the_others_come_back(void **state)
{
	struct message_heartbeat h = { .packets = 1000, .n_interfaces = 1 }, h2;
	struct message_welcome w = {.window = 4, .n_positions = 1, .positions = {{3, 9}}},
			       w2;
	struct message_enroll e = {.token = bytes_str("a.b.c"),
				      .csr = bytes_of("\0\1", 2)},
			      e2;
	struct message_enrolled d = {.site = bytes_str("ward"), .ca = bytes_of("\0", 1)},
				d2;
	struct message_bye       y = { .code = MESSAGE_ERROR_BUSY, .retry_ms = 500 }, y2;
	struct buf               b = { 0 };

	(void)state;
	h.interfaces[0] = (struct message_interface){ bytes_str("eth0"), 900, 7, 1 };
	assert_int_equal(message_put_heartbeat(&b, &h), 0);
	assert_int_equal(
		message_get_heartbeat(&h2, only_frame(&b, FRAME_HEARTBEAT).body, NULL),
		0);
	assert_int_equal(h2.packets, 1000);
	assert_true(bytes_is(h2.interfaces[0].name, "eth0"));
	assert_int_equal(h2.interfaces[0].drops, 7);
	buf_clear(&b);
	assert_int_equal(message_put_welcome(&b, &w), 0);
	assert_int_equal(
		message_get_welcome(&w2, only_frame(&b, FRAME_WELCOME).body, NULL), 0);
	assert_int_equal(w2.positions[0].seq, 9);
	buf_clear(&b);
	assert_int_equal(message_put_enroll(&b, &e), 0);
	assert_int_equal(
		message_get_enroll(&e2, only_frame(&b, FRAME_ENROLL).body, NULL), 0);
	assert_int_equal(e2.csr.left, 2);
	buf_clear(&b);
	assert_int_equal(message_put_enrolled(&b, &d), 0);
	assert_int_equal(
		message_get_enrolled(&d2, only_frame(&b, FRAME_ENROLLED).body, NULL), 0);
	assert_true(bytes_is(d2.site, "ward"));
	buf_clear(&b);
	assert_int_equal(message_put_error(&b, &y), 0);
	assert_int_equal(message_get_bye(&y2, only_frame(&b, FRAME_ERROR).body, NULL), 0);
	assert_int_equal(y2.retry_ms, 500);
	buf_clear(&b);
	assert_int_equal(message_put_bye(&b, &y), 0);
	only_frame(&b, FRAME_BYE);
	buf_release(&b);
}

static void
unknown_fields_are_skipped_also_in_lists(void **state)
{
	static const char body[] =
		"\xf0\x00\x00\x01x"                                      /* unknown */
		"\x07\x00\x00\x0a\x01\x00\x00\x01\x05\xf1\x00\x00\x01y"; /* span */
	struct message_hello m;

	(void)state;
	assert_int_equal(
		message_get_hello(&m, bytes_of(body, sizeof(body) - 1), NULL), 0);
	assert_int_equal(m.n_spans, 1);
	assert_int_equal(m.spans[0].epoch, 5);
}

static void
of_a_field_that_comes_twice_the_last_counts(void **state)
{
	struct message_bye m;

	(void)state;
	assert_int_equal(
		message_get_bye(&m, bytes_of("\x01\0\0\1\1\x01\0\0\1\4", 10), NULL), 0);
	assert_int_equal(m.code, 4);
}

static void
text_with_control_bytes_is_refused(void **state)
{
	struct message_hello m;
	const char          *why;

	(void)state;
	assert_int_equal(
		message_get_hello(&m, bytes_of("\x02\0\0\2a\x1b", 6), &why), -EBADMSG);
	assert_string_equal(why, "sensor");
	assert_int_equal(
		message_get_hello(&m, bytes_of("\x02\0\0\1\xff", 5), NULL), -EBADMSG);
}

static void
numbers_wider_than_their_place_are_refused(void **state)
{
	struct message_bye m;

	(void)state;
	assert_int_equal(
		message_get_bye(&m, bytes_of("\x02\0\0\4\xff\xff\xff\xff", 8), NULL), 0);
	assert_true(m.retry_ms == UINT32_MAX);
	assert_int_equal(
		message_get_bye(&m, bytes_of("\x02\0\0\5\1\0\0\0\0", 9), NULL), -EBADMSG);
}

static void
lists_and_strings_have_limits(void **state)
{
	static char          name[MESSAGE_NAME_MAX + 1];
	struct message_hello m = { .n_spans = MESSAGE_EPOCHS_MAX + 1 }, got;
	struct buf           b = { 0 };

	(void)state;
	assert_int_equal(message_put_hello(&b, &m), -EMSGSIZE);
	memset(name, 'x', sizeof(name));
	m = (struct message_hello){ .sensor = bytes_of(name, sizeof(name)) };
	assert_int_equal(message_put_hello(&b, &m), -EMSGSIZE);
	assert_int_equal(b.len, 0);
	for (int i = 0; i <= MESSAGE_EPOCHS_MAX; i++)
		buf_add(&b, "\x07\0\0\0", 4);
	assert_int_equal(
		message_get_hello(&got, bytes_of(b.data, b.len), NULL), -EBADMSG);
	assert_int_equal(message_get_hello(&got, bytes_of(b.data, b.len - 4), NULL), 0);
	buf_release(&b);
}

/* A stream of frames, handed over in pieces cut at every place. */
static void
frames_come_whole_however_they_are_cut(void **state)
{
	struct buf b = { 0 };

	(void)state;
	message_put_bye(&b, &(struct message_bye){ .code = 1 });
	frame_end(&b, frame_begin(&b, (enum frame_type)200)); /* unknown and empty */
	message_put_bye(&b, &(struct message_bye){ .text = bytes_str("bye") });
	for (size_t cut = 0; cut <= b.len; cut++) {
		size_t       at = 0, n = 0;
		struct frame f;

		for (size_t end = cut;; end = b.len) {
			struct bytes in = bytes_of(b.data + at, end - at);

			while (frame_next(&f, &in, FRAME_BODY_MAX) == 1)
				n++;
			at = end - in.left;
			if (end == b.len)
				break;
		}
		assert_int_equal(n, 3);
		assert_int_equal(at, b.len);
	}
	buf_release(&b);
}

static void
a_frame_above_the_limit_is_refused_by_its_head(void **state)
{
	struct bytes in = bytes_of("\0\0\1\0\3\0", 6);
	struct frame f;

	(void)state;
	assert_int_equal(frame_next(&f, &in, 255), -EMSGSIZE);
	assert_int_equal(frame_next(&f, &in, 256), 0);
	assert_int_equal(frame_peek(in, 256), 262);
	assert_int_equal(frame_peek(bytes_of("\xff\xff\xff\xff\3\0", 6), FRAME_BODY_MAX),
		-EMSGSIZE);
	assert_int_equal(
		frame_peek(bytes_of("\xff\xff\xff\xff\3", 5), FRAME_BODY_MAX), 0);
	assert_string_equal(frame_name(FRAME_BATCH), "batch");
	assert_string_equal(frame_name(0), "unknown");
	assert_string_equal(frame_name(200), "unknown");
}

static void
a_body_too_large_is_taken_back(void **state)
{
	struct buf b = { 0 };
	size_t     begun;

	(void)state;
	buf_u8(&b, 'x');
	begun = frame_begin(&b, FRAME_BATCH);
	assert_non_null(buf_room(&b, FRAME_BODY_MAX + 1));
	b.len += FRAME_BODY_MAX + 1;
	assert_int_equal(frame_end(&b, begun), -EMSGSIZE);
	assert_int_equal(b.len, 1);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_comes_back_as_it_was),
		cmocka_unit_test(acknowledgement_carries_rejections),
		cmocka_unit_test(heartbeat_and_the_others_come_back),
		cmocka_unit_test(unknown_fields_are_skipped_also_in_lists),
		cmocka_unit_test(of_a_field_that_comes_twice_the_last_counts),
		cmocka_unit_test(text_with_control_bytes_is_refused),
		cmocka_unit_test(numbers_wider_than_their_place_are_refused),
		cmocka_unit_test(lists_and_strings_have_limits),
		cmocka_unit_test(frames_come_whole_however_they_are_cut),
		cmocka_unit_test(a_frame_above_the_limit_is_refused_by_its_head),
		cmocka_unit_test(a_body_too_large_is_taken_back),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
