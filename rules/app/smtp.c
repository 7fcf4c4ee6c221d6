/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/smtp.h"

#include "rules/packet.h"

#include <stddef.h>

static const char *const request_states[] = {
	[SMTP_STARTED] = "request_started",
	[SMTP_DATA] = "request_data",
	[SMTP_COMPLETE] = "request_complete",
	NULL,
};

static const char *const response_states[] = {
	[SMTP_STARTED] = "response_started",
	[SMTP_DATA] = "response_data",
	[SMTP_COMPLETE] = "response_complete",
	NULL,
};

static const char *const events[] = {
#define X(id, name) name,
	SMTP_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	{ BUF_SMTP_HELO, DIR_TOSERVER, SMTP_DATA },
	{ BUF_SMTP_MAIL_FROM, DIR_TOSERVER, SMTP_DATA },
	{ BUF_SMTP_RCPT_TO, DIR_TOSERVER, SMTP_DATA },
	{ BUF_EMAIL_FROM, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_TO, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_CC, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_SUBJECT, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_DATE, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_MESSAGE_ID, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_X_MAILER, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_URL, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_EMAIL_RECEIVED, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_FILE_DATA, DIR_TOSERVER, SMTP_DATA },
	{ BUF_FILE_NAME, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_FILE_MAGIC, DIR_TOSERVER, SMTP_COMPLETE },
	{ BUF_NONE, 0, 0 },
};

const struct app smtp_app = {
	.id = APPPROTO_SMTP,
	.states = { request_states, response_states },
	.events = events,
	.buffers = buffers,
};
