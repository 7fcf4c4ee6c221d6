/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/mqtt.h - MQTT 3.1, 3.1.1 and 5.0 (OASIS).
 *
 * A message and those that answer it (PUBLISH, PUBREC, PUBREL, PUBCOMP) are one
 * transaction. mqtt_message.c reads messages, mqtt.c puts them together and
 * answers for them. See sensor/proto.h for threads and memory.
 */
#ifndef SENSOR_PROTO_MQTT_H
#define SENSOR_PROTO_MQTT_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/app/mqtt.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

struct json;
struct proto;

/* MQTT 5.0, 2.1.2 */
enum mqtt_type {
	MQTT_UNASSIGNED,
	MQTT_CONNECT,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT,
	MQTT_AUTH,
};

/* A number or a text that a message carries. */
struct mqtt_item {
	uint16_t message; /* index in its transaction */
	uint16_t number;  /* enum number, or … */
	uint16_t buffer;  /* … enum buffer */
	uint64_t value;   /* of a number */
	uint32_t at, len; /* of a text, in mqtt_tx.text */
};

struct mqtt_tx {
	struct tx   tx; /* head first */
	uint8_t     type;  /* of the first message */
	uint32_t    key;   /* what answers have in common with it */
	uint16_t    n_messages;
	struct pbuf items; /* struct mqtt_item[] */
	struct pbuf text;
};

/* One message as it stands on the wire. */
struct mqtt_message {
	uint8_t      type, flags;
	bool         has_id;
	uint16_t     id;
	struct bytes body;
	uint32_t     cut; /* bytes of the body that were not waited for */
};

static inline uint8_t
mqtt_qos(const struct mqtt_message *m)
{
	return m->flags >> 1 & 3;
}

/* The id that answers refer to; none, when its message has none. */
void mqtt_read_id(struct mqtt_message *m);

/* Take what a message says into its transaction. `version` is the connection's, and set by CONNECT. 0 or -EBADMSG. */
int mqtt_read(struct mqtt_tx *t, struct pool *pool, struct mqtt_message *m, uint8_t *version);

extern const struct proto mqtt_proto;

void mqtt_eve(struct tx *tx, struct json *j);

#endif
