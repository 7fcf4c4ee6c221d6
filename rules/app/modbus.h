/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/modbus.h - states, events and kinds of access of Modbus. Constant data, any thread. */
#ifndef RULES_APP_MODBUS_H
#define RULES_APP_MODBUS_H

#include "rules/app.h"

/* Progress of either direction. */
enum modbus_progress {
	MODBUS_STARTED,
	MODBUS_COMPLETE,
};

/* What a request does, bits of NUM_MODBUS_ACCESS. */
enum modbus_access {
	MODBUS_READ = 1,
	MODBUS_WRITE = 2,
	MODBUS_DISCRETES = 4,
	MODBUS_COILS = 8,
	MODBUS_INPUT = 16,
	MODBUS_HOLDING = 32,
};

/* What a function code is by the standard, bits of NUM_MODBUS_CATEGORY. */
enum modbus_category {
	MODBUS_ASSIGNED = 1,
	MODBUS_UNASSIGNED = 2,
	MODBUS_USER = 4,
	MODBUS_RESERVED = 8,
};

/* Bit, name after the protocol. */
#define MODBUS_EVENT_LIST(X)					\
	X(INVALID_PROTOCOL_ID, "invalid_protocol_id")		\
	X(UNSOLICITED_RESPONSE, "unsolicited_response")		\
	X(INVALID_LENGTH, "invalid_length")			\
	X(INVALID_FUNCTION_CODE, "invalid_function_code")	\
	X(INVALID_VALUE, "invalid_value")			\
	X(INVALID_EXCEPTION_CODE, "invalid_exception_code")	\
	X(VALUE_MISMATCH, "value_mismatch")			\
	X(FLOODED, "flooded")

enum modbus_event {
#define X(id, name) MODBUS_EVENT_##id,
	MODBUS_EVENT_LIST(X)
#undef X
	MODBUS_EVENT_COUNT
};

extern const struct app modbus_app;

#endif
