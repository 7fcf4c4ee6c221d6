/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/smtp.h"
#include "sensor/file.h"
#include "sensor/proto/smtp.h"
#include "tests/parser.h"

#include <string.h>

static struct parser p;

#define CLIENT(text) parser_give(&p, 0, text, sizeof(text) - 1)
#define SERVER(text) parser_give(&p, 1, text, sizeof(text) - 1)

static bool
has_event(unsigned tx, enum smtp_event e)
{
	return parser_tx(&p, tx)->events >> e & 1;
}

static void
begin(void)
{
	parser_open(&p, &smtp_proto, 4u << 20);
	SERVER("220 mx ESMTP\r\n");
	CLIENT("EHLO me\r\n");
	SERVER("250-mx\r\n250 PIPELINING\r\n");
}

static void
begin_data(void)
{
	begin();
	CLIENT("MAIL FROM:<a@b> SIZE=3\r\nRCPT TO:<c@d>\r\nRCPT TO: <e@f>\r\nDATA\r\n");
	SERVER("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
}

static void
a_mail_is_one_transaction_with_its_envelope(void **state)
{
	struct tx *tx;

	(void)state;
	begin_data();
	CLIENT("Subject: one\r\n\r\ntext\r\n.\r\n");
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_SMTP_HELO, 0, 0), "me");
	assert_string_equal(parser_buffer(&p, tx, BUF_SMTP_MAIL_FROM, 0, 0), "<a@b>");
	assert_string_equal(parser_buffer(&p, tx, BUF_SMTP_RCPT_TO, 0, 0), "<c@d>");
	assert_string_equal(parser_buffer(&p, tx, BUF_SMTP_RCPT_TO, 0, 1), "<e@f>");
	assert_null(parser_buffer(&p, tx, BUF_SMTP_RCPT_TO, 0, 2));
	assert_string_equal(parser_buffer(&p, tx, BUF_EMAIL_SUBJECT, 0, 0), "one");
	assert_int_equal(tx->progress[0], SMTP_COMPLETE);
	assert_int_equal(tx->events, 0);
	SERVER("250 queued\r\n");
	CLIENT("MAIL FROM:<x>\r\n");
	tx = parser_tx(&p, 1);
	assert_string_equal(parser_buffer(&p, tx, BUF_SMTP_HELO, 0, 0), "me");
	assert_string_equal(parser_buffer(&p, tx, BUF_SMTP_MAIL_FROM, 0, 0), "<x>");
	parser_close(&p);
}

static void
after_a_mail_reset_and_quit_begin_no_other(void **state)
{
	(void)state;
	begin_data();
	CLIENT("\r\n.\r\n");
	SERVER("250 queued\r\n");
	CLIENT("RSET\r\nQUIT\r\n");
	assert_null(parser_tx(&p, 1));
	parser_close(&p);
}

static void
dots_are_taken_off_lines(void **state)
{
	struct tx *tx;

	(void)state;
	begin_data();
	CLIENT("Content-Type: a/b; name=x\r\n\r\n..one\r\n.two\r\n...\r\n.\r\n");
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 0, 0), ".one\r\ntwo\r\n..\r\n");
	assert_int_equal(file_at(tx, 0, 0)->state, FILE_CLOSED);
	parser_close(&p);
}

static void
a_line_longer_than_we_wait_for_loses_nothing(void **state)
{
	static char line[20000];
	struct file *f;

	(void)state;
	memset(line, '.', sizeof(line));
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	begin_data();
	CLIENT("Content-Type: a/b; name=x\r\n\r\n");
	parser_give_in(&p, 0, line, sizeof(line), 777);
	CLIENT(".\r\n");
	f = file_at(parser_tx(&p, 0), 0, 0);
	assert_int_equal(f->size, sizeof(line) - 1);
	assert_true(has_event(0, SMTP_EVENT_MIME_LONG_LINE));
	parser_close(&p);
}

static void
chunks_are_one_message(void **state)
{
	struct tx *tx;

	(void)state;
	begin();
	CLIENT("MAIL FROM:<a>\r\nBDAT 40\r\nContent-Type: multipart/x; boundary=zz\r\n");
	SERVER("250 ok\r\n250 ok\r\n");
	CLIENT("BDAT 53\r\n\r\n\r\n--zz\r\nContent-Type: a/b; name=n\r\n\r\nhello\r\n.\r\n--zz");
	CLIENT("BDAT 4 LAST\r\n--\r\n");
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_NAME, 0, 0), "n");
	assert_string_equal(parser_buffer(&p, tx, BUF_FILE_DATA, 0, 0), "hello\r\n.");
	assert_int_equal(tx->progress[0], SMTP_COMPLETE);
	CLIENT("NOOP\r\nBDAT x\r\n");
	assert_true(has_event(1, SMTP_EVENT_INVALID_BDAT));
	parser_close(&p);
}

