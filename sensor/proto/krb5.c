/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/krb5.h"

#include "lib/json.h"
#include "rules/app/krb5.h"
#include "rules/app/plain.h"
#include "rules/number.h"
#include "sensor/proto.h"
#include "sensor/proto/ber.h"
#include "sensor/proto/fields.h"
#include "sensor/tx.h"

#include <errno.h>
#include <stdio.h>

#define RECORD_MAX (128u << 10) /* over TCP */
#define RECORD_MIN 10u
#define VERSION 5
#define NO_TYPE INT64_MIN

enum { REALM = FIELDS_OWN };

enum message {
	AS_REQ = 10,
	AS_REP = 11,
	TGS_REQ = 12,
	TGS_REP = 13,
	AP_REQ = 14,
	AP_REP = 15,
	KRB_ERROR = 30,
};

struct krb5_tx {
	struct tx     tx;
	uint8_t       msg_type;
	uint8_t       failed_request; /* the request that an error answers, 0: unknown */
	int64_t       error;          /* NO_TYPE: none */
	int64_t       encryption, ticket_encryption;
	struct fields fields;
};

struct krb5 {
	uint8_t last_request;
};

/* PrincipalName: its parts. */
static void
add_name(struct fields *f, struct pool *pool, unsigned what, struct bytes name)
{
	struct bytes body = ber_need(&name, BER_SEQUENCE), part;

	(void)ber_need(&body, BER_CONTEXT(0));
	body = ber_need(&body, BER_CONTEXT(1));
	body = ber_need(&body, BER_SEQUENCE);
	while (body.left > 0) {
		uint8_t tag;

		part = ber_next(&body, &tag);
		if (!bytes_ok(&body))
			return;
		fields_add(f, pool, what, part);
	}
}

static void
add_realm(struct fields *f, struct pool *pool, struct bytes realm)
{
	uint8_t      tag;
	struct bytes text = ber_next(&realm, &tag);

	if (bytes_ok(&realm))
		fields_add(f, pool, REALM, text);
}

/* EncryptedData: its type. */
static int64_t
read_etype(struct bytes data)
{
	struct bytes body = ber_need(&data, BER_SEQUENCE), type = ber_need(&body, BER_CONTEXT(0));
	int64_t      n = ber_int(&type);

	return bytes_ok(&type) ? n : NO_TYPE;
}

static int64_t
read_int(struct bytes element)
{
	int64_t n = ber_int(&element);

	return bytes_ok(&element) ? n : NO_TYPE;
}

/* KDC-REQ: the body is element 4. */
static void
read_request(struct krb5_tx *tx, struct pool *pool, struct bytes body)
{
	uint8_t tag = 0;

	while (body.left > 0 && tag != BER_CONTEXT(4)) {
		struct bytes element = ber_next(&body, &tag);

		if (bytes_ok(&body) && tag == BER_CONTEXT(4))
			body = ber_need(&element, BER_SEQUENCE);
	}
	while (body.left > 0) {
		struct bytes element = ber_next(&body, &tag);

		if (!bytes_ok(&body))
			return;
		if (tag == BER_CONTEXT(1))
			add_name(&tx->fields, pool, BUF_KRB5_CNAME, element);
		else if (tag == BER_CONTEXT(2))
			add_realm(&tx->fields, pool, element);
		else if (tag == BER_CONTEXT(3))
			add_name(&tx->fields, pool, BUF_KRB5_SNAME, element);
	}
}

static void
read_ticket(struct krb5_tx *tx, struct pool *pool, struct bytes ticket)
{
	struct bytes body = ber_need(&ticket, BER_APPLICATION(1));

	body = ber_need(&body, BER_SEQUENCE);
	while (body.left > 0) {
		uint8_t      tag;
		struct bytes element = ber_next(&body, &tag);

		if (!bytes_ok(&body))
			return;
		if (tag == BER_CONTEXT(2))
			add_name(&tx->fields, pool, BUF_KRB5_SNAME, element);
		else if (tag == BER_CONTEXT(3))
			tx->ticket_encryption = read_etype(element);
	}
}

/* KDC-REP */
static void
read_reply(struct krb5_tx *tx, struct pool *pool, struct bytes body)
{
	while (body.left > 0) {
		uint8_t      tag;
		struct bytes element = ber_next(&body, &tag);

		if (!bytes_ok(&body))
			return;
		if (tag == BER_CONTEXT(3))
			add_realm(&tx->fields, pool, element);
		else if (tag == BER_CONTEXT(4))
			add_name(&tx->fields, pool, BUF_KRB5_CNAME, element);
		else if (tag == BER_CONTEXT(5))
			read_ticket(tx, pool, element);
		else if (tag == BER_CONTEXT(6))
			tx->encryption = read_etype(element);
	}
	if (tx->encryption != NO_TYPE && krb5_is_weak(tx->encryption))
		tx_event(&tx->tx, KRB5_EVENT_WEAK_ENCRYPTION);
}

