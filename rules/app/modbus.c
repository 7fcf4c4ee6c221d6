/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/modbus.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = { "request_started", "request_complete", NULL };
static const char *const response_states[] = { "response_started", "response_complete", NULL };

static const char *const events[] = {
#define X(id, name) name,
	MODBUS_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	{ BUF_NONE, 0, 0 },
};

#define REQUEST(id) { id, DIR_TOSERVER, MODBUS_COMPLETE }

static const struct app_number numbers[] = {
	REQUEST(NUM_MODBUS_UNIT),
	REQUEST(NUM_MODBUS_FUNCTION),
	REQUEST(NUM_MODBUS_SUBFUNCTION),
	REQUEST(NUM_MODBUS_ACCESS),
	REQUEST(NUM_MODBUS_CATEGORY),
	REQUEST(NUM_MODBUS_ADDRESS),
	REQUEST(NUM_MODBUS_VALUE),
	{ NUM_MODBUS_EXCEPTION, DIR_TOCLIENT, MODBUS_COMPLETE },
	{ NUM_NONE, 0, 0 },
};

const struct app modbus_app = {
	.id = APPPROTO_MODBUS,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
