/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/http2.h - states and events of HTTP/2, and of DNS over it. Constant data, any thread.
 *
 * A stream has the states of an HTTP/1 message, with the same numbers, so that
 * what is written for the one serves the other.
 */
#ifndef RULES_APP_HTTP2_H
#define RULES_APP_HTTP2_H

#include "rules/app.h"
#include "rules/app/http1.h"

/* Progress of either direction. */
enum http2_progress {
	HTTP2_STARTED = HTTP1_REQUEST_STARTED,
	HTTP2_HEADERS = HTTP1_REQUEST_HEADERS,
	HTTP2_BODY = HTTP1_REQUEST_BODY,
	HTTP2_COMPLETE = HTTP1_REQUEST_COMPLETE,
};

/* Bit, name after the protocol. */
#define HTTP2_EVENT_LIST(X)							\
	X(INVALID_FRAME_HEADER, "invalid_frame_header")				\
	X(INVALID_CLIENT_MAGIC, "invalid_client_magic")				\
	X(INVALID_FRAME_DATA, "invalid_frame_data")				\
	X(INVALID_HEADER, "invalid_header")					\
	X(INVALID_FRAME_LENGTH, "invalid_frame_length")				\
	X(EXTRA_HEADER_DATA, "extra_header_data")				\
	X(LONG_FRAME_DATA, "long_frame_data")					\
	X(STREAM_ID_REUSE, "stream_id_reuse")					\
	X(INVALID_HTTP1_SETTINGS, "invalid_http1_settings")			\
	X(FAILED_DECOMPRESSION, "failed_decompression")				\
	X(INVALID_RANGE, "invalid_range")					\
	X(HEADER_INTEGER_OVERFLOW, "header_integer_overflow")			\
	X(TOO_MANY_STREAMS, "too_many_streams")					\
	X(AUTHORITY_HOST_MISMATCH, "authority_host_mismatch")			\
	X(USERINFO_IN_URI, "userinfo_in_uri")					\
	X(REASSEMBLY_LIMIT_REACHED, "reassembly_limit_reached")			\
	X(DNS_REQUEST_TOO_LONG, "dns_request_too_long")				\
	X(DNS_RESPONSE_TOO_LONG, "dns_response_too_long")			\
	X(DATA_STREAM_ZERO, "data_stream_zero")					\
	X(TOO_MANY_FRAMES, "too_many_frames")					\
	X(COMPRESSION_BOMB, "compression_bomb")

enum http2_event {
#define X(id, name) HTTP2_EVENT_##id,
	HTTP2_EVENT_LIST(X)
#undef X
	HTTP2_EVENT_COUNT
};

extern const struct app http2_app, doh2_app;

#endif
