/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/snmp.h"

#include "lib/json.h"
#include "rules/app/plain.h"
#include "rules/app/snmp.h"
#include "sensor/proto.h"
#include "sensor/proto/ber.h"
#include "sensor/proto/fields.h"
#include "sensor/tx.h"

#include <errno.h>
#include <stdio.h>

#define USM 3 /* security model, RFC 3414 */
#define IP_ADDRESS 0x40
#define PDU_TRAP_V1 4
#define PDU_TYPES 9
#define FLAG_ENCRYPTED 2
#define OID_TEXT 256

enum { VARIABLE = FIELDS_OWN, ENTERPRISE, AGENT };

struct snmp_tx {
	struct tx     tx;
	uint8_t       version; /* as people count: 1, 2, 3 */
	bool          encrypted, has_pdu, has_trap;
	uint8_t       pdu_type;
	uint64_t      trap_type, error;
	struct fields fields;
};

struct snmp {
	uint8_t version; /* of the first message, 0: none yet */
};

/* Generic and specific numbers follow the enterprise (RFC 1157, 4.1.6). */
static bool
read_trap(struct snmp_tx *tx, struct pool *pool, struct bytes *pdu)
{
	struct bytes enterprise = ber_need(pdu, BER_OID), agent = ber_need(pdu, IP_ADDRESS);

	tx->trap_type = (uint64_t)ber_int(pdu);
	(void)ber_int(pdu); /* specific */
	tx->has_trap = bytes_ok(pdu);
	if (tx->has_trap) {
		fields_add(&tx->fields, pool, ENTERPRISE, enterprise);
		fields_add(&tx->fields, pool, AGENT, agent);
	}
	return tx->has_trap;
}

/* What follows is the trap's time, and in all others that list too. */
static bool
read_variables(struct snmp_tx *tx, struct pool *pool, struct bytes pdu)
{
	struct bytes list = ber_need(&pdu, BER_SEQUENCE);

	while (bytes_ok(&list) && list.left > 0) {
		struct bytes variable = ber_need(&list, BER_SEQUENCE);
		struct bytes oid = ber_need(&variable, BER_OID);

		if (!bytes_ok(&list) || !bytes_ok(&variable))
			return false;
		fields_add(&tx->fields, pool, VARIABLE, oid);
	}
	return bytes_ok(&pdu) && bytes_ok(&list);
}

static bool
read_pdu(struct snmp_tx *tx, struct pool *pool, struct bytes in)
{
	uint8_t      tag, ignored;
	struct bytes pdu = ber_next(&in, &tag);

	if (!bytes_ok(&in) || tag < BER_CONTEXT(0) || tag >= BER_CONTEXT(PDU_TYPES))
		return false;
	tx->pdu_type = tag & 0x1f;
	tx->has_pdu = true;
	if (tx->pdu_type == PDU_TRAP_V1) {
		if (!read_trap(tx, pool, &pdu))
			return false;
		(void)ber_next(&pdu, &ignored); /* time */
	} else {
		(void)ber_int(&pdu); /* request */
		tx->error = (uint64_t)ber_int(&pdu);
		(void)ber_int(&pdu); /* index of the error */
	}
	return read_variables(tx, pool, pdu);
}

/* RFC 3414, 2.4: a sequence inside of a string. */
static void
read_user(struct snmp_tx *tx, struct pool *pool, struct bytes in)
{
	struct bytes body = ber_need(&in, BER_SEQUENCE), user;

	(void)ber_need(&body, BER_OCTETS); /* engine */
	(void)ber_int(&body);              /* boots */
	(void)ber_int(&body);              /* time */
	user = ber_need(&body, BER_OCTETS);
	if (bytes_ok(&body))
		fields_add(&tx->fields, pool, BUF_SNMP_USM, user);
	else
		tx_event(&tx->tx, SNMP_EVENT_MALFORMED_DATA);
}

