/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/app/dns.h"
#include "sensor/proto/dns.h"
#include "tests/parser.h"

#include <ldns/ldns.h>

static struct parser p;

/* A name server's answer, made by ldns from records in text. The buffer is to be freed. */
static uint8_t *
make_answer(const char *question, const char *const *records, size_t *len)
{
	ldns_pkt *pkt = ldns_pkt_new();
	ldns_rr  *rr;
	uint8_t  *wire;

	ldns_pkt_set_id(pkt, 0x1234);
	ldns_pkt_set_flags(pkt, LDNS_QR | LDNS_RD | LDNS_RA);
	assert_int_equal(ldns_rr_new_question_frm_str(&rr, question, NULL, NULL), LDNS_STATUS_OK);
	ldns_pkt_push_rr(pkt, LDNS_SECTION_QUESTION, rr);
	for (size_t i = 0; records[i]; i++) {
		assert_int_equal(ldns_rr_new_frm_str(&rr, records[i], 60, NULL, NULL), LDNS_STATUS_OK);
		ldns_pkt_push_rr(pkt, LDNS_SECTION_ANSWER, rr);
	}
	assert_int_equal(ldns_pkt2wire(&wire, pkt, len), LDNS_STATUS_OK);
	ldns_pkt_free(pkt);
	return wire;
}

static void
give_udp(int dir, const void *data, size_t len)
{
	parser_open(&p, &dns_proto, 1u << 20);
	p.flow.ip_proto = 17;
	parser_give(&p, dir, data, len);
}

static void
our_records_are_those_of_ldns(void **state)
{
	static const char *const records[] = { "www.example.com. 60 IN A 192.0.2.1",
		"www.example.com. 60 IN AAAA 2001:db8::1", "www.example.com. 60 IN CNAME cn.example.com.",
		"www.example.com. 60 IN MX 5 mx.example.com.", "www.example.com. 60 IN TXT \"abc\" \"de\"",
		"example.com. 60 IN SOA ns.example.com. admin.example.com. 1 2 3 4 5",
		"_x._tcp.example.com. 60 IN SRV 1 2 3 srv.example.com.", "a.b.c.d.e.f. 60 IN PTR x.y.", NULL };
	size_t                    len;
	uint8_t                  *wire = make_answer("www.example.com. IN A", records, &len);
	const struct dns_message *m;
	ldns_pkt                 *pkt;
	ldns_rr_list             *answers;

	(void)state;
	give_udp(DIR_TOCLIENT, wire, len);
	m = &((struct dns_tx *)parser_tx(&p, 0))->message;
	assert_int_equal(ldns_wire2pkt(&pkt, wire, len), LDNS_STATUS_OK);
	answers = ldns_pkt_answer(pkt);
	assert_int_equal(m->id, ldns_pkt_id(pkt));
	assert_int_equal(m->n_records, 1 + ldns_rr_list_rr_count(answers));
	for (size_t i = 0; i < ldns_rr_list_rr_count(answers); i++) {
		const struct dns_record *r = dns_record_at(m, (uint32_t)i + 1);
		ldns_rr                 *rr = ldns_rr_list_rr(answers, i);
		char                    *owner = ldns_rdf2str(ldns_rr_owner(rr));
		struct bytes             name = dns_text(m, r->name);

		assert_int_equal(r->type, ldns_rr_get_type(rr));
		assert_int_equal(r->ttl, ldns_rr_ttl(rr));
		assert_int_equal(name.left, strlen(owner) - 1); /* we leave the last dot out */
		assert_memory_equal(name.at, owner, name.left);
		free(owner);
	}
	parser_close(&p);
	ldns_pkt_free(pkt);
	free(wire);
}

