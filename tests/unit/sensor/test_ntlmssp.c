/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/proto/ntlmssp.h"

#include <string.h>

static struct pool   *pool;
static struct ntlmssp n;

static const char *
text_of(const struct pbuf *b)
{
	static char text[256];

	memcpy(text, b->len ? b->data : (const uint8_t *)"", b->len);
	text[b->len] = '\0';
	return text;
}

/* An AUTHENTICATE message with three texts behind its head of 72 bytes. */
static size_t
message(uint8_t out[static 160], bool unicode)
{
	static const char *const texts[3] = { "CORP", "bob", "PC" };
	size_t                   at = 72;

	memset(out, 0, 160);
	memcpy(out, "NTLMSSP\0\3", 9);
	out[60] = unicode ? 1 : 2;
	out[63] = 2; /* has a version */
	memcpy(out + 64, "\x0a\x00\x61\x4a\0\0\0\x0f", 8);
	for (unsigned i = 0; i < 3; i++) {
		size_t len = strlen(texts[i]);

		out[28 + 8 * i] = (uint8_t)(unicode ? 2 * len : len);
		out[32 + 8 * i] = (uint8_t)at;
		for (size_t k = 0; k < len; k++)
			out[at + (unicode ? 2 * k : k)] = (uint8_t)texts[i][k];
		at += unicode ? 2 * len : len;
	}
	return at;
}

static void
who_logs_in_is_read_from_inside_a_token(void **state)
{
	uint8_t blob[4 + 160] = { 0x60, 0x82, 0, 0 };
	size_t  len;

	(void)state;
	for (int unicode = 0; unicode < 2; unicode++) {
		len = 4 + message(blob + 4, unicode);
		assert_int_equal(ntlmssp_read(&n, pool, bytes_of(blob, len)), NTLMSSP_AUTH);
		assert_string_equal(text_of(&n.domain), "CORP");
		assert_string_equal(text_of(&n.user), "bob");
		assert_string_equal(text_of(&n.host), "PC");
		assert_true(n.has_version);
		assert_int_equal(n.build, 19041);
	}
	ntlmssp_release(&n, pool);
	assert_int_equal(pool_used(pool), 0);
}

static void
a_message_cut_anywhere_is_not_read_whole(void **state)
{
	uint8_t blob[160];
	size_t  len = message(blob, true);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_int_not_equal(ntlmssp_read(&n, pool, bytes_of(blob, i)), NTLMSSP_AUTH);
	ntlmssp_release(&n, pool);
}

static void
other_messages_are_none(void **state)
{
	(void)state;
	assert_int_equal(ntlmssp_read(&n, pool, bytes_of("NTLMSSP\0\1\0\0\0", 12)), NTLMSSP_NONE);
	assert_int_equal(ntlmssp_read(&n, pool, bytes_str("Kerberos")), NTLMSSP_NONE);
	assert_int_equal(ntlmssp_read(&n, pool, bytes_of(NULL, 0)), NTLMSSP_NONE);
}

static void
utf16_becomes_utf8(void **state)
{
	static const uint8_t in[] = { 'a', 0, 0xe9, 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde, 0x00, 0xd8, 'z',
		0, 0, 0, 'x', 0 };
	struct pbuf          out = { 0 };

	(void)state;
	ntlmssp_utf16(&out, pool, bytes_of(in, sizeof(in)));
	assert_string_equal(text_of(&out), "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbdz");
	pbuf_release(pool, &out);
}

static int
set_up(void **state)
{
	(void)state;
	pool = pool_new(1u << 20);
	return pool ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	pool_free(pool);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_logs_in_is_read_from_inside_a_token),
		cmocka_unit_test(a_message_cut_anywhere_is_not_read_whole),
		cmocka_unit_test(other_messages_are_none),
		cmocka_unit_test(utf16_becomes_utf8),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
