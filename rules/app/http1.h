/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/http1.h - states and events of HTTP/1. Constant data, any thread. */
#ifndef RULES_APP_HTTP1_H
#define RULES_APP_HTTP1_H

#include "rules/app.h"

enum http1_request {
	HTTP1_REQUEST_STARTED,
	HTTP1_REQUEST_LINE,
	HTTP1_REQUEST_HEADERS,
	HTTP1_REQUEST_BODY,
	HTTP1_REQUEST_TRAILER,
	HTTP1_REQUEST_COMPLETE,
};

enum http1_response {
	HTTP1_RESPONSE_STARTED,
	HTTP1_RESPONSE_LINE,
	HTTP1_RESPONSE_HEADERS,
	HTTP1_RESPONSE_BODY,
	HTTP1_RESPONSE_TRAILER,
	HTTP1_RESPONSE_COMPLETE,
};

/* Bit, name after the protocol. */
#define HTTP1_EVENT_LIST(X)							\
	X(UNKNOWN_ERROR, "unknown_error")					\
	X(GZIP_DECOMPRESSION_FAILED, "gzip_decompression_failed")		\
	X(REQUEST_FIELD_MISSING_COLON, "request_field_missing_colon")		\
	X(RESPONSE_FIELD_MISSING_COLON, "response_field_missing_colon")		\
	X(INVALID_REQUEST_CHUNK_LEN, "invalid_request_chunk_len")		\
	X(INVALID_RESPONSE_CHUNK_LEN, "invalid_response_chunk_len")		\
	X(INVALID_TRANSFER_ENCODING_VALUE_IN_REQUEST, "invalid_transfer_encoding_value_in_request")	\
	X(INVALID_TRANSFER_ENCODING_VALUE_IN_RESPONSE, "invalid_transfer_encoding_value_in_response")	\
	X(INVALID_CONTENT_LENGTH_FIELD_IN_REQUEST, "invalid_content_length_field_in_request")	\
	X(INVALID_CONTENT_LENGTH_FIELD_IN_RESPONSE, "invalid_content_length_field_in_response")	\
	X(100_CONTINUE_ALREADY_SEEN, "100_continue_already_seen")		\
	X(UNABLE_TO_MATCH_RESPONSE_TO_REQUEST, "unable_to_match_response_to_request")	\
	X(INVALID_SERVER_PORT_IN_REQUEST, "invalid_server_port_in_request")	\
	X(INVALID_AUTHORITY_PORT, "invalid_authority_port")			\
	X(REQUEST_HEADER_INVALID, "request_header_invalid")			\
	X(RESPONSE_HEADER_INVALID, "response_header_invalid")			\
	X(MISSING_HOST_HEADER, "missing_host_header")				\
	X(HOST_HEADER_AMBIGUOUS, "host_header_ambiguous")			\
	X(INVALID_REQUEST_FIELD_FOLDING, "invalid_request_field_folding")	\
	X(INVALID_RESPONSE_FIELD_FOLDING, "invalid_response_field_folding")	\
	X(REQUEST_FIELD_TOO_LONG, "request_field_too_long")			\
	X(RESPONSE_FIELD_TOO_LONG, "response_field_too_long")			\
	X(MULTIPART_GENERIC_ERROR, "multipart_generic_error")			\
	X(MULTIPART_NO_FILEDATA, "multipart_no_filedata")			\
	X(MULTIPART_INVALID_HEADER, "multipart_invalid_header")			\
	X(REQUEST_SERVER_PORT_TCP_PORT_MISMATCH, "request_server_port_tcp_port_mismatch")	\
	X(REQUEST_URI_HOST_INVALID, "request_uri_host_invalid")			\
	X(REQUEST_HEADER_HOST_INVALID, "request_header_host_invalid")		\
	X(URI_DELIM_NON_COMPLIANT, "uri_delim_non_compliant")			\
	X(METHOD_DELIM_NON_COMPLIANT, "method_delim_non_compliant")		\
	X(REQUEST_LINE_LEADING_WHITESPACE, "request_line_leading_whitespace")	\
	X(TOO_MANY_ENCODING_LAYERS, "too_many_encoding_layers")			\
	X(ABNORMAL_CE_HEADER, "abnormal_ce_header")				\
	X(REQUEST_AUTH_UNRECOGNIZED, "request_auth_unrecognized")		\
	X(REQUEST_HEADER_REPETITION, "request_header_repetition")		\
	X(RESPONSE_HEADER_REPETITION, "response_header_repetition")		\
	X(RESPONSE_MULTIPART_BYTERANGES, "response_multipart_byteranges")	\
	X(RESPONSE_ABNORMAL_TRANSFER_ENCODING, "response_abnormal_transfer_encoding")	\
	X(RESPONSE_CHUNKED_OLD_PROTO, "response_chunked_old_proto")		\
	X(RESPONSE_INVALID_PROTOCOL, "response_invalid_protocol")		\
	X(RESPONSE_INVALID_STATUS, "response_invalid_status")			\
	X(REQUEST_LINE_INCOMPLETE, "request_line_incomplete")			\
	X(DOUBLE_ENCODED_URI, "double_encoded_uri")				\
	X(REQUEST_LINE_INVALID, "request_line_invalid")				\
	X(REQUEST_BODY_UNEXPECTED, "request_body_unexpected")			\
	X(LZMA_MEMLIMIT_REACHED, "lzma_memlimit_reached")			\
	X(DUPLICATE_CONTENT_LENGTH_FIELD_IN_REQUEST, "duplicate_content_length_field_in_request")	\
	X(DUPLICATE_CONTENT_LENGTH_FIELD_IN_RESPONSE, "duplicate_content_length_field_in_response")	\
	X(COMPRESSION_BOMB, "compression_bomb")					\
	X(TOO_MANY_WARNINGS, "too_many_warnings")				\
	X(RANGE_INVALID, "range_invalid")					\
	X(FILE_NAME_TOO_LONG, "file_name_too_long")				\
	X(FAILED_PROTOCOL_CHANGE, "failed_protocol_change")			\
	X(REQUEST_CHUNK_EXTENSION, "request_chunk_extension")			\
	X(REQUEST_LINE_MISSING_PROTOCOL, "request_line_missing_protocol")	\
	X(REQUEST_TOO_MANY_HEADERS, "request_too_many_headers")			\
	X(RESPONSE_TOO_MANY_HEADERS, "response_too_many_headers")		\
	X(RESPONSE_CHUNK_EXTENSION, "response_chunk_extension")			\
	X(COMPRESSION_BOMB_LIMIT_REACHED, "compression_bomb_limit_reached")	\
	X(REQUEST_INVALID_LWS_AFTER_NAME, "request_invalid_lws_after_name")	\
	X(REQUEST_INVALID_EMPTY_NAME, "request_invalid_empty_name")		\
	X(RESPONSE_INVALID_LWS_AFTER_NAME, "response_invalid_lws_after_name")	\
	X(RESPONSE_INVALID_EMPTY_NAME, "response_invalid_empty_name")		\
	X(RESPONSE_BODY_UNEXPECTED, "response_body_unexpected")

enum http1_event {
#define X(id, name) HTTP1_EVENT_##id,
	HTTP1_EVENT_LIST(X)
#undef X
	HTTP1_EVENT_COUNT
};

extern const struct app http1_app;

#endif
