/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/proto.h"
#include "sensor/proto/enip.h"
#include "tests/parser.h"

static struct parser p;

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &enip_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static uint64_t
number(unsigned tx, enum number n, int dir, unsigned index)
{
	uint64_t v;

	return enip_proto.ops.number(parser_tx(&p, tx), n, dir, index, &v) ? v : UINT64_MAX;
}

static void
a_device_tells_what_it_is(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/enip/identity");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_ENIP_PRODUCT_NAME, 1, 0), "1756-ENBT/A");
	assert_int_equal(number(0, NUM_ENIP_COMMAND, 0, 0), 0x63);
	assert_int_equal(number(0, NUM_ENIP_VENDOR_ID, 1, 0), 1);
	assert_int_equal(number(0, NUM_ENIP_DEVICE_TYPE, 1, 0), 12);
	assert_int_equal(number(0, NUM_ENIP_PRODUCT_CODE, 1, 0), 58);
	assert_int_equal(number(0, NUM_ENIP_REVISION, 1, 0), 0x403);
	assert_int_equal(number(0, NUM_ENIP_IDENTITY_STATUS, 1, 0), 0x30);
	assert_int_equal(number(0, NUM_ENIP_SERIAL, 1, 0), 0x524d8e);
	assert_int_equal(number(0, NUM_ENIP_STATE, 1, 0), 3);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_ENIP_SERVICE_NAME, 1, 0), "Communications");
	assert_int_equal(number(1, NUM_ENIP_CAPABILITIES, 1, 0), 0x20);
	parser_close(&p);
}

static void
paths_and_statuses_are_read(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/enip/session");
	assert_int_equal(number(1, NUM_ENIP_CIP_CLASS, 0, 0), 1);
	assert_int_equal(number(1, NUM_ENIP_CIP_INSTANCE, 1, 0), 1);
	assert_int_equal(number(1, NUM_ENIP_CIP_ATTRIBUTE, 0, 0), 7);
	assert_true(number(1, NUM_CIP_SERVICE, 0, 0) == CIP_KEY(0x0e, 1, 1, 7, 1));
	assert_int_equal(number(1, NUM_ENIP_CIP_STATUS, 1, 0), 5);
	assert_int_equal(number(1, NUM_ENIP_CIP_EXTENDED_STATUS, 1, 0), 0x1234);
	assert_true(number(1, NUM_ENIP_CIP_STATUS, 0, 0) == UINT64_MAX);
	assert_int_equal(number(2, NUM_ENIP_CIP_CLASS, 0, 0), 0x8b);
	assert_int_equal(number(2, NUM_ENIP_CIP_ATTRIBUTE, 0, 1), 6);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(parser_tx(&p, i)->events, 0);
	assert_int_equal(parser_tx(&p, 4)->progress[1], ENIP_COMPLETE); /* not answered */
	parser_close(&p);
}

static void
messages_inside_a_message_are_read(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/enip/session");
	assert_true(number(3, NUM_CIP_SERVICE, 0, 1) == CIP_KEY(1, 1, 1, 0, 0));
	assert_true(number(3, NUM_CIP_SERVICE, 0, 2) == CIP_KEY(0x4c, 0x6b, 1, 0, 0));
	assert_int_equal(number(3, NUM_ENIP_CIP_STATUS, 1, 2), 4);
	parser_close(&p);
}

static void
what_does_not_fit_is_told(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/enip/wrong");
	for (unsigned i = 0; i < 3; i++)
		assert_true(parser_tx(&p, i)->events >> ENIP_EVENT_INVALID_PDU & 1);
	assert_true(p.dead);
	parser_close(&p);
}

static void
recognition_looks_at_command_and_options(void **state)
{
	static const uint8_t head[24] = { 0x65, 0, 4, 0 };

	(void)state;
	assert_int_equal(enip_proto.probe(bytes_of(head, 24), 0, 1, 44818), PROBE_YES);
	assert_int_equal(enip_proto.probe(bytes_of(head, 20), 0, 1, 44818), PROBE_MORE);
	assert_int_equal(enip_proto.probe(bytes_of(head, 24), 0, 1, 80), PROBE_NO);
	assert_int_equal(enip_proto.probe(bytes_str("GET / HTTP/1.1\r\nHost: a\r\n"), 0, 1, 44818), PROBE_NO);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &enip_proto, "tests/fuzz/corpus/enip/identity");
	parser_torture(&p, &enip_proto, "tests/fuzz/corpus/enip/session");
	parser_torture(&p, &enip_proto, "tests/fuzz/corpus/enip/tag");
	parser_torture(&p, &enip_proto, "tests/fuzz/corpus/enip/wrong");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_tells_what_it_is),
		cmocka_unit_test(paths_and_statuses_are_read),
		cmocka_unit_test(messages_inside_a_message_are_read),
		cmocka_unit_test(what_does_not_fit_is_told),
		cmocka_unit_test(recognition_looks_at_command_and_options),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
