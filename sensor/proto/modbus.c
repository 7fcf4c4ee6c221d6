/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/modbus.h"

#include "lib/json.h"
#include "rules/app/modbus.h"
#include "rules/packet.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>

#define PORT 502
#define HEAD 7        /* with the unit */
#define PDU_MAX 253
#define FLOOD 500     /* requests without a response in between */
#define ERROR 0x80    /* in the function code of a response */

enum function {
	READ_COILS = 1,
	READ_DISCRETES = 2,
	READ_HOLDING = 3,
	READ_INPUT = 4,
	WRITE_COIL = 5,
	WRITE_REGISTER = 6,
	DIAGNOSTICS = 8,
	WRITE_COILS = 15,
	WRITE_REGISTERS = 16,
	MASK_WRITE = 22,
	READ_WRITE = 23,
	ENCAPSULATED = 43,
};

/* A range of addresses, counted from 1 as people do. */
struct access {
	uint8_t  bits; /* of enum modbus_access */
	uint16_t first, count;
};

struct modbus_tx {
	struct tx     tx; /* head first */
	uint16_t      id;
	uint8_t       unit;
	bool          has_request, has_response;
	uint8_t       function, response_function, exception;
	struct access access[2];
	uint8_t       n_access;
	uint8_t       len;              /* of the request */
	uint8_t       request[PDU_MAX]; /* after the function code */
};

struct modbus {
	uint32_t unanswered;
};

/* ---- what functions do ---- */

static const struct {
	uint8_t     function;
	uint8_t     access;
	uint16_t    most; /* items in one request */
	const char *name;
} functions[] = {
	{ READ_COILS, MODBUS_READ | MODBUS_COILS, 2000, "RdCoils" },
	{ READ_DISCRETES, MODBUS_READ | MODBUS_DISCRETES, 2000, "RdDiscreteInputs" },
	{ READ_HOLDING, MODBUS_READ | MODBUS_HOLDING, 125, "RdHoldRegs" },
	{ READ_INPUT, MODBUS_READ | MODBUS_INPUT, 125, "RdInputRegs" },
	{ WRITE_COIL, MODBUS_WRITE | MODBUS_COILS, 1, "WrSingleCoil" },
	{ WRITE_REGISTER, MODBUS_WRITE | MODBUS_HOLDING, 1, "WrSingleReg" },
	{ 7, 0, 0, "RdExcStatus" },
	{ DIAGNOSTICS, 0, 0, "Diagnostic" },
	{ 11, 0, 0, "GetCommEventCtr" },
	{ 12, 0, 0, "GetCommEventLog" },
	{ WRITE_COILS, MODBUS_WRITE | MODBUS_COILS, 1968, "WrMultCoils" },
	{ WRITE_REGISTERS, MODBUS_WRITE | MODBUS_HOLDING, 123, "WrMultRegs" },
	{ 17, 0, 0, "ReportServerID" },
	{ 20, 0, 0, "RdFileRec" },
	{ 21, 0, 0, "WrFileRec" },
	{ MASK_WRITE, MODBUS_WRITE | MODBUS_HOLDING, 1, "MaskWrReg" },
	{ READ_WRITE, MODBUS_READ | MODBUS_HOLDING, 125, "RdWrMultRegs" },
	{ 24, 0, 0, "RdFIFOQueue" },
	{ ENCAPSULATED, 0, 0, "MEI" },
};

#define N_FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

/* Index in the table, N_FUNCTIONS: not assigned. */
static size_t
row_of(uint8_t function)
{
	size_t i = 0;

	while (i < N_FUNCTIONS && functions[i].function != function)
		i++;
	return i;
}

static bool
subfunction(const struct modbus_tx *t, uint64_t *out)
{
	struct bytes b = bytes_of(t->request, t->len);

	*out = t->function == DIAGNOSTICS ? bytes_be16(&b) : bytes_u8(&b);
	return (t->function == DIAGNOSTICS || t->function == ENCAPSULATED) && bytes_ok(&b);
}

