/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/ftp_data.h"
#include "sensor/file.h"
#include "sensor/proto/ftp_data.h"
#include "tests/parser.h"

static struct parser p;

static void
begin(void)
{
	struct ftp_data_cookie cookie = { .name_len = 5, .command = "RETR", .name = "a.txt" };

	parser_open(&p, &ftp_data_proto, 1u << 20);
	memcpy(p.state, &cookie, sizeof(cookie)); /* as the sensor does */
}

static void
the_file_has_name_and_command_of_the_control_connection(void **state)
{
	struct tx *tx;

	(void)state;
	begin();
	parser_give(&p, 1, "hello ", 6);
	parser_give(&p, 1, "world", 5);
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_FTPDATA_COMMAND, 0, 0), "RETR");
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_NAME, 1, 0), "a.txt");
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 1, 0), "hello world");
	assert_null(parser_buffer(&p, tx, BUF_FILE_DATA, 0, 0));
	parser_end(&p);
	assert_int_equal(file_at(tx, 1, 0)->state, FILE_CLOSED);
	assert_int_equal(tx->progress[0], FTP_DATA_COMPLETE);
	assert_null(parser_tx(&p, 1));
	parser_close(&p);
}

static void
a_hole_makes_the_file_incomplete(void **state)
{
	(void)state;
	begin();
	parser_give(&p, 1, "abc", 3);
	parser_gap(&p, 1, 100);
	parser_give(&p, 1, "def", 3);
	parser_end(&p);
	assert_int_equal(file_at(parser_tx(&p, 0), 1, 0)->state, FILE_TRUNCATED);
	assert_int_equal(file_at(parser_tx(&p, 0), 1, 0)->size, 106);
	parser_close(&p);
}

static void
an_empty_connection_has_no_transaction(void **state)
{
	(void)state;
	begin();
	parser_end(&p);
	assert_null(parser_tx(&p, 0));
	parser_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_has_name_and_command_of_the_control_connection),
		cmocka_unit_test(a_hole_makes_the_file_incomplete),
		cmocka_unit_test(an_empty_connection_has_no_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
