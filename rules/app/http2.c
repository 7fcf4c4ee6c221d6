/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/http2.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = { "request_started", "request_line", "request_headers",
	"request_body", "request_trailer", "request_complete", NULL };

static const char *const response_states[] = { "response_started", "response_line",
	"response_headers", "response_body", "response_trailer", "response_complete", NULL };

static const char *const events[] = {
#define X(id, name) name,
	HTTP2_EVENT_LIST(X)
#undef X
	NULL,
};

/* A buffer of requests, of responses, of both at the same stage. */
#define REQUEST(id, stage) { BUF_##id, DIR_TOSERVER, HTTP2_##stage }
#define RESPONSE(id, stage) { BUF_##id, DIR_TOCLIENT, HTTP2_##stage }
#define BOTH(id, stage) REQUEST(id, stage), RESPONSE(id, stage)

#define HTTP2_BUFFERS					\
	REQUEST(HTTP_URI, HEADERS),			\
	REQUEST(HTTP_URI_RAW, HEADERS),			\
	REQUEST(HTTP_METHOD, HEADERS),			\
	REQUEST(HTTP_REQUEST_LINE, HEADERS),		\
	RESPONSE(HTTP_RESPONSE_LINE, HEADERS),		\
	RESPONSE(HTTP_STAT_CODE, HEADERS),		\
	RESPONSE(HTTP_STAT_MSG, HEADERS),		\
	BOTH(HTTP_PROTOCOL, HEADERS),			\
	REQUEST(HTTP_HOST, HEADERS),			\
	REQUEST(HTTP_HOST_RAW, HEADERS),		\
	REQUEST(HTTP_USER_AGENT, HEADERS),		\
	BOTH(HTTP_HEADER, HEADERS),			\
	BOTH(HTTP_HEADER_RAW, HEADERS),			\
	BOTH(HTTP_HEADER_NAMES, HEADERS),		\
	REQUEST(HTTP_REQUEST_HEADER, HEADERS),		\
	RESPONSE(HTTP_RESPONSE_HEADER, HEADERS),	\
	BOTH(HTTP2_HEADER_NAME, HEADERS),		\
	BOTH(HTTP_COOKIE, HEADERS),			\
	REQUEST(HTTP_ACCEPT, HEADERS),			\
	REQUEST(HTTP_ACCEPT_ENC, HEADERS),		\
	REQUEST(HTTP_ACCEPT_LANG, HEADERS),		\
	REQUEST(HTTP_REFERER, HEADERS),			\
	BOTH(HTTP_CONNECTION, HEADERS),			\
	BOTH(HTTP_CONTENT_TYPE, HEADERS),		\
	BOTH(HTTP_CONTENT_LEN, HEADERS),		\
	RESPONSE(HTTP_SERVER, HEADERS),			\
	RESPONSE(HTTP_LOCATION, HEADERS),		\
	REQUEST(HTTP_REQUEST_BODY, BODY),		\
	RESPONSE(HTTP_RESPONSE_BODY, BODY),		\
	BOTH(FILE_DATA, BODY),				\
	BOTH(FILE_NAME, BODY),				\
	BOTH(FILE_MAGIC, BODY)

static const struct app_buffer http2_buffers[] = {
	HTTP2_BUFFERS,
	{ BUF_NONE, 0, 0 },
};

static const struct app_buffer doh2_buffers[] = {
	HTTP2_BUFFERS,
	REQUEST(DNS_QUERY, COMPLETE),
	BOTH(DNS_QUERY_NAME, COMPLETE),
	BOTH(DNS_QUERIES_RRNAME, COMPLETE),
	BOTH(DNS_ANSWER_NAME, COMPLETE),
	BOTH(DNS_ANSWERS_RRNAME, COMPLETE),
	BOTH(DNS_AUTHORITIES_RRNAME, COMPLETE),
	BOTH(DNS_ADDITIONALS_RRNAME, COMPLETE),
	RESPONSE(DNS_RESPONSE_RRNAME, COMPLETE),
	{ BUF_NONE, 0, 0 },
};

/* Frames come at any time: like Suricata, rules look at those with which a transaction begins. */
#define NUMBER(id, stage) \
	{ NUM_##id, DIR_TOSERVER, HTTP2_##stage }, { NUM_##id, DIR_TOCLIENT, HTTP2_##stage }
#define HTTP2_NUMBERS				\
	NUMBER(HTTP2_FRAMETYPE, STARTED),	\
	NUMBER(HTTP2_ERRORCODE, STARTED),	\
	NUMBER(HTTP2_PRIORITY, STARTED),	\
	NUMBER(HTTP2_WINDOW, STARTED),		\
	NUMBER(HTTP2_SIZE_UPDATE, STARTED),	\
	NUMBER(HTTP2_SETTINGS, STARTED)

static const struct app_number http2_numbers[] = {
	HTTP2_NUMBERS,
	{ NUM_NONE, 0, 0 },
};

static const struct app_number doh2_numbers[] = {
	HTTP2_NUMBERS,
	NUMBER(DNS_OPCODE, COMPLETE),
	NUMBER(DNS_RCODE, COMPLETE),
	NUMBER(DNS_RRTYPE, COMPLETE),
	{ NUM_NONE, 0, 0 },
};

const struct app http2_app = {
	.id = APPPROTO_HTTP2,
	.states = { request_states, response_states },
	.events = events,
	.buffers = http2_buffers,
	.numbers = http2_numbers,
};

const struct app doh2_app = {
	.id = APPPROTO_DOH2,
	.states = { request_states, response_states },
	.events = events,
	.buffers = doh2_buffers,
	.numbers = doh2_numbers,
};
