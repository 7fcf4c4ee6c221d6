/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/snmp.h - events of SNMP. Constant data, any thread. */
#ifndef RULES_APP_SNMP_H
#define RULES_APP_SNMP_H

#include "rules/app.h"

/* Bit, name after the protocol. */
#define SNMP_EVENT_LIST(X) \
	X(MALFORMED_DATA, "malformed_data") \
	X(UNKNOWN_SECURITY_MODEL, "unknown_security_model") \
	X(VERSION_MISMATCH, "version_mismatch")

enum snmp_event {
#define X(id, name) SNMP_EVENT_##id,
	SNMP_EVENT_LIST(X)
#undef X
	SNMP_EVENT_COUNT
};

extern const struct app snmp_app;

#endif
