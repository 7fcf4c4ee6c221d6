/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/number_words.h"

#include "rules/number.h"

#include <stddef.h>

/* IANA, Domain Name System (DNS) Parameters */
static const struct number_word dns_rrtypes[] = {
	{ "a", 1 }, { "ns", 2 }, { "md", 3 }, { "mf", 4 }, { "cname", 5 }, { "soa", 6 }, { "mb", 7 },
	{ "mg", 8 }, { "mr", 9 }, { "null", 10 }, { "wks", 11 }, { "ptr", 12 }, { "hinfo", 13 },
	{ "minfo", 14 }, { "mx", 15 }, { "txt", 16 }, { "rp", 17 }, { "afsdb", 18 }, { "x25", 19 },
	{ "isdn", 20 }, { "rt", 21 }, { "nsap", 22 }, { "nsapptr", 23 }, { "sig", 24 }, { "key", 25 },
	{ "px", 26 }, { "gpos", 27 }, { "aaaa", 28 }, { "loc", 29 }, { "nxt", 30 }, { "srv", 33 },
	{ "atma", 34 }, { "naptr", 35 }, { "kx", 36 }, { "cert", 37 }, { "a6", 38 }, { "dname", 39 },
	{ "opt", 41 }, { "apl", 42 }, { "ds", 43 }, { "sshfp", 44 }, { "ipseckey", 45 }, { "rrsig", 46 },
	{ "nsec", 47 }, { "dnskey", 48 }, { "dhcid", 49 }, { "nsec3", 50 }, { "nsec3param", 51 },
	{ "tlsa", 52 }, { "hip", 55 }, { "cds", 59 }, { "cdnskey", 60 }, { "svcb", 64 }, { "https", 65 },
	{ "spf", 99 }, { "tkey", 249 }, { "tsig", 250 }, { "maila", 254 }, { "any", 255 }, { "uri", 256 }, { NULL, 0 },
};

static const struct number_word dns_rcodes[] = {
	{ "noerror", 0 }, { "formerr", 1 }, { "servfail", 2 }, { "nxdomain", 3 }, { "notimp", 4 },
	{ "refused", 5 }, { "yxdomain", 6 }, { "yxrrset", 7 }, { "nxrrset", 8 }, { "notauth", 9 },
	{ "notzone", 10 }, { "badvers", 16 }, { "badsig", 16 }, { "badkey", 17 }, { "badtime", 18 },
	{ "badmode", 19 }, { "badname", 20 }, { "badalg", 21 }, { "badtrunc", 22 }, { NULL, 0 },
};

/* RFC 9113 6 and 7 */
static const struct number_word http2_frametypes[] = {
	{ "data", 0 }, { "headers", 1 }, { "priority", 2 }, { "rststream", 3 }, { "settings", 4 },
	{ "pushpromise", 5 }, { "ping", 6 }, { "goaway", 7 }, { "windowupdate", 8 }, { "continuation", 9 },
	{ NULL, 0 },
};

static const struct number_word http2_errorcodes[] = {
	{ "no_error", 0 }, { "protocol_error", 1 }, { "internal_error", 2 }, { "flow_control_error", 3 },
	{ "settings_timeout", 4 }, { "stream_closed", 5 }, { "frame_size_error", 6 }, { "refused_stream", 7 },
	{ "cancel", 8 }, { "compression_error", 9 }, { "connect_error", 10 }, { "enhance_your_calm", 11 },
	{ "inadequate_security", 12 }, { "http_1_1_required", 13 }, { NULL, 0 },
};

static const struct number_word *const tables[NUM_COUNT] = {
	[NUM_DNS_RRTYPE] = dns_rrtypes,
	[NUM_DNS_RCODE] = dns_rcodes,
	[NUM_HTTP2_FRAMETYPE] = http2_frametypes,
	[NUM_HTTP2_ERRORCODE] = http2_errorcodes,
};

const struct number_word *
number_words(enum number n)
{
	return tables[n];
}
