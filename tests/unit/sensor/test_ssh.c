/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/ssh.h"
#include "sensor/proto/ssh.h"
#include "tests/parser.h"

#include <string.h>

static struct parser p;

#define SAY(dir, text) parser_give(&p, dir, text, sizeof(text) - 1)

static bool
has_event(enum ssh_event e)
{
	return parser_tx(&p, 0)->events >> e & 1;
}

static void
a_banner_gives_protocol_and_software(void **state)
{
	struct tx *tx;

	(void)state;
	parser_open(&p, &ssh_proto, 1u << 20);
	SAY(0, "SSH-2.0-OpenSSH_9.2 Debian-2\r\n");
	SAY(1, "SSH-1.99-Cisco\n");
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_SSH_PROTO, 0, 0), "2.0");
	assert_string_equal(parser_buffer(&p, tx, BUF_SSH_SOFTWARE, 0, 0), "OpenSSH_9.2");
	assert_string_equal(parser_buffer(&p, tx, BUF_SSH_PROTO, 1, 0), "1.99");
	assert_string_equal(parser_buffer(&p, tx, BUF_SSH_SOFTWARE, 1, 0), "Cisco");
	assert_null(parser_buffer(&p, tx, BUF_SSH_HASSH, 0, 0));
	assert_int_equal(tx->progress[0], SSH_BANNER_DONE);
	assert_int_equal(tx->events, 0);
	assert_null(parser_tx(&p, 1));
	parser_close(&p);
}

static void
a_server_may_greet_before_its_banner_and_a_client_may_not(void **state)
{
	(void)state;
	parser_open(&p, &ssh_proto, 1u << 20);
	SAY(1, "welcome\r\nSSH-2.0-x\r\n");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_SSH_SOFTWARE, 1, 0), "x");
	assert_false(has_event(SSH_EVENT_INVALID_BANNER));
	SAY(0, "GET / HTTP/1.0\r\n");
	assert_true(has_event(SSH_EVENT_INVALID_BANNER));
	parser_close(&p);
}

static void
a_greeting_without_end_is_given_up(void **state)
{
	(void)state;
	parser_open(&p, &ssh_proto, 1u << 20);
	for (int i = 0; i < 600; i++)
		SAY(1, "chatter\n");
	assert_true(p.dead);
	assert_true(has_event(SSH_EVENT_INVALID_BANNER));
	parser_close(&p);
}

static void
a_long_banner_is_cut_and_told(void **state)
{
	char banner[600] = "SSH-2.0-";

	(void)state;
	memset(banner + 8, 'a', sizeof(banner) - 9);
	banner[sizeof(banner) - 1] = '\n';
	parser_open(&p, &ssh_proto, 1u << 20);
	parser_give_in(&p, 0, banner, sizeof(banner), 100);
	assert_true(has_event(SSH_EVENT_LONG_BANNER));
	assert_int_equal(parser_tx(&p, 0)->progress[0], SSH_BANNER_DONE);
	assert_int_equal(strlen(parser_buffer(&p, parser_tx(&p, 0), BUF_SSH_SOFTWARE, 0, 0)), 255 - 8);
	parser_close(&p);
}

static void
hassh_takes_each_side_s_own_lists(void **state)
{
	size_t     len;
	uint8_t   *data = parser_file("tests/fuzz/corpus/ssh/handshake", &len);
	struct tx *tx;

	(void)state;
	parser_open(&p, &ssh_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_SSH_HASSH_STRING, 0, 0),
			"curve25519-sha256,diffie-hellman-group14-sha1;aes128-ctr,aes256-ctr;"
			"hmac-sha2-256;none");
	/* md5sum of the text above */
	assert_string_equal(parser_buffer(&p, tx, BUF_SSH_HASSH, 0, 0), "8f650e6193767ad295e40df9c53b0cc5");
	assert_string_equal(parser_buffer(&p, tx, BUF_SSH_HASSH_SERVER_STRING, 1, 0),
			"curve25519-sha256,diffie-hellman-group14-sha1;aes256-gcm;hmac-sha1;none,zlib");
	assert_true(p.flow.no_payload);
	assert_int_equal(tx->progress[0], SSH_COMPLETE);
	parser_close(&p);
	free(data);
}

static void
a_record_with_impossible_lengths_ends_it(void **state)
{
	(void)state;
	parser_open(&p, &ssh_proto, 1u << 20);
	SAY(0, "SSH-2.0-x\r\n\0\0\0\1\0\0");
	assert_true(p.dead);
	assert_true(has_event(SSH_EVENT_INVALID_RECORD));
	parser_close(&p);
}

static void
only_a_banner_is_ssh(void **state)
{
	(void)state;
	assert_int_equal(ssh_proto.probe(bytes_str("SSH-2.0"), 0, 1, 2), PROBE_YES);
	assert_int_equal(ssh_proto.probe(bytes_str("SS"), 0, 1, 2), PROBE_MORE);
	assert_int_equal(ssh_proto.probe(bytes_str("HELO"), 0, 1, 22), PROBE_NO);
}

static void
pieces_and_beginnings_do_no_harm(void **state)
{
	(void)state;
	parser_torture(&p, &ssh_proto, "tests/fuzz/corpus/ssh/handshake");
	parser_torture(&p, &ssh_proto, "tests/fuzz/corpus/ssh/greeting");
	parser_torture(&p, &ssh_proto, "tests/fuzz/corpus/ssh/long-banner");
}

static void
an_empty_pool_is_survived(void **state)
{
	(void)state;
	parser_open(&p, &ssh_proto, 4096);
	while (pool_get(p.env.pool, 32))
		;
	SAY(0, "SSH-2.0-x\r\n");
	assert_null(parser_tx(&p, 0));
	pool_free(p.env.pool);
	free(p.held[0]);
	free(p.held[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_banner_gives_protocol_and_software),
		cmocka_unit_test(a_server_may_greet_before_its_banner_and_a_client_may_not),
		cmocka_unit_test(a_greeting_without_end_is_given_up),
		cmocka_unit_test(a_long_banner_is_cut_and_told),
		cmocka_unit_test(hassh_takes_each_side_s_own_lists),
		cmocka_unit_test(a_record_with_impossible_lengths_ends_it),
		cmocka_unit_test(only_a_banner_is_ssh),
		cmocka_unit_test(pieces_and_beginnings_do_no_harm),
		cmocka_unit_test(an_empty_pool_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
