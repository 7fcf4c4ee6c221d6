/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/plain.h"
#include "rules/app/rfb.h"
#include "sensor/proto/rfb.h"
#include "tests/parser.h"

static struct parser p;

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &rfb_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static void
a_handshake_is_one_transaction(void **state)
{
	struct tx *tx;
	uint64_t   v;

	(void)state;
	play("tests/fuzz/corpus/rfb/3-8-password");
	tx = parser_tx(&p, 0);
	assert_null(parser_tx(&p, 1));
	assert_int_equal(tx->events, 0);
	assert_true(rfb_proto.ops.number(tx, NUM_RFB_SECTYPE, 0, 0, &v) && v == 2);
	assert_true(rfb_proto.ops.number(tx, NUM_RFB_SECRESULT, 1, 0, &v) && v == 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_RFB_NAME, 1, 0), "tower");
	assert_string_equal(parser_eve(&p, tx),
			"{\"rfb\":{\"server_protocol_version\":{\"major\":\"003\",\"minor\":\"008\"},"
			"\"client_protocol_version\":{\"major\":\"003\",\"minor\":\"008\"},"
			"\"authentication\":{\"security_type\":2,\"vnc\":{"
			"\"challenge\":\"30313233343536373839616263646566\","
			"\"response\":\"66656463626139383736353433323130\"},\"security_result\":\"OK\"},"
			"\"screen_shared\":true,\"framebuffer\":{\"width\":1280,\"height\":800,"
			"\"name\":\"tower\",\"pixel_format\":{\"bits_per_pixel\":32,\"depth\":24,"
			"\"big_endian\":false,\"true_color\":true,\"red_max\":255,\"green_max\":255,"
			"\"blue_max\":255,\"red_shift\":16,\"green_shift\":8,\"blue_shift\":0}}}}");
	parser_close(&p);
}

static void
version_3_3_lets_the_server_choose(void **state)
{
	uint64_t v;

	(void)state;
	play("tests/fuzz/corpus/rfb/3-3-none");
	assert_true(rfb_proto.ops.number(parser_tx(&p, 0), NUM_RFB_SECTYPE, 0, 0, &v) && v == 1);
	assert_false(rfb_proto.ops.number(parser_tx(&p, 0), NUM_RFB_SECRESULT, 1, 0, &v));
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_RFB_NAME, 1, 0), "tower");
	parser_close(&p);
}

static void
what_we_do_not_know_ends_it(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/rfb/odd-type");
	assert_int_equal(parser_tx(&p, 0)->events, 1 << RFB_EVENT_UNIMPLEMENTED_SECURITY_TYPE);
	assert_int_equal(parser_tx(&p, 0)->progress[1], PLAIN_COMPLETE);
	parser_close(&p);
	parser_open(&p, &rfb_proto, 1u << 20);
	parser_give(&p, 1, "RFB 003.008\nnothing", 12);
	parser_give(&p, 0, "what is this\n", 13);
	assert_int_equal(parser_tx(&p, 0)->events, 1 << RFB_EVENT_MALFORMED_MESSAGE);
	parser_close(&p);
}

static void
it_comes_in_any_pieces(void **state)
{
	(void)state;
	parser_torture(&p, &rfb_proto, "tests/fuzz/corpus/rfb/3-8-password");
	parser_torture(&p, &rfb_proto, "tests/fuzz/corpus/rfb/3-8-refused");
}

static void
a_version_is_recognised(void **state)
{
	static const char version[] = "RFB 003.008\n";

	(void)state;
	for (size_t n = 1; n < sizeof(version); n++)
		assert_int_equal(rfb_proto.probe(bytes_of(version, n), 1, 1, 2),
				n < 12 ? PROBE_MORE : PROBE_YES);
	assert_int_equal(rfb_proto.probe(bytes_str("RFC 003.008\n"), 1, 5900, 2), PROBE_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_is_one_transaction),
		cmocka_unit_test(version_3_3_lets_the_server_choose),
		cmocka_unit_test(what_we_do_not_know_ends_it),
		cmocka_unit_test(it_comes_in_any_pieces),
		cmocka_unit_test(a_version_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
