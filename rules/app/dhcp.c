/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/dhcp.h"

#include "rules/app/plain.h"

#include <stddef.h>

static const char *const events[] = {
#define X(id, name) name,
	DHCP_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = { { BUF_NONE, 0, 0 } };

static const struct app_number numbers[] = {
	PLAIN_BOTH(NUM_DHCP_LEASETIME),
	PLAIN_BOTH(NUM_DHCP_REBINDING_TIME),
	PLAIN_BOTH(NUM_DHCP_RENEWAL_TIME),
	{ NUM_NONE, 0, 0 },
};

const struct app dhcp_app = {
	.id = APPPROTO_DHCP,
	.states = PLAIN_STATES,
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