/* 1.1b3, 5.1 and annex A */
static uint8_t
category(const struct modbus_tx *t)
{
	static const uint8_t reserved[] = { 9, 10, 13, 14, 41, 42, 90, 91, 125, 126, 127 };
	uint64_t             sub;

	if (subfunction(t, &sub)) {
		if (t->function == ENCAPSULATED)
			return sub == 13 || sub == 14 ? MODBUS_ASSIGNED : MODBUS_RESERVED;
		return sub > 20 || sub == 19 || (sub >= 5 && sub <= 9) ? MODBUS_RESERVED : MODBUS_ASSIGNED;
	}
	if (row_of(t->function) < N_FUNCTIONS)
		return MODBUS_ASSIGNED;
	for (size_t i = 0; i < sizeof(reserved); i++)
		if (reserved[i] == t->function)
			return MODBUS_RESERVED;
	if ((t->function >= 65 && t->function <= 72) || (t->function >= 100 && t->function <= 110))
		return MODBUS_USER;
	return MODBUS_UNASSIGNED;
}

/* ---- requests ---- */

static void
add_access(struct modbus_tx *t, uint8_t bits, uint16_t first, uint16_t count)
{
	t->access[t->n_access++] = (struct access){ bits, first, count };
}

/* Address and, where there may be several, quantity. False: something does not fit. */
static bool
read_access(struct modbus_tx *t, size_t row)
{
	struct bytes b = bytes_of(t->request, t->len);
	uint16_t     first = bytes_be16(&b), count = functions[row].most > 1 ? bytes_be16(&b) : 1, n;

	if (!bytes_ok(&b))
		return false;
	add_access(t, functions[row].access, first, count);
	if (t->function == READ_WRITE) {
		uint16_t to = bytes_be16(&b);

		n = bytes_be16(&b);
		add_access(t, MODBUS_WRITE | MODBUS_HOLDING, to, n);
		return bytes_u8(&b) == 2 * n && b.left == 2u * n && n <= 121;
	}
	if (t->function == WRITE_COILS || t->function == WRITE_REGISTERS) {
		n = bytes_u8(&b);
		if (n != b.left || n != (t->function == WRITE_COILS ? (count + 7) / 8 : 2 * count))
			return false;
	}
	return count > 0 && count <= functions[row].most;
}

static void
read_request(struct modbus_tx *t)
{
	size_t       row = row_of(t->function);
	struct bytes b = bytes_of(t->request, t->len);

	if (t->function == 0 || t->function & ERROR) { /* not a request at all */
		t->has_request = false;
		tx_event(&t->tx, MODBUS_EVENT_INVALID_FUNCTION_CODE);
		return;
	}
	if (row == N_FUNCTIONS || !functions[row].access)
		return;
	if (!read_access(t, row))
		tx_event(&t->tx, MODBUS_EVENT_INVALID_VALUE);
	bytes_skip(&b, 2);
	if (t->function == WRITE_COIL) {
		uint16_t v = bytes_be16(&b);

		if (v != 0 && v != 0xff00)
			tx_event(&t->tx, MODBUS_EVENT_INVALID_VALUE);
	}
}

/* The index-th value that the request writes. */
static bool
written(const struct modbus_tx *t, unsigned index, uint64_t *out)
{
	struct bytes b = bytes_of(t->request, t->len);

	switch (t->function) {
	case WRITE_COIL:
		bytes_skip(&b, 2);
		*out = bytes_be16(&b) != 0;
		return index == 0 && bytes_ok(&b);
	case WRITE_REGISTER:
		bytes_skip(&b, 2);
		*out = bytes_be16(&b);
		return index == 0 && bytes_ok(&b);
	case WRITE_COILS:
		bytes_skip(&b, 5 + index / 8);
		*out = bytes_u8(&b) >> (index % 8) & 1;
		return t->n_access && index < t->access[0].count && bytes_ok(&b);
	case WRITE_REGISTERS:
	case READ_WRITE:
		bytes_skip(&b, (t->function == READ_WRITE ? 9 : 5) + 2 * (size_t)index);
		*out = bytes_be16(&b);
		return bytes_ok(&b);
	default:
		return false;
	}
}

/* ---- responses ---- */

static void
read_exception(struct modbus_tx *t, struct bytes b)
{
	t->exception = bytes_u8(&b);
	if (!bytes_ok(&b) || t->exception == 0 || t->exception == 7 || t->exception == 9 || t->exception > 11)
		tx_event(&t->tx, MODBUS_EVENT_INVALID_EXCEPTION_CODE);
}

