/* SPDX-License-Identifier: Apache-2.0 */
/* rules/appframe.h - the frames that protocols are made of: records, headers, lines, as rules name them.
 *
 * A parser marks where a frame begins (sensor/appframe.h) and its bytes are copied
 * as they pass, but only when some rule asks for frames. The engine asks the
 * rules of that kind once the frame is whole, and frees it. One worker a flow;
 * memory of the pool.
 */
#ifndef RULES_APPFRAME_H
#define RULES_APPFRAME_H

#include "lib/appproto.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stdint.h>

/* Protocol, id, name after the protocol. */
#define APPFRAME_LIST(X)                                      \
	X(HTTP1, REQUEST, "request")                       \
	X(HTTP1, RESPONSE, "response")                     \
	X(HTTP2, HDR, "hdr")                               \
	X(HTTP2, DATA, "data")                             \
	X(HTTP2, PDU, "pdu")                               \
	X(TLS, PDU, "pdu")                                 \
	X(TLS, HDR, "hdr")                                 \
	X(TLS, DATA, "data")                               \
	X(TLS, ALERT, "alert")                             \
	X(SSH, RECORD_HDR, "record.hdr")                   \
	X(SSH, RECORD_DATA, "record.data")                 \
	X(SSH, RECORD_PDU, "record.pdu")                   \
	X(SMTP, COMMAND_LINE, "command_line")              \
	X(SMTP, RESPONSE_LINE, "response_line")            \
	X(SMTP, DATA, "data")                              \
	X(FTP, COMMAND_LINE, "command_line")               \
	X(FTP, RESPONSE_LINE, "response_line")             \
	X(DNS, PDU, "pdu")                                 \
	X(SMB, NBSS_PDU, "nbss.pdu")                       \
	X(SMB, NBSS_HDR, "nbss.hdr")                       \
	X(SMB, NBSS_DATA, "nbss.data")                     \
	X(SMB, SMB1_PDU, "smb1.pdu")                       \
	X(SMB, SMB1_HDR, "smb1.hdr")                       \
	X(SMB, SMB1_DATA, "smb1.data")                     \
	X(SMB, SMB2_PDU, "smb2.pdu")                       \
	X(SMB, SMB2_HDR, "smb2.hdr")                       \
	X(SMB, SMB2_DATA, "smb2.data")                     \
	X(SIP, PDU, "pdu")                                 \
	X(SIP, REQUEST_LINE, "request.line")               \
	X(SIP, REQUEST_HEADERS, "request.headers")         \
	X(SIP, REQUEST_BODY, "request.body")               \
	X(SIP, RESPONSE_LINE, "response.line")             \
	X(SIP, RESPONSE_HEADERS, "response.headers")       \
	X(SIP, RESPONSE_BODY, "response.body")             \
	X(MQTT, PDU, "pdu")                                \
	X(MQTT, HEADER, "header")                          \
	X(MQTT, DATA, "data")                              \
	X(RFB, PDU, "pdu")                                 \
	X(NFS, RPC_PDU, "rpc.pdu")                         \
	X(WEBSOCKET, HEADER, "header")                     \
	X(WEBSOCKET, PDU, "pdu")                           \
	X(WEBSOCKET, DATA, "data")                         \
	X(ENIP, HDR, "hdr")                                \
	X(ENIP, DATA, "data")                              \
	X(ENIP, PDU, "pdu")                                \
	X(ENIP, ENIP_ITEM, "enip.item")                    \
	X(ENIP, CIP, "cip")

enum appframe_kind {
	APPFRAME_NONE,
#define X(app, id, name) APPFRAME_##app##_##id,
	APPFRAME_LIST(X)
#undef X
	APPFRAME_KIND_COUNT
};

#define APPFRAME_BYTES_MAX (1u << 20) /* of one frame that rules can ask; the rest is not kept */

struct appframe {
	struct appframe *next;
	uint8_t       kind;  /* enum appframe_kind */
	bool          ended; /* whole, or as much as is kept */
	bool          cut;   /* not whole: its end is not there */
	struct pbuf   data;
	uint64_t      left;  /* bytes still to come; APPFRAME_UNTIL_END: not known yet */
	const uint8_t *at, *end; /* while the parser runs: in its bytes, NULL: before them or behind them */
};

#define APPFRAME_UNTIL_END UINT64_MAX

enum appproto appframe_app(enum appframe_kind kind);
/* By name among the frames of these protocols (bits of enum appproto); APPFRAME_NONE: unknown. */
enum appframe_kind appframe_by_name(uint64_t apps, const char *name);

void appframe_free(struct pool *pool, struct appframe *f);

#endif
