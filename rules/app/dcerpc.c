/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/dcerpc.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[DCERPC_STARTED] = "request_started",
	[DCERPC_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[DCERPC_STARTED] = "response_started",
	[DCERPC_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = { NULL };

static const struct app_buffer buffers[] = {
	{ BUF_DCE_STUB_DATA, DIR_TOSERVER, DCERPC_COMPLETE },
	{ BUF_DCE_STUB_DATA, DIR_TOCLIENT, DCERPC_COMPLETE },
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	{ NUM_DCE_OPNUM, DIR_TOSERVER, DCERPC_STARTED },
	{ NUM_DCE_OPNUM, DIR_TOCLIENT, DCERPC_STARTED },
	{ NUM_NONE, 0, 0 },
};

const struct app dcerpc_app = {
	.id = APPPROTO_DCERPC,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
