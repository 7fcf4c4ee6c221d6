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

/* CIP volume 2, 2-3.2 and 2-3.5 */
static const struct number_word enip_commands[] = {
	{ "nop", 0 }, { "list_services", 0x04 }, { "list_identity", 0x63 }, { "list_interfaces", 0x64 },
	{ "register_session", 0x65 }, { "unregister_session", 0x66 }, { "send_rr_data", 0x6f },
	{ "send_unit_data", 0x70 }, { "indicate_status", 0x72 }, { "cancel", 0x73 }, { NULL, 0 },
};

static const struct number_word enip_statuses[] = {
	{ "success", 0 }, { "invalid_cmd", 1 }, { "no_resources", 2 }, { "incorrect_data", 3 },
	{ "invalid_session", 0x64 }, { "invalid_length", 0x65 }, { "unsupported_prot_rev", 0x69 },
	{ "encap_header_error", 0x6a }, { NULL, 0 },
};

/* RFC 6455 11.8 */
static const struct number_word websocket_opcodes[] = {
	{ "continuation", 0 }, { "text", 1 }, { "binary", 2 }, { "connection_close", 8 }, { "ping", 9 },
	{ "pong", 10 }, { NULL, 0 },
};

static const struct number_word yes_no[] = { { "yes", 1 }, { "true", 1 }, { "no", 0 }, { "false", 0 }, { NULL, 0 } };

/* MQTT 5.0, 2.1.2 */
static const struct number_word mqtt_types[] = {
	{ "connect", 1 }, { "connack", 2 }, { "publish", 3 }, { "puback", 4 }, { "pubrec", 5 }, { "pubrel", 6 },
	{ "pubcomp", 7 }, { "subscribe", 8 }, { "suback", 9 }, { "unsubscribe", 10 }, { "unsuback", 11 },
	{ "pingreq", 12 }, { "pingresp", 13 }, { "disconnect", 14 }, { "auth", 15 }, { "unassigned", 0 },
	{ NULL, 0 },
};

/* IEEE 1815, 4.2.2.5 */
static const struct number_word dnp3_functions[] = {
	{ "confirm", 0 }, { "read", 1 }, { "write", 2 }, { "select", 3 }, { "operate", 4 }, { "direct_operate", 5 },
	{ "direct_operate_nr", 6 }, { "immed_freeze", 7 }, { "immed_freeze_nr", 8 }, { "freeze_clear", 9 },
	{ "freeze_clear_nr", 10 }, { "freeze_at_time", 11 }, { "freeze_at_time_nr", 12 }, { "cold_restart", 13 },
	{ "warm_restart", 14 }, { "initialize_data", 15 }, { "initialize_appl", 16 }, { "start_appl", 17 },
	{ "stop_appl", 18 }, { "save_config", 19 }, { "enable_unsolicited", 20 }, { "disable_unsolicited", 21 },
	{ "assign_class", 22 }, { "delay_measure", 23 }, { "record_current_time", 24 }, { "open_file", 25 },
	{ "close_file", 26 }, { "delete_file", 27 }, { "get_file_info", 28 }, { "authenticate_file", 29 },
	{ "abort_file", 30 }, { "activate_config", 31 }, { "authenticate_req", 32 }, { "authenticate_err", 33 },
	{ "response", 129 }, { "unsolicited_response", 130 }, { "authenticate_resp", 131 }, { NULL, 0 },
};

/* RFC 1157, 4.1.6 */
static const struct number_word snmp_trap_types[] = {
	{ "coldstart", 0 }, { "warmstart", 1 }, { "linkdown", 2 }, { "linkup", 3 },
	{ "authenticationfailure", 4 }, { "egpneighborloss", 5 }, { "enterprisespecific", 6 }, { NULL, 0 },
};

/* RFC 5905, figure 10 */
static const struct number_word ntp_modes[] = {
	{ "reserved", 0 }, { "symmetric_active", 1 }, { "symmetric_passive", 2 }, { "client", 3 },
	{ "server", 4 }, { "broadcast", 5 }, { "control", 6 }, { "private", 7 }, { NULL, 0 },
};
/* RFC 6143, 7.1.3 */
static const struct number_word rfb_results[] = {
	{ "ok", 0 }, { "fail", 1 }, { "toomany", 2 }, { "too_many", 2 }, { "unknown", 3 }, { NULL, 0 },
};
static const struct number_word *const tables[NUM_COUNT] = {
	[NUM_DNS_RRTYPE] = dns_rrtypes,
	[NUM_DNS_RCODE] = dns_rcodes,
	[NUM_SNMP_TRAP_TYPE] = snmp_trap_types,
	[NUM_NTP_MODE] = ntp_modes,
	[NUM_RFB_SECRESULT] = rfb_results,
	[NUM_HTTP2_FRAMETYPE] = http2_frametypes,
	[NUM_WEBSOCKET_OPCODE] = websocket_opcodes,
	[NUM_ENIP_COMMAND] = enip_commands,
	[NUM_ENIP_STATUS] = enip_statuses,
	[NUM_MQTT_TYPE] = mqtt_types,
	[NUM_MQTT_CONNACK_SESSION] = yes_no,
	[NUM_DNP3_FUNC] = dnp3_functions,
	[NUM_HTTP2_ERRORCODE] = http2_errorcodes,
};

const struct number_word *
number_words(enum number n)
{
	return tables[n];
}