/* A response repeats what was asked, or gives as much of it. */
static void
read_response(struct modbus_tx *t, struct bytes b)
{
	struct bytes request = bytes_of(t->request, t->len);
	uint8_t      access = t->n_access ? t->access[0].bits : 0;
	bool         fits = true;

	if (t->response_function & ERROR) {
		read_exception(t, b);
		return;
	}
	if (t->response_function != t->function) {
		tx_event(&t->tx, MODBUS_EVENT_VALUE_MISMATCH);
		return;
	}
	if (access & MODBUS_READ) {
		uint16_t count = t->access[0].count;
		uint8_t  n = bytes_u8(&b);

		fits = n == b.left && n == (access & (MODBUS_COILS | MODBUS_DISCRETES) ? (count + 7) / 8 : 2 * count);
	} else if (access & MODBUS_WRITE) {
		size_t len = t->function == MASK_WRITE ? 6 : 4;

		fits = b.left == len && bytes_starts(&request, b.at, len);
	}
	if (!fits)
		tx_event(&t->tx, MODBUS_EVENT_VALUE_MISMATCH);
}

/* ---- transactions ---- */

static struct modbus_tx *
find(struct proto_env *env, uint16_t id)
{
	struct tx *tx;

	TAILQ_FOREACH(tx, &env->flow->txs, link) {
		struct modbus_tx *t = (struct modbus_tx *)tx;

		if (t->id == id && !t->has_response)
			return t;
	}
	return NULL;
}

static void
take_request(struct modbus *s, struct proto_env *env, uint16_t id, uint8_t unit, struct bytes pdu)
{
	struct modbus_tx *t = tx_begin(env, sizeof(*t), MODBUS_COMPLETE);
	struct tx        *tx;

	if (!t)
		return;
	t->id = id;
	t->unit = unit;
	t->has_request = true;
	t->function = bytes_u8(&pdu);
	t->len = (uint8_t)pdu.left;
	memcpy(t->request, pdu.at, pdu.left);
	read_request(t);
	tx_complete(&t->tx, DIR_TOSERVER);
	if (++s->unanswered < FLOOD)
		return;
	if (s->unanswered == FLOOD)
		tx_event(&t->tx, MODBUS_EVENT_FLOODED);
	TAILQ_FOREACH(tx, &env->flow->txs, link) /* the oldest is no longer waited for */
		if (!tx_is_complete(tx, DIR_TOCLIENT)) {
			tx_complete(tx, DIR_TOCLIENT);
			((struct modbus_tx *)tx)->has_response = true;
			break;
		}
}

static void
take_response(struct modbus *s, struct proto_env *env, uint16_t id, uint8_t unit, struct bytes pdu)
{
	struct modbus_tx *t = find(env, id);

	s->unanswered = 0;
	if (!t) {
		t = tx_begin(env, sizeof(*t), MODBUS_COMPLETE);
		if (!t)
			return;
		t->id = id;
		t->unit = unit;
		tx_event(&t->tx, MODBUS_EVENT_UNSOLICITED_RESPONSE);
		tx_complete(&t->tx, DIR_TOSERVER);
	}
	t->has_response = true;
	t->response_function = bytes_u8(&pdu);
	if (t->has_request)
		read_response(t, pdu);
	tx_complete(&t->tx, DIR_TOCLIENT);
}

static void
tell(struct proto_env *env, enum modbus_event e)
{
	struct modbus_tx *t = tx_begin(env, sizeof(*t), MODBUS_COMPLETE);

	if (!t)
		return;
	t->has_response = true;
	tx_event(&t->tx, e);
	tx_complete(&t->tx, DIR_TOSERVER);
	tx_complete(&t->tx, DIR_TOCLIENT);
}

static int
modbus_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct bytes b = data;

	(void)flags, (void)gap;
	for (;;) {
		struct bytes in = b, pdu;
		uint16_t     id = bytes_be16(&in), protocol = bytes_be16(&in), len = bytes_be16(&in);
		uint8_t      unit = bytes_u8(&in);

		if (!bytes_ok(&in))
			break;
		if (protocol != 0 || len < 2 || len > PDU_MAX + 1) {
			tell(env, protocol != 0 ? MODBUS_EVENT_INVALID_PROTOCOL_ID : MODBUS_EVENT_INVALID_LENGTH);
			return -EBADMSG;
		}
		pdu = bytes_cut(&in, len - 1u);
		if (!bytes_ok(&in))
			break;
		if (dir == DIR_TOSERVER)
			take_request(state, env, id, unit, pdu);
		else
			take_response(state, env, id, unit, pdu);
		b = in;
	}
	return (int)(data.left - b.left);
}

