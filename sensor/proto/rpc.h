/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/rpc.h - the head of a message of ONC RPC (RFC 5531) and XDR's opaque data (RFC 4506).
 *
 * Borrows the bytes it was read from. One worker.
 */
#ifndef SENSOR_PROTO_RPC_H
#define SENSOR_PROTO_RPC_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define RPC_CALL 0
#define RPC_REPLY 1
#define RPC_VERSION 2
#define RPC_AUTH_NULL 0
#define RPC_AUTH_UNIX 1

struct rpc_call {
	uint32_t     xid, program, version, procedure;
	uint32_t     auth;    /* flavour of the credentials */
	struct bytes machine; /* RPC_AUTH_UNIX */
	uint32_t     uid, gid;
};

struct rpc_reply {
	uint32_t xid;
	bool     denied;
	uint32_t accept; /* 0: carried out */
};

/* Take the head off `in`, which goes bad when it does not fit. False: it is no call. */
bool rpc_read_call(struct rpc_call *out, struct bytes *in);
bool rpc_read_reply(struct rpc_reply *out, struct bytes *in);

/* Bytes of any number, at most `max`, filled up to a multiple of four. */
struct bytes xdr_opaque(struct bytes *in, uint32_t max);

#endif
