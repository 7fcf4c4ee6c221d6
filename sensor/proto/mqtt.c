/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/mqtt.h"

#include "lib/json.h"
#include "rules/packet.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>

#define MESSAGE_MAX (64u << 10) /* of a longer message only the beginning is read */
#define EVE_MAX 1024            /* bytes that EVE tells of a text */
#define EVE_LIST_MAX 16
#define TXS_MAX 1024            /* that wait for an answer */
#define MESSAGES_MAX 64         /* of one transaction */

struct mqtt {
	uint8_t  version;
	bool     connecting, connected;
	uint32_t skip[2]; /* rest of a long message */
	bool     lost[2];
};

/* ---- transactions ---- */

static struct mqtt_tx *
tx_new(struct proto_env *env)
{
	struct tx      *tx, *oldest = NULL;
	struct mqtt_tx *t;
	unsigned        n = 0;

	TAILQ_FOREACH(tx, &env->flow->txs, link) {
		bool waits = !tx_is_complete(tx, DIR_TOSERVER);

		n += waits;
		oldest = !oldest && waits ? tx : oldest;
	}
	if (n >= TXS_MAX) { /* its answer has been missed */
		tx_event(oldest, MQTT_EVENT_TOO_MANY_TRANSACTIONS);
		tx_complete(oldest, DIR_TOSERVER);
		tx_complete(oldest, DIR_TOCLIENT);
	}
	t = tx_begin(env, sizeof(*t), MQTT_COMPLETE);
	if (t)
		t->tx.done_inspect[DIR_TOCLIENT] = true; /* nothing is asked in that direction */
	return t;
}

static void
mqtt_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct mqtt_tx *t = (struct mqtt_tx *)tx;

	(void)state;
	pbuf_release(env->pool, &t->items);
	pbuf_release(env->pool, &t->text);
	tx_end(env, tx, sizeof(*t));
}

static void
mqtt_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env;
}

/* ---- what belongs together ---- */

/* Messages that answer: which message began the transaction, what to tell when there is none. */
static const struct answer {
	uint8_t begun_by, missing;
	bool    ends;
} answers[16] = {
	[MQTT_CONNACK] = { MQTT_CONNECT, MQTT_EVENT_MISSING_CONNECT, true },
	[MQTT_PUBACK] = { MQTT_PUBLISH, MQTT_EVENT_MISSING_PUBLISH, true },
	[MQTT_PUBREC] = { MQTT_PUBLISH, MQTT_EVENT_MISSING_PUBLISH, false },
	[MQTT_PUBREL] = { MQTT_PUBLISH, MQTT_EVENT_MISSING_PUBLISH, false },
	[MQTT_PUBCOMP] = { MQTT_PUBLISH, MQTT_EVENT_MISSING_PUBLISH, true },
	[MQTT_SUBACK] = { MQTT_SUBSCRIBE, MQTT_EVENT_MISSING_SUBSCRIBE, true },
	[MQTT_UNSUBACK] = { MQTT_UNSUBSCRIBE, MQTT_EVENT_MISSING_UNSUBSCRIBE, true },
	[MQTT_PINGRESP] = { MQTT_PINGREQ, 0, true },
};

static struct mqtt_tx *
find(struct proto_env *env, uint8_t begun_by, uint32_t key)
{
	struct tx *tx;

	TAILQ_FOREACH(tx, &env->flow->txs, link) {
		struct mqtt_tx *t = (struct mqtt_tx *)tx;

		if (t->type == begun_by && t->key == key && !tx_is_complete(tx, DIR_TOSERVER))
			return t;
	}
	return NULL;
}

static bool
wants_answer(const struct mqtt_message *m)
{
	return m->type == MQTT_CONNECT || m->type == MQTT_SUBSCRIBE || m->type == MQTT_UNSUBSCRIBE ||
			m->type == MQTT_PINGREQ || (m->type == MQTT_PUBLISH && mqtt_qos(m) > 0);
}

static void
over(struct mqtt_tx *t)
{
	tx_complete(&t->tx, DIR_TOSERVER);
	tx_complete(&t->tx, DIR_TOCLIENT);
}

