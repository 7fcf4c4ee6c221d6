/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/snmp.h"
#include "sensor/proto/snmp.h"
#include "tests/parser.h"

static struct parser p;

static const uint8_t get[] = {
	0x30, 0x33, 0x02, 0x01, 0x01, 0x04, 0x06, 0x70, 0x75, 0x62, 0x6c, 0x69, 0x63, 0xa0, 0x26, 0x02,
	0x01, 0x07, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x1b, 0x30, 0x0c, 0x06, 0x08, 0x2b, 0x06,
	0x01, 0x02, 0x01, 0x01, 0x01, 0x00, 0x05, 0x00, 0x30, 0x0b, 0x06, 0x07, 0x2b, 0x06, 0x01, 0x04,
	0x01, 0x84, 0x02, 0x05, 0x00,
};

static const uint8_t trap[] = {
	0x30, 0x25, 0x02, 0x01, 0x00, 0x04, 0x05, 0x61, 0x6c, 0x61, 0x72, 0x6d, 0xa4, 0x19, 0x06, 0x06,
	0x2b, 0x06, 0x01, 0x04, 0x01, 0x09, 0x40, 0x04, 0xc0, 0x00, 0x02, 0x09, 0x02, 0x01, 0x03, 0x02,
	0x01, 0x00, 0x43, 0x01, 0x01, 0x30, 0x00,
};

static const uint8_t secret[] = {
	0x30, 0x39, 0x02, 0x01, 0x03, 0x30, 0x0e, 0x02, 0x01, 0x09, 0x02, 0x03, 0x00, 0xff, 0xe3, 0x04,
	0x01, 0x04, 0x02, 0x01, 0x03, 0x04, 0x18, 0x30, 0x16, 0x04, 0x03, 0x65, 0x6e, 0x67, 0x02, 0x01,
	0x01, 0x02, 0x01, 0x02, 0x04, 0x05, 0x77, 0x61, 0x74, 0x63, 0x68, 0x04, 0x00, 0x04, 0x00, 0x04,
	0x0a, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39,
};

static const uint8_t odd[] = {
	0x30, 0x22, 0x02, 0x01, 0x03, 0x30, 0x0e, 0x02, 0x01, 0x09, 0x02, 0x03, 0x00, 0xff, 0xe3, 0x04,
	0x01, 0x04, 0x02, 0x01, 0x07, 0x04, 0x01, 0x78, 0x04, 0x0a, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35,
	0x36, 0x37, 0x38, 0x39,
};

static void
open_udp(void)
{
	parser_open(&p, &snmp_proto, 1u << 20);
	p.flow.ip_proto = 17;
}

static uint64_t
number(struct tx *tx, enum number n)
{
	uint64_t v = 0;

	assert_true(snmp_proto.ops.number(tx, n, 0, 0, &v));
	return v;
}

static void
a_question_with_its_community(void **state)
{
	struct tx *tx;
	uint64_t   v;

	(void)state;
	open_udp();
	parser_give(&p, 0, get, sizeof(get));
	tx = parser_tx(&p, 0);
	assert_int_equal(number(tx, NUM_SNMP_VERSION), 2);
	assert_int_equal(number(tx, NUM_SNMP_PDU_TYPE), 0);
	assert_false(snmp_proto.ops.number(tx, NUM_SNMP_TRAP_TYPE, 0, 0, &v));
	assert_string_equal(parser_buffer(&p, tx, BUF_SNMP_COMMUNITY, 0, 0), "public");
	assert_string_equal(parser_eve(&p, tx),
			"{\"snmp\":{\"version\":2,\"pdu_type\":\"get_request\","
			"\"vars\":[\"1.3.6.1.2.1.1.1.0\",\"1.3.6.1.4.1.514\"],\"community\":\"public\"}}");
	parser_close(&p);
}

static void
a_trap_tells_who_and_why(void **state)
{
	(void)state;
	open_udp();
	parser_give(&p, 0, trap, sizeof(trap));
	assert_int_equal(number(parser_tx(&p, 0), NUM_SNMP_TRAP_TYPE), 3);
	assert_string_equal(parser_eve(&p, parser_tx(&p, 0)),
			"{\"snmp\":{\"version\":1,\"pdu_type\":\"trap_v1\",\"trap_type\":\"linkup\","
			"\"trap_oid\":\"1.3.6.1.4.1.9\",\"trap_address\":\"192.0.2.9\",\"community\":\"alarm\"}}");
	parser_close(&p);
}

static void
version_3_hides_all_but_the_user(void **state)
{
	struct tx *tx;
	uint64_t   v;

	(void)state;
	open_udp();
	parser_give(&p, 0, secret, sizeof(secret));
	parser_give(&p, 0, odd, sizeof(odd));
	parser_give(&p, 1, trap, sizeof(trap));
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_SNMP_USM, 0, 0), "watch");
	assert_false(snmp_proto.ops.number(tx, NUM_SNMP_PDU_TYPE, 0, 0, &v));
	assert_string_equal(parser_eve(&p, tx),
			"{\"snmp\":{\"version\":3,\"pdu_type\":\"encrypted\",\"usm\":\"watch\"}}");
	assert_int_equal(parser_tx(&p, 1)->events, 1 << SNMP_EVENT_UNKNOWN_SECURITY_MODEL);
	assert_int_equal(parser_tx(&p, 2)->events, 1 << SNMP_EVENT_VERSION_MISMATCH);
	parser_close(&p);
}

static void
every_cut_is_malformed(void **state)
{
	(void)state;
	for (size_t n = 1; n < sizeof(get); n++) {
		open_udp();
		parser_give(&p, 0, get, n);
		assert_int_equal(parser_tx(&p, 0)->events, 1 << SNMP_EVENT_MALFORMED_DATA);
		assert_int_equal(snmp_proto.probe(bytes_of(get, n), 0, 1, 161), PROBE_NO);
		parser_close(&p);
	}
	assert_int_equal(snmp_proto.probe(bytes_of(get, sizeof(get)), 0, 1, 2), PROBE_YES);
	assert_int_equal(snmp_proto.probe(bytes_of(secret, sizeof(secret)), 0, 1, 2), PROBE_YES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_with_its_community),
		cmocka_unit_test(a_trap_tells_who_and_why),
		cmocka_unit_test(version_3_hides_all_but_the_user),
		cmocka_unit_test(every_cut_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
