/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/ftp.h"
#include "sensor/proto/ftp.h"
#include "sensor/proto/ftp_data.h"
#include "tests/parser.h"

#include <string.h>

static struct parser p;

#define CLIENT(text) parser_give(&p, 0, text, sizeof(text) - 1)
#define SERVER(text) parser_give(&p, 1, text, sizeof(text) - 1)

static void
begin(void)
{
	parser_open(&p, &ftp_proto, 4u << 20);
	SERVER("220 ready\r\n");
}

static uint64_t
number(unsigned tx, enum number n)
{
	uint64_t v = 999999;

	return ftp_proto.ops.number(parser_tx(&p, tx), n, 0, 0, &v) ? v : 999999;
}

static void
a_command_and_its_reply_are_one_transaction(void **state)
{
	struct tx *tx;

	(void)state;
	begin();
	CLIENT("user  bob \r\n");
	tx = parser_tx(&p, 1);
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_COMMAND, 0, 0), "USER");
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_COMMAND_DATA, 0, 0), " bob");
	assert_int_equal(tx->progress[1], FTP_STARTED);
	SERVER("331 Please specify the password.\r\n");
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_COMPLETION_CODE, 1, 0), "331");
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_REPLY, 1, 0), "Please specify the password.");
	assert_null(parser_buffer(&p, tx, BUF_FTP_REPLY, 1, 1));
	assert_int_equal(tx->progress[0], FTP_COMPLETE);
	assert_int_equal(tx->progress[1], FTP_COMPLETE);
	assert_int_equal(number(1, NUM_FTP_REPLY_RECEIVED), 1);
	parser_close(&p);
}

static void
a_preliminary_reply_is_not_the_last(void **state)
{
	struct tx *tx;

	(void)state;
	begin();
	CLIENT("NLST\r\n");
	SERVER("150 Here it comes.\r\n");
	tx = parser_tx(&p, 1);
	assert_int_equal(tx->progress[1], FTP_STARTED);
	SERVER("226 Done.\r\n");
	assert_int_equal(tx->progress[1], FTP_COMPLETE);
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_COMPLETION_CODE, 1, 1), "226");
	parser_close(&p);
}

static void
a_reply_of_several_lines_has_one_code(void **state)
{
	struct tx *tx;

	(void)state;
	begin();
	CLIENT("FEAT\r\n");
	SERVER("211-Features:\r\n EPRT\r\n211-MDTM\r\n211 End\r\n");
	tx = parser_tx(&p, 1);
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_REPLY, 1, 0), "211-Features:");
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_REPLY, 1, 1), " EPRT");
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_REPLY, 1, 3), "End");
	assert_string_equal(parser_buffer(&p, tx, BUF_FTP_COMPLETION_CODE, 1, 0), "211");
	assert_null(parser_buffer(&p, tx, BUF_FTP_COMPLETION_CODE, 1, 1));
	parser_close(&p);
}

static void
replies_go_to_pipelined_commands_in_order(void **state)
{
	(void)state;
	begin();
	CLIENT("CWD /\r\nPWD\r\n");
	SERVER("250 one\r\n257 two\r\n");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_FTP_REPLY, 1, 0), "one");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 2), BUF_FTP_REPLY, 1, 0), "two");
	parser_close(&p);
}

static void
a_greeting_is_shown_but_answers_nothing(void **state)
{
	(void)state;
	begin();
	assert_null(parser_buffer(&p, parser_tx(&p, 0), BUF_FTP_REPLY, 1, 0));
	assert_non_null(strstr(parser_eve(&p, parser_tx(&p, 0)), "\"reply\":[\"ready\"]"));
	parser_close(&p);
}

static void
port_announces_the_next_transfer_at_the_client(void **state)
{
	struct ftp_data_cookie cookie;

	(void)state;
	begin();
	CLIENT("PORT 10,0,0,1,234,22\r\n");
	SERVER("200 ok\r\n");
	assert_int_equal(number(1, NUM_FTP_DYNAMIC_PORT), 59926);
	assert_int_equal(number(1, NUM_FTP_MODE), FTP_MODE_ACTIVE);
	assert_int_equal(p.n_expected, 0);
	CLIENT("RETR a file.txt\r\n");
	assert_int_equal(p.n_expected, 1);
	assert_int_equal(p.expected_port, 59926);
	assert_int_equal(p.expected_app, APPPROTO_FTP_DATA);
	assert_true(addr_eq(&p.expected_addr, &p.flow.addr[0]));
	assert_int_equal(p.cookie_len, sizeof(cookie));
	memcpy(&cookie, p.cookie, sizeof(cookie));
	assert_string_equal(cookie.command, "RETR");
	assert_memory_equal(cookie.name, "a file.txt", cookie.name_len);
	assert_int_equal(cookie.name_len, 10);
	parser_close(&p);
}

static void
passive_replies_announce_it_at_the_server(void **state)
{
	(void)state;
	begin();
	CLIENT("PASV\r\n");
	SERVER("227 Entering Passive Mode (10,0,0,2,185,13).\r\n");
	assert_int_equal(number(1, NUM_FTP_DYNAMIC_PORT), 47373);
	assert_int_equal(number(1, NUM_FTP_MODE), FTP_MODE_PASSIVE);
	CLIENT("STOR x\r\n");
	assert_true(addr_eq(&p.expected_addr, &p.flow.addr[1]));
	assert_int_equal(p.expected_port, 47373);
	SERVER("226 ok\r\n");
	CLIENT("EPSV\r\n");
	SERVER("229 Entering Extended Passive Mode (|||4567|)\r\n");
	assert_int_equal(number(3, NUM_FTP_DYNAMIC_PORT), 4567);
	CLIENT("EPRT |2|::1|5678|\r\n");
	assert_int_equal(number(4, NUM_FTP_DYNAMIC_PORT), 5678);
	parser_close(&p);
}

