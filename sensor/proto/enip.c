/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/enip.h"

#include "lib/json.h"
#include "rules/packet.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>

#define PORT 44818
#define HEAD 24
#define TXS_MAX 512 /* that wait for a response */
#define ITEMS_MAX 16

/* Volume 2, 2-3.2 */
enum command {
	NOP = 0x00,
	LIST_SERVICES = 0x04,
	LIST_IDENTITY = 0x63,
	LIST_INTERFACES = 0x64,
	REGISTER_SESSION = 0x65,
	UNREGISTER_SESSION = 0x66,
	SEND_RR_DATA = 0x6f,
	SEND_UNIT_DATA = 0x70,
	INDICATE_STATUS = 0x72,
	CANCEL = 0x73,
};

static const struct {
	uint16_t    command;
	bool        answered;
	const char *name;
} commands[] = {
	{ NOP, false, "nop" },
	{ LIST_SERVICES, true, "list_services" },
	{ LIST_IDENTITY, true, "list_identity" },
	{ LIST_INTERFACES, true, "list_interfaces" },
	{ REGISTER_SESSION, true, "register_session" },
	{ UNREGISTER_SESSION, false, "unregister_session" },
	{ SEND_RR_DATA, true, "send_rr_data" },
	{ SEND_UNIT_DATA, true, "send_unit_data" },
	{ INDICATE_STATUS, true, "indicate_status" },
	{ CANCEL, true, "cancel" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Volume 2, 2-6.3 */
enum item { ITEM_IDENTITY = 0x0c, ITEM_CONNECTED = 0xb1, ITEM_UNCONNECTED = 0xb2, ITEM_SERVICES = 0x100 };

struct enip_head {
	uint16_t command, len;
	uint32_t session, status, options;
	uint8_t  context[8];
};

static size_t
row_of(uint16_t command)
{
	size_t i = 0;

	while (i < N_COMMANDS && commands[i].command != command)
		i++;
	return i;
}

static bool
read_head(struct bytes *b, struct enip_head *h)
{
	struct bytes context;

	h->command = bytes_le16(b);
	h->len = bytes_le16(b);
	h->session = bytes_le32(b);
	h->status = bytes_le32(b);
	context = bytes_cut(b, sizeof(h->context));
	h->options = bytes_le32(b);
	if (!bytes_ok(b))
		return false;
	memcpy(h->context, context.at, sizeof(h->context));
	return true;
}

/* ---- transactions ---- */

void
enip_note(struct enip_reader *r, enum number n, uint64_t value)
{
	struct enip_note note = { .number = (uint16_t)n, .dir = (uint8_t)r->dir, .value = value };

	if (r->t->notes.len < ENIP_NOTES_MAX * sizeof(note))
		(void)pbuf_add(r->env->pool, &r->t->notes, &note, sizeof(note));
}

static struct enip_tx *
tx_new(struct proto_env *env)
{
	struct tx *tx, *oldest = NULL;
	unsigned   n = 0;

	TAILQ_FOREACH(tx, &env->flow->txs, link) {
		bool waits = !tx_is_complete(tx, DIR_TOCLIENT);

		n += waits;
		oldest = !oldest && waits ? tx : oldest;
	}
	if (n >= TXS_MAX) {
		tx_event(oldest, ENIP_EVENT_TOO_MANY_TRANSACTIONS);
		tx_complete(oldest, DIR_TOCLIENT);
	}
	return tx_begin(env, sizeof(struct enip_tx), ENIP_COMPLETE);
}

/* The request that this response answers. */
static struct enip_tx *
find(struct proto_env *env, const struct enip_head *h)
{
	struct tx *tx;

	TAILQ_FOREACH(tx, &env->flow->txs, link) {
		struct enip_tx *t = (struct enip_tx *)tx;

		if (!t->side[DIR_TOCLIENT].seen && !tx_is_complete(tx, DIR_TOCLIENT) &&
				t->side[DIR_TOSERVER].command == h->command &&
				(t->session == h->session || h->command == REGISTER_SESSION) &&
				memcmp(t->context, h->context, sizeof(t->context)) == 0)
			return t;
	}
	return NULL;
}

static struct enip_tx *
tx_of(struct proto_env *env, int dir, const struct enip_head *h)
{
	struct enip_tx *t = dir == DIR_TOCLIENT ? find(env, h) : NULL;

	if (t)
		return t;
	t = tx_new(env);
	if (!t)
		return NULL;
	t->session = h->session;
	memcpy(t->context, h->context, sizeof(t->context));
	return t;
}

static void
enip_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct enip_tx *t = (struct enip_tx *)tx;

	(void)state;
	pbuf_release(env->pool, &t->notes);
	pbuf_release(env->pool, &t->product);
	pbuf_release(env->pool, &t->service);
	tx_end(env, tx, sizeof(*t));
}

static void
enip_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env;
}

