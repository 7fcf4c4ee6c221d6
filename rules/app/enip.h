/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/enip.h - states and events of EtherNet/IP. Constant data, any thread. */
#ifndef RULES_APP_ENIP_H
#define RULES_APP_ENIP_H

#include "rules/app.h"

/* Progress of either direction. */
enum enip_progress {
	ENIP_STARTED,
	ENIP_COMPLETE,
};

/* Bit, name after the protocol. */
#define ENIP_EVENT_LIST(X)				\
	X(TOO_MANY_TRANSACTIONS, "too_many_transactions") \
	X(INVALID_PDU, "invalid_pdu")

enum enip_event {
#define X(id, name) ENIP_EVENT_##id,
	ENIP_EVENT_LIST(X)
#undef X
	ENIP_EVENT_COUNT
};

/* One CIP message as NUM_CIP_SERVICE tells it: service, and class and attribute where it has them. */
#define CIP_KEY(service, class, has_class, attribute, has_attribute)                            \
	((uint64_t)(service) | (uint64_t)(class) << 8 | (uint64_t)(has_class) << 24 |             \
			(uint64_t)(attribute) << 32 | (uint64_t)(has_attribute) << 48)
#define CIP_KEY_CLASS CIP_KEY(0, 0xffff, 1, 0, 0)
#define CIP_KEY_ATTRIBUTE CIP_KEY(0, 0, 0, 0xffff, 1)
#define CIP_KEY_SERVICE CIP_KEY(0xff, 0, 0, 0, 0)

extern const struct app enip_app;

#endif
