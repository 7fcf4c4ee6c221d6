/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/ntp.h - events of NTP. Constant data, any thread. */
#ifndef RULES_APP_NTP_H
#define RULES_APP_NTP_H

#include "rules/app.h"

/* Bit, name after the protocol. */
#define NTP_EVENT_LIST(X) \
	X(MALFORMED_DATA, "malformed_data")

enum ntp_event {
#define X(id, name) NTP_EVENT_##id,
	NTP_EVENT_LIST(X)
#undef X
	NTP_EVENT_COUNT
};

extern const struct app ntp_app;

#endif