static void
numbers_that_do_not_fit_are_no_ports(void **state)
{
	static const char *const bad[] = { "PORT 10,0,0,1,256,1\r\n", "PORT 1,2,3\r\n", "PORT \r\n",
		"EPRT |1|10.0.0.1|65536|\r\n", "EPRT \r\n", "EPRT |||\r\n" };

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		begin();
		parser_give(&p, 0, bad[i], strlen(bad[i]));
		assert_int_equal(number(1, NUM_FTP_DYNAMIC_PORT), 999999);
		parser_close(&p);
	}
}

static void
a_transfer_without_port_or_name_is_told(void **state)
{
	(void)state;
	begin();
	CLIENT("RETR a\r\n");
	assert_int_equal(parser_tx(&p, 1)->events, 1u << FTP_EVENT_FILE_BEFORE_PORT);
	CLIENT("PORT 1,2,3,4,5,6\r\nSTOR\r\n");
	assert_int_equal(parser_tx(&p, 3)->events, 1u << FTP_EVENT_FILE_WITHOUT_NAME);
	assert_int_equal(p.n_expected, 0);
	parser_close(&p);
}

static void
overlong_lines_are_cut_and_told(void **state)
{
	char line[6000];

	(void)state;
	memset(line, 'A', sizeof(line));
	memcpy(line, "RETR ", 5);
	line[sizeof(line) - 1] = '\n';
	begin();
	parser_give_in(&p, 0, line, sizeof(line), 1000);
	assert_true(parser_tx(&p, 1)->events >> FTP_EVENT_REQUEST_COMMAND_TOO_LONG & 1);
	memcpy(line, "500 x", 5);
	parser_give_in(&p, 1, line, sizeof(line), 1000);
	assert_true(parser_tx(&p, 1)->events >> FTP_EVENT_RESPONSE_COMMAND_TOO_LONG & 1);
	CLIENT("NOOP\r\n");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 2), BUF_FTP_COMMAND, 0, 0), "NOOP");
	parser_close(&p);
}

static void
auth_tls_hands_over(void **state)
{
	(void)state;
	begin();
	CLIENT("AUTH TLS\r\n");
	SERVER("234 go\r\n\x16\x03");
	assert_int_equal(p.switched, APPPROTO_TLS);
	assert_int_equal(p.n_held[1], 2);
	parser_close(&p);
}

static void
commands_without_replies_are_bounded(void **state)
{
	unsigned   n = 0;
	struct tx *tx;

	(void)state;
	begin();
	for (int i = 0; i < 3000; i++)
		CLIENT("NOOP\r\n");
	TAILQ_FOREACH (tx, &p.flow.txs, link)
		n++;
	assert_in_range(n, 1000, 1100);
	tx = TAILQ_LAST(&p.flow.txs, tx_list);
	assert_true(tx->events >> FTP_EVENT_TOO_MANY_TRANSACTIONS & 1);
	parser_close(&p);
}

static void
a_greeting_alone_is_ftp_only_on_its_port_or_by_name(void **state)
{
	(void)state;
	assert_int_equal(ftp_proto.probe(bytes_str("220 hi\r\n"), 1, 21, 4000), PROBE_YES);
	assert_int_equal(ftp_proto.probe(bytes_str("220 hi\r\n"), 1, 25, 4000), PROBE_NO);
	assert_int_equal(ftp_proto.probe(bytes_str("220 my FTP\r\n"), 1, 2121, 4000), PROBE_YES);
	assert_int_equal(ftp_proto.probe(bytes_str("USER a"), 0, 4000, 2121), PROBE_YES);
	assert_int_equal(ftp_proto.probe(bytes_str("USER a"), 0, 4000, 110), PROBE_NO);
	assert_int_equal(ftp_proto.probe(bytes_str("US"), 0, 4000, 2121), PROBE_MORE);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &ftp_proto, "tests/fuzz/corpus/ftp/commands");
	parser_torture(&p, &ftp_proto, "tests/fuzz/corpus/ftp/transfers");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_and_its_reply_are_one_transaction),
		cmocka_unit_test(a_preliminary_reply_is_not_the_last),
		cmocka_unit_test(a_reply_of_several_lines_has_one_code),
		cmocka_unit_test(replies_go_to_pipelined_commands_in_order),
		cmocka_unit_test(a_greeting_is_shown_but_answers_nothing),
		cmocka_unit_test(port_announces_the_next_transfer_at_the_client),
		cmocka_unit_test(passive_replies_announce_it_at_the_server),
		cmocka_unit_test(numbers_that_do_not_fit_are_no_ports),
		cmocka_unit_test(a_transfer_without_port_or_name_is_told),
		cmocka_unit_test(overlong_lines_are_cut_and_told),
		cmocka_unit_test(auth_tls_hands_over),
		cmocka_unit_test(commands_without_replies_are_bounded),
		cmocka_unit_test(a_greeting_alone_is_ftp_only_on_its_port_or_by_name),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