static void
set_events(struct mqtt *s, struct mqtt_tx *t, const struct mqtt_message *m)
{
	bool needs_id = (m->type >= MQTT_PUBACK && m->type <= MQTT_UNSUBACK) ||
			(m->type == MQTT_PUBLISH && mqtt_qos(m) > 0);

	if (m->type == MQTT_CONNECT && s->connecting)
		tx_event(&t->tx, MQTT_EVENT_DOUBLE_CONNECT);
	if (m->type > MQTT_CONNACK && !s->connected)
		tx_event(&t->tx, MQTT_EVENT_UNINTRODUCED_MESSAGE);
	if (m->type == MQTT_UNASSIGNED || (m->type == MQTT_AUTH && s->version && s->version < 5))
		tx_event(&t->tx, MQTT_EVENT_UNASSIGNED_MSG_TYPE);
	if (mqtt_qos(m) == 3)
		tx_event(&t->tx, MQTT_EVENT_INVALID_QOS_LEVEL);
	if (needs_id && !m->has_id)
		tx_event(&t->tx, MQTT_EVENT_MISSING_MSG_ID);
}

/* The transaction of a message: the one that it answers, or a new one. */
static struct mqtt_tx *
tx_of(struct proto_env *env, const struct mqtt_message *m)
{
	const struct answer *a = &answers[m->type];
	struct mqtt_tx      *t = a->begun_by ? find(env, a->begun_by, m->id) : NULL;

	if (t)
		return t;
	t = tx_new(env);
	if (!t)
		return NULL;
	t->type = m->type;
	t->key = m->id;
	if (a->begun_by && m->type != MQTT_PINGRESP)
		tx_event(&t->tx, a->missing);
	return t;
}

static int
take_message(struct mqtt *s, struct proto_env *env, struct mqtt_message *m)
{
	struct mqtt_tx *t;
	int             err = 0;

	mqtt_read_id(m);
	t = tx_of(env, m);
	if (!t)
		return 0;
	set_events(s, t, m);
	if (t->n_messages < MESSAGES_MAX)
		err = mqtt_read(t, env->pool, m, &s->version);
	else
		tx_event(&t->tx, MQTT_EVENT_TOO_MANY_MESSAGES);
	if (err < 0)
		tx_event(&t->tx, MQTT_EVENT_MALFORMED_TRAFFIC);
	s->connecting |= m->type == MQTT_CONNECT;
	s->connected |= m->type == MQTT_CONNACK;
	t->tx.updated[DIR_TOSERVER] = true;
	if (err < 0 || answers[m->type].ends || (t->n_messages == 1 && !wants_answer(m)) ||
			(answers[m->type].begun_by && t->type == m->type))
		over(t);
	return err;
}

/* ---- the stream ---- */

/* Fixed header (2.1): type, flags, length of the rest. 1: there; 0: not all of it; -EBADMSG. */
static int
take_header(struct bytes *b, struct mqtt_message *m, uint32_t *len)
{
	struct bytes in = *b;
	uint8_t      first = bytes_u8(&in), byte = 0x80;

	*len = 0;
	for (unsigned shift = 0; byte & 0x80; shift += 7) {
		if (shift > 21)
			return -EBADMSG;
		byte = bytes_u8(&in);
		*len |= (uint32_t)(byte & 0x7f) << shift;
	}
	if (!bytes_ok(&in))
		return 0;
	*m = (struct mqtt_message){ .type = first >> 4, .flags = first & 15 };
	*b = in;
	return 1;
}

static void
mark(struct proto_env *env, int dir, const uint8_t *at, const uint8_t *body, uint32_t len)
{
	uint64_t head = (uint64_t)(body - at);

	appframe_mark(env, dir, APPFRAME_MQTT_PDU, at, head + len);
	appframe_mark(env, dir, APPFRAME_MQTT_HEADER, at, head);
	appframe_mark(env, dir, APPFRAME_MQTT_DATA, body, len);
}