static void
modbus_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	(void)state;
	tx_end(env, tx, sizeof(struct modbus_tx));
}

static void
modbus_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env;
}

/* ---- what rules and EVE ask ---- */

static bool
modbus_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)tx, (void)b, (void)dir, (void)index, (void)out;
	return false;
}

static bool
modbus_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct modbus_tx *t = (const struct modbus_tx *)tx;
	const struct access    *a = index / 2 < t->n_access ? &t->access[index / 2] : NULL;

	(void)dir;
	switch (n) {
	case NUM_MODBUS_UNIT:
		*out = t->unit;
		return index == 0 && t->has_request;
	case NUM_MODBUS_FUNCTION:
		*out = t->function;
		return index == 0 && t->has_request;
	case NUM_MODBUS_SUBFUNCTION:
		return index == 0 && subfunction(t, out);
	case NUM_MODBUS_CATEGORY:
		*out = category(t);
		return index == 0 && t->has_request;
	case NUM_MODBUS_ACCESS:
		*out = index < t->n_access ? t->access[index].bits : 0;
		return index < t->n_access;
	case NUM_MODBUS_ADDRESS: /* the first and the last of each range */
		*out = a ? a->first + (index & 1 ? (uint64_t)a->count : 1) : 0;
		return a != NULL;
	case NUM_MODBUS_VALUE:
		return written(t, index, out);
	case NUM_MODBUS_EXCEPTION:
		*out = t->exception;
		return index == 0 && t->exception;
	default:
		return false;
	}
}

static void
eve_head(const struct modbus_tx *t, uint8_t function, struct json *j)
{
	size_t row = row_of(function & ~ERROR);

	json_u64(j, "transaction_id", t->id);
	json_u64(j, "protocol_id", 0);
	json_u64(j, "unit_id", t->unit);
	json_u64(j, "function_raw", function);
	json_str(j, "function_code", row < N_FUNCTIONS ? functions[row].name : "Unknown");
}

static void
eve_access(const struct access *a, struct json *j)
{
	json_obj(j, a->bits & MODBUS_READ ? "read" : "write");
	json_u64(j, "address", a->first);
	json_u64(j, "quantity", a->count);
	json_obj_end(j);
}

static void
modbus_eve(struct tx *tx, struct json *j)
{
	const struct modbus_tx *t = (const struct modbus_tx *)tx;

	json_obj(j, "modbus");
	json_u64(j, "id", tx->id);
	if (t->has_request) {
		json_obj(j, "request");
		eve_head(t, t->function, j);
		for (unsigned i = 0; i < t->n_access; i++)
			eve_access(&t->access[i], j);
		json_obj_end(j);
	}
	if (t->response_function) {
		json_obj(j, "response");
		eve_head(t, t->response_function, j);
		if (t->exception)
			json_u64(j, "exception_raw", t->exception);
		json_obj_end(j);
	}
	json_obj_end(j);
}

/* ---- the row ---- */

/* On its port a sane header will do, elsewhere it must be a whole and ordinary message. */
static enum proto_probe
modbus_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	bool         on_port = sport == PORT || dport == PORT;
	struct bytes b = data;
	uint16_t     protocol, len;
	uint8_t      function;

	(void)dir;
	bytes_skip(&b, 2);
	protocol = bytes_be16(&b);
	len = bytes_be16(&b);
	bytes_skip(&b, 1);
	function = bytes_u8(&b);
	if (!bytes_ok(&b))
		return on_port ? PROBE_MORE : PROBE_NO;
	if (protocol != 0 || len < 2 || len > PDU_MAX + 1)
		return PROBE_NO;
	if (on_port)
		return PROBE_YES;
	return len == data.left - (HEAD - 1) && function >= READ_COILS && function <= READ_INPUT && len == 6 &&
					data.at[0] == 0
			? PROBE_YES
			: PROBE_NO;
}

const struct proto modbus_proto = {
	.id = APPPROTO_MODBUS,
	.over = PROTO_TCP,
	.ports = { PORT },
	.state_size = sizeof(struct modbus),
	.probe = modbus_probe,
	.parse = modbus_parse,
	.tx_free = modbus_tx_free,
	.state_free = modbus_state_free,
	.ops = { .buffer = modbus_buffer, .number = modbus_number },
	.eve = modbus_eve,
};
