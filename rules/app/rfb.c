/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/rfb.h"

#include "rules/app/plain.h"

#include <stddef.h>

static const char *const events[] = {
#define X(id, name) name,
	RFB_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	PLAIN_RESPONSE(BUF_RFB_NAME),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	PLAIN_REQUEST(NUM_RFB_SECTYPE),
	PLAIN_RESPONSE(NUM_RFB_SECRESULT),
	{ NUM_NONE, 0, 0 },
};

const struct app rfb_app = {
	.id = APPPROTO_RFB,
	.states = PLAIN_STATES,
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
