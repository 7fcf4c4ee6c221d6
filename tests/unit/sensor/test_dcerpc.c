/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/dcerpc.h"
#include "sensor/proto/dcerpc.h"
#include "sensor/proto/dcerpc_pdu.h"
#include "tests/parser.h"

#include <string.h>

static struct parser p;

/* 367abb81-9844-35f1-ad32-98f038001003, the service control manager */
static const uint8_t svcctl[16] = { 0x36, 0x7a, 0xbb, 0x81, 0x98, 0x44, 0x35, 0xf1, 0xad, 0x32, 0x98,
	0xf0, 0x38, 0x00, 0x10, 0x03 };

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &dcerpc_proto, 4u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static void
a_call_knows_its_interface_and_operation(void **state)
{
	struct dce_view view;
	uint64_t        opnum;
	struct tx      *bind, *call;

	(void)state;
	play("tests/fuzz/corpus/dcerpc/calls");
	bind = parser_tx(&p, 0);
	call = parser_tx(&p, 1);
	assert_false(dcerpc_proto.ops.dce(bind, &view));
	assert_false(dcerpc_proto.ops.number(bind, NUM_DCE_OPNUM, 0, 0, &opnum));
	assert_true(dcerpc_proto.ops.dce(call, &view));
	assert_true(view.has_iface && view.first_frag && view.little_endian[0]);
	assert_memory_equal(view.iface.uuid, svcctl, 16);
	assert_int_equal(view.iface.version, 2);
	assert_true(dcerpc_proto.ops.number(call, NUM_DCE_OPNUM, 0, 0, &opnum));
	assert_int_equal(opnum, 15);
	assert_string_equal(parser_buffer(&p, call, BUF_DCE_STUB_DATA, 0, 0),
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	assert_string_equal(parser_buffer(&p, call, BUF_DCE_STUB_DATA, 1, 0), "BBBBBBBBBBBBBBBBBBBBBBBB");
	assert_int_equal(call->progress[1], DCERPC_COMPLETE);
	parser_close(&p);
}

static void
what_the_server_refused_is_no_interface(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/dcerpc/calls");
	assert_non_null(strstr(parser_eve(&p, parser_tx(&p, 0)),
			"\"uuid\":\"367abb81-9844-35f1-ad32-98f038001003\",\"version\":\"2.0\",\"ack_result\":2"));
	parser_close(&p);
}

static void
fragments_are_put_together(void **state)
{
	struct tx *call;

	(void)state;
	play("tests/fuzz/corpus/dcerpc/fragments");
	call = parser_tx(&p, 1);
	assert_string_equal(parser_buffer(&p, call, BUF_DCE_STUB_DATA, 0, 0),
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCDDDDDDDD");
	assert_string_equal(parser_buffer(&p, call, BUF_DCE_STUB_DATA, 1, 0),
			"BBBBBBBBBBBBBBBBBBBBBBBBEEEE");
	assert_null(parser_tx(&p, 2));
	assert_non_null(strstr(parser_eve(&p, call), "\"req\":{\"opnum\":3,\"frag_cnt\":3,\"stub_data_size\":72}"));
	parser_close(&p);
}

static void
big_endian_says_the_same(void **state)
{
	struct dce_view view;

	(void)state;
	play("tests/fuzz/corpus/dcerpc/big-endian");
	assert_true(dcerpc_proto.ops.dce(parser_tx(&p, 1), &view));
	assert_true(view.has_iface);
	assert_false(view.little_endian[0]);
	assert_memory_equal(view.iface.uuid, svcctl, 16);
	parser_close(&p);
}

static void
after_a_gap_the_next_header_is_found(void **state)
{
	uint64_t opnum;

	(void)state;
	play("tests/fuzz/corpus/dcerpc/gap");
	assert_false(p.dead);
	assert_non_null(parser_tx(&p, 1));
	assert_true(dcerpc_proto.ops.number(parser_tx(&p, 1), NUM_DCE_OPNUM, 0, 0, &opnum));
	assert_int_equal(opnum, 1);
	parser_close(&p);
}

static void
datagrams_carry_their_interface(void **state)
{
	uint8_t         d[88] = { 4, 0, 0x20, 0, 0x10, 0, 0, 0 };
	struct dce_view view;
	uint64_t        opnum;

	(void)state;
	memcpy(d + 24, (const uint8_t[]){ 0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35 }, 8);
	memcpy(d + 32, svcctl + 8, 8);
	d[60] = 3;  /* interface version */
	d[68] = 7;  /* operation */
	d[74] = 8;  /* length of the stub */
	memcpy(d + 80, "stubdata", 8);
	assert_int_equal(dcerpc_proto.probe(bytes_of(d, sizeof(d)), 0, 1, 2), PROBE_YES);
	parser_open(&p, &dcerpc_proto, 1u << 20);
	p.flow.ip_proto = 17;
	parser_give(&p, 0, d, sizeof(d));
	assert_true(dcerpc_proto.ops.dce(parser_tx(&p, 0), &view));
	assert_memory_equal(view.iface.uuid, svcctl, 16);
	assert_int_equal(view.iface.version, 3);
	assert_true(dcerpc_proto.ops.number(parser_tx(&p, 0), NUM_DCE_OPNUM, 0, 0, &opnum));
	assert_int_equal(opnum, 7);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_DCE_STUB_DATA, 0, 0), "stubdata");
	for (size_t n = 0; n < sizeof(d); n++)
		assert_int_not_equal(dcerpc_proto.probe(bytes_of(d, n), 0, 1, 2), PROBE_YES);
	parser_close(&p);
}