/* ---- items (Common Packet Format, volume 2, 2-6) ---- */

static void
note_name(struct enip_reader *r, struct pbuf *to, struct bytes name)
{
	if (to->len == 0)
		(void)pbuf_add(r->env->pool, to, name.at, name.left);
}

static bool
read_identity(struct enip_reader *r, struct bytes b)
{
	static const uint16_t numbers[] = { NUM_ENIP_VENDOR_ID, NUM_ENIP_DEVICE_TYPE, NUM_ENIP_PRODUCT_CODE };

	enip_note(r, NUM_ENIP_PROTOCOL_VERSION, bytes_le16(&b));
	bytes_skip(&b, 16); /* socket address */
	for (unsigned i = 0; i < 3; i++)
		enip_note(r, numbers[i], bytes_le16(&b));
	enip_note(r, NUM_ENIP_REVISION, bytes_be16(&b)); /* major, minor */
	enip_note(r, NUM_ENIP_IDENTITY_STATUS, bytes_le16(&b));
	enip_note(r, NUM_ENIP_SERIAL, bytes_le32(&b));
	note_name(r, &r->t->product, bytes_cut(&b, bytes_u8(&b)));
	enip_note(r, NUM_ENIP_STATE, bytes_u8(&b));
	return bytes_ok(&b);
}

static bool
read_services(struct enip_reader *r, struct bytes b)
{
	enip_note(r, NUM_ENIP_PROTOCOL_VERSION, bytes_le16(&b));
	enip_note(r, NUM_ENIP_CAPABILITIES, bytes_le16(&b));
	b.left = bytes_find(&b, 0);
	note_name(r, &r->t->service, b);
	return bytes_ok(&b);
}

static bool
read_item(struct enip_reader *r, uint16_t type, struct bytes data)
{
	switch (type) {
	case ITEM_IDENTITY:
		return read_identity(r, data);
	case ITEM_SERVICES:
		return read_services(r, data);
	case ITEM_CONNECTED:
		bytes_skip(&data, 2); /* sequence */
		break;
	case ITEM_UNCONNECTED:
		break;
	default:
		return true;
	}
	if (!bytes_ok(&data) || data.left == 0)
		return bytes_ok(&data);
	return cip_read(r, data);
}

static bool
read_items(struct enip_reader *r, struct bytes b)
{
	uint16_t n = bytes_le16(&b);
	bool     ok = bytes_ok(&b);

	for (unsigned i = 0; i < n && i < ITEMS_MAX && ok; i++) {
		const uint8_t *at = b.at;
		uint16_t       type = bytes_le16(&b);
		struct bytes   data = bytes_cut(&b, bytes_le16(&b));

		if (!bytes_ok(&b))
			return false;
		appframe_mark(r->env, r->dir, APPFRAME_ENIP_ENIP_ITEM, at, 4 + data.left);
		ok = read_item(r, type, data);
	}
	return ok;
}

