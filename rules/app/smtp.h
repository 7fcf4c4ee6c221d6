/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/smtp.h - states and events of SMTP: one mail with the commands before it. Constant data, any thread. */
#ifndef RULES_APP_SMTP_H
#define RULES_APP_SMTP_H

#include "rules/app.h"

enum smtp_state {
	SMTP_STARTED,
	SMTP_DATA, /* the message is coming */
	SMTP_COMPLETE,
};

/* Bit, name after the protocol. */
#define SMTP_EVENT_LIST(X) \
	X(INVALID_REPLY, "invalid_reply") \
	X(UNABLE_TO_MATCH_REPLY_WITH_REQUEST, "unable_to_match_reply_with_request") \
	X(MAX_COMMAND_LINE_LEN_EXCEEDED, "max_command_line_len_exceeded") \
	X(MAX_REPLY_LINE_LEN_EXCEEDED, "max_reply_line_len_exceeded") \
	X(INVALID_PIPELINED_SEQUENCE, "invalid_pipelined_sequence") \
	X(BDAT_CHUNK_LEN_EXCEEDED, "bdat_chunk_len_exceeded") \
	X(NO_SERVER_WELCOME_MESSAGE, "no_server_welcome_message") \
	X(TLS_REJECTED, "tls_rejected") \
	X(DATA_COMMAND_REJECTED, "data_command_rejected") \
	X(FAILED_PROTOCOL_CHANGE, "failed_protocol_change") \
	X(INVALID_BDAT, "invalid_bdat") \
	X(DUPLICATE_FIELDS, "duplicate_fields") \
	X(UNPARSABLE_CONTENT, "unparsable_content") \
	X(MIME_PARSE_FAILED, "mime_parse_failed") \
	X(MIME_MALFORMED_MSG, "mime_malformed_msg") \
	X(MIME_INVALID_BASE64, "mime_invalid_base64") \
	X(MIME_INVALID_QP, "mime_invalid_qp") \
	X(MIME_LONG_LINE, "mime_long_line") \
	X(MIME_LONG_ENC_LINE, "mime_long_enc_line") \
	X(MIME_LONG_HEADER_NAME, "mime_long_header_name") \
	X(MIME_LONG_HEADER_VALUE, "mime_long_header_value") \
	X(MIME_LONG_BOUNDARY, "mime_long_boundary") \
	X(MIME_LONG_FILENAME, "mime_long_filename") \
	X(TOO_MANY_TRANSACTIONS, "too_many_transactions")

enum smtp_event {
#define X(id, name) SMTP_EVENT_##id,
	SMTP_EVENT_LIST(X)
#undef X
	SMTP_EVENT_COUNT
};

extern const struct app smtp_app;

#endif
