/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/websocket.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = { "request_started", "request_complete", NULL };
static const char *const response_states[] = { "response_started", "response_complete", NULL };

static const char *const events[] = {
#define X(id, name) name,
	WEBSOCKET_EVENT_LIST(X)
#undef X
	NULL,
};

#define BOTH(id) { id, DIR_TOSERVER, WEBSOCKET_COMPLETE }, { id, DIR_TOCLIENT, WEBSOCKET_COMPLETE }

static const struct app_buffer buffers[] = {
	BOTH(BUF_WEBSOCKET_PAYLOAD),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	BOTH(NUM_WEBSOCKET_OPCODE),
	BOTH(NUM_WEBSOCKET_MASK),
	BOTH(NUM_WEBSOCKET_FLAGS),
	{ NUM_NONE, 0, 0 },
};

const struct app websocket_app = {
	.id = APPPROTO_WEBSOCKET,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