/* The next message off `b`. 1, 0: more is needed, -EBADMSG. */
static int
step(struct mqtt *s, struct proto_env *env, int dir, struct bytes *b)
{
	struct bytes        in = *b;
	struct mqtt_message m;
	uint32_t            len, kept;
	int                 rc = take_header(&in, &m, &len);

	if (rc <= 0) {
		struct mqtt_tx *t = rc < 0 ? tx_new(env) : NULL;

		if (t) {
			tx_event(&t->tx, MQTT_EVENT_MALFORMED_TRAFFIC);
			over(t);
		}
		return rc;
	}
	kept = len < MESSAGE_MAX ? len : MESSAGE_MAX;
	if (in.left < kept)
		return 0;
	mark(env, dir, b->at, in.at, len);
	m.body = bytes_cut(&in, kept);
	m.cut = s->skip[dir] = len - kept;
	*b = in;
	(void)take_message(s, env, &m);
	return 1;
}

static int
mqtt_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct mqtt *s = state;
	struct bytes b = data;
	int          rc = 1;

	(void)flags;
	if (flags & PROTO_GAP) {
		s->lost[dir] |= gap > s->skip[dir];
		s->skip[dir] -= gap > s->skip[dir] ? s->skip[dir] : (uint32_t)gap;
	}
	if (s->lost[dir])
		return (int)data.left;
	while (b.left && rc > 0) {
		uint32_t n = b.left < s->skip[dir] ? (uint32_t)b.left : s->skip[dir];

		s->skip[dir] -= n;
		bytes_skip(&b, n);
		if (b.left)
			rc = step(s, env, dir, &b);
	}
	return rc < 0 ? rc : (int)(data.left - b.left);
}

/* ---- what rules and EVE ask ---- */

static const struct mqtt_item *
item_at(const struct mqtt_tx *t, size_t index)
{
	size_t at = index * sizeof(struct mqtt_item);

	return at < t->items.len ? (const void *)(t->items.data + at) : NULL;
}

static bool
mqtt_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct mqtt_tx         *t = (struct mqtt_tx *)tx;
	const struct mqtt_item *item;

	(void)dir;
	for (size_t i = 0; (item = item_at(t, i)); i++) {
		if (item->buffer != b || index-- != 0)
			continue;
		*out = (struct view){ .data = bytes_of(t->text.data + item->at, item->len), .ended = true };
		return true;
	}
	return false;
}

static bool
mqtt_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct mqtt_tx         *t = (struct mqtt_tx *)tx;
	const struct mqtt_item *item;

	(void)dir;
	for (size_t i = 0; (item = item_at(t, i)); i++) {
		if (item->number != n || index-- != 0)
			continue;
		*out = item->value;
		return true;
	}
	return false;
}

static const char *
text_key(uint16_t b)
{
	static const struct {
		uint16_t    buffer;
		const char *key;
	} keys[] = {
		{ BUF_MQTT_PROTOCOL_STRING, "protocol_string" }, { BUF_MQTT_CLIENTID, "client_id" },
		{ BUF_MQTT_USERNAME, "username" }, { BUF_MQTT_PASSWORD, "password" },
		{ BUF_MQTT_WILLTOPIC, "will_topic" }, { BUF_MQTT_WILLMESSAGE, "will_message" },
		{ BUF_MQTT_PUBLISH_TOPIC, "topic" }, { BUF_MQTT_PUBLISH_MESSAGE, "message" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].buffer == b)
			return keys[i].key;
	return NULL;
}

static void
eve_item(const struct mqtt_tx *t, const struct mqtt_item *item, struct json *j)
{
	const char *key = text_key(item->buffer);

	if (key)
		json_bytes(j, key, bytes_of(t->text.data + item->at, item->len < EVE_MAX ? item->len : EVE_MAX));
	switch (item->number) {
	case NUM_MQTT_FLAGS:
		json_bool(j, "retain", item->value & 1);
		json_bool(j, "dup", item->value & 8);
		break;
	case NUM_MQTT_QOS:
		json_u64(j, "qos", item->value);
		break;
	case NUM_MQTT_CONNACK_SESSION:
		json_bool(j, "session_present", item->value);
		break;
	default:
		break;
	}
}

