/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/ssh.h - states and events of SSH. Constant data, any thread. */
#ifndef RULES_APP_SSH_H
#define RULES_APP_SSH_H

#include "rules/app.h"

enum ssh_state {
	SSH_STARTED,
	SSH_IN_PROGRESS,
	SSH_BANNER_WAIT_EOL, /* too long: its end is still to come */
	SSH_BANNER_DONE,
	SSH_FINISHED, /* key exchange offered */
	SSH_COMPLETE, /* nothing more comes */
};

/* Bit, name after the protocol. */
#define SSH_EVENT_LIST(X) \
	X(INVALID_BANNER, "invalid_banner") \
	X(LONG_BANNER, "long_banner") \
	X(INVALID_RECORD, "invalid_record")

enum ssh_event {
#define X(id, name) SSH_EVENT_##id,
	SSH_EVENT_LIST(X)
#undef X
	SSH_EVENT_COUNT
};

extern const struct app ssh_app;

#endif
