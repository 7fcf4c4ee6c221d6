/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/rfb.h - events of RFB. Constant data, any thread. */
#ifndef RULES_APP_RFB_H
#define RULES_APP_RFB_H

#include "rules/app.h"

/* Bit, name after the protocol. */
#define RFB_EVENT_LIST(X) \
	X(MALFORMED_MESSAGE, "malformed_message") \
	X(UNIMPLEMENTED_SECURITY_TYPE, "unimplemented_security_type") \
	X(UNKNOWN_SECURITY_RESULT, "unknown_security_result") \
	X(CONFUSED_STATE, "confused_state") \
	X(TOO_LONG_STRING, "too_long_string")

enum rfb_event {
#define X(id, name) RFB_EVENT_##id,
	RFB_EVENT_LIST(X)
#undef X
	RFB_EVENT_COUNT
};

extern const struct app rfb_app;

#endif
