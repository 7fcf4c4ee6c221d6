/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/events.h"
#include "sensor/decode.h"
#include "sensor/defrag.h"

#define HEX_MAX 512

/* A frame in hex; spaces are for the eye. */
struct hex {
	uint8_t data[HEX_MAX];
	size_t  len;
};

static struct hex
hex(const char *text)
{
	struct hex h = { .len = 0 };
	char       pair[3] = { 0 };

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		pair[0] = *text++;
		pair[1] = *text;
		h.data[h.len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return h;
}

#define ETHERNET(type) "020000000002 020000000001 " type " "
#define IP4(total, proto) "4500" total "00010000 40" proto "0000 0a000001 0a000002 "
#define UDP4 IP4("0020", "11") "03e8 0035 000c 0000 64617461"
#define TCP_HEADER "03e8 0050 00000001 00000002 5018 ffff 0000 0000 "

static struct decode d;

static unsigned
decode(const char *text, uint16_t linktype)
{
	static struct hex h;
	struct wire_frame f;

	h = hex(text);
	f = (struct wire_frame){ .bytes = bytes_of(h.data, h.len), .ts_ns = 1, .number = 1,
		.wire_len = (uint32_t)h.len, .linktype = linktype };
	return decode_frame(&d, &f);
}

static int
set_up(void **state)
{
	(void)state;
	decode_init(&d, &decode_defaults, NULL);
	return 0;
}

static void
assert_udp(const struct packet *p, unsigned depth)
{
	assert_int_equal(p->ip_version, 4);
	assert_int_equal(p->ip_proto, 17);
	assert_int_equal(p->sport, 1000);
	assert_int_equal(p->dport, 53);
	assert_int_equal(p->depth, depth);
	assert_int_equal(p->payload.left, 4);
	assert_memory_equal(p->payload.at, "data", 4);
}

static void
udp_over_all_link_layers(void **state)
{
	static const struct {
		uint16_t    linktype;
		const char *frame;
		unsigned    n_vlan;
	} rows[] = {
		{ 1, ETHERNET("0800") UDP4, 0 },
		{ 1, ETHERNET("8100") "0007 0800 " UDP4, 1 },
		{ 1, ETHERNET("88a8") "0007 8100 0008 0800 " UDP4, 2 },
		{ 1, ETHERNET("8847") "00010140 " UDP4, 0 },
		{ 1, ETHERNET("8847") "00010040 00020140 " UDP4, 0 },
		{ 1, ETHERNET("8864") "1100 0001 0022 0021 " UDP4, 0 },
		{ 1, ETHERNET("88e7") "00000001 020000000002 020000000001 0800 " UDP4, 0 },
		{ 0, "02000000 " UDP4, 0 },
		{ 0, "00000002 " UDP4, 0 },
		{ 9, "ff03 0021 " UDP4, 0 },
		{ 101, UDP4, 0 },
		{ 104, "0f00 0800 " UDP4, 0 },
		{ 113, "0000 0001 0006 0200000000010000 0800 " UDP4, 0 },
		{ 276, "0800 0000 00000001 0001 00 06 0200000000010000 " UDP4, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(decode(rows[i].frame, rows[i].linktype), 1);
		assert_udp(&d.out[0], 0);
		assert_int_equal(d.out[0].n_vlan, rows[i].n_vlan);
		assert_true(decode_knows(rows[i].linktype));
	}
	assert_int_equal(d.invalid_total, 0);
}

static void
tunnels_give_the_outer_and_the_inner_packet(void **state)
{
	static const char *const frames[] = {
		ETHERNET("0800") IP4("0034", "04") UDP4,
		ETHERNET("0800") IP4("0038", "2f") "0000 0800 " UDP4,
		ETHERNET("0800") IP4("0052", "2f") "1000 88be 00000001 1000 0000 00000000 " ETHERNET("0800") UDP4,
		ETHERNET("0800") IP4("0052", "11") "03e8 12b5 003e 0000 08000000 00000100 "
			ETHERNET("0800") UDP4,
		ETHERNET("0800") IP4("0052", "11") "03e8 17c1 003e 0000 0000 6558 00000100 "
			ETHERNET("0800") UDP4,
		ETHERNET("86dd") "60000000 0020 04 40 20010db8000000000000000000000001 "
			"20010db8000000000000000000000002 " UDP4,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		assert_int_equal(decode(frames[i], 1), 2);
		assert_udp(&d.out[1], 1);
		assert_int_equal(d.out[0].depth, 0);
	}
}

static void
too_many_tunnels_end_it(void **state)
{
	char frame[HEX_MAX * 2] = "";

	(void)state;
	for (unsigned i = 12; i > 0; i--) {
		char header[64];

		snprintf(header, sizeof(header), "4500%04x00010000400400000a0000010a000002", 20 * i + 20);
		strcat(frame, header);
	}
	strcat(frame, "4500001400010000400000000a0000010a000002");
	assert_true(decode(frame, 101) <= DECODE_PACKETS_MAX);
}

static void
tcp_options_are_read(void **state)
{
	const struct packet *p = &d.out[0];

	(void)state;
	decode(ETHERNET("0800") IP4("003c", "06") "03e8 0050 00000001 00000000 a002 ffff 0000 0000 "
					"020405b4 0402 080a 00000005 00000000 01 030307", 1);
	assert_int_equal(p->tcp_flags, TCP_SYN);
	assert_int_equal(p->tcp_mss, 1460);
	assert_int_equal(p->tcp_wscale, 7);
	assert_true(p->tcp_has_sack && p->tcp_has_ts);
	assert_int_equal(p->tcp_tsval, 5);
	assert_int_equal(p->payload.left, 0);
	assert_int_equal(p->l4_hdr.left, 40);
}

static void
what_is_malformed_is_named(void **state)
{
	static const struct {
		const char       *frame;
		enum packet_event event;
	} rows[] = {
		{ "0200", DECODE_ETHERNET_PKT_TOO_SMALL },
		{ ETHERNET("1234") "00", DECODE_ETHERNET_UNKNOWN_ETHERTYPE },
		{ ETHERNET("8100") "00", DECODE_VLAN_HEADER_TOO_SMALL },
		{ ETHERNET("0800") "4500", DECODE_IPV4_PKT_TOO_SMALL },
		{ ETHERNET("0800") "5500001400010000400600000a0000010a000002", DECODE_IPV4_WRONG_IP_VERSION },
		{ ETHERNET("0800") "4100001400010000400600000a0000010a000002", DECODE_IPV4_HLEN_TOO_SMALL },
		{ ETHERNET("0800") "4500001000010000400600000a0000010a000002",
			DECODE_IPV4_IPLEN_SMALLER_THAN_HLEN },
		{ ETHERNET("0800") "4500002800010000400600000a0000010a000002", DECODE_IPV4_TRUNC_PKT },
		{ ETHERNET("0800") IP4("0018", "06") "03e80050", DECODE_TCP_PKT_TOO_SMALL },
		{ ETHERNET("0800") IP4("0028", "06") "03e8 0050 00000001 00000002 4018 ffff 0000 0000",
			DECODE_TCP_HLEN_TOO_SMALL },
		{ ETHERNET("0800") IP4("0018", "11") "03e80050", DECODE_UDP_PKT_TOO_SMALL },
		{ ETHERNET("0800") IP4("001c", "11") "03e8 0050 0010 0000", DECODE_UDP_HLEN_TOO_SMALL },
		{ ETHERNET("0800") IP4("0018", "01") "08000000", DECODE_ICMPV4_PKT_TOO_SMALL },
		{ ETHERNET("0800") IP4("001c", "01") "6300000000000000", DECODE_ICMPV4_UNKNOWN_TYPE },
		{ ETHERNET("0800") IP4("0018", "2f") "00030800", DECODE_GRE_WRONG_VERSION },
		{ ETHERNET("86dd") "60", DECODE_IPV6_PKT_TOO_SMALL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		decode(rows[i].frame, 1);
		if (!packet_has_event(&d.out[0], rows[i].event))
			fail_msg("row %zu: no %s", i, events_packet_name(rows[i].event));
	}
}

/* What the kernel shows of a packet that leaves for a network card: the pseudo header's sum, here 1420. */
static void
checksum_left_for_the_card_is_no_fault_where_that_may_be(void **state)
{
	(void)state;
	d.settings.checksums = true;
	decode(ETHERNET("0800") IP4("0020", "11") "03e8 0035 000c 1420 64617461", 1);
	assert_true(d.out[0].bad_checksum);
	d.settings.unfinished_ok = true;
	decode(ETHERNET("0800") IP4("0020", "11") "03e8 0035 000c 1421 64617461", 1);
	assert_true(d.out[0].bad_checksum);
	decode(ETHERNET("0800") IP4("0020", "11") "03e8 0035 000c 1420 64617461", 1);
	assert_false(d.out[0].bad_checksum);
}

static void
checksums_are_checked_when_asked(void **state)
{
	static const char frame[] = ETHERNET("0800") IP4("002c", "06") TCP_HEADER "64617461";

	(void)state;
	decode(frame, 1);
	assert_false(d.out[0].bad_checksum);
	d.settings.checksums = true;
	decode(frame, 1);
	assert_true(d.out[0].bad_checksum);
	decode(ETHERNET("0800") IP4("002c", "06") "03e8 0050 00000001 00000002 5018 ffff bec8 0000 64617461", 1);
	assert_false(d.out[0].bad_checksum);
}

/* Every prefix of every frame in a block of exactly its size: the sanitizers watch. */
static void
frames_cut_anywhere_do_no_harm(void **state)
{
	static const char *const frames[] = {
		ETHERNET("88a8") "0007 8100 0008 0800 " UDP4,
		ETHERNET("0800") IP4("0052", "11") "03e8 12b5 003e 0000 08000000 00000100 "
			ETHERNET("0800") UDP4,
		ETHERNET("86dd") "60000000 0018 00 40 20010db8000000000000000000000001 "
			"20010db8000000000000000000000002 3c00 0104 00000000 1100 0502 00000100 "
			"03e8 0035 0008 0000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct hex h = hex(frames[i]);

		for (size_t len = 0; len <= h.len; len++) {
			uint8_t          *exact = malloc(len ? len : 1);
			struct wire_frame f = { .bytes = bytes_of(exact, len), .linktype = 1,
				.wire_len = (uint32_t)h.len };

			assert_non_null(exact);
			memcpy(exact, h.data, len);
			assert_true(decode_frame(&d, &f) >= 1);
			free(exact);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(udp_over_all_link_layers, set_up),
		cmocka_unit_test_setup(tunnels_give_the_outer_and_the_inner_packet, set_up),
		cmocka_unit_test_setup(too_many_tunnels_end_it, set_up),
		cmocka_unit_test_setup(tcp_options_are_read, set_up),
		cmocka_unit_test_setup(what_is_malformed_is_named, set_up),
		cmocka_unit_test_setup(checksums_are_checked_when_asked, set_up),
		cmocka_unit_test_setup(checksum_left_for_the_card_is_no_fault_where_that_may_be, set_up),
		cmocka_unit_test_setup(frames_cut_anywhere_do_no_harm, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