static void
names_are_buffers_of_their_sections(void **state)
{
	static const char *const records[] = { "Www.example.com. 60 IN CNAME cn.example.com.", NULL };
	size_t                   len;
	uint8_t                 *wire = make_answer("Www.example.com. IN A", records, &len);
	struct tx               *tx;
	uint64_t                 v;

	(void)state;
	give_udp(DIR_TOCLIENT, wire, len);
	tx = parser_tx(&p, 0);
	assert_string_equal(parser_buffer(&p, tx, BUF_DNS_QUERY_NAME, 1, 0), "Www.example.com");
	assert_string_equal(parser_buffer(&p, tx, BUF_DNS_ANSWERS_RRNAME, 1, 0), "Www.example.com");
	assert_string_equal(parser_buffer(&p, tx, BUF_DNS_RESPONSE_RRNAME, 1, 2), "cn.example.com");
	assert_null(parser_buffer(&p, tx, BUF_DNS_RESPONSE_RRNAME, 1, 3));
	assert_null(parser_buffer(&p, tx, BUF_DNS_AUTHORITIES_RRNAME, 1, 0));
	assert_null(parser_buffer(&p, tx, BUF_DNS_QUERY_NAME, 0, 0));
	assert_true(dns_proto.ops.number(tx, NUM_DNS_RRTYPE, 1, 1, &v));
	assert_int_equal(v, DNS_TYPE_CNAME);
	assert_true(dns_proto.ops.number(tx, NUM_DNS_RCODE, 1, 0, &v));
	assert_int_equal(v, 0);
	parser_close(&p);
	free(wire);
}

static void
eve_is_version_three(void **state)
{
	static const char *const records[] = { "e.com. 60 IN A 192.0.2.1", "e.com. 60 IN TXT \"a\" \"b\"", NULL };
	size_t                   len;
	uint8_t                 *wire = make_answer("e.com. IN A", records, &len);

	(void)state;
	give_udp(DIR_TOCLIENT, wire, len);
	assert_string_equal(parser_eve(&p, parser_tx(&p, 0)),
			"{\"dns\":{\"version\":3,\"type\":\"response\",\"tx_id\":0,\"id\":4660,\"flags\":\"8180\","
			"\"qr\":true,\"rd\":true,\"ra\":true,\"opcode\":0,\"rcode\":\"NOERROR\",\"queries\":["
			"{\"rrname\":\"e.com\",\"rrtype\":\"A\"}],\"answers\":[{\"rrname\":\"e.com\","
			"\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"192.0.2.1\"},{\"rrname\":\"e.com\",\"rrtype\":"
			"\"TXT\",\"ttl\":60,\"rdata\":\"a\"},{\"rrname\":\"e.com\",\"rrtype\":\"TXT\",\"ttl\":60,"
			"\"rdata\":\"b\"}],\"grouped\":{\"TXT\":[\"a\",\"b\"],\"A\":[\"192.0.2.1\"]}}}");
	parser_close(&p);
	free(wire);
}

#define QUERY(flags, name) "\x12\x34" flags "\0\1\0\0\0\0\0\0" name "\0\1\0\1"

static void
odd_messages_raise_their_events(void **state)
{
	static const struct {
		const char    *data;
		size_t         len;
		int            dir;
		enum dns_event event;
	} rows[] = {
#define ROW(text, dir, event) { text, sizeof(text) - 1, dir, DNS_EVENT_##event }
		ROW(QUERY("\x81\x80", "\1a\0"), 0, NOT_REQUEST),
		ROW(QUERY("\1\0", "\1a\0"), 1, NOT_RESPONSE),
		ROW(QUERY("\1\x40", "\1a\0"), 0, Z_FLAG_SET),
		ROW(QUERY("\x79\0", "\1a\0"), 0, INVALID_OPCODE),
		ROW("\0\1\x81\x80\0\1\0\0\0\1\0\0\1a\0\0\1\0\1\1b\0", 1, INVALID_AUTHORITIES),
		ROW("\0\1\x81\x80\0\1\0\0\0\0\0\1\1a\0\0\1\0\1\1b\0", 1, INVALID_ADDITIONALS),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		give_udp(rows[i].dir, rows[i].data, rows[i].len);
		assert_non_null(parser_tx(&p, 0));
		if (!(parser_tx(&p, 0)->events >> rows[i].event & 1))
			fail_msg("row %zu", i);
		parser_close(&p);
	}
}

