/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/smb.h"
#include "sensor/file.h"
#include "sensor/proto/smb.h"
#include "sensor/proto/smb_state.h"
#include "tests/parser.h"

#include <string.h>

static struct parser p;

static void
play(const char *path)
{
	size_t   len;
	uint8_t *data = parser_file(path, &len);

	parser_open(&p, &smb_proto, 8u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	assert_false(p.dead);
	free(data);
}

/* The transaction of a kind, the n-th. */
static struct tx *
find(enum smb_kind kind, unsigned n)
{
	struct tx *tx;

	TAILQ_FOREACH (tx, &p.flow.txs, link)
		if (((struct smb_tx *)tx)->kind == kind && n-- == 0)
			return tx;
	return NULL;
}

static uint64_t
version_of(struct tx *tx)
{
	uint64_t v = 0;

	assert_true(smb_proto.ops.number(tx, NUM_SMB_VERSION, 0, 0, &v));
	return v;
}

static void
version_2_gives_login_share_and_files(void **state)
{
	struct tx *tx;

	(void)state;
	play("tests/fuzz/corpus/smb/smb2-file");
	assert_non_null(strstr(parser_eve(&p, find(SMB_NEGOTIATION, 0)), "\"dialect\":\"3.00\""));
	tx = find(SMB_SESSION, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_SMB_NTLMSSP_USER, 0, 0), "alice");
	assert_string_equal(parser_buffer(&p, tx, BUF_SMB_NTLMSSP_DOMAIN, 0, 0), "CORP");
	tx = find(SMB_TREE, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_SMB_SHARE, 0, 0), "\\\\srv\\share");
	assert_null(parser_buffer(&p, tx, BUF_SMB_NAMED_PIPE, 0, 0));
	tx = find(SMB_FILE, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_NAME, 0, 0), "dir\\evil.exe");
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 0, 0), "MZ hello world");
	assert_null(parser_buffer(&p, tx, BUF_FILE_DATA, 1, 0));
	assert_int_equal(file_at(tx, 0, 0)->state, FILE_CLOSED);
	tx = find(SMB_FILE, 1);
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 1, 0), "MZ hello world");
	assert_int_equal(version_of(tx), 2);
	parser_close(&p);
}

static void
version_1_gives_them_too(void **state)
{
	struct tx *tx;

	(void)state;
	play("tests/fuzz/corpus/smb/smb1-file");
	assert_non_null(strstr(parser_eve(&p, find(SMB_NEGOTIATION, 0)), "\"dialect\":\"NT LM 0.12\""));
	assert_string_equal(parser_buffer(&p, find(SMB_SESSION, 0), BUF_SMB_NTLMSSP_USER, 0, 0), "alice");
	assert_string_equal(parser_buffer(&p, find(SMB_TREE, 0), BUF_SMB_SHARE, 0, 0), "\\\\srv\\pub");
	tx = find(SMB_FILE, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_NAME, 0, 0), "\\f.txt");
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 0, 0), "hello");
	assert_string_equal(parser_buffer(&p, find(SMB_FILE, 1), BUF_FILE_DATA, 1, 0), "hello");
	assert_int_equal(version_of(tx), 1);
	parser_close(&p);
}

static void
calls_go_through_pipes_of_either_version(void **state)
{
	static const char *const files[] = { "tests/fuzz/corpus/smb/smb2-pipe",
		"tests/fuzz/corpus/smb/smb1-pipe" };
	struct dce_view view;
	uint64_t        opnum;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tx *tx;

		play(files[i]);
		tx = find(SMB_CALL, i == 0 ? 1 : 0); /* version 2 binds in its own */
		assert_non_null(tx);
		assert_true(smb_proto.ops.dce(tx, &view));
		assert_int_equal(view.has_iface, i == 0);
		assert_true(smb_proto.ops.number(tx, NUM_DCE_OPNUM, 0, 0, &opnum));
		assert_int_equal(opnum, 15);
		assert_memory_equal(parser_buffer(&p, tx, BUF_DCE_STUB_DATA, 0, 0), "AAAAAAAA", 8);
		assert_non_null(parser_buffer(&p, tx, BUF_DCE_STUB_DATA, 1, 0));
		assert_true(tx->progress[1] >= tx->complete_at[1]);
		if (i == 0)
			assert_string_equal(parser_buffer(&p, find(SMB_TREE, 0), BUF_SMB_NAMED_PIPE, 0, 0),
					"\\\\srv\\IPC$");
		parser_close(&p);
	}
}