static void
starttls_hands_over_or_is_rejected(void **state)
{
	(void)state;
	begin();
	CLIENT("STARTTLS\r\n");
	SERVER("454 no\r\n");
	assert_true(has_event(0, SMTP_EVENT_TLS_REJECTED));
	CLIENT("STARTTLS\r\n");
	SERVER("220 go\r\n\x16");
	assert_int_equal(p.switched, APPPROTO_TLS);
	assert_int_equal(p.n_held[1], 1);
	parser_close(&p);
}

static void
a_rejected_data_command_is_told_and_commands_go_on(void **state)
{
	(void)state;
	begin();
	CLIENT("MAIL FROM:<a>\r\nDATA\r\n");
	SERVER("250 ok\r\n503 no\r\n");
	assert_true(has_event(0, SMTP_EVENT_DATA_COMMAND_REJECTED));
	CLIENT("MAIL FROM:<b>\r\n");
	assert_true(has_event(0, SMTP_EVENT_DUPLICATE_FIELDS));
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_SMTP_MAIL_FROM, 0, 0), "<a>");
	parser_close(&p);
}

static void
a_message_is_read_without_the_server_s_side(void **state)
{
	(void)state;
	parser_open(&p, &smtp_proto, 1u << 20);
	CLIENT("HELO me\r\nMAIL FROM:<a>\r\nDATA\r\n");
	CLIENT("Subject: blind\r\n\r\nx\r\n.\r\nQUIT\r\n");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_EMAIL_SUBJECT, 0, 0), "blind");
	assert_false(has_event(0, SMTP_EVENT_INVALID_PIPELINED_SEQUENCE));
	parser_close(&p);
}

static void
more_behind_data_in_one_piece_is_told(void **state)
{
	(void)state;
	begin();
	CLIENT("MAIL FROM:<a>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n");
	assert_true(has_event(0, SMTP_EVENT_INVALID_PIPELINED_SEQUENCE));
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_EMAIL_SUBJECT, 0, 0), "x");
	parser_close(&p);
}

static void
replies_that_are_none_are_told(void **state)
{
	(void)state;
	begin();
	SERVER("xyz\r\n");
	assert_true(has_event(0, SMTP_EVENT_INVALID_REPLY));
	parser_close(&p);
	parser_open(&p, &smtp_proto, 1u << 20);
	CLIENT("HELO x\r\n");
	SERVER("250 hi\r\n");
	assert_true(has_event(0, SMTP_EVENT_NO_SERVER_WELCOME_MESSAGE));
	parser_close(&p);
}

static void
overlong_commands_are_cut_and_told(void **state)
{
	char line[5000];

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "MAIL FROM:", 10);
	line[sizeof(line) - 1] = '\n';
	begin();
	parser_give(&p, 0, line, sizeof(line));
	assert_true(has_event(0, SMTP_EVENT_MAX_COMMAND_LINE_LEN_EXCEEDED));
	CLIENT("RCPT TO:<x>\r\n");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_SMTP_RCPT_TO, 0, 0), "<x>");
	parser_close(&p);
}

static void
a_message_that_breaks_off_leaves_an_incomplete_file(void **state)
{
	(void)state;
	begin_data();
	CLIENT("Content-Type: a/b; name=x\r\n\r\nabc\r\nde");
	parser_end(&p);
	assert_int_equal(file_at(parser_tx(&p, 0), 0, 0)->state, FILE_TRUNCATED);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_FILE_DATA, 0, 0), "abc\r\nde");
	parser_close(&p);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &smtp_proto, "tests/fuzz/corpus/smtp/attachments");
	parser_torture(&p, &smtp_proto, "tests/fuzz/corpus/smtp/structures");
	parser_torture(&p, &smtp_proto, "tests/fuzz/corpus/smtp/tlsrej");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_is_one_transaction_with_its_envelope),
		cmocka_unit_test(after_a_mail_reset_and_quit_begin_no_other),
		cmocka_unit_test(dots_are_taken_off_lines),
		cmocka_unit_test(a_line_longer_than_we_wait_for_loses_nothing),
		cmocka_unit_test(chunks_are_one_message),
		cmocka_unit_test(starttls_hands_over_or_is_rejected),
		cmocka_unit_test(a_rejected_data_command_is_told_and_commands_go_on),
		cmocka_unit_test(a_message_is_read_without_the_server_s_side),
		cmocka_unit_test(more_behind_data_in_one_piece_is_told),
		cmocka_unit_test(replies_that_are_none_are_told),
		cmocka_unit_test(overlong_commands_are_cut_and_told),
		cmocka_unit_test(a_message_that_breaks_off_leaves_an_incomplete_file),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
