/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/smb.h - states and events of SMB: a request with its response. Constant data, any thread. */
#ifndef RULES_APP_SMB_H
#define RULES_APP_SMB_H

#include "rules/app.h"

enum smb_state {
	SMB_STARTED,
	SMB_COMPLETE,
};

/* Bit, name after the protocol. */
#define SMB_EVENT_LIST(X) \
	X(INTERNAL_ERROR, "internal_error") \
	X(MALFORMED_DATA, "malformed_data") \
	X(MALFORMED_NTLMSSP_REQUEST, "malformed_ntlmssp_request") \
	X(NEGOTIATE_MALFORMED_DIALECTS, "negotiate_malformed_dialects") \
	X(RECORD_OVERFLOW, "record_overflow") \
	X(FILE_OVERLAP, "file_overlap") \
	X(RESPONSE_TO_SERVER, "response_to_server") \
	X(REQUEST_TO_CLIENT, "request_to_client") \
	X(READ_REQUEST_TOO_LARGE, "read_request_too_large") \
	X(READ_RESPONSE_TOO_LARGE, "read_response_too_large") \
	X(WRITE_REQUEST_TOO_LARGE, "write_request_too_large") \
	X(NEGOTIATE_MAX_READ_SIZE_TOO_LARGE, "negotiate_max_read_size_too_large") \
	X(NEGOTIATE_MAX_WRITE_SIZE_TOO_LARGE, "negotiate_max_write_size_too_large") \
	X(WRITE_QUEUE_SIZE_EXCEEDED, "write_queue_size_exceeded") \
	X(WRITE_QUEUE_CNT_EXCEEDED, "write_queue_cnt_exceeded") \
	X(READ_QUEUE_SIZE_EXCEEDED, "read_queue_size_exceeded") \
	X(READ_QUEUE_CNT_EXCEEDED, "read_queue_cnt_exceeded") \
	X(TOO_MANY_TRANSACTIONS, "too_many_transactions") \
	X(DUPLICATE_NEGOTIATE, "duplicate_negotiate")

enum smb_event {
#define X(id, name) SMB_EVENT_##id,
	SMB_EVENT_LIST(X)
#undef X
	SMB_EVENT_COUNT
};

extern const struct app smb_app;

#endif
