/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/addr.h"
#include "lib/json.h"
#include "sensor/proto/dns.h"

#include <stdio.h>

#define FINGERPRINT_MAX 64
#define EVE_RECORDS_MAX 256 /* records of one message that are written out */

struct code {
	uint16_t    code;
	const char *name;
};

static const struct code types[] = {
	{ 1, "A" }, { 2, "NS" }, { 3, "MD" }, { 4, "MF" }, { 5, "CNAME" }, { 6, "SOA" },
	{ 7, "MB" }, { 8, "MG" }, { 9, "MR" }, { 10, "NULL" }, { 11, "WKS" }, { 12, "PTR" },
	{ 13, "HINFO" }, { 14, "MINFO" }, { 15, "MX" }, { 16, "TXT" }, { 17, "RP" },
	{ 18, "AFSDB" }, { 19, "X25" }, { 20, "ISDN" }, { 21, "RT" }, { 22, "NSAP" },
	{ 23, "NSAPPTR" }, { 24, "SIG" }, { 25, "KEY" }, { 26, "PX" }, { 27, "GPOS" },
	{ 28, "AAAA" }, { 29, "LOC" }, { 30, "NXT" }, { 33, "SRV" }, { 34, "ATMA" },
	{ 35, "NAPTR" }, { 36, "KX" }, { 37, "CERT" }, { 38, "A6" }, { 39, "DNAME" },
	{ 41, "OPT" }, { 42, "APL" }, { 43, "DS" }, { 44, "SSHFP" }, { 45, "IPSECKEY" },
	{ 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 49, "DHCID" }, { 50, "NSEC3" },
	{ 51, "NSEC3PARAM" }, { 52, "TLSA" }, { 55, "HIP" }, { 59, "CDS" }, { 60, "CDNSKEY" },
	{ 64, "SVCB" }, { 65, "HTTPS" }, { 99, "SPF" }, { 249, "TKEY" }, { 250, "TSIG" },
	{ 252, "AXFR" }, { 253, "MAILB" }, { 254, "MAILA" }, { 255, "ANY" }, { 256, "URI" },
};

static const struct code rcodes[] = {
	{ 0, "NOERROR" }, { 1, "FORMERR" }, { 2, "SERVFAIL" }, { 3, "NXDOMAIN" }, { 4, "NOTIMP" },
	{ 5, "REFUSED" }, { 6, "YXDOMAIN" }, { 7, "YXRRSET" }, { 8, "NXRRSET" }, { 9, "NOTAUTH" },
	{ 10, "NOTZONE" },
};

/* The name of a code, or its number written to `buf`. */
static const char *
code_name(const struct code *rows, size_t n, uint16_t code, char buf[static 8])
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].code == code)
			return rows[i].name;
	snprintf(buf, 8, "%u", code);
	return buf;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
eve_soa(const struct dns_message *m, const struct dns_record *r, struct json *j, const char *key)
{
	struct bytes b = dns_data(m, r);

	bytes_skip(&b, r->fixed);
	json_obj(j, key);
	json_bytes(j, "mname", dns_text(m, r->target));
	json_bytes(j, "rname", dns_text(m, r->mailbox));
	json_u64(j, "serial", bytes_be32(&b));
	json_u64(j, "refresh", bytes_be32(&b));
	json_u64(j, "retry", bytes_be32(&b));
	json_u64(j, "expire", bytes_be32(&b));
	json_u64(j, "minimum", bytes_be32(&b));
	json_obj_end(j);
}

static void
eve_srv(const struct dns_message *m, const struct dns_record *r, struct json *j, const char *key)
{
	struct bytes b = dns_data(m, r);

	json_obj(j, key);
	json_u64(j, "priority", bytes_be16(&b));
	json_u64(j, "weight", bytes_be16(&b));
	json_u64(j, "port", bytes_be16(&b));
	json_bytes(j, "name", dns_text(m, r->target));
	json_obj_end(j);
}

static void
eve_sshfp(const struct dns_message *m, const struct dns_record *r, struct json *j, const char *key)
{
	struct bytes b = dns_data(m, r);
	uint8_t      algo = bytes_u8(&b), type = bytes_u8(&b);

	b.left = b.left < FINGERPRINT_MAX ? b.left : FINGERPRINT_MAX;
	json_obj(j, key);
	json_hex(j, "fingerprint", b, ':');
	json_u64(j, "algo", algo);
	json_u64(j, "type", type);
	json_obj_end(j);
}

static void
eve_address(const struct dns_message *m, const struct dns_record *r, struct json *j,
		const char *key)
{
	struct bytes b = dns_data(m, r);
	char         text[ADDR_TEXT_MAX] = "";
	struct addr  a;

	if (r->type == DNS_TYPE_A && b.left == 4)
		a = addr_v4(b.at);
	else if (r->type == DNS_TYPE_AAAA && b.left == 16)
		a = addr_v6(b.at);
	else {
		json_bytes(j, key, bytes_of(NULL, 0));
		return;
	}
	json_str(j, key, addr_format_full(&a, text));
}

