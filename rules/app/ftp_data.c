/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/ftp_data.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[FTP_DATA_STARTED] = "request_started",
	[FTP_DATA_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[FTP_DATA_STARTED] = "response_started",
	[FTP_DATA_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = { NULL };

static const struct app_buffer buffers[] = {
	{ BUF_FTPDATA_COMMAND, DIR_TOSERVER, FTP_DATA_STARTED },
	{ BUF_FTPDATA_COMMAND, DIR_TOCLIENT, FTP_DATA_STARTED },
	{ BUF_FILE_DATA, DIR_TOSERVER, FTP_DATA_STARTED },
	{ BUF_FILE_DATA, DIR_TOCLIENT, FTP_DATA_STARTED },
	{ BUF_FILE_NAME, DIR_TOSERVER, FTP_DATA_STARTED },
	{ BUF_FILE_NAME, DIR_TOCLIENT, FTP_DATA_STARTED },
	{ BUF_FILE_MAGIC, DIR_TOSERVER, FTP_DATA_COMPLETE },
	{ BUF_FILE_MAGIC, DIR_TOCLIENT, FTP_DATA_COMPLETE },
	{ BUF_NONE, 0, 0 },
};

const struct app ftp_data_app = {
	.id = APPPROTO_FTP_DATA,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
};
