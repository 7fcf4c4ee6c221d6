/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/dcerpc_pdu.h - DCERPC protocol data units (C706, chapter 12), however they travel.
 *
 * dcerpc.c has them on TCP and UDP, smb.c in named pipes. An association knows
 * which interfaces were bound, a call is one request with its answer. Memory is
 * of the pool and bounded. One worker owns the flow.
 */
#ifndef SENSOR_PROTO_DCERPC_PDU_H
#define SENSOR_PROTO_DCERPC_PDU_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

struct json;

#define DCE_HEADER_LEN 16u

enum dce_type {
	DCE_REQUEST = 0,
	DCE_RESPONSE = 2,
	DCE_FAULT = 3,
	DCE_BIND = 11,
	DCE_BIND_ACK = 12,
	DCE_BIND_NAK = 13,
	DCE_ALTER_CONTEXT = 14,
	DCE_ALTER_CONTEXT_RESP = 15,
	DCE_AUTH3 = 16,
	DCE_TYPE_MAX = 20,
};

/* The common header of connection-oriented PDUs. */
struct dce_head {
	uint8_t  minor;
	uint8_t  type; /* enum dce_type and others that carry nothing for us */
	uint8_t  flags;
	bool     little_endian;
	uint16_t frag_len; /* header included */
	uint16_t auth_len;
	uint32_t call_id;
};

/* One presentation context: what the client asked for and what the server said. */
struct dce_binding {
	struct dce_iface iface;
	uint16_t         minor;
	uint16_t         context;
	uint16_t         result, reason; /* result 0: accepted */
	bool             answered;
};

/* All contexts of one connection or pipe. Zero is empty. */
struct dce_assoc {
	struct pbuf bindings; /* of struct dce_binding */
	uint32_t    last;     /* index of the first of the bind or alter_context under way */
};

/* One request with its answer. Zero is empty. */
struct dce_call {
	uint32_t           id;
	uint16_t           opnum;
	uint16_t           context;
	uint8_t            minor;
	uint8_t            type[2];   /* of the first PDU in each direction */
	bool               seen[2];   /* any PDU in that direction */
	bool               ended[2];  /* its last fragment is there */
	bool               first_frag;
	bool               little_endian[2];
	uint16_t           n_frags[2];
	struct pbuf        stub[2];
	uint64_t           stub_size[2]; /* also what was not kept */
	struct pbuf        bindings;     /* of struct dce_binding: of this bind, or the one of this request */
};

/* Read the header without consuming; false when the bytes are not (or not yet) one. */
bool dce_head_read(struct dce_head *out, struct bytes pdu);

/* Is this a type that a client sends? */
bool dce_is_request(uint8_t type);

/* Take one whole PDU, header included, of direction `dir` into the call. False: malformed. */
bool dce_take(struct dce_assoc *assoc, struct dce_call *call, struct pool *pool, int dir,
		struct bytes pdu);

/* Add stub bytes up to the limit; what is above it is only counted. */
void dce_add_stub(struct dce_call *call, struct pool *pool, int dir, struct bytes stub);

void dce_call_release(struct dce_call *call, struct pool *pool);
void dce_assoc_release(struct dce_assoc *assoc, struct pool *pool);

/* For struct app_ops. */
bool dce_view_of(const struct dce_call *call, struct dce_view *out);
bool dce_stub_view(const struct dce_call *call, int dir, struct view *out);

/* "REQUEST", …; "UNKNOWN" when there is no such type. */
const char *dce_type_name(uint8_t type);

/* UUID in the order of its text from the wire. */
void dce_uuid(uint8_t out[static 16], struct bytes *in, bool little_endian);

/* The members of EVE's "dcerpc" object; `in_pipe` as SMB has them. */
void dce_eve(const struct dce_call *call, struct json *j, bool in_pipe);

#endif