/* RFC 3412, 6 */
static bool
read_v3(struct snmp_tx *tx, struct pool *pool, struct bytes in)
{
	struct bytes global = ber_need(&in, BER_SEQUENCE), flags, security, body;
	int64_t      model;

	(void)ber_int(&global); /* id */
	(void)ber_int(&global); /* largest size */
	flags = ber_need(&global, BER_OCTETS);
	model = ber_int(&global);
	security = ber_need(&in, BER_OCTETS);
	if (!bytes_ok(&global) || !bytes_ok(&in) || flags.left != 1)
		return false;
	if (model == USM)
		read_user(tx, pool, security);
	else
		tx_event(&tx->tx, SNMP_EVENT_UNKNOWN_SECURITY_MODEL);
	tx->encrypted = ber_may(&in, BER_OCTETS, &body);
	if (tx->encrypted)
		return true;
	body = ber_need(&in, BER_SEQUENCE);
	(void)ber_need(&body, BER_OCTETS); /* engine */
	(void)ber_need(&body, BER_OCTETS); /* name */
	return bytes_ok(&body) && read_pdu(tx, pool, body);
}

/* The version as people count it, and what follows; 0: this is no SNMP. */
static uint8_t
read_head(struct bytes data, struct bytes *body)
{
	int64_t version;

	*body = ber_need(&data, BER_SEQUENCE);
	version = ber_int(body);
	if (!bytes_ok(&data) || !bytes_ok(body) || version < 0 || version > 3 || version == 2)
		return 0;
	return version == 3 ? 3 : (uint8_t)(version + 1);
}

static bool
read_message(struct snmp_tx *tx, struct pool *pool, struct bytes data)
{
	struct bytes body, community;

	tx->version = read_head(data, &body);
	if (tx->version == 0)
		return false;
	if (tx->version == 3)
		return read_v3(tx, pool, body);
	community = ber_need(&body, BER_OCTETS);
	if (!bytes_ok(&body))
		return false;
	fields_add(&tx->fields, pool, BUF_SNMP_COMMUNITY, community);
	return read_pdu(tx, pool, body);
}

static int
snmp_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct snmp    *snmp = state;
	struct snmp_tx *tx = tx_message(env, sizeof(*tx), PLAIN_COMPLETE, dir);

	(void)flags, (void)gap;
	if (!tx)
		return (int)data.left;
	if (!read_message(tx, env->pool, data))
		tx_event(&tx->tx, SNMP_EVENT_MALFORMED_DATA);
	if (snmp->version == 0)
		snmp->version = tx->version;
	else if (tx->version != 0 && tx->version != snmp->version)
		tx_event(&tx->tx, SNMP_EVENT_VERSION_MISMATCH);
	return (int)data.left;
}

static enum proto_probe
snmp_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct bytes body, next;
	uint8_t      version = read_head(data, &body);

	(void)dir, (void)sport, (void)dport;
	if (version == 3)
		return ber_may(&body, BER_SEQUENCE, &next) ? PROBE_YES : PROBE_NO;
	return version > 0 && ber_may(&body, BER_OCTETS, &next) && body.left > 0 &&
					body.at[0] >= BER_CONTEXT(0) && body.at[0] < BER_CONTEXT(PDU_TYPES)
			? PROBE_YES
			: PROBE_NO;
}

static void
snmp_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct snmp_tx *own = (struct snmp_tx *)tx;

	(void)state;
	fields_release(&own->fields, env->pool);
	tx_end(env, tx, sizeof(*own));
}

static void
snmp_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on transactions */
}

static bool
snmp_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)dir;
	return fields_view(&((struct snmp_tx *)tx)->fields, b, index, out);
}

