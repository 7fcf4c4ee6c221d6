/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/ntp.h"

#include "rules/app/plain.h"

#include <stddef.h>

static const char *const events[] = {
#define X(id, name) name,
	NTP_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	PLAIN_BOTH(BUF_NTP_REFERENCE_ID),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	PLAIN_BOTH(NUM_NTP_VERSION),
	PLAIN_BOTH(NUM_NTP_MODE),
	PLAIN_BOTH(NUM_NTP_STRATUM),
	{ NUM_NONE, 0, 0 },
};

const struct app ntp_app = {
	.id = APPPROTO_NTP,
	.states = PLAIN_STATES,
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