static void
chained_messages_are_all_read(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/smb/smb2-compound");
	assert_non_null(find(SMB_OPEN, 0));
	assert_int_equal(((struct smb_tx *)find(SMB_OTHER, 0))->head.command, SMB2_CLOSE);
	parser_close(&p);
}

static void
session_service_packets_go_before(void **state)
{
	(void)state;
	play("tests/fuzz/corpus/smb/nbss");
	assert_non_null(find(SMB_NEGOTIATION, 0));
	parser_close(&p);
}

static void
a_hole_in_written_data_is_a_hole_in_the_file(void **state)
{
	size_t       len;
	uint8_t     *data = parser_file("tests/fuzz/corpus/smb/large-write", &len);
	struct bytes in = bytes_of(data, len), piece;
	struct file *f;

	(void)state;
	parser_open(&p, &smb_proto, 4u << 20);
	for (unsigned i = 0; i < 6; i++) { /* up to the write */
		uint8_t dir = bytes_u8(&in) & 1;

		piece = bytes_cut(&in, bytes_be16(&in));
		parser_give(&p, dir, piece.at, piece.left);
	}
	bytes_skip(&in, 1);
	piece = bytes_cut(&in, bytes_be16(&in));
	parser_give(&p, 0, piece.at, piece.left - 5);
	parser_gap(&p, 0, 2);
	parser_give(&p, 0, piece.at + piece.left - 3, 3);
	f = file_at(find(SMB_FILE, 0), 0, 0);
	assert_int_equal(f->size, 400);
	assert_int_equal(f->gaps, 2);
	assert_string_equal(parser_buffer(&p, find(SMB_FILE, 0), BUF_FILE_DATA, 0, 0), "xxx");
	parser_close(&p);
	free(data);
}

static void
requests_without_answers_are_bounded(void **state)
{
	uint8_t    echo[4 + 64 + 4] = { 0, 0, 0, 68, 0xfe, 'S', 'M', 'B', 64 };
	unsigned   n = 0;
	struct tx *tx;

	(void)state;
	echo[4 + 12] = 13; /* ECHO */
	echo[4 + 64] = 4;
	parser_open(&p, &smb_proto, 16u << 20);
	for (unsigned i = 0; i < 3000; i++) {
		echo[4 + 24] = (uint8_t)i;
		echo[4 + 25] = (uint8_t)(i >> 8);
		parser_give(&p, 0, echo, sizeof(echo));
		parser_reap(&p, false);
	}
	TAILQ_FOREACH (tx, &p.flow.txs, link)
		n++;
	assert_in_range(n, 1, 1025);
	parser_close(&p);
}

static void
only_the_magic_is_smb(void **state)
{
	static const uint8_t good[] = { 0, 0, 0, 64, 0xfe, 'S', 'M', 'B' };
	static const uint8_t other[] = { 0, 0, 0, 64, 'G', 'E', 'T', ' ' };

	(void)state;
	assert_int_equal(smb_proto.probe(bytes_of(good, 8), 0, 1, 2), PROBE_YES);
	assert_int_equal(smb_proto.probe(bytes_of(good, 6), 0, 1, 2), PROBE_MORE);
	assert_int_equal(smb_proto.probe(bytes_of(other, 8), 0, 1, 445), PROBE_NO);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	static const char *const files[] = { "smb2-file", "smb2-pipe", "smb2-compound", "smb1-file",
		"smb1-pipe", "nbss" };
	char path[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "tests/fuzz/corpus/smb/%s", files[i]);
		parser_torture(&p, &smb_proto, path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_2_gives_login_share_and_files),
		cmocka_unit_test(version_1_gives_them_too),
		cmocka_unit_test(calls_go_through_pipes_of_either_version),
		cmocka_unit_test(chained_messages_are_all_read),
		cmocka_unit_test(session_service_packets_go_before),
		cmocka_unit_test(a_hole_in_written_data_is_a_hole_in_the_file),
		cmocka_unit_test(requests_without_answers_are_bounded),
		cmocka_unit_test(only_the_magic_is_smb),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