static bool
read_data(struct enip_reader *r, uint16_t command, struct bytes b)
{
	switch (command) {
	case SEND_RR_DATA:
	case SEND_UNIT_DATA:
		bytes_skip(&b, 6); /* interface, time out */
		return b.left == 0 ? bytes_ok(&b) : read_items(r, b);
	case LIST_IDENTITY:
	case LIST_SERVICES:
		return b.left == 0 || read_items(r, b);
	default:
		return true;
	}
}

/* ---- the stream ---- */

static void
take_message(struct proto_env *env, int dir, const struct enip_head *h, struct bytes data)
{
	struct enip_reader r = { .t = tx_of(env, dir, h), .env = env, .dir = dir };
	size_t             row = row_of(h->command);

	if (!r.t)
		return;
	r.t->side[dir] = (struct enip_side){ .seen = true, .command = h->command, .status = h->status };
	enip_note(&r, NUM_ENIP_COMMAND, h->command);
	enip_note(&r, NUM_ENIP_STATUS, h->status);
	if (!read_data(&r, h->command, data))
		tx_event(&r.t->tx, ENIP_EVENT_INVALID_PDU);
	tx_complete(&r.t->tx, DIR_TOSERVER);
	if (dir == DIR_TOCLIENT || row == N_COMMANDS || !commands[row].answered)
		tx_complete(&r.t->tx, DIR_TOCLIENT);
}

/* The next message off `b`. 1, 0: more is needed, -EBADMSG. */
static int
step(struct proto_env *env, int dir, struct bytes *b)
{
	struct bytes     in = *b, data;
	struct enip_head h;

	if (!read_head(&in, &h))
		return 0;
	if (row_of(h.command) == N_COMMANDS) {
		struct enip_tx *t = tx_new(env);

		if (t) {
			tx_event(&t->tx, ENIP_EVENT_INVALID_PDU);
			tx_complete(&t->tx, DIR_TOSERVER);
			tx_complete(&t->tx, DIR_TOCLIENT);
		}
		return -EBADMSG;
	}
	data = bytes_cut(&in, h.len);
	if (!bytes_ok(&in))
		return 0;
	appframe_mark(env, dir, APPFRAME_ENIP_PDU, b->at, HEAD + data.left);
	appframe_mark(env, dir, APPFRAME_ENIP_HDR, b->at, HEAD);
	if (data.left)
		appframe_mark(env, dir, APPFRAME_ENIP_DATA, data.at, data.left);
	take_message(env, dir, &h, data);
	*b = in;
	return 1;
}

static int
enip_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct bytes b = data;
	int          rc = 1;

	(void)state, (void)flags, (void)gap;
	while (b.left && rc > 0)
		rc = step(env, dir, &b);
	if (rc < 0)
		return rc;
	return env->flow->ip_proto == 17 ? (int)data.left : (int)(data.left - b.left);
}

/* ---- what rules and EVE ask ---- */

static bool
enip_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct enip_tx *t = (struct enip_tx *)tx;

	(void)dir;
	if (index > 0)
		return false;
	if (b == BUF_ENIP_PRODUCT_NAME)
		return view_whole(out, &t->product);
	return b == BUF_ENIP_SERVICE_NAME && view_whole(out, &t->service);
}

/* What a path says belongs to the request, and is asked in both directions. */
static bool
is_path(enum number n)
{
	return n == NUM_ENIP_CIP_CLASS || n == NUM_ENIP_CIP_INSTANCE || n == NUM_ENIP_CIP_ATTRIBUTE ||
			n == NUM_CIP_SERVICE;
}

static bool
enip_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct enip_tx *t = (struct enip_tx *)tx;

	for (uint32_t at = 0; at < t->notes.len; at += sizeof(struct enip_note)) {
		const struct enip_note *note = (const void *)(t->notes.data + at);

		if (note->number != n || (note->dir != dir && !is_path(n)) || index-- != 0)
			continue;
		*out = note->value;
		return true;
	}
	return false;
}

