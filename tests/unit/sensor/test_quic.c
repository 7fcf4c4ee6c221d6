/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/quic.h"
#include "sensor/proto.h"
#include "sensor/proto/quic.h"
#include "sensor/proto/quic_packet.h"
#include "tests/parser.h"

#include <stdio.h>
#include <string.h>

static struct parser p;

static void
play(const char *name)
{
	char     path[80];
	size_t   len;
	uint8_t *data;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/quic/%s", name);
	data = parser_file(path, &len);
	parser_open(&p, &quic_proto, 1u << 20);
	parser_play(&p, bytes_of(data, len), 0);
	free(data);
}

static void
keys_are_those_of_the_standard(void **state)
{
	/* RFC 9001 A.1 */
	static const uint8_t cid[] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };
	static const uint8_t key[] = { 0x1f, 0x36, 0x96, 0x13, 0xdd, 0x76, 0xd5, 0x46, 0x77, 0x30, 0xef, 0xcb,
		0xe3, 0xb1, 0xa2, 0x2d };
	static const uint8_t hp[] = { 0x9f, 0x50, 0x44, 0x9e, 0x04, 0xa0, 0xe8, 0x10, 0x28, 0x3a, 0x1e, 0x99,
		0x33, 0xad, 0xed, 0xd2 };

	struct quic_keys keys;

	(void)state;
	assert_true(quic_keys_derive(&keys, 1, bytes_of(cid, sizeof(cid)), true));
	assert_memory_equal(keys.key, key, sizeof(key));
	assert_memory_equal(keys.hp, hp, sizeof(hp));
	assert_false(quic_keys_derive(&keys, 0x51303436, bytes_of(cid, sizeof(cid)), true));
}

static void
hellos_of_both_sides_are_opened(void **state)
{
	static const char *const names[] = { "v1", "v2", "draft-29" };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct tx *client, *server;

		play(names[i]);
		client = parser_tx(&p, 0);
		server = parser_tx(&p, 1);
		assert_string_equal(parser_buffer(&p, client, BUF_QUIC_SNI, 0, 0), "bell.town.example");
		assert_string_equal(parser_buffer(&p, client, BUF_JA3_STRING, 0, 0),
				"771,4865-4866-4867,0-10-16-43-13-57,29-23,");
		assert_memory_equal(parser_buffer(&p, client, BUF_JA4_HASH, 0, 0), "q13d0306h3_", 11);
		assert_string_equal(parser_buffer(&p, server, BUF_JA3S_STRING, 1, 0), "771,4865,43-51");
		assert_null(parser_buffer(&p, server, BUF_QUIC_VERSION, 0, 0));
		assert_null(parser_tx(&p, 2));
		parser_close(&p);
	}
}

static void
pieces_of_a_hello_are_put_together(void **state)
{
	(void)state;
	play("pieces");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_SNI, 0, 0), "bell.town.example");
	assert_null(parser_tx(&p, 1));
	parser_close(&p);
}

static void
after_a_retry_keys_are_new(void **state)
{
	(void)state;
	play("retry");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_SNI, 0, 0), "bell.town.example");
	parser_close(&p);
}

static void
what_cannot_be_opened_or_read_is_told(void **state)
{
	(void)state;
	play("forged");
	assert_true(parser_tx(&p, 0)->events >> QUIC_EVENT_FAILED_DECRYPT & 1);
	parser_close(&p);
	play("far");
	assert_true(parser_tx(&p, 0)->events >> QUIC_EVENT_CRYPTO_FRAG_TOO_LONG & 1);
	parser_close(&p);
}

static void
google_s_hello_has_tags(void **state)
{
	(void)state;
	play("q046");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_VERSION, 0, 0), "Q046");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_SNI, 0, 0), "bell.example");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_UA, 0, 0), "Bell/1");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_CYU_STRING, 0, 0), "46,PAD-SNI-VER-UAID");
	assert_int_equal(strlen(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_CYU_HASH, 0, 0)), 32);
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 1), BUF_QUIC_VERSION, 1, 0), "Q046");
	parser_close(&p);
	play("q043");
	assert_string_equal(parser_buffer(&p, parser_tx(&p, 0), BUF_QUIC_CYU_STRING, 0, 0), "43,PAD-SNI-VER-UAID");
	parser_close(&p);
}

static void
numbers_have_four_lengths(void **state)
{
	static const uint8_t wire[] = { 0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c, 0x9d, 0x7f, 0x3e, 0x7d, 0x7b,
		0xbd, 0x25 };

	struct bytes b = bytes_of(wire, sizeof(wire)); /* RFC 9000 A.1 */

	(void)state;
	assert_true(quic_varint(&b) == 151288809941952652ULL);
	assert_int_equal(quic_varint(&b), 494878333);
	assert_int_equal(quic_varint(&b), 15293);
	assert_int_equal(quic_varint(&b), 37);
	assert_true(bytes_ok(&b));
	(void)quic_varint(&b);
	assert_false(bytes_ok(&b));
}

static void
only_known_versions_are_quic(void **state)
{
	(void)state;
	assert_int_equal(quic_proto.probe(bytes_of("\xc0\0\0\0\2\0\0\0\0", 9), 0, 1, 443), PROBE_NO);
	assert_int_equal(quic_proto.probe(bytes_of("\x40\0\0\0\1\0\0\0\0", 9), 0, 1, 443), PROBE_NO);
	assert_int_equal(quic_proto.probe(bytes_of("\xe0\0\0\0\1\0\0\1\0", 9), 0, 1, 4), PROBE_YES);
}

static void
beginnings_do_no_harm(void **state)
{
	static const char *const names[] = { "v1", "pieces", "retry", "q046", "q043" };

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char     path[80];
		size_t   len;
		uint8_t *data;

		snprintf(path, sizeof(path), "tests/fuzz/corpus/quic/%s", names[i]);
		data = parser_file(path, &len);
		for (size_t n = 0; n < len; n++) {
			parser_open(&p, &quic_proto, 1u << 18);
			parser_play(&p, bytes_of(data, n), 0);
			parser_close(&p);
		}
		free(data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_those_of_the_standard),
		cmocka_unit_test(hellos_of_both_sides_are_opened),
		cmocka_unit_test(pieces_of_a_hello_are_put_together),
		cmocka_unit_test(after_a_retry_keys_are_new),
		cmocka_unit_test(what_cannot_be_opened_or_read_is_told),
		cmocka_unit_test(google_s_hello_has_tags),
		cmocka_unit_test(numbers_have_four_lengths),
		cmocka_unit_test(only_known_versions_are_quic),
		cmocka_unit_test(beginnings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
