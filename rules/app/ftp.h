/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/ftp.h - states and events of FTP: a command with its replies. Constant data, any thread. */
#ifndef RULES_APP_FTP_H
#define RULES_APP_FTP_H

#include "rules/app.h"

enum ftp_state {
	FTP_STARTED,
	FTP_COMPLETE, /* the last reply is there */
};

/* Bit, name after the protocol. */
#define FTP_EVENT_LIST(X) \
	X(REQUEST_COMMAND_TOO_LONG, "request_command_too_long") \
	X(RESPONSE_COMMAND_TOO_LONG, "response_command_too_long") \
	X(TOO_MANY_TRANSACTIONS, "too_many_transactions") \
	X(FILE_BEFORE_PORT, "file_before_port") \
	X(FILE_WITHOUT_NAME, "file_without_name")

enum ftp_event {
#define X(id, name) FTP_EVENT_##id,
	FTP_EVENT_LIST(X)
#undef X
	FTP_EVENT_COUNT
};

/* Values of NUM_FTP_MODE; NUM_FTP_REPLY_RECEIVED is 0 or 1. */
enum ftp_mode { FTP_MODE_PASSIVE, FTP_MODE_ACTIVE };

extern const struct app ftp_app;

#endif
