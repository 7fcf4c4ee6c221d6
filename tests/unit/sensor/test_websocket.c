/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/websocket.h"
#include "sensor/proto.h"
#include "sensor/proto/websocket.h"
#include "tests/parser.h"

#include <stdio.h>
#include <string.h>

static struct parser p;

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &websocket_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static uint64_t
number(unsigned tx, enum number n, int dir)
{
	uint64_t v;

	assert_true(websocket_proto.ops.number(parser_tx(&p, tx), n, dir, 0, &v));
	return v;
}

static void
frames_are_unmasked(void **state)
{
	uint64_t v;

	(void)state;
	play("tests/fuzz/corpus/websocket/talk");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_WEBSOCKET_PAYLOAD, 0, 0), "hello bell");
	assert_int_equal(number(0, NUM_WEBSOCKET_MASK, 0), 0x12345678);
	assert_int_equal(number(0, NUM_WEBSOCKET_OPCODE, 0), 1);
	assert_int_equal(number(0, NUM_WEBSOCKET_FLAGS, 0), 0x80);
	assert_int_equal(number(1, NUM_WEBSOCKET_OPCODE, 0), 9);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 2), BUF_WEBSOCKET_PAYLOAD, 1, 0), "ring");
	assert_false(websocket_proto.ops.number(parser_tx(&p, 2), NUM_WEBSOCKET_MASK, 1, 0, &v));
	assert_null(parser_buffer(&p, parser_tx(&p, 2), BUF_WEBSOCKET_PAYLOAD, 0, 0));
	assert_int_equal(strlen(parser_buffer(&p, parser_tx(&p, 4), BUF_WEBSOCKET_PAYLOAD, 1, 0)), 300);
	parser_close(&p);
}

static void
the_last_fragment_carries_the_message(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/websocket/fragments");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_WEBSOCKET_PAYLOAD, 1, 0), "ar");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 2), BUF_WEBSOCKET_PAYLOAD, 1, 0), "between");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 3), BUF_WEBSOCKET_PAYLOAD, 1, 0), "alarm");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 4), BUF_WEBSOCKET_PAYLOAD, 1, 0), "next");
	parser_close(&p);
}

static void
messages_are_decompressed_one_after_the_other(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/websocket/deflate");
	for (unsigned i = 0; i < 2; i++)
		assert_string_equal(parser_buffer(&p, parser_tx(&p, i), BUF_WEBSOCKET_PAYLOAD, 0, 0),
				"the same text again and again");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 2), BUF_WEBSOCKET_PAYLOAD, 1, 0), "not deflate");
	parser_close(&p);
}

static void
long_payloads_are_cut_and_told(void **state)
{
	static uint8_t data[70000];

	(void)state;
	parser_open(&p, &websocket_proto, 1u << 20);
	parser_give(&p, 0, "\x82\x7f\0\0\0\0\0\1\x11\x70", 10);
	parser_give_in(&p, 0, data, sizeof(data), 1000);
	assert_true(parser_tx(&p, 0)->events >> WEBSOCKET_EVENT_SKIP_END_OF_PAYLOAD & 1);
	parser_give(&p, 0, "\x81\2ok", 4);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_WEBSOCKET_PAYLOAD, 0, 0), "ok");
	parser_close(&p);
}

static void
a_gap_in_a_payload_is_survived(void **state)
{
	(void)state;
	parser_open(&p, &websocket_proto, 1u << 20);
	parser_give(&p, 0, "\x81\x05" "ab", 4);
	parser_gap(&p, 0, 3);
	parser_give(&p, 0, "\x81\2ok", 4);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_WEBSOCKET_PAYLOAD, 0, 0), "ok");
	parser_gap(&p, 0, 3);
	parser_give(&p, 0, "\x81\2ok", 4);
	assert_null(parser_tx(&p, 2));
	parser_close(&p);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &websocket_proto, "tests/fuzz/corpus/websocket/talk");
	parser_torture(&p, &websocket_proto, "tests/fuzz/corpus/websocket/fragments");
	parser_torture(&p, &websocket_proto, "tests/fuzz/corpus/websocket/deflate");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_unmasked),
		cmocka_unit_test(the_last_fragment_carries_the_message),
		cmocka_unit_test(messages_are_decompressed_one_after_the_other),
		cmocka_unit_test(long_payloads_are_cut_and_told),
		cmocka_unit_test(a_gap_in_a_payload_is_survived),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
