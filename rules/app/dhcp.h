/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/dhcp.h - events of DHCP. Constant data, any thread. */
#ifndef RULES_APP_DHCP_H
#define RULES_APP_DHCP_H

#include "rules/app.h"

/* Bit, name after the protocol. */
#define DHCP_EVENT_LIST(X) \
	X(MALFORMED_OPTIONS, "malformed_options") \
	X(TRUNCATED_OPTIONS, "truncated_options")

enum dhcp_event {
#define X(id, name) DHCP_EVENT_##id,
	DHCP_EVENT_LIST(X)
#undef X
	DHCP_EVENT_COUNT
};

extern const struct app dhcp_app;

#endif
