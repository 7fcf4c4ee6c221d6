/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/mqtt.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = { "request_started", "request_complete", NULL };
static const char *const response_states[] = { "response_started", "response_complete", NULL };

static const char *const events[] = {
#define X(id, name) name,
	MQTT_EVENT_LIST(X)
#undef X
	NULL,
};

/* Whoever sent what: a transaction is looked at once, with the server's direction. */
#define ROW(id) { id, DIR_TOSERVER, MQTT_COMPLETE }

static const struct app_buffer buffers[] = {
	ROW(BUF_MQTT_PROTOCOL_STRING),
	ROW(BUF_MQTT_CLIENTID),
	ROW(BUF_MQTT_USERNAME),
	ROW(BUF_MQTT_PASSWORD),
	ROW(BUF_MQTT_WILLTOPIC),
	ROW(BUF_MQTT_WILLMESSAGE),
	ROW(BUF_MQTT_PUBLISH_TOPIC),
	ROW(BUF_MQTT_PUBLISH_MESSAGE),
	ROW(BUF_MQTT_SUBSCRIBE_TOPIC),
	ROW(BUF_MQTT_UNSUBSCRIBE_TOPIC),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	ROW(NUM_MQTT_TYPE),
	ROW(NUM_MQTT_FLAGS),
	ROW(NUM_MQTT_QOS),
	ROW(NUM_MQTT_REASON_CODE),
	ROW(NUM_MQTT_PROTOCOL_VERSION),
	ROW(NUM_MQTT_CONNECT_FLAGS),
	ROW(NUM_MQTT_CONNACK_SESSION),
	{ NUM_NONE, 0, 0 },
};

const struct app mqtt_app = {
	.id = APPPROTO_MQTT,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
