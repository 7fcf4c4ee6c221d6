/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/ftp.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[FTP_STARTED] = "request_started",
	[FTP_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[FTP_STARTED] = "response_started",
	[FTP_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = {
#define X(id, name) name,
	FTP_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	{ BUF_FTP_COMMAND, DIR_TOSERVER, FTP_STARTED },
	{ BUF_FTP_COMMAND_DATA, DIR_TOSERVER, FTP_STARTED },
	{ BUF_FTP_REPLY, DIR_TOCLIENT, FTP_COMPLETE },
	{ BUF_FTP_COMPLETION_CODE, DIR_TOCLIENT, FTP_COMPLETE },
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	{ NUM_FTP_DYNAMIC_PORT, DIR_TOSERVER, FTP_COMPLETE },
	{ NUM_FTP_DYNAMIC_PORT, DIR_TOCLIENT, FTP_COMPLETE },
	{ NUM_FTP_MODE, DIR_TOSERVER, FTP_COMPLETE },
	{ NUM_FTP_MODE, DIR_TOCLIENT, FTP_COMPLETE },
	{ NUM_FTP_REPLY_RECEIVED, DIR_TOCLIENT, FTP_COMPLETE },
	{ NUM_NONE, 0, 0 },
};

const struct app ftp_app = {
	.id = APPPROTO_FTP,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