static bool
snmp_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct snmp_tx *own = (struct snmp_tx *)tx;

	(void)dir;
	if (index > 0)
		return false;
	switch (n) {
	case NUM_SNMP_VERSION:
		*out = own->version;
		return own->version > 0;
	case NUM_SNMP_PDU_TYPE:
		*out = own->pdu_type;
		return own->has_pdu;
	case NUM_SNMP_TRAP_TYPE:
		*out = own->trap_type;
		return own->has_trap;
	default:
		return false;
	}
}

/* ---- events ---- */

static const char *const pdu_types[PDU_TYPES] = { "get_request", "get_next_request", "response", "set_request",
	"trap_v1", "get_bulk_request", "inform_request", "trap_v2", "report" };

static const char *const trap_types[] = { "coldstart", "warmstart", "linkdown", "linkup",
	"authenticationfailure", "egpneighborloss", "enterprisespecific" };

/* Dotted: the first two numbers share one (X.690, 8.19). */
static void
oid_text(char out[static OID_TEXT], struct bytes oid)
{
	size_t   len = 0;
	uint64_t n = 0;
	bool     first = true;

	out[0] = '\0';
	while (oid.left > 0 && len < OID_TEXT - 24) {
		uint8_t c = bytes_u8(&oid);

		n = n << 7 | (c & 0x7f);
		if (c & 0x80)
			continue;
		if (first) {
			unsigned root = n < 80 ? (unsigned)n / 40 : 2;

			len += (size_t)snprintf(out, OID_TEXT, "%u", root);
			n -= 40u * root;
			first = false;
		}
		len += (size_t)snprintf(out + len, OID_TEXT - len, ".%llu", (unsigned long long)n);
		n = 0;
	}
}

static void
eve_trap(const struct snmp_tx *tx, struct json *j)
{
	char         text[OID_TEXT];
	struct bytes b;

	if (!tx->has_trap)
		return;
	if (tx->trap_type < sizeof(trap_types) / sizeof(trap_types[0]))
		json_str(j, "trap_type", trap_types[tx->trap_type]);
	if (fields_get(&tx->fields, ENTERPRISE, 0, &b)) {
		oid_text(text, b);
		json_str(j, "trap_oid", text);
	}
	if (fields_get(&tx->fields, AGENT, 0, &b) && b.left == 4) {
		snprintf(text, sizeof(text), "%u.%u.%u.%u", b.at[0], b.at[1], b.at[2], b.at[3]);
		json_str(j, "trap_address", text);
	}
}

static void
eve_variables(const struct fields *f, struct json *j)
{
	char         text[OID_TEXT];
	struct bytes oid;

	if (!fields_get(f, VARIABLE, 0, &oid))
		return;
	json_arr(j, "vars");
	for (unsigned i = 0; fields_get(f, VARIABLE, i, &oid); i++) {
		oid_text(text, oid);
		json_str(j, NULL, text);
	}
	json_arr_end(j);
}

static void
snmp_eve(struct tx *tx, struct json *j)
{
	const struct snmp_tx *own = (struct snmp_tx *)tx;

	json_obj(j, "snmp");
	json_u64(j, "version", own->version);
	if (own->encrypted)
		json_str(j, "pdu_type", "encrypted");
	if (own->has_pdu) {
		json_str(j, "pdu_type", pdu_types[own->pdu_type]);
		if (own->error)
			json_u64(j, "error", own->error);
		eve_trap(own, j);
		eve_variables(&own->fields, j);
	}
	fields_eve(&own->fields, BUF_SNMP_COMMUNITY, j, "community");
	fields_eve(&own->fields, BUF_SNMP_USM, j, "usm");
	json_obj_end(j);
}

const struct proto snmp_proto = {
	.id = APPPROTO_SNMP,
	.over = PROTO_UDP,
	.ports = { 161, 162 },
	.state_size = sizeof(struct snmp),
	.probe = snmp_probe,
	.parse = snmp_parse,
	.tx_free = snmp_tx_free,
	.state_free = snmp_state_free,
	.ops = { .buffer = snmp_buffer, .number = snmp_number },
	.eve = snmp_eve,
};
