/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/mqtt.h - states and events of MQTT. Constant data, any thread. */
#ifndef RULES_APP_MQTT_H
#define RULES_APP_MQTT_H

#include "rules/app.h"

/* Progress of either direction. */
enum mqtt_progress {
	MQTT_STARTED,
	MQTT_COMPLETE, /* the message that needs no answer, or its answer, is there */
};

/* Bit, name after the protocol. */
#define MQTT_EVENT_LIST(X)				\
	X(MISSING_CONNECT, "missing_connect")		\
	X(MISSING_PUBLISH, "missing_publish")		\
	X(MISSING_SUBSCRIBE, "missing_subscribe")	\
	X(MISSING_UNSUBSCRIBE, "missing_unsubscribe")	\
	X(DOUBLE_CONNECT, "double_connect")		\
	X(UNINTRODUCED_MESSAGE, "unintroduced_message")	\
	X(INVALID_QOS_LEVEL, "invalid_qos_level")	\
	X(MISSING_MSG_ID, "missing_msg_id")		\
	X(UNASSIGNED_MSG_TYPE, "unassigned_msg_type")	\
	X(TOO_MANY_TRANSACTIONS, "too_many_transactions") \
	X(MALFORMED_TRAFFIC, "malformed_traffic")	\
	X(TOO_MANY_MESSAGES, "too_many_messages")

enum mqtt_event {
#define X(id, name) MQTT_EVENT_##id,
	MQTT_EVENT_LIST(X)
#undef X
	MQTT_EVENT_COUNT
};

extern const struct app mqtt_app;

#endif
