/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/http1.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[HTTP1_REQUEST_STARTED] = "request_started",
	[HTTP1_REQUEST_LINE] = "request_line",
	[HTTP1_REQUEST_HEADERS] = "request_headers",
	[HTTP1_REQUEST_BODY] = "request_body",
	[HTTP1_REQUEST_TRAILER] = "request_trailer",
	[HTTP1_REQUEST_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[HTTP1_RESPONSE_STARTED] = "response_started",
	[HTTP1_RESPONSE_LINE] = "response_line",
	[HTTP1_RESPONSE_HEADERS] = "response_headers",
	[HTTP1_RESPONSE_BODY] = "response_body",
	[HTTP1_RESPONSE_TRAILER] = "response_trailer",
	[HTTP1_RESPONSE_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = {
#define X(id, name) name,
	HTTP1_EVENT_LIST(X)
#undef X
	NULL,
};
_Static_assert(HTTP1_EVENT_COUNT <= 64, "events are bits of a 64-bit word");

/* A buffer of requests, of responses, of both at the same stage. */
#define REQUEST(id, stage) { BUF_##id, DIR_TOSERVER, HTTP1_REQUEST_##stage }
#define RESPONSE(id, stage) { BUF_##id, DIR_TOCLIENT, HTTP1_RESPONSE_##stage }
#define BOTH(id, stage) REQUEST(id, stage), RESPONSE(id, stage)

static const struct app_buffer buffers[] = {
	REQUEST(HTTP_URI, LINE),
	REQUEST(HTTP_URI_RAW, LINE),
	REQUEST(HTTP_METHOD, LINE),
	REQUEST(HTTP_REQUEST_LINE, LINE),
	RESPONSE(HTTP_RESPONSE_LINE, LINE),
	RESPONSE(HTTP_STAT_CODE, LINE),
	RESPONSE(HTTP_STAT_MSG, LINE),
	BOTH(HTTP_PROTOCOL, LINE),
	REQUEST(HTTP_HOST, HEADERS),
	REQUEST(HTTP_HOST_RAW, HEADERS),
	REQUEST(HTTP_USER_AGENT, HEADERS),
	BOTH(HTTP_HEADER, HEADERS),
	BOTH(HTTP_HEADER_RAW, HEADERS),
	BOTH(HTTP_HEADER_NAMES, HEADERS),
	REQUEST(HTTP_REQUEST_HEADER, HEADERS),
	RESPONSE(HTTP_RESPONSE_HEADER, HEADERS),
	BOTH(HTTP_COOKIE, HEADERS),
	BOTH(HTTP_START, HEADERS),
	REQUEST(HTTP_ACCEPT, HEADERS),
	REQUEST(HTTP_ACCEPT_ENC, HEADERS),
	REQUEST(HTTP_ACCEPT_LANG, HEADERS),
	REQUEST(HTTP_REFERER, HEADERS),
	BOTH(HTTP_CONNECTION, HEADERS),
	BOTH(HTTP_CONTENT_TYPE, HEADERS),
	BOTH(HTTP_CONTENT_LEN, HEADERS),
	RESPONSE(HTTP_SERVER, HEADERS),
	RESPONSE(HTTP_LOCATION, HEADERS),
	REQUEST(HTTP_REQUEST_BODY, BODY),
	RESPONSE(HTTP_RESPONSE_BODY, BODY),
	BOTH(FILE_DATA, BODY),
	BOTH(FILE_NAME, BODY),
	BOTH(FILE_MAGIC, BODY),
	{ BUF_NONE, 0, 0 },
};

const struct app http1_app = {
	.id = APPPROTO_HTTP1,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
};