/* The data of a record as a member `rdata`, `srv`, …, or as an element when `grouped`. */
static void
eve_data(const struct dns_message *m, const struct dns_record *r, struct json *j, bool grouped)
{
	const char *rdata = grouped ? NULL : "rdata";

	switch (r->type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		eve_address(m, r, j, rdata);
		return;
	case DNS_TYPE_CNAME:
	case DNS_TYPE_NS:
	case DNS_TYPE_MX:
	case DNS_TYPE_PTR:
		json_bytes(j, rdata, dns_text(m, r->target));
		return;
	case DNS_TYPE_NULL:
		json_bytes(j, rdata, dns_data(m, r));
		return;
	case DNS_TYPE_SOA:
		eve_soa(m, r, j, grouped ? NULL : "soa");
		return;
	case DNS_TYPE_SRV:
		eve_srv(m, r, j, grouped ? NULL : "srv");
		return;
	case DNS_TYPE_SSHFP:
		eve_sshfp(m, r, j, grouped ? NULL : "sshfp");
		return;
	default:
		return;
	}
}

static void
eve_head(const struct dns_message *m, const struct dns_record *r, struct json *j)
{
	char buf[8];

	json_obj(j, NULL);
	json_bytes(j, "rrname", dns_text(m, r->name));
	json_str(j, "rrtype", code_name(types, COUNT(types), r->type, buf));
	if (r->section != DNS_QUERIES)
		json_u64(j, "ttl", r->ttl);
}

/* A record as an object; the strings of a TXT record are objects of their own. */
static void
eve_record(const struct dns_message *m, const struct dns_record *r, struct json *j)
{
	struct bytes b;

	if (r->type != DNS_TYPE_TXT || r->section == DNS_QUERIES) {
		eve_head(m, r, j);
		if (r->section != DNS_QUERIES)
			eve_data(m, r, j, false);
		json_obj_end(j);
		return;
	}
	b = dns_data(m, r);
	while (b.left) {
		struct bytes text = bytes_cut(&b, bytes_u8(&b));

		if (!bytes_ok(&b))
			return;
		eve_head(m, r, j);
		json_bytes(j, "rdata", text);
		json_obj_end(j);
	}
}

static void
eve_section(const struct dns_message *m, uint8_t section, const char *key, struct json *j)
{
	bool open = false;

	for (uint32_t i = 0; i < m->n_records && i < EVE_RECORDS_MAX; i++) {
		const struct dns_record *r = dns_record_at(m, i);

		if (r->section != section || r->type == DNS_TYPE_OPT)
			continue;
		if (!open)
			json_arr(j, key);
		open = true;
		eve_record(m, r, j);
	}
	if (open)
		json_arr_end(j);
}

static void
eve_grouped_txt(const struct dns_message *m, const struct dns_record *r, struct json *j)
{
	struct bytes b = dns_data(m, r);

	while (b.left) {
		struct bytes text = bytes_cut(&b, bytes_u8(&b));

		if (bytes_ok(&b))
			json_bytes(j, NULL, text);
	}
}

/* The answers' data once more, by type: {"A":["…"],"CNAME":["…"]}. */
static void
eve_grouped(const struct dns_message *m, struct json *j)
{
	static const uint16_t wanted[] = { DNS_TYPE_NULL, DNS_TYPE_TXT, DNS_TYPE_PTR, DNS_TYPE_A,
		DNS_TYPE_MX, DNS_TYPE_SSHFP, DNS_TYPE_CNAME, DNS_TYPE_AAAA, DNS_TYPE_SRV,
		DNS_TYPE_NS, DNS_TYPE_SOA };
	bool any = false;

	for (size_t w = 0; w < COUNT(wanted); w++) {
		bool open = false;
		char buf[8];

		for (uint32_t i = 0; i < m->n_records && i < EVE_RECORDS_MAX; i++) {
			const struct dns_record *r = dns_record_at(m, i);

			if (r->section != DNS_ANSWERS || r->type != wanted[w])
				continue;
			if (!any)
				json_obj(j, "grouped");
			if (!open)
				json_arr(j, code_name(types, COUNT(types), r->type, buf));
			any = open = true;
			if (r->type == DNS_TYPE_TXT)
				eve_grouped_txt(m, r, j);
			else
				eve_data(m, r, j, true);
		}
		if (open)
			json_arr_end(j);
	}
	if (any)
		json_obj_end(j);
}

static void
eve_flags(const struct dns_message *m, struct json *j)
{
	static const struct {
		uint16_t    bit;
		const char *name;
	} bits[] = {
		{ 0x8000, "qr" }, { 0x0400, "aa" }, { 0x0200, "tc" },
		{ 0x0100, "rd" }, { 0x0080, "ra" }, { 0x0040, "z" },
	};
	char text[8];

	snprintf(text, sizeof(text), "%x", m->flags);
	json_str(j, "flags", text);
	for (size_t i = 0; i < COUNT(bits); i++)
		if (m->flags & bits[i].bit)
			json_bool(j, bits[i].name, true);
}

void
dns_eve(struct tx *tx, struct json *j)
{
	const struct dns_message *m = &((struct dns_tx *)tx)->message;
	char                      buf[8];

	json_obj(j, "dns");
	json_u64(j, "version", 3);
	json_str(j, "type", dns_is_response(m) ? "response" : "request");
	json_u64(j, "tx_id", tx->id);
	json_u64(j, "id", m->id);
	eve_flags(m, j);
	json_u64(j, "opcode", dns_opcode(m));
	json_str(j, "rcode", code_name(rcodes, COUNT(rcodes), m->flags & 15, buf));
	eve_section(m, DNS_QUERIES, "queries", j);
	eve_section(m, DNS_ANSWERS, "answers", j);
	eve_grouped(m, j);
	eve_section(m, DNS_AUTHORITIES, "authorities", j);
	eve_section(m, DNS_ADDITIONALS, "additionals", j);
	json_obj_end(j);
}
