/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/rpc.h"

#define AUTH_MAX 400u /* RFC 5531, 8.2 */
#define MACHINE_MAX 255u

struct bytes
xdr_opaque(struct bytes *in, uint32_t max)
{
	uint32_t     len = bytes_be32(in);
	struct bytes data;

	if (len > max) {
		in->bad = true;
		in->left = 0;
		return bytes_of(NULL, 0);
	}
	data = bytes_cut(in, len);
	bytes_skip(in, (4 - len % 4) % 4);
	return data;
}

static void
read_unix(struct rpc_call *out, struct bytes body)
{
	bytes_skip(&body, 4); /* stamp */
	out->machine = xdr_opaque(&body, MACHINE_MAX);
	out->uid = bytes_be32(&body);
	out->gid = bytes_be32(&body);
}

bool
rpc_read_call(struct rpc_call *out, struct bytes *in)
{
	struct bytes body;

	*out = (struct rpc_call){ .xid = bytes_be32(in) };
	if (bytes_be32(in) != RPC_CALL || bytes_be32(in) != RPC_VERSION)
		return false;
	out->program = bytes_be32(in);
	out->version = bytes_be32(in);
	out->procedure = bytes_be32(in);
	out->auth = bytes_be32(in);
	body = xdr_opaque(in, AUTH_MAX);
	if (bytes_ok(in) && out->auth == RPC_AUTH_UNIX)
		read_unix(out, body);
	bytes_skip(in, 4); /* verifier */
	(void)xdr_opaque(in, AUTH_MAX);
	return bytes_ok(in);
}

bool
rpc_read_reply(struct rpc_reply *out, struct bytes *in)
{
	*out = (struct rpc_reply){ .xid = bytes_be32(in) };
	if (bytes_be32(in) != RPC_REPLY)
		return false;
	out->denied = bytes_be32(in) != 0;
	if (out->denied)
		return bytes_ok(in);
	bytes_skip(in, 4); /* verifier */
	(void)xdr_opaque(in, AUTH_MAX);
	out->accept = bytes_be32(in);
	return bytes_ok(in);
}
