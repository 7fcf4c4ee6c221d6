/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/smb.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[SMB_STARTED] = "request_started",
	[SMB_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[SMB_STARTED] = "response_started",
	[SMB_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = {
#define X(id, name) name,
	SMB_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	{ BUF_SMB_NAMED_PIPE, DIR_TOSERVER, SMB_COMPLETE },
	{ BUF_SMB_SHARE, DIR_TOSERVER, SMB_STARTED },
	{ BUF_SMB_NTLMSSP_USER, DIR_TOSERVER, SMB_STARTED },
	{ BUF_SMB_NTLMSSP_DOMAIN, DIR_TOSERVER, SMB_STARTED },
	{ BUF_DCE_STUB_DATA, DIR_TOSERVER, SMB_COMPLETE },
	{ BUF_DCE_STUB_DATA, DIR_TOCLIENT, SMB_COMPLETE },
	{ BUF_FILE_DATA, DIR_TOSERVER, SMB_STARTED },
	{ BUF_FILE_DATA, DIR_TOCLIENT, SMB_STARTED },
	{ BUF_FILE_NAME, DIR_TOSERVER, SMB_STARTED },
	{ BUF_FILE_NAME, DIR_TOCLIENT, SMB_STARTED },
	{ BUF_FILE_MAGIC, DIR_TOSERVER, SMB_COMPLETE },
	{ BUF_FILE_MAGIC, DIR_TOCLIENT, SMB_COMPLETE },
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	{ NUM_SMB_VERSION, DIR_TOSERVER, SMB_STARTED },
	{ NUM_SMB_VERSION, DIR_TOCLIENT, SMB_STARTED },
	{ NUM_SMB_DIALECT, DIR_TOSERVER, SMB_STARTED },
	{ NUM_SMB_DIALECT, DIR_TOCLIENT, SMB_STARTED },
	{ NUM_DCE_OPNUM, DIR_TOSERVER, SMB_STARTED },
	{ NUM_DCE_OPNUM, DIR_TOCLIENT, SMB_STARTED },
	{ NUM_NONE, 0, 0 },
};

const struct app smb_app = {
	.id = APPPROTO_SMB,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