/* KRB-ERROR */
static void
read_error(struct krb5_tx *tx, struct pool *pool, struct bytes body)
{
	while (body.left > 0) {
		uint8_t      tag;
		struct bytes element = ber_next(&body, &tag);

		if (!bytes_ok(&body))
			return;
		if (tag == BER_CONTEXT(6))
			tx->error = read_int(element);
		else if (tag == BER_CONTEXT(7))
			add_realm(&tx->fields, pool, element);
		else if (tag == BER_CONTEXT(8))
			add_name(&tx->fields, pool, BUF_KRB5_CNAME, element);
		else if (tag == BER_CONTEXT(10))
			add_name(&tx->fields, pool, BUF_KRB5_SNAME, element);
	}
}

/* Is it a message of version 5? *body: what is in its sequence. 0: no. */
static uint8_t
read_head(struct bytes data, struct bytes *body)
{
	uint8_t      tag;
	struct bytes in = ber_next(&data, &tag), version;

	if (!bytes_ok(&data) || tag < BER_APPLICATION(AS_REQ) || tag > BER_APPLICATION(KRB_ERROR))
		return 0;
	*body = in = ber_need(&in, BER_SEQUENCE);
	version = ber_next(&in, &tag);
	if (ber_int(&version) != VERSION || !bytes_ok(&version) || !bytes_ok(&in) ||
			(tag != BER_CONTEXT(0) && tag != BER_CONTEXT(1)))
		return 0;
	version = ber_next(&in, &tag);
	tag = (uint8_t)ber_int(&version); /* the message's type again */
	return bytes_ok(&version) ? tag : 0;
}

static bool
take_message(struct krb5 *krb, struct proto_env *env, int dir, struct bytes data)
{
	struct bytes    body;
	uint8_t         type = read_head(data, &body);
	struct krb5_tx *tx = tx_message(env, sizeof(*tx), PLAIN_COMPLETE, dir);

	if (!tx)
		return true;
	tx->msg_type = type;
	tx->error = tx->encryption = tx->ticket_encryption = NO_TYPE;
	switch (type) {
	case AS_REQ:
	case TGS_REQ:
		krb->last_request = type;
		read_request(tx, env->pool, body);
		break;
	case AS_REP:
	case TGS_REP:
		read_reply(tx, env->pool, body);
		break;
	case KRB_ERROR:
		tx->failed_request = krb->last_request;
		read_error(tx, env->pool, body);
		break;
	case 0:
		tx_event(&tx->tx, KRB5_EVENT_MALFORMED_DATA);
		return false;
	default:
		break;
	}
	return true;
}

static int
krb5_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct bytes in = data;

	(void)flags, (void)gap;
	if (env->flow->ip_proto == 17)
		return take_message(state, env, dir, data) ? (int)data.left : -EBADMSG;
	for (;;) { /* RFC 4120, 7.2.2: four bytes of length before each message */
		struct bytes at = in;
		uint32_t     len = bytes_be32(&at);
		struct bytes record;

		if (bytes_ok(&at) && (len < RECORD_MIN || len > RECORD_MAX))
			return -EBADMSG;
		record = bytes_cut(&at, len);
		if (!bytes_ok(&at))
			return (int)(data.left - in.left);
		if (!take_message(state, env, dir, record))
			return -EBADMSG;
		in = at;
	}
}

/* Its tag, its version and its type tell a message; a stream has its length before it. */
static enum proto_probe
krb5_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct bytes in = data, body;
	uint32_t     len;

	(void)dir;
	if (read_head(data, &body))
		return PROBE_YES;
	if (sport != 88 && dport != 88)
		return PROBE_NO;
	len = bytes_be32(&in);
	if (!bytes_ok(&in))
		return PROBE_MORE;
	if (len < RECORD_MIN || len > RECORD_MAX)
		return PROBE_NO;
	return in.left == 0 || (in.at[0] > BER_APPLICATION(AS_REQ) - 1 && in.at[0] <= BER_APPLICATION(KRB_ERROR))
			? (in.left < RECORD_MIN ? PROBE_MORE : PROBE_YES)
			: PROBE_NO;
}

static void
krb5_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct krb5_tx *own = (struct krb5_tx *)tx;

	(void)state;
	fields_release(&own->fields, env->pool);
	tx_end(env, tx, sizeof(*own));
}

