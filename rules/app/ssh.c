/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/ssh.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[SSH_STARTED] = "request_started",
	[SSH_IN_PROGRESS] = "request_in_progress",
	[SSH_BANNER_WAIT_EOL] = "request_banner_wait_eol",
	[SSH_BANNER_DONE] = "request_banner_done",
	[SSH_FINISHED] = "request_finished",
	[SSH_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[SSH_STARTED] = "response_started",
	[SSH_IN_PROGRESS] = "response_in_progress",
	[SSH_BANNER_WAIT_EOL] = "response_banner_wait_eol",
	[SSH_BANNER_DONE] = "response_banner_done",
	[SSH_FINISHED] = "response_finished",
	[SSH_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = {
#define X(id, name) name,
	SSH_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	{ BUF_SSH_PROTO, DIR_TOSERVER, SSH_BANNER_DONE },
	{ BUF_SSH_PROTO, DIR_TOCLIENT, SSH_BANNER_DONE },
	{ BUF_SSH_SOFTWARE, DIR_TOSERVER, SSH_BANNER_DONE },
	{ BUF_SSH_SOFTWARE, DIR_TOCLIENT, SSH_BANNER_DONE },
	{ BUF_SSH_HASSH, DIR_TOSERVER, SSH_FINISHED },
	{ BUF_SSH_HASSH_STRING, DIR_TOSERVER, SSH_FINISHED },
	{ BUF_SSH_HASSH_SERVER, DIR_TOCLIENT, SSH_FINISHED },
	{ BUF_SSH_HASSH_SERVER_STRING, DIR_TOCLIENT, SSH_FINISHED },
	{ BUF_NONE, 0, 0 },
};

const struct app ssh_app = {
	.id = APPPROTO_SSH,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
};
