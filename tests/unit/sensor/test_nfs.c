/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/nfs.h"
#include "rules/app/plain.h"
#include "sensor/proto/nfs.h"
#include "tests/parser.h"

static struct parser p;

static void
play(const char *path, uint8_t ip_proto)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &nfs_proto, 1u << 20);
	p.flow.ip_proto = ip_proto;
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static uint64_t
number(struct tx *tx, enum number n, unsigned index)
{
	uint64_t v = 0;

	assert_true(nfs_proto.ops.number(tx, n, 0, index, &v));
	return v;
}

static void
a_file_that_is_read_has_the_name_it_was_found_by(void **state)
{
	struct tx *tx;

	(void)state;
	play("tests/fuzz/corpus/nfs/v3-read", 6);
	assert_int_equal(number(parser_tx(&p, 0), NUM_NFS_VERSION, 0), 3);
	assert_int_equal(number(parser_tx(&p, 0), NUM_NFS_PROCEDURE, 0), 3);
	assert_string_equal(parser_eve(&p, parser_tx(&p, 0)),
			"{\"rpc\":{\"xid\":1,\"status\":\"ACCEPTED\",\"auth_type\":\"UNIX\","
			"\"creds\":{\"machine_name\":\"tower\",\"uid\":3,\"gid\":4}},"
			"\"nfs\":{\"version\":3,\"procedure\":\"LOOKUP\",\"filename\":\"bell.txt\",\"id\":1,"
			"\"file_tx\":false,\"type\":\"response\",\"status\":\"OK\"}}");
	tx = parser_tx(&p, 2);
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 1, 0), "ding dong ding dong!");
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_NAME, 1, 0), "bell.txt");
	assert_int_equal(tx_file(tx, 1, 0)->state, FILE_CLOSED);
	parser_close(&p);
}

static void
a_file_that_is_written_ends_when_it_is_committed(void **state)
{
	struct tx *tx;

	(void)state;
	play("tests/fuzz/corpus/nfs/v3-write", 6);
	tx = parser_tx(&p, 2);
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 0, 0), "silence!");
	assert_int_equal(tx_file(tx, 0, 0)->state, FILE_CLOSED);
	assert_int_equal(tx->progress[0], PLAIN_COMPLETE);
	parser_close(&p);
	play("tests/fuzz/corpus/nfs/v3-long-write", 6);
	assert_int_equal(tx_file(parser_tx(&p, 1), 0, 0)->size, 5000);
	parser_close(&p);
}

static void
version_2_over_udp(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/nfs/v2-read", 17);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 2), BUF_FILE_DATA, 1, 0), "old data");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 2), BUF_FILE_NAME, 1, 0), "old.txt");
	assert_int_equal(tx_file(parser_tx(&p, 2), 1, 0)->state, FILE_CLOSED);
	parser_close(&p);
}

static void
version_4_has_several_operations_in_a_call(void **state)
{
	static const uint64_t ops[] = { 53, 22, 15, 10 };
	struct tx            *tx;

	(void)state;
	play("tests/fuzz/corpus/nfs/v4-compound", 6);
	tx = parser_tx(&p, 0);
	assert_int_equal(tx->events, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(number(tx, NUM_NFS_PROCEDURE, i), ops[i]);
	parser_close(&p);
}

static void
records_come_in_any_pieces(void **state)
{
	(void)state;
	parser_torture(&p, &nfs_proto, "tests/fuzz/corpus/nfs/v3-read");
	parser_torture(&p, &nfs_proto, "tests/fuzz/corpus/nfs/v3-write");
	parser_torture(&p, &nfs_proto, "tests/fuzz/corpus/nfs/fragments");
	play("tests/fuzz/corpus/nfs/malformed", 6);
	assert_int_equal(parser_tx(&p, 0)->events, 1 << NFS_EVENT_MALFORMED_DATA);
	parser_close(&p);
}

static void
a_call_is_recognised(void **state)
{
	size_t   len;
	uint8_t *data = parser_file("tests/fuzz/corpus/nfs/v3-read", &len);

	(void)state;
	for (size_t n = 1; n < 60; n++)
		assert_int_equal(nfs_proto.probe(bytes_of(data + 3, n), 0, 1, 2049),
				n < 28 ? PROBE_MORE : PROBE_YES);
	assert_int_equal(nfs_proto.probe(bytes_str("GET / HTTP/1.1\r\nHost: tower\r\n"), 0, 1, 2049), PROBE_NO);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_read_has_the_name_it_was_found_by),
		cmocka_unit_test(a_file_that_is_written_ends_when_it_is_committed),
		cmocka_unit_test(version_2_over_udp),
		cmocka_unit_test(version_4_has_several_operations_in_a_call),
		cmocka_unit_test(records_come_in_any_pieces),
		cmocka_unit_test(a_call_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
