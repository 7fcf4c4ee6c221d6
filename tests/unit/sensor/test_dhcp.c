/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/dhcp.h"
#include "sensor/proto/dhcp.h"
#include "tests/parser.h"

static struct parser p;

static const uint8_t tail[] = {
	0x63, 0x82, 0x53, 0x63, 0x35, 0x01, 0x05, 0x00, 0x33, 0x04, 0x00, 0x00, 0x0e, 0x10, 0x3a, 0x04,
	0x00, 0x00, 0x07, 0x08, 0x3b, 0x04, 0x00, 0x00, 0x0c, 0x4e, 0x01, 0x04, 0xff, 0xff, 0xff, 0x00,
	0x03, 0x04, 0xc0, 0x00, 0x02, 0x01, 0x06, 0x08, 0xc0, 0x00, 0x02, 0x02, 0xc0, 0x00, 0x02, 0x03,
	0x0c, 0x05, 0x74, 0x6f, 0x77, 0x65, 0x72, 0xff,
};

static void
open_udp(void)
{
	parser_open(&p, &dhcp_proto, 1u << 20);
	p.flow.ip_proto = 17;
}

static uint64_t
number(struct tx *tx, enum number n)
{
	uint64_t v = 0;

	assert_true(dhcp_proto.ops.number(tx, n, 0, 0, &v));
	return v;
}

/* A reply that leases 192.0.2.7. */
static struct bytes
reply(void)
{
	static uint8_t message[236 + sizeof(tail)] = { 2, 1, 6, 0, 0, 0, 0x12, 0x34, [16] = 192, 0, 2, 7,
		[28] = 2, 0, 0, 0, 0, 1 };

	memcpy(message + 236, tail, sizeof(tail));
	return bytes_of(message, sizeof(message));
}

static void
a_lease_with_its_times(void **state)
{
	struct bytes message = reply();
	struct tx   *tx;

	(void)state;
	open_udp();
	parser_give(&p, 1, message.at, message.left);
	tx = parser_tx(&p, 0);
	assert_int_equal(number(tx, NUM_DHCP_LEASETIME), 3600);
	assert_int_equal(number(tx, NUM_DHCP_RENEWAL_TIME), 1800);
	assert_int_equal(number(tx, NUM_DHCP_REBINDING_TIME), 3150);
	assert_int_equal(tx->events, 0);
	assert_string_equal(parser_eve(&p, tx),
			"{\"dhcp\":{\"type\":\"reply\",\"id\":4660,\"client_mac\":\"02:00:00:00:00:01\","
			"\"assigned_ip\":\"192.0.2.7\",\"client_ip\":\"0.0.0.0\",\"relay_ip\":\"0.0.0.0\","
			"\"next_server_ip\":\"0.0.0.0\",\"dhcp_type\":\"ack\",\"subnet_mask\":\"255.255.255.0\","
			"\"routers\":[\"192.0.2.1\"],\"dns_servers\":[\"192.0.2.2\",\"192.0.2.3\"],"
			"\"lease_time\":3600,\"renewal_time\":1800,\"rebinding_time\":3150,"
			"\"hostname\":\"tower\"}}");
	parser_close(&p);
}

static void
every_cut_ends_the_options_too_early(void **state)
{
	struct bytes message = reply();

	(void)state;
	for (size_t n = 0; n < message.left; n++) {
		open_udp();
		parser_give(&p, 1, message.at, n);
		assert_int_equal(dhcp_proto.probe(bytes_of(message.at, n), 1, 67, 68),
				n < 240 ? PROBE_NO : PROBE_YES);
		if (n < 240)
			assert_null(parser_tx(&p, 0));
		else
			assert_int_equal(parser_tx(&p, 0)->events, 1 << DHCP_EVENT_TRUNCATED_OPTIONS);
		parser_close(&p);
	}
}

static void
an_option_of_the_wrong_length_is_malformed(void **state)
{
	static const uint8_t bad[] = { 51, 2, 0, 1, 255 };
	uint8_t              message[240 + sizeof(bad)];
	uint64_t             v;

	(void)state;
	memcpy(message, reply().at, 240);
	memcpy(message + 240, bad, sizeof(bad));
	open_udp();
	parser_give(&p, 1, message, sizeof(message));
	assert_int_equal(parser_tx(&p, 0)->events, 1 << DHCP_EVENT_MALFORMED_OPTIONS);
	assert_false(dhcp_proto.ops.number(parser_tx(&p, 0), NUM_DHCP_LEASETIME, 0, 0, &v));
	parser_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_with_its_times),
		cmocka_unit_test(every_cut_ends_the_options_too_early),
		cmocka_unit_test(an_option_of_the_wrong_length_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