static void
names_that_bite_their_tail_or_never_end_are_told(void **state)
{
	static const char loop[] = QUERY("\1\0", "\xc0\x0c"), forward[] = QUERY("\1\0", "\xff\xff");
	uint8_t           name[DNS_NAME_MAX], many[700], wrong = 0;
	size_t            len;

	(void)state;
	give_udp(0, loop, sizeof(loop) - 1);
	assert_non_null(parser_tx(&p, 0));
	assert_true(parser_tx(&p, 0)->events >> DNS_EVENT_INFINITE_LOOP & 1);
	parser_close(&p);
	give_udp(0, forward, sizeof(forward) - 1);
	assert_null(parser_tx(&p, 0));
	parser_close(&p);

	assert_int_equal(dns_name(name, &len, bytes_of("\xc0\0", 2), 0, &wrong), 2);
	assert_int_equal(wrong, DNS_WRONG_LOOP);
	for (size_t i = 0; i < sizeof(many); i += 2)
		many[i] = 1, many[i + 1] = 'a';
	wrong = 0;
	assert_int_not_equal(dns_name(name, &len, bytes_of(many, sizeof(many)), 0, &wrong), 0);
	assert_memory_equal(name, "a.a.a.", 6);
	assert_int_equal(wrong, DNS_WRONG_LABELS);
}

static void
five_hundred_queries_without_an_answer_are_a_flood(void **state)
{
	static const char q[] = QUERY("\1\0", "\1a\0");
	unsigned          floods = 0;

	(void)state;
	give_udp(0, q, sizeof(q) - 1);
	for (int i = 0; i < 600; i++)
		parser_give(&p, 0, q, sizeof(q) - 1);
	for (unsigned i = 0; parser_tx(&p, i); i++)
		floods += parser_tx(&p, i)->events >> DNS_EVENT_FLOODED & 1;
	assert_int_equal(floods, 1);
	parser_close(&p);
}

static void
content_tells_the_protocol(void **state)
{
	static const char q[] = QUERY("\1\0", "\1a\0"), odd[] = QUERY("\x79\x40", "\1a\0");
	struct bytes      query = bytes_of(q, sizeof(q) - 1);

	(void)state;
	assert_int_equal(dns_proto.probe(query, 0, 1000, 53), PROBE_YES);
	assert_int_equal(dns_proto.probe(query, 0, 1000, 1001), PROBE_YES);
	assert_int_equal(dns_proto.probe(query, 0, 1000, 5353), PROBE_NO);
	assert_int_equal(dns_proto.probe(bytes_of(odd, sizeof(odd) - 1), 0, 1000, 53), PROBE_YES);
	assert_int_equal(dns_proto.probe(bytes_of(odd, sizeof(odd) - 1), 0, 1000, 1001), PROBE_NO);
	assert_int_equal(dns_proto.probe(bytes_str("GET / HTTP/1.1\r\n\r\n"), 0, 1000, 1001), PROBE_NO);
}

static void
pieces_and_cuts_of_recorded_exchanges_do_no_harm(void **state)
{
	static const char *const files[] = { "tcp-query", "tcp-two", "tcp-loop", "tcp-long-name", "tcp-flags",
		"tcp-cut", "tcp-empty", "tcp-update" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "tests/fuzz/corpus/dns/%s", files[i]);
		parser_torture(&p, &dns_proto, path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_records_are_those_of_ldns),
		cmocka_unit_test(names_are_buffers_of_their_sections),
		cmocka_unit_test(eve_is_version_three),
		cmocka_unit_test(odd_messages_raise_their_events),
		cmocka_unit_test(names_that_bite_their_tail_or_never_end_are_told),
		cmocka_unit_test(five_hundred_queries_without_an_answer_are_a_flood),
		cmocka_unit_test(content_tells_the_protocol),
		cmocka_unit_test(pieces_and_cuts_of_recorded_exchanges_do_no_harm),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
