/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/tftp.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[TFTP_STARTED] = "request_started",
	[TFTP_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[TFTP_STARTED] = "response_started",
	[TFTP_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = { NULL };

static const struct app_buffer buffers[] = { { BUF_NONE, 0, 0 } };

const struct app tftp_app = {
	.id = APPPROTO_TFTP,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
};
