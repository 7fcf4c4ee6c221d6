/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/tftp.h"
#include "sensor/proto/tftp.h"
#include "tests/parser.h"

static struct parser p;

static const char request[] = "\0\1rfc1350.txt\0octet"; /* its own NUL ends the mode */

static void
a_request_is_a_transaction_by_itself(void **state)
{
	(void)state;
	parser_open(&p, &tftp_proto, 1u << 20);
	parser_give(&p, 0, request, sizeof(request));
	assert_int_equal(parser_tx(&p, 0)->progress[1], TFTP_COMPLETE);
	assert_string_equal(parser_eve(&p, parser_tx(&p, 0)),
			"{\"tftp\":{\"packet\":\"read\",\"file\":\"rfc1350.txt\",\"mode\":\"octet\"}}");
	parser_give(&p, 0, "\0\4\0\1", 4);
	assert_null(parser_tx(&p, 1));
	assert_false(p.dead);
	parser_give(&p, 0, "\0\11\0\1", 4);
	assert_true(p.dead);
	parser_close(&p);
}

static void
only_a_whole_request_is_tftp(void **state)
{
	(void)state;
	assert_int_equal(tftp_proto.probe(bytes_of(request, sizeof(request)), 0, 1, 2), PROBE_YES);
	for (size_t n = 0; n < sizeof(request); n++)
		assert_int_equal(tftp_proto.probe(bytes_of(request, n), 0, 1, 2), PROBE_NO);
	assert_int_equal(tftp_proto.probe(bytes_of("\0\1x\0other", 10), 0, 1, 69), PROBE_NO);
	assert_int_equal(tftp_proto.probe(bytes_of("\0\1\0octet", 9), 0, 1, 69), PROBE_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_a_transaction_by_itself),
		cmocka_unit_test(only_a_whole_request_is_tftp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
