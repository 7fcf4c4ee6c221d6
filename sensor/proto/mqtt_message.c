/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/packet.h"
#include "sensor/proto/mqtt.h"

#include <errno.h>

#define ITEMS_MAX 1024 /* of one transaction */
#define TEXT_MAX (256u << 10)
#define VERSION_5 5

#define CONNECT_USERNAME 0x80
#define CONNECT_PASSWORD 0x40
#define CONNECT_WILL 0x04

struct reader {
	struct mqtt_tx            *t;
	struct pool               *pool;
	const struct mqtt_message *m;
	struct bytes               b;
	uint8_t                    version;
};

static void
add(struct reader *r, struct mqtt_item item)
{
	item.message = (uint16_t)(r->t->n_messages - 1);
	if (r->t->items.len < ITEMS_MAX * sizeof(item))
		(void)pbuf_add(r->pool, &r->t->items, &item, sizeof(item));
}

static void
add_number(struct reader *r, enum number n, uint64_t value)
{
	add(r, (struct mqtt_item){ .number = (uint16_t)n, .value = value });
}

static void
add_text(struct reader *r, enum buffer b, struct bytes text)
{
	struct mqtt_item item = { .buffer = (uint16_t)b, .at = r->t->text.len, .len = (uint32_t)text.left };

	if (item.at + text.left <= TEXT_MAX && pbuf_add(r->pool, &r->t->text, text.at, text.left) == 0)
		add(r, item);
}

static struct bytes
take_string(struct reader *r)
{
	return bytes_cut(&r->b, bytes_be16(&r->b));
}

/* A number of seven bits a byte (1.5.5). */
static uint32_t
take_varint(struct bytes *b)
{
	uint32_t v = 0;
	uint8_t  byte = 0x80;

	for (unsigned shift = 0; byte & 0x80 && shift < 28; shift += 7) {
		byte = bytes_u8(b);
		v |= (uint32_t)(byte & 0x7f) << shift;
	}
	b->bad |= byte & 0x80;
	return v;
}

static void
skip_properties(struct reader *r)
{
	if (r->version >= VERSION_5)
		bytes_skip(&r->b, take_varint(&r->b));
}

/* ---- messages ---- */

static void
read_connect(struct reader *r)
{
	struct bytes protocol = take_string(r);
	uint8_t      flags;

	add_text(r, BUF_MQTT_PROTOCOL_STRING, protocol);
	r->version = bytes_u8(&r->b);
	flags = bytes_u8(&r->b);
	add_number(r, NUM_MQTT_PROTOCOL_VERSION, r->version);
	add_number(r, NUM_MQTT_CONNECT_FLAGS, flags);
	bytes_skip(&r->b, 2); /* keep alive */
	skip_properties(r);
	add_text(r, BUF_MQTT_CLIENTID, take_string(r));
	if (flags & CONNECT_WILL) {
		skip_properties(r);
		add_text(r, BUF_MQTT_WILLTOPIC, take_string(r));
		add_text(r, BUF_MQTT_WILLMESSAGE, take_string(r));
	}
	if (flags & CONNECT_USERNAME)
		add_text(r, BUF_MQTT_USERNAME, take_string(r));
	if (flags & CONNECT_PASSWORD)
		add_text(r, BUF_MQTT_PASSWORD, take_string(r));
}

static void
read_connack(struct reader *r)
{
	add_number(r, NUM_MQTT_CONNACK_SESSION, bytes_u8(&r->b) & 1);
	add_number(r, NUM_MQTT_REASON_CODE, bytes_u8(&r->b));
	skip_properties(r);
}

static void
read_publish(struct reader *r)
{
	add_text(r, BUF_MQTT_PUBLISH_TOPIC, take_string(r));
	if (mqtt_qos(r->m) > 0)
		bytes_skip(&r->b, 2);
	skip_properties(r);
	if (bytes_ok(&r->b))
		add_text(r, BUF_MQTT_PUBLISH_MESSAGE, r->b);
}

/* PUBACK, PUBREC, PUBREL, PUBCOMP: what succeeded may be left out. */
static void
read_answer(struct reader *r)
{
	bytes_skip(&r->b, 2);
	if (r->version >= VERSION_5)
		add_number(r, NUM_MQTT_REASON_CODE, r->b.left ? bytes_u8(&r->b) : 0);
	if (r->b.left > 0)
		skip_properties(r);
}

static void
read_topics(struct reader *r)
{
	bool subscribes = r->m->type == MQTT_SUBSCRIBE;

	bytes_skip(&r->b, 2);
	skip_properties(r);
	while (r->b.left && bytes_ok(&r->b)) {
		add_text(r, subscribes ? BUF_MQTT_SUBSCRIBE_TOPIC : BUF_MQTT_UNSUBSCRIBE_TOPIC, take_string(r));
		bytes_skip(&r->b, subscribes);
	}
}

static void
read_codes(struct reader *r)
{
	bytes_skip(&r->b, 2);
	skip_properties(r);
	while (r->b.left)
		add_number(r, NUM_MQTT_REASON_CODE, bytes_u8(&r->b));
}

/* DISCONNECT, AUTH */
static void
read_end(struct reader *r)
{
	if (r->version < VERSION_5)
		return;
	add_number(r, NUM_MQTT_REASON_CODE, r->b.left ? bytes_u8(&r->b) : 0);
	if (r->b.left)
		skip_properties(r);
}

void
mqtt_read_id(struct mqtt_message *m)
{
	struct bytes b = m->body;

	if (m->type == MQTT_PUBLISH) {
		bytes_skip(&b, bytes_be16(&b));
		m->has_id = mqtt_qos(m) > 0;
	} else {
		m->has_id = m->type >= MQTT_PUBACK && m->type <= MQTT_UNSUBACK;
	}
	m->id = m->has_id ? bytes_be16(&b) : 0;
	m->has_id = m->has_id && bytes_ok(&b);
}

int
mqtt_read(struct mqtt_tx *t, struct pool *pool, struct mqtt_message *m, uint8_t *version)
{
	static void (*const readers[16])(struct reader *) = {
		[MQTT_CONNECT] = read_connect, [MQTT_CONNACK] = read_connack, [MQTT_PUBLISH] = read_publish,
		[MQTT_PUBACK] = read_answer, [MQTT_PUBREC] = read_answer, [MQTT_PUBREL] = read_answer,
		[MQTT_PUBCOMP] = read_answer, [MQTT_SUBSCRIBE] = read_topics, [MQTT_UNSUBSCRIBE] = read_topics,
		[MQTT_SUBACK] = read_codes, [MQTT_UNSUBACK] = read_codes, [MQTT_DISCONNECT] = read_end,
		[MQTT_AUTH] = read_end,
	};
	struct reader r = { .t = t, .pool = pool, .m = m, .b = m->body, .version = *version };

	t->n_messages++;
	add_number(&r, NUM_MQTT_TYPE, m->type);
	add_number(&r, NUM_MQTT_FLAGS, m->flags);
	add_number(&r, NUM_MQTT_QOS, mqtt_qos(m));
	if (m->type != MQTT_CONNECT)
		add_number(&r, NUM_MQTT_PROTOCOL_VERSION, *version);
	if (readers[m->type])
		readers[m->type](&r);
	*version = r.version;
	return bytes_ok(&r.b) || m->cut ? 0 : -EBADMSG;
}
