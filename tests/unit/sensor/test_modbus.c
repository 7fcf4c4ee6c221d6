/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/modbus.h"
#include "sensor/proto.h"
#include "sensor/proto/modbus.h"
#include "tests/parser.h"

static struct parser p;

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &modbus_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static uint64_t
number(unsigned tx, enum number n, unsigned index)
{
	uint64_t v = UINT64_MAX;

	return modbus_proto.ops.number(parser_tx(&p, tx), n, 0, index, &v) ? v : UINT64_MAX;
}

static bool
has_event(unsigned tx, enum modbus_event e)
{
	return parser_tx(&p, tx)->events >> e & 1;
}

static void
requests_tell_what_they_touch(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/modbus/talk");
	assert_int_equal(number(0, NUM_MODBUS_FUNCTION, 0), 1);
	assert_int_equal(number(0, NUM_MODBUS_ACCESS, 0), MODBUS_READ | MODBUS_COILS);
	assert_int_equal(number(0, NUM_MODBUS_ADDRESS, 0), 1); /* counted from 1 */
	assert_int_equal(number(0, NUM_MODBUS_ADDRESS, 1), 10);
	assert_int_equal(number(1, NUM_MODBUS_UNIT, 0), 10);
	assert_int_equal(number(1, NUM_MODBUS_VALUE, 1), 2000);
	assert_true(number(1, NUM_MODBUS_VALUE, 2) == UINT64_MAX);
	assert_int_equal(number(2, NUM_MODBUS_VALUE, 0), 1);
	assert_int_equal(number(2, NUM_MODBUS_EXCEPTION, 0), 2);
	assert_int_equal(number(3, NUM_MODBUS_ACCESS, 1), MODBUS_WRITE | MODBUS_HOLDING);
	assert_int_equal(number(3, NUM_MODBUS_ADDRESS, 2), 201);
	assert_int_equal(number(3, NUM_MODBUS_VALUE, 0), 7);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(parser_tx(&p, i)->events, 0);
		assert_int_equal(parser_tx(&p, i)->progress[1], MODBUS_COMPLETE);
	}
	parser_close(&p);
}

static void
what_is_wrong_is_told(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/modbus/wrong");
	assert_true(has_event(0, MODBUS_EVENT_INVALID_VALUE));
	assert_true(has_event(1, MODBUS_EVENT_VALUE_MISMATCH));
	assert_int_equal(number(2, NUM_MODBUS_SUBFUNCTION, 0), 1);
	assert_true(has_event(2, MODBUS_EVENT_INVALID_EXCEPTION_CODE));
	assert_true(has_event(3, MODBUS_EVENT_INVALID_FUNCTION_CODE));
	assert_true(number(3, NUM_MODBUS_FUNCTION, 0) == UINT64_MAX);
	assert_true(has_event(4, MODBUS_EVENT_INVALID_VALUE));
	assert_true(has_event(5, MODBUS_EVENT_UNSOLICITED_RESPONSE));
	parser_close(&p);
	play("tests/fuzz/corpus/modbus/other");
	assert_true(p.dead);
	assert_true(has_event(0, MODBUS_EVENT_INVALID_PROTOCOL_ID));
	parser_close(&p);
	play("tests/fuzz/corpus/modbus/short");
	assert_true(has_event(0, MODBUS_EVENT_INVALID_LENGTH));
	parser_close(&p);
}

static void
categories_are_the_standard_s(void **state)
{
	static const struct {
		uint8_t function, category;
	} rows[] = { { 3, MODBUS_ASSIGNED }, { 9, MODBUS_RESERVED }, { 60, MODBUS_UNASSIGNED }, { 66, MODBUS_USER },
		{ 110, MODBUS_USER }, { 127, MODBUS_RESERVED } };

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t pdu[] = { 0, 1, 0, 0, 0, 6, 1, rows[i].function, 0, 0, 0, 1 };

		parser_open(&p, &modbus_proto, 1u << 20);
		parser_give(&p, 0, pdu, sizeof(pdu));
		assert_int_equal(number(0, NUM_MODBUS_CATEGORY, 0), rows[i].category);
		parser_close(&p);
	}
}

static void
requests_without_responses_are_bounded_and_told(void **state)
{
	static const uint8_t pdu[] = { 0, 1, 0, 0, 0, 6, 1, 1, 0, 0, 0, 1 };
	struct tx           *tx;
	unsigned             waiting = 0;

	(void)state;
	parser_open(&p, &modbus_proto, 8u << 20);
	for (unsigned i = 0; i < 2000; i++)
		parser_give(&p, 0, pdu, sizeof(pdu));
	assert_true(has_event(499, MODBUS_EVENT_FLOODED));
	TAILQ_FOREACH(tx, &p.flow.txs, link)
		waiting += tx->progress[1] < MODBUS_COMPLETE;
	assert_int_equal(waiting, 499);
	parser_close(&p);
}

static void
a_sane_header_on_its_port_is_modbus(void **state)
{
	(void)state;
	assert_int_equal(modbus_proto.probe(bytes_of("\0\1\0\0\0\2\1\x11", 8), 0, 1, 502), PROBE_YES);
	assert_int_equal(modbus_proto.probe(bytes_of("\0\1\0\0\0\2\1\x11", 8), 0, 1, 80), PROBE_NO);
	assert_int_equal(modbus_proto.probe(bytes_of("\0\1\0\0\0\6\1\3\0\0\0\1", 12), 0, 1, 80), PROBE_YES);
	assert_int_equal(modbus_proto.probe(bytes_of("\0\1\0\0", 4), 0, 1, 502), PROBE_MORE);
	assert_int_equal(modbus_proto.probe(bytes_of("\0\1\0\1\0\2\1\x11", 8), 0, 1, 502), PROBE_NO);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &modbus_proto, "tests/fuzz/corpus/modbus/talk");
	parser_torture(&p, &modbus_proto, "tests/fuzz/corpus/modbus/wrong");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_tell_what_they_touch),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(categories_are_the_standard_s),
		cmocka_unit_test(requests_without_responses_are_bounded_and_told),
		cmocka_unit_test(a_sane_header_on_its_port_is_modbus),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
