/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/quic.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = { "request_started", "request_complete", NULL };
static const char *const response_states[] = { "response_started", "response_complete", NULL };

static const char *const events[] = {
#define X(id, name) name,
	QUIC_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	{ BUF_QUIC_VERSION, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_QUIC_VERSION, DIR_TOCLIENT, QUIC_COMPLETE },
	{ BUF_QUIC_SNI, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_QUIC_UA, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_QUIC_CYU_HASH, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_QUIC_CYU_STRING, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_JA3_HASH, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_JA3_STRING, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_JA3S_HASH, DIR_TOCLIENT, QUIC_COMPLETE },
	{ BUF_JA3S_STRING, DIR_TOCLIENT, QUIC_COMPLETE },
	{ BUF_JA4_HASH, DIR_TOSERVER, QUIC_COMPLETE },
	{ BUF_NONE, 0, 0 },
};

const struct app quic_app = {
	.id = APPPROTO_QUIC,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
};
