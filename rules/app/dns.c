/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/dns.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[DNS_STATE_STARTED] = "request_started",
	[DNS_STATE_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[DNS_STATE_STARTED] = "response_started",
	[DNS_STATE_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = {
#define X(id, name) name,
	DNS_EVENT_LIST(X)
#undef X
	NULL,
};

/* A message is one transaction and is read whole, so everything is there at once. */
#define REQUEST(id) { id, DIR_TOSERVER, DNS_STATE_COMPLETE }
#define RESPONSE(id) { id, DIR_TOCLIENT, DNS_STATE_COMPLETE }
#define BOTH(id) REQUEST(id), RESPONSE(id)

static const struct app_buffer buffers[] = {
	REQUEST(BUF_DNS_QUERY),
	BOTH(BUF_DNS_QUERY_NAME),
	BOTH(BUF_DNS_QUERIES_RRNAME),
	BOTH(BUF_DNS_ANSWER_NAME),
	BOTH(BUF_DNS_ANSWERS_RRNAME),
	BOTH(BUF_DNS_AUTHORITIES_RRNAME),
	BOTH(BUF_DNS_ADDITIONALS_RRNAME),
	RESPONSE(BUF_DNS_RESPONSE_RRNAME),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	BOTH(NUM_DNS_OPCODE),
	BOTH(NUM_DNS_RCODE),
	BOTH(NUM_DNS_RRTYPE),
	{ NUM_NONE, 0, 0 },
};

const struct app dns_app = {
	.id = APPPROTO_DNS,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
