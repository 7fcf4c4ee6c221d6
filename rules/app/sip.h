/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/sip.h - events of SIP. Constant data, any thread. */
#ifndef RULES_APP_SIP_H
#define RULES_APP_SIP_H

#include "rules/app.h"

/* Bit, name after the protocol. */
#define SIP_EVENT_LIST(X) \
	X(INCOMPLETE_DATA, "incomplete_data") \
	X(INVALID_DATA, "invalid_data")

enum sip_event {
#define X(id, name) SIP_EVENT_##id,
	SIP_EVENT_LIST(X)
#undef X
	SIP_EVENT_COUNT
};

extern const struct app sip_app;

#endif
