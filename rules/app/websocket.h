/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/websocket.h - states and events of WebSocket. Constant data, any thread. */
#ifndef RULES_APP_WEBSOCKET_H
#define RULES_APP_WEBSOCKET_H

#include "rules/app.h"

/* Progress of either direction. */
enum websocket_progress {
	WEBSOCKET_STARTED,
	WEBSOCKET_COMPLETE,
};

/* Bit, name after the protocol. */
#define WEBSOCKET_EVENT_LIST(X)					\
	X(SKIP_END_OF_PAYLOAD, "skip_end_of_payload")		\
	X(REASSEMBLY_LIMIT_REACHED, "reassembly_limit_reached")

enum websocket_event {
#define X(id, name) WEBSOCKET_EVENT_##id,
	WEBSOCKET_EVENT_LIST(X)
#undef X
	WEBSOCKET_EVENT_COUNT
};

extern const struct app websocket_app;

#endif