/* Lists: topics, and reason codes. */
static size_t
eve_list(const struct mqtt_tx *t, uint16_t message, enum number n, uint16_t b, struct json *j, const char *key)
{
	const struct mqtt_item *item;
	size_t                  found = 0;

	for (size_t i = 0; (item = item_at(t, i)); i++) {
		if (item->message != message || item->number != n || item->buffer != b)
			continue;
		if (found++ == 0)
			json_arr(j, key);
		if (found > EVE_LIST_MAX)
			continue;
		if (b)
			json_bytes(j, NULL, bytes_of(t->text.data + item->at, item->len < EVE_MAX ? item->len : EVE_MAX));
		else
			json_u64(j, NULL, item->value);
	}
	if (found)
		json_arr_end(j);
	return found;
}

static void
eve_message(const struct mqtt_tx *t, uint16_t message, uint8_t type, struct json *j)
{
	static const char *const names[16] = { "unassigned", "connect", "connack", "publish", "puback", "pubrec",
		"pubrel", "pubcomp", "subscribe", "suback", "unsubscribe", "unsuback", "pingreq", "pingresp",
		"disconnect", "auth" };
	const struct mqtt_item  *item;

	json_obj(j, names[type & 15]);
	for (size_t i = 0; (item = item_at(t, i)); i++) {
		if (item->message != message)
			continue;
		if (item->number == NUM_MQTT_PROTOCOL_VERSION && type == MQTT_CONNECT)
			json_u64(j, "protocol_version", item->value);
		if (item->number == NUM_MQTT_REASON_CODE && type != MQTT_SUBACK && type != MQTT_UNSUBACK)
			json_u64(j, type == MQTT_CONNACK ? "return_code" : "reason_code", item->value);
		eve_item(t, item, j);
	}
	if (type == MQTT_SUBACK || type == MQTT_UNSUBACK)
		eve_list(t, message, NUM_MQTT_REASON_CODE, 0, j,
				type == MQTT_SUBACK ? "qos_granted" : "reason_codes");
	eve_list(t, message, NUM_NONE, type == MQTT_SUBSCRIBE ? BUF_MQTT_SUBSCRIBE_TOPIC : BUF_MQTT_UNSUBSCRIBE_TOPIC,
			j, "topics");
	json_obj_end(j);
}

void
mqtt_eve(struct tx *tx, struct json *j)
{
	struct mqtt_tx         *t = (struct mqtt_tx *)tx;
	const struct mqtt_item *item;

	json_obj(j, "mqtt");
	for (size_t i = 0; (item = item_at(t, i)); i++)
		if (item->number == NUM_MQTT_TYPE)
			eve_message(t, item->message, (uint8_t)item->value, j);
	json_obj_end(j);
}

/* ---- the row ---- */

/* A CONNECT and its protocol's name. */
static enum proto_probe
mqtt_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct mqtt_message m;
	uint32_t            len;
	int                 rc;

	(void)sport, (void)dport;
	if (dir != DIR_TOSERVER || data.left == 0 || data.at[0] != MQTT_CONNECT << 4)
		return PROBE_NO;
	rc = take_header(&data, &m, &len);
	if (rc <= 0)
		return rc < 0 ? PROBE_NO : PROBE_MORE;
	if (bytes_starts(&data, "\0\4MQTT", 6) || bytes_starts(&data, "\0\6MQIsdp", 8))
		return PROBE_YES;
	return data.left < 8 && (memcmp(data.at, "\0\4MQTT", data.left < 6 ? data.left : 6) == 0 ||
						memcmp(data.at, "\0\6MQIsdp", data.left) == 0)
			? PROBE_MORE
			: PROBE_NO;
}

const struct proto mqtt_proto = {
	.id = APPPROTO_MQTT,
	.over = PROTO_TCP,
	.gaps = 1,
	.ports = { 1883 },
	.state_size = sizeof(struct mqtt),
	.probe = mqtt_probe,
	.parse = mqtt_parse,
	.tx_free = mqtt_tx_free,
	.state_free = mqtt_state_free,
	.ops = { .buffer = mqtt_buffer, .number = mqtt_number },
	.eve = mqtt_eve,
};
