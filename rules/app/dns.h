/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/dns.h - states and events of DNS. Constant data, any thread. */
#ifndef RULES_APP_DNS_H
#define RULES_APP_DNS_H

#include "rules/app.h"

/* Progress of either direction. */
enum dns_progress {
	DNS_STATE_STARTED,
	DNS_STATE_COMPLETE,
};

/* Bit, name after the protocol. */
#define DNS_EVENT_LIST(X)							\
	X(MALFORMED_DATA, "malformed_data")					\
	X(NOT_REQUEST, "not_request")						\
	X(NOT_RESPONSE, "not_response")						\
	X(Z_FLAG_SET, "z_flag_set")						\
	X(INVALID_OPCODE, "invalid_opcode")					\
	X(NAME_TOO_LONG, "name_too_long")					\
	X(INFINITE_LOOP, "infinite_loop")					\
	X(TOO_MANY_LABELS, "too_many_labels")					\
	X(INVALID_ADDITIONALS, "invalid_additionals")				\
	X(INVALID_AUTHORITIES, "invalid_authorities")				\
	X(NOT_A_REQUEST, "not_a_request") /* name in earlier rule sets */	\
	X(NOT_A_RESPONSE, "not_a_response")					\
	X(FLOODED, "flooded")

enum dns_event {
#define X(id, name) DNS_EVENT_##id,
	DNS_EVENT_LIST(X)
#undef X
	DNS_EVENT_COUNT
};

extern const struct app dns_app;

#endif