static void
krb5_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on transactions */
}

static bool
krb5_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)dir;
	return fields_view(&((struct krb5_tx *)tx)->fields, b, index, out);
}

static bool
krb5_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct krb5_tx *own = (struct krb5_tx *)tx;

	(void)dir;
	if (index > 0 || own->msg_type == 0)
		return false;
	switch (n) {
	case NUM_KRB5_MSG_TYPE:
		*out = own->msg_type;
		return true;
	case NUM_KRB5_ERR_CODE:
		*out = (uint64_t)own->error;
		return own->error != NO_TYPE;
	case NUM_KRB5_TICKET_ENCRYPTION:
		*out = (uint64_t)own->ticket_encryption;
		return own->ticket_encryption != NO_TYPE;
	default:
		return false;
	}
}

/* ---- events ---- */

/* RFC 4120, 7.5.9 */
static const char *const errors[] = {
	[0] = "KDC_ERR_NONE",
	[1] = "KDC_ERR_NAME_EXP",
	[2] = "KDC_ERR_SERVICE_EXP",
	[3] = "KDC_ERR_BAD_PVNO",
	[4] = "KDC_ERR_C_OLD_MAST_KVNO",
	[5] = "KDC_ERR_S_OLD_MAST_KVNO",
	[6] = "KDC_ERR_C_PRINCIPAL_UNKNOWN",
	[7] = "KDC_ERR_S_PRINCIPAL_UNKNOWN",
	[8] = "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
	[9] = "KDC_ERR_NULL_KEY",
	[10] = "KDC_ERR_CANNOT_POSTDATE",
	[11] = "KDC_ERR_NEVER_VALID",
	[12] = "KDC_ERR_POLICY",
	[13] = "KDC_ERR_BADOPTION",
	[14] = "KDC_ERR_ETYPE_NOSUPP",
	[15] = "KDC_ERR_SUMTYPE_NOSUPP",
	[16] = "KDC_ERR_PADATA_TYPE_NOSUPP",
	[17] = "KDC_ERR_TRTYPE_NOSUPP",
	[18] = "KDC_ERR_CLIENT_REVOKED",
	[19] = "KDC_ERR_SERVICE_REVOKED",
	[20] = "KDC_ERR_TGT_REVOKED",
	[21] = "KDC_ERR_CLIENT_NOTYET",
	[22] = "KDC_ERR_SERVICE_NOTYET",
	[23] = "KDC_ERR_KEY_EXPIRED",
	[24] = "KDC_ERR_PREAUTH_FAILED",
	[25] = "KDC_ERR_PREAUTH_REQUIRED",
	[26] = "KDC_ERR_SERVER_NOMATCH",
	[27] = "KDC_ERR_MUST_USE_USER2USER",
	[28] = "KDC_ERR_PATH_NOT_ACCEPTED",
	[29] = "KDC_ERR_SVC_UNAVAILABLE",
	[31] = "KRB_AP_ERR_BAD_INTEGRITY",
	[32] = "KRB_AP_ERR_TKT_EXPIRED",
	[33] = "KRB_AP_ERR_TKT_NYV",
	[34] = "KRB_AP_ERR_REPEAT",
	[35] = "KRB_AP_ERR_NOT_US",
	[36] = "KRB_AP_ERR_BADMATCH",
	[37] = "KRB_AP_ERR_SKEW",
	[38] = "KRB_AP_ERR_BADADDR",
	[39] = "KRB_AP_ERR_BADVERSION",
	[40] = "KRB_AP_ERR_MSG_TYPE",
	[41] = "KRB_AP_ERR_MODIFIED",
	[42] = "KRB_AP_ERR_BADORDER",
	[44] = "KRB_AP_ERR_BADKEYVER",
	[45] = "KRB_AP_ERR_NOKEY",
	[46] = "KRB_AP_ERR_MUT_FAIL",
	[47] = "KRB_AP_ERR_BADDIRECTION",
	[48] = "KRB_AP_ERR_METHOD",
	[49] = "KRB_AP_ERR_BADSEQ",
	[50] = "KRB_AP_ERR_INAPP_CKSUM",
	[51] = "KRB_AP_PATH_NOT_ACCEPTED",
	[52] = "KRB_ERR_RESPONSE_TOO_BIG",
	[60] = "KRB_ERR_GENERIC",
	[61] = "KRB_ERR_FIELD_TOOLONG",
	[62] = "KDC_ERROR_CLIENT_NOT_TRUSTED",
	[63] = "KDC_ERROR_KDC_NOT_TRUSTED",
	[64] = "KDC_ERROR_INVALID_SIG",
	[65] = "KDC_ERR_KEY_TOO_WEAK",
	[66] = "KDC_ERR_CERTIFICATE_MISMATCH",
	[67] = "KRB_AP_ERR_NO_TGT",
	[68] = "KDC_ERR_WRONG_REALM",
	[69] = "KRB_AP_ERR_USER_TO_USER_REQUIRED",
	[70] = "KDC_ERR_CANT_VERIFY_CERTIFICATE",
	[71] = "KDC_ERR_INVALID_CERTIFICATE",
	[72] = "KDC_ERR_REVOKED_CERTIFICATE",
	[73] = "KDC_ERR_REVOCATION_STATUS_UNKNOWN",
	[74] = "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
	[75] = "KDC_ERR_CLIENT_NAME_MISMATCH",
	[76] = "KDC_ERR_KDC_NAME_MISMATCH",
};

