/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/enip.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = { "request_started", "request_complete", NULL };
static const char *const response_states[] = { "response_started", "response_complete", NULL };

static const char *const events[] = {
#define X(id, name) name,
	ENIP_EVENT_LIST(X)
#undef X
	NULL,
};

#define BOTH(id) { id, DIR_TOSERVER, ENIP_COMPLETE }, { id, DIR_TOCLIENT, ENIP_COMPLETE }
#define RESPONSE(id) { id, DIR_TOCLIENT, ENIP_COMPLETE }

static const struct app_buffer buffers[] = {
	RESPONSE(BUF_ENIP_PRODUCT_NAME),
	RESPONSE(BUF_ENIP_SERVICE_NAME),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	BOTH(NUM_ENIP_COMMAND),
	BOTH(NUM_ENIP_STATUS),
	BOTH(NUM_CIP_SERVICE),
	BOTH(NUM_ENIP_CIP_CLASS),
	BOTH(NUM_ENIP_CIP_INSTANCE),
	BOTH(NUM_ENIP_CIP_ATTRIBUTE),
	RESPONSE(NUM_ENIP_CIP_STATUS),
	RESPONSE(NUM_ENIP_CIP_EXTENDED_STATUS),
	RESPONSE(NUM_ENIP_CAPABILITIES),
	RESPONSE(NUM_ENIP_PROTOCOL_VERSION),
	RESPONSE(NUM_ENIP_VENDOR_ID),
	RESPONSE(NUM_ENIP_DEVICE_TYPE),
	RESPONSE(NUM_ENIP_PRODUCT_CODE),
	RESPONSE(NUM_ENIP_REVISION),
	RESPONSE(NUM_ENIP_IDENTITY_STATUS),
	RESPONSE(NUM_ENIP_SERIAL),
	RESPONSE(NUM_ENIP_STATE),
	{ NUM_NONE, 0, 0 },
};

const struct app enip_app = {
	.id = APPPROTO_ENIP,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