static void
eve_identity(struct tx *tx, struct json *j)
{
	static const struct {
		uint16_t    number;
		const char *key;
	} rows[] = {
		{ NUM_ENIP_PROTOCOL_VERSION, "protocol_version" }, { NUM_ENIP_VENDOR_ID, "vendor_id" },
		{ NUM_ENIP_DEVICE_TYPE, "device_type" }, { NUM_ENIP_PRODUCT_CODE, "product_code" },
		{ NUM_ENIP_IDENTITY_STATUS, "status" }, { NUM_ENIP_SERIAL, "serial" }, { NUM_ENIP_STATE, "state" },
	};
	struct enip_tx *t = (struct enip_tx *)tx;
	uint64_t        v;

	if (t->product.len == 0)
		return;
	json_obj(j, "identity");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (enip_number(tx, rows[i].number, DIR_TOCLIENT, 0, &v))
			json_u64(j, rows[i].key, v);
	json_bytes(j, "product_name", bytes_of(t->product.data, t->product.len));
	json_obj_end(j);
}

static void
eve_cip(struct tx *tx, int dir, struct json *j)
{
	uint64_t    v;
	const char *name;

	if (!enip_number(tx, dir == DIR_TOSERVER ? NUM_CIP_SERVICE : NUM_ENIP_CIP_STATUS, dir, 0, &v))
		return;
	json_obj(j, "cip");
	if (dir == DIR_TOCLIENT) {
		json_u64(j, "status", v);
		json_obj_end(j);
		return;
	}
	name = cip_service_name((uint8_t)v);
	if (name)
		json_str(j, "service", name);
	else
		json_u64(j, "service", v & 0xff);
	if (enip_number(tx, NUM_ENIP_CIP_CLASS, dir, 0, &v))
		json_u64(j, "class", v);
	if (enip_number(tx, NUM_ENIP_CIP_INSTANCE, dir, 0, &v))
		json_u64(j, "instance", v);
	if (enip_number(tx, NUM_ENIP_CIP_ATTRIBUTE, dir, 0, &v))
		json_u64(j, "attribute", v);
	json_obj_end(j);
}

static void
eve_side(struct tx *tx, int dir, struct json *j, const char *key)
{
	const struct enip_side *s = &((struct enip_tx *)tx)->side[dir];
	size_t                  row = row_of(s->command);

	if (!s->seen)
		return;
	json_obj(j, key);
	json_str(j, "command", row < N_COMMANDS ? commands[row].name : "unknown");
	json_u64(j, "status", s->status);
	if (dir == DIR_TOCLIENT)
		eve_identity(tx, j);
	eve_cip(tx, dir, j);
	json_obj_end(j);
}

static void
enip_eve(struct tx *tx, struct json *j)
{
	json_obj(j, "enip");
	eve_side(tx, DIR_TOSERVER, j, "request");
	eve_side(tx, DIR_TOCLIENT, j, "response");
	json_obj_end(j);
}

/* ---- the row ---- */

/* A known command, no options, a length that its command may have. Off its port it must be whole. */
static enum proto_probe
enip_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	bool             on_port = sport == PORT || dport == PORT;
	struct bytes     b = data;
	struct enip_head h;

	(void)dir;
	if (!read_head(&b, &h))
		return on_port ? PROBE_MORE : PROBE_NO;
	if (row_of(h.command) == N_COMMANDS || h.options != 0 || h.status > 0x6a)
		return PROBE_NO;
	if (on_port)
		return PROBE_YES;
	return h.command == REGISTER_SESSION && h.len == 4 && b.left == 4 ? PROBE_YES : PROBE_NO;
}

const struct proto enip_proto = {
	.id = APPPROTO_ENIP,
	.over = PROTO_TCP | PROTO_UDP,
	.ports = { PORT },
	.state_size = 1,
	.probe = enip_probe,
	.parse = enip_parse,
	.tx_free = enip_tx_free,
	.state_free = enip_state_free,
	.ops = { .buffer = enip_buffer, .number = enip_number },
	.eve = enip_eve,
};
