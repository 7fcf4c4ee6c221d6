/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/message.h"

#include "lib/field.h"
#include "lib/frame.h"

#include <errno.h>
#include <string.h>

/* The tags are on wires: never give an old one a new meaning. docs/protocol.md. */
static const struct field_row span_rows[] = {
	FIELD_NUMBER(1, message_span, epoch),
	FIELD_NUMBER(2, message_span, first),
	FIELD_NUMBER(3, message_span, next),
	{ 0 },
};

static const struct field_row hello_rows[] = {
	FIELD_NUMBER(1, message_hello, protocol),
	FIELD_STRING(2, message_hello, sensor, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_STRING(3, message_hello, software, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_NUMBER(4, message_hello, instance),
	FIELD_NUMBER(5, message_hello, time_ns),
	FIELD_NUMBER(6, message_hello, heartbeat_s),
	FIELD_ITEMS(7, message_hello, spans, n_spans, span_rows),
	{ 0 },
};

static const struct field_row position_rows[] = {
	FIELD_NUMBER(1, message_position, epoch),
	FIELD_NUMBER(2, message_position, seq),
	{ 0 },
};

static const struct field_row welcome_rows[] = {
	FIELD_NUMBER(1, message_welcome, protocol),
	FIELD_STRING(2, message_welcome, collector, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_STRING(3, message_welcome, software, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_NUMBER(4, message_welcome, time_ns),
	FIELD_NUMBER(5, message_welcome, batch_events),
	FIELD_NUMBER(6, message_welcome, batch_bytes),
	FIELD_NUMBER(7, message_welcome, window),
	FIELD_NUMBER(8, message_welcome, heartbeat_s),
	FIELD_ITEMS(9, message_welcome, positions, n_positions, position_rows),
	{ 0 },
};

static const struct field_row rejected_rows[] = {
	FIELD_NUMBER(1, message_rejected, seq),
	FIELD_STRING(2, message_rejected, reason, FIELD_TEXT, MESSAGE_TEXT_MAX),
	{ 0 },
};

static const struct field_row ack_rows[] = {
	FIELD_NUMBER(1, message_ack, epoch),
	FIELD_NUMBER(2, message_ack, seq),
	FIELD_ITEMS(3, message_ack, rejected, n_rejected, rejected_rows),
	{ 0 },
};

static const struct field_row interface_rows[] = {
	FIELD_STRING(1, message_interface, name, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_NUMBER(2, message_interface, packets),
	FIELD_NUMBER(3, message_interface, drops),
	FIELD_NUMBER(4, message_interface, up),
	{ 0 },
};

static const struct field_row heartbeat_rows[] = {
	FIELD_NUMBER(1, message_heartbeat, time_ns),
	FIELD_NUMBER(2, message_heartbeat, uptime_s),
	FIELD_NUMBER(3, message_heartbeat, last_packet_ns),
	FIELD_NUMBER(4, message_heartbeat, packets),
	FIELD_NUMBER(5, message_heartbeat, bytes),
	FIELD_NUMBER(6, message_heartbeat, kernel_drops),
	FIELD_NUMBER(7, message_heartbeat, own_drops),
	FIELD_NUMBER(8, message_heartbeat, events),
	FIELD_NUMBER(9, message_heartbeat, events_lost),
	FIELD_NUMBER(10, message_heartbeat, spool_events),
	FIELD_NUMBER(11, message_heartbeat, spool_bytes),
	FIELD_NUMBER(12, message_heartbeat, spool_limit),
	FIELD_NUMBER(13, message_heartbeat, epoch),
	FIELD_NUMBER(14, message_heartbeat, next),
	FIELD_NUMBER(15, message_heartbeat, rules),
	FIELD_STRING(16, message_heartbeat, ruleset, FIELD_BYTES, MESSAGE_NAME_MAX),
	FIELD_STRING(17, message_heartbeat, software, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_ITEMS(18, message_heartbeat, interfaces, n_interfaces, interface_rows),
	{ 0 },
};

static const struct field_row enroll_rows[] = {
	FIELD_NUMBER(1, message_enroll, protocol),
	FIELD_STRING(2, message_enroll, token, FIELD_TEXT, MESSAGE_TEXT_MAX),
	FIELD_STRING(3, message_enroll, csr, FIELD_BYTES, MESSAGE_CERT_MAX),
	FIELD_STRING(4, message_enroll, software, FIELD_TEXT, MESSAGE_NAME_MAX),
	{ 0 },
};

static const struct field_row enrolled_rows[] = {
	FIELD_STRING(1, message_enrolled, sensor, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_STRING(2, message_enrolled, site, FIELD_TEXT, MESSAGE_NAME_MAX),
	FIELD_STRING(3, message_enrolled, cert, FIELD_BYTES, MESSAGE_CERT_MAX),
	FIELD_STRING(4, message_enrolled, ca, FIELD_BYTES, MESSAGE_CERT_MAX),
	{ 0 },
};

static const struct field_row bye_rows[] = {
	FIELD_NUMBER(1, message_bye, code),
	FIELD_NUMBER(2, message_bye, retry_ms),
	FIELD_STRING(3, message_bye, text, FIELD_TEXT, MESSAGE_TEXT_MAX),
	{ 0 },
};

static int
put(struct buf *out, enum frame_type type, const struct field_row *rows, const void *m)
{
	size_t begun = frame_begin(out, type);
	int    err = field_encode(out, rows, m);

	if (err < 0) {
		out->len = begun;
		return err;
	}
	return frame_end(out, begun);
}

/* message_put_X and message_get_X of one message. */
#define MESSAGE_PUT(name, kind, type)                                                              \
	int message_put_##name(struct buf *out, const struct message_##kind *m)                \
	{                                                                                      \
		return put(out, type, kind##_rows, m);                                         \
	}
#define MESSAGE_GET(name)                                                                      \
	int message_get_##name(struct message_##name *out, struct bytes body, const char **why) \
	{                                                                                      \
		memset(out, 0, sizeof(*out));                                                  \
		return field_decode(out, name##_rows, body, why);                              \
	}

MESSAGE_PUT(hello, hello, FRAME_HELLO)
MESSAGE_GET(hello)
MESSAGE_PUT(welcome, welcome, FRAME_WELCOME)
MESSAGE_GET(welcome)
MESSAGE_PUT(ack, ack, FRAME_ACK)
MESSAGE_GET(ack)
MESSAGE_PUT(heartbeat, heartbeat, FRAME_HEARTBEAT)
MESSAGE_GET(heartbeat)
MESSAGE_PUT(enroll, enroll, FRAME_ENROLL)
MESSAGE_GET(enroll)
MESSAGE_PUT(enrolled, enrolled, FRAME_ENROLLED)
MESSAGE_GET(enrolled)
MESSAGE_PUT(bye, bye, FRAME_BYE)
MESSAGE_GET(bye)
MESSAGE_PUT(error, bye, FRAME_ERROR)