static const char *const messages[] = {
	[AS_REQ] = "KRB_AS_REQ",
	[AS_REP] = "KRB_AS_REP",
	[TGS_REQ] = "KRB_TGS_REQ",
	[TGS_REP] = "KRB_TGS_REP",
	[AP_REQ] = "KRB_AP_REQ",
	[AP_REP] = "KRB_AP_REP",
	[KRB_ERROR] = "KRB_ERROR",
};

/* A name from a table, or the number. */
static void
eve_named(struct json *j, const char *key, const char *const *names, size_t n_names, int64_t n)
{
	char text[24];

	if (n >= 0 && (uint64_t)n < n_names && names[n]) {
		json_str(j, key, names[n]);
		return;
	}
	snprintf(text, sizeof(text), "%lld", (long long)n);
	json_str(j, key, text);
}

#define EVE_NAMED(j, key, names, n) eve_named(j, key, names, sizeof(names) / sizeof((names)[0]), n)

static void
eve_name(const struct fields *f, unsigned what, struct json *j, const char *key)
{
	char         text[512];
	size_t       len = 0;
	struct bytes part;

	for (unsigned i = 0; fields_get(f, what, i, &part); i++) {
		if (i > 0 && len < sizeof(text))
			text[len++] = '/';
		if (part.left > sizeof(text) - len)
			part.left = sizeof(text) - len;
		if (part.left > 0)
			memcpy(text + len, part.at, part.left);
		len += part.left;
	}
	json_bytes(j, key, len > 0 ? bytes_of(text, len) : bytes_str("<empty>"));
}

static void
eve_etype(struct json *j, const char *key, int64_t etype)
{
	char text[24];

	for (const struct number_word *w = krb5_etypes; w->word; w++)
		if ((int64_t)w->number == etype) {
			json_str(j, key, w->word);
			return;
		}
	snprintf(text, sizeof(text), "%lld", (long long)etype);
	json_str(j, key, etype == NO_TYPE ? "<none>" : text);
}

static void
krb5_eve(struct tx *tx, struct json *j)
{
	const struct krb5_tx *own = (struct krb5_tx *)tx;
	struct bytes          realm;

	json_obj(j, "krb5");
	EVE_NAMED(j, "msg_type", messages, own->msg_type);
	if (own->failed_request)
		EVE_NAMED(j, "failed_request", messages, own->failed_request);
	if (own->error != NO_TYPE)
		EVE_NAMED(j, "error_code", errors, own->error);
	eve_name(&own->fields, BUF_KRB5_CNAME, j, "cname");
	json_bytes(j, "realm", fields_get(&own->fields, REALM, 0, &realm) ? realm : bytes_str("<empty>"));
	eve_name(&own->fields, BUF_KRB5_SNAME, j, "sname");
	eve_etype(j, "encryption", own->encryption);
	json_bool(j, "weak_encryption", own->encryption != NO_TYPE && krb5_is_weak(own->encryption));
	if (own->ticket_encryption != NO_TYPE) {
		eve_etype(j, "ticket_encryption", own->ticket_encryption);
		json_bool(j, "ticket_weak_encryption", krb5_is_weak(own->ticket_encryption));
	}
	json_obj_end(j);
}

const struct proto krb5_proto = {
	.id = APPPROTO_KRB5,
	.over = PROTO_TCP | PROTO_UDP,
	.ports = { 88 },
	.state_size = sizeof(struct krb5),
	.probe = krb5_probe,
	.parse = krb5_parse,
	.tx_free = krb5_tx_free,
	.state_free = krb5_state_free,
	.ops = { .buffer = krb5_buffer, .number = krb5_number },
	.eve = krb5_eve,
};
