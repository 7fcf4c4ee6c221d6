/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/appproto.h"

#include "tests/test.h"

#define BIT(p) (UINT64_C(1) << (p))

static void
names_lead_back_to_their_protocol(void **state)
{
	(void)state;
	for (unsigned p = APPPROTO_FAILED + 1; p < APPPROTO_COUNT; p++) {
		assert_int_equal(appproto_by_name(appproto_name((enum appproto)p)), p);
		if (p != APPPROTO_DNS && p != APPPROTO_DCERPC && p != APPPROTO_HTTP2)
			assert_true(
				appproto_mask(appproto_name((enum appproto)p)) == BIT(p));
	}
}

static void
unknown_words_mean_nothing(void **state)
{
	(void)state;
	assert_int_equal(appproto_by_name("gopher"), APPPROTO_UNKNOWN);
	assert_int_equal(appproto_by_name("failed"), APPPROTO_UNKNOWN);
	assert_true(appproto_mask("gopher") == 0);
	assert_true(appproto_mask("unknown") == 0);
	assert_string_equal(appproto_name((enum appproto)9999), "unknown");
	assert_string_equal(appproto_name(APPPROTO_FAILED), "failed");
}

static void
http_dns_and_dcerpc_mean_two_protocols_each(void **state)
{
	(void)state;
	assert_true(appproto_mask("http") == (BIT(APPPROTO_HTTP1) | BIT(APPPROTO_HTTP2) | BIT(APPPROTO_DOH2)));
	assert_true(appproto_mask("dns") == (BIT(APPPROTO_DNS) | BIT(APPPROTO_DOH2)));
	assert_true(
		appproto_mask("dcerpc") == (BIT(APPPROTO_DCERPC) | BIT(APPPROTO_SMB)));
	assert_int_equal(appproto_by_name("http"), APPPROTO_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lead_back_to_their_protocol),
		cmocka_unit_test(unknown_words_mean_nothing),
		cmocka_unit_test(http_dns_and_dcerpc_mean_two_protocols_each),
	};

	return cmocka_run_group_tests_name("appproto", tests, NULL, NULL);
}