static void
calls_without_answers_are_bounded(void **state)
{
	static const uint8_t request[] = { 5, 0, 0, 3, 0x10, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 1, 0 };
	unsigned             n_open = 0;
	struct tx           *tx;

	(void)state;
	parser_open(&p, &dcerpc_proto, 4u << 20);
	for (uint32_t i = 0; i < 3000; i++) {
		uint8_t pdu[sizeof(request)];

		memcpy(pdu, request, sizeof(pdu));
		memcpy(pdu + 12, &i, 4);
		parser_give(&p, 0, pdu, sizeof(pdu));
		parser_reap(&p, false);
	}
	TAILQ_FOREACH (tx, &p.flow.txs, link)
		n_open++;
	assert_in_range(n_open, 1, 1024);
	parser_close(&p);
}

static void
a_header_has_version_five_and_room_for_itself(void **state)
{
	static const uint8_t good[] = { 5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0 };
	static const uint8_t socks[] = { 5, 1, 0 };

	(void)state;
	assert_int_equal(dcerpc_proto.probe(bytes_of(good, sizeof(good)), 0, 1, 2), PROBE_YES);
	for (size_t n = 1; n < sizeof(good); n++)
		assert_int_equal(dcerpc_proto.probe(bytes_of(good, n), 0, 1, 2), PROBE_MORE);
	assert_int_equal(dcerpc_proto.probe(bytes_of(socks, 3), 0, 1, 2), PROBE_MORE);
	assert_int_equal(dcerpc_proto.probe(bytes_str("GET / HTTP/1.0\r\n"), 0, 1, 2), PROBE_NO);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &dcerpc_proto, "tests/fuzz/corpus/dcerpc/calls");
	parser_torture(&p, &dcerpc_proto, "tests/fuzz/corpus/dcerpc/fragments");
	parser_torture(&p, &dcerpc_proto, "tests/fuzz/corpus/dcerpc/big-endian");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_knows_its_interface_and_operation),
		cmocka_unit_test(what_the_server_refused_is_no_interface),
		cmocka_unit_test(fragments_are_put_together),
		cmocka_unit_test(big_endian_says_the_same),
		cmocka_unit_test(after_a_gap_the_next_header_is_found),
		cmocka_unit_test(datagrams_carry_their_interface),
		cmocka_unit_test(calls_without_answers_are_bounded),
		cmocka_unit_test(a_header_has_version_five_and_room_for_itself),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
