/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/proto.h"
#include "sensor/proto/mqtt.h"
#include "tests/parser.h"

static struct parser p;

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &mqtt_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static uint64_t
number(unsigned tx, enum number n, unsigned index)
{
	uint64_t v;

	assert_true(mqtt_proto.ops.number(parser_tx(&p, tx), n, 0, index, &v));
	return v;
}

static const char *
text(unsigned tx, enum buffer b)
{
	return parser_buffer(&p, parser_tx(&p, tx), b, 0, 0);
}

static bool
has_event(unsigned tx, enum mqtt_event e)
{
	return parser_tx(&p, tx)->events >> e & 1;
}

static void
a_connection_tells_who_it_is(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/mqtt/five");
	assert_string_equal(text(0, BUF_MQTT_PROTOCOL_STRING), "MQTT");
	assert_string_equal(text(0, BUF_MQTT_CLIENTID), "sensor-7");
	assert_string_equal(text(0, BUF_MQTT_WILLTOPIC), "last");
	assert_string_equal(text(0, BUF_MQTT_WILLMESSAGE), "will");
	assert_string_equal(text(0, BUF_MQTT_USERNAME), "user");
	assert_string_equal(text(0, BUF_MQTT_PASSWORD), "pass");
	assert_int_equal(number(0, NUM_MQTT_CONNECT_FLAGS, 0), 0xc6);
	assert_int_equal(number(0, NUM_MQTT_TYPE, 1), MQTT_CONNACK);
	assert_int_equal(number(0, NUM_MQTT_REASON_CODE, 0), 0);
	parser_close(&p);
}

static void
answers_belong_to_what_they_answer(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/mqtt/five");
	assert_string_equal(text(1, BUF_MQTT_PUBLISH_TOPIC), "city/alarm");
	assert_string_equal(text(1, BUF_MQTT_PUBLISH_MESSAGE), "ring");
	assert_int_equal(number(1, NUM_MQTT_REASON_CODE, 0), 0x10);
	assert_int_equal(number(1, NUM_MQTT_FLAGS, 0), 3);
	assert_int_equal(number(1, NUM_MQTT_QOS, 0), 1);
	assert_string_equal(text(2, BUF_MQTT_SUBSCRIBE_TOPIC), "city/#");
	assert_string_equal(text(3, BUF_MQTT_UNSUBSCRIBE_TOPIC), "city/#");
	assert_int_equal(number(3, NUM_MQTT_REASON_CODE, 0), 17);
	assert_int_equal(number(4, NUM_MQTT_TYPE, 1), MQTT_PINGRESP);
	assert_int_equal(number(5, NUM_MQTT_REASON_CODE, 0), 4);
	assert_null(parser_tx(&p, 6));
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(parser_tx(&p, i)->events, 0);
	parser_close(&p);
}

static void
exactly_once_takes_four_messages(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/mqtt/three");
	assert_int_equal(number(0, NUM_MQTT_PROTOCOL_VERSION, 0), 3);
	assert_int_equal(number(0, NUM_MQTT_CONNACK_SESSION, 0), 1);
	assert_int_equal(number(1, NUM_MQTT_TYPE, 3), MQTT_PUBCOMP);
	assert_null(parser_tx(&p, 2));
	parser_close(&p);
}

static void
what_is_odd_is_told(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/mqtt/odd");
	assert_true(has_event(0, MQTT_EVENT_UNINTRODUCED_MESSAGE));
	assert_true(has_event(2, MQTT_EVENT_DOUBLE_CONNECT));
	assert_true(has_event(3, MQTT_EVENT_INVALID_QOS_LEVEL));
	assert_true(has_event(4, MQTT_EVENT_UNASSIGNED_MSG_TYPE));
	assert_true(has_event(5, MQTT_EVENT_MISSING_PUBLISH));
	assert_true(has_event(6, MQTT_EVENT_MISSING_SUBSCRIBE));
	assert_true(has_event(7, MQTT_EVENT_MISSING_UNSUBSCRIBE));
	assert_true(has_event(8, MQTT_EVENT_MALFORMED_TRAFFIC));
	assert_true(has_event(9, MQTT_EVENT_MALFORMED_TRAFFIC));
	assert_true(p.dead);
	parser_close(&p);
}

static void
a_long_message_is_read_in_part(void **state)
{
	static uint8_t data[100000] = { 0, 1, 't', 'A' };

	(void)state;
	parser_open(&p, &mqtt_proto, 1u << 20);
	parser_give(&p, 0, "\x30\xa0\x8d\x06", 4); /* 100000 */
	parser_give_in(&p, 0, data, sizeof(data), 7000);
	parser_give(&p, 0, "\xc0\0", 2);
	assert_string_equal(text(0, BUF_MQTT_PUBLISH_MESSAGE), "A");
	assert_int_equal(number(1, NUM_MQTT_TYPE, 0), MQTT_PINGREQ);
	parser_close(&p);
}

static void
only_a_connect_is_recognised(void **state)
{
	(void)state;
	assert_int_equal(mqtt_proto.probe(bytes_of("\x10\x20\0\4MQTT", 8), 0, 1, 2), PROBE_YES);
	assert_int_equal(mqtt_proto.probe(bytes_of("\x10\x20\0\4MQ", 6), 0, 1, 2), PROBE_MORE);
	assert_int_equal(mqtt_proto.probe(bytes_of("\x10\x20\0\4HTTP", 8), 0, 1, 2), PROBE_NO);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &mqtt_proto, "tests/fuzz/corpus/mqtt/five");
	parser_torture(&p, &mqtt_proto, "tests/fuzz/corpus/mqtt/three");
	parser_torture(&p, &mqtt_proto, "tests/fuzz/corpus/mqtt/odd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_tells_who_it_is),
		cmocka_unit_test(answers_belong_to_what_they_answer),
		cmocka_unit_test(exactly_once_takes_four_messages),
		cmocka_unit_test(what_is_odd_is_told),
		cmocka_unit_test(a_long_message_is_read_in_part),
		cmocka_unit_test(only_a_connect_is_recognised),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
