/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/snmp.h"

#include "rules/app/plain.h"

#include <stddef.h>

static const char *const events[] = {
#define X(id, name) name,
	SNMP_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	PLAIN_BOTH(BUF_SNMP_COMMUNITY),
	PLAIN_BOTH(BUF_SNMP_USM),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	PLAIN_BOTH(NUM_SNMP_VERSION),
	PLAIN_BOTH(NUM_SNMP_PDU_TYPE),
	PLAIN_BOTH(NUM_SNMP_TRAP_TYPE),
	{ NUM_NONE, 0, 0 },
};

const struct app snmp_app = {
	.id = APPPROTO_SNMP,
	.states = PLAIN_STATES,
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
