/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/ntp.h"
#include "sensor/proto/ntp.h"
#include "tests/parser.h"

static struct parser p;

static void
open_udp(void)
{
	parser_open(&p, &ntp_proto, 1u << 20);
	p.flow.ip_proto = 17;
}

static uint64_t
number(struct tx *tx, enum number n)
{
	uint64_t v = 0;

	assert_true(ntp_proto.ops.number(tx, n, 0, 0, &v));
	return v;
}

static const uint8_t answer[48] = { 0x24, 2, 6, 0xec, [12] = 'R', 'A', 'T', 'E' };
static const uint8_t control[12] = { 0x26, 2 };

static void
a_message_is_a_transaction(void **state)
{
	struct tx *tx;
	uint64_t   v;

	(void)state;
	open_udp();
	parser_give(&p, 1, answer, sizeof(answer));
	parser_give(&p, 0, control, sizeof(control));
	tx = parser_tx(&p, 0);
	assert_int_equal(number(tx, NUM_NTP_VERSION), 4);
	assert_int_equal(number(tx, NUM_NTP_MODE), 4);
	assert_int_equal(number(tx, NUM_NTP_STRATUM), 2);
	assert_string_equal(parser_eve(&p, tx),
			"{\"ntp\":{\"version\":4,\"mode\":4,\"stratum\":2,\"reference_id\":\"52:41:54:45\"}}");
	tx = parser_tx(&p, 1);
	assert_int_equal(number(tx, NUM_NTP_MODE), 6);
	assert_false(ntp_proto.ops.number(tx, NUM_NTP_STRATUM, 0, 0, &v));
	parser_close(&p);
}

static void
every_cut_is_malformed(void **state)
{
	(void)state;
	for (size_t n = 1; n < sizeof(answer); n++) {
		open_udp();
		parser_give(&p, 0, answer, n);
		assert_int_equal(parser_tx(&p, 0)->events, 1 << NTP_EVENT_MALFORMED_DATA);
		assert_int_equal(ntp_proto.probe(bytes_of(answer, n), 0, 1, 123), PROBE_NO);
		parser_close(&p);
	}
	assert_int_equal(ntp_proto.probe(bytes_of(answer, sizeof(answer)), 0, 1, 123), PROBE_YES);
	assert_int_equal(ntp_proto.probe(bytes_of(answer, sizeof(answer)), 0, 1, 124), PROBE_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_a_transaction),
		cmocka_unit_test(every_cut_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
