/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/dcerpc_pdu.h"

#include "lib/json.h"

#include <stdio.h>

#define FLAG_FIRST 0x01
#define FLAG_LAST 0x02
#define STUB_MAX (1u << 20)
#define BINDINGS_MAX 1024u /* of one association */

static const char *const type_names[] = {
	"REQUEST", "PING", "RESPONSE", "FAULT", "WORKING", "NOCALL", "REJECT", "ACK", "CL_CANCEL",
	"FACK", "CANCEL_ACK", "BIND", "BINDACK", "BINDNAK", "ALTER_CONTEXT", "ALTER_CONTEXT_RESP",
	"AUTH3", "SHUTDOWN", "CO_CANCEL", "ORPHANED", "RTS",
};

const char *
dce_type_name(uint8_t type)
{
	return type <= DCE_TYPE_MAX ? type_names[type] : "UNKNOWN";
}

bool
dce_is_request(uint8_t type)
{
	return type == DCE_REQUEST || type == DCE_BIND || type == DCE_ALTER_CONTEXT ||
			type == DCE_AUTH3;
}

static uint16_t
take_u16(struct bytes *in, bool little)
{
	return little ? bytes_le16(in) : bytes_be16(in);
}

static uint32_t
take_u32(struct bytes *in, bool little)
{
	return little ? bytes_le32(in) : bytes_be32(in);
}

bool
dce_head_read(struct dce_head *out, struct bytes pdu)
{
	uint8_t major = bytes_u8(&pdu);

	out->minor = bytes_u8(&pdu);
	out->type = bytes_u8(&pdu);
	out->flags = bytes_u8(&pdu);
	out->little_endian = bytes_u8(&pdu) & 0x10;
	bytes_skip(&pdu, 3); /* the rest of the data representation */
	out->frag_len = take_u16(&pdu, out->little_endian);
	out->auth_len = take_u16(&pdu, out->little_endian);
	out->call_id = take_u32(&pdu, out->little_endian);
	return bytes_ok(&pdu) && major == 5 && out->minor <= 1 && out->type <= DCE_TYPE_MAX &&
			out->frag_len >= DCE_HEADER_LEN;
}

void
dce_uuid(uint8_t out[static 16], struct bytes *in, bool little_endian)
{
	static const uint8_t swapped[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct bytes         raw = bytes_cut(in, 16);

	for (unsigned i = 0; i < 16; i++)
		out[i] = raw.bad ? 0 : raw.at[little_endian ? swapped[i] : i];
}

static struct dce_binding *
bindings_of(const struct pbuf *list, uint32_t *n)
{
	*n = list->len / (uint32_t)sizeof(struct dce_binding);
	return (struct dce_binding *)(void *)list->data;
}

/* p_cont_list_t: context id, abstract syntax (the interface), transfer syntaxes. */
static bool
take_bind(struct dce_assoc *assoc, struct dce_call *call, struct pool *pool, struct bytes in,
		const struct dce_head *head)
{
	bool     little = head->little_endian;
	uint8_t  n;
	uint32_t have;

	if (head->type == DCE_BIND)
		assoc->bindings.len = 0;
	(void)bindings_of(&assoc->bindings, &have);
	assoc->last = have;
	bytes_skip(&in, 8); /* fragment sizes, association group */
	n = bytes_u8(&in);
	bytes_skip(&in, 3);
	for (unsigned i = 0; i < n && bytes_ok(&in); i++) {
		struct dce_binding b = { .context = take_u16(&in, little) };
		uint8_t            n_transfer = bytes_u8(&in);

		bytes_skip(&in, 1);
		dce_uuid(b.iface.uuid, &in, little);
		b.iface.version = take_u16(&in, little);
		b.minor = take_u16(&in, little);
		bytes_skip(&in, 20u * n_transfer);
		if (!bytes_ok(&in) || have + i >= BINDINGS_MAX)
			break;
		if (pbuf_add(pool, &assoc->bindings, &b, sizeof(b)) < 0 ||
				pbuf_add(pool, &call->bindings, &b, sizeof(b)) < 0)
			break;
	}
	return bytes_ok(&in);
}

/* Results stand in the order in which the contexts were asked for. */
static void
answer(struct pbuf *list, uint32_t at, uint16_t result, uint16_t reason)
{
	uint32_t            n;
	struct dce_binding *b = bindings_of(list, &n);

	if (at >= n)
		return;
	b[at].result = result;
	b[at].reason = reason;
	b[at].answered = true;
}

static bool
take_bind_ack(struct dce_assoc *assoc, struct dce_call *call, struct bytes pdu, bool little)
{
	struct bytes in = pdu;
	uint8_t      n;
	size_t       used;

	bytes_skip(&in, DCE_HEADER_LEN + 8); /* fragment sizes, association group */
	bytes_skip(&in, take_u16(&in, little)); /* secondary address */
	used = pdu.left - in.left;
	bytes_skip(&in, (4 - used % 4) % 4);
	n = bytes_u8(&in);
	bytes_skip(&in, 3);
	for (unsigned i = 0; i < n; i++) {
		uint16_t result = take_u16(&in, little);
		uint16_t reason = take_u16(&in, little);

		bytes_skip(&in, 20);
		if (!bytes_ok(&in))
			return false;
		answer(&assoc->bindings, assoc->last + i, result, reason);
		answer(&call->bindings, i, result, reason);
	}
	return bytes_ok(&in);
}

static void
find_binding(const struct dce_assoc *assoc, struct dce_call *call, struct pool *pool)
{
	uint32_t                  n;
	const struct dce_binding *b = bindings_of(&assoc->bindings, &n);

	call->bindings.len = 0;
	for (uint32_t i = 0; i < n; i++)
		if (b[i].answered && b[i].result == 0 && b[i].context == call->context) {
			(void)pbuf_add(pool, &call->bindings, &b[i], sizeof(b[i]));
			return;
		}
}

void
dce_add_stub(struct dce_call *call, struct pool *pool, int dir, struct bytes stub)
{
	size_t room = STUB_MAX - call->stub[dir].len;

	call->stub_size[dir] += stub.left;
	(void)pbuf_add(pool, &call->stub[dir], stub.at, stub.left < room ? stub.left : room);
}

/* Request: allocation hint, context, operation. Response and fault: hint, context, cancel count. */
static bool
take_fragment(const struct dce_assoc *assoc, struct dce_call *call, struct pool *pool, int dir,
		struct bytes in, const struct dce_head *head)
{
	uint16_t context, opnum;

	bytes_skip(&in, 4);
	context = take_u16(&in, head->little_endian);
	opnum = take_u16(&in, head->little_endian);
	if (!bytes_ok(&in))
		return false;
	if (head->type == DCE_REQUEST) {
		call->context = context;
		call->opnum = opnum;
		call->first_frag |= head->flags & FLAG_FIRST;
		find_binding(assoc, call, pool);
	}
	call->n_frags[dir]++;
	dce_add_stub(call, pool, dir, in);
	call->ended[dir] = head->flags & FLAG_LAST;
	return true;
}

bool
dce_take(struct dce_assoc *assoc, struct dce_call *call, struct pool *pool, int dir,
		struct bytes pdu)
{
	struct dce_head head;
	struct bytes    body = pdu;

	if (!dce_head_read(&head, pdu))
		return false;
	bytes_skip(&body, DCE_HEADER_LEN);
	if (!call->seen[dir])
		call->type[dir] = head.type;
	call->seen[dir] = true;
	call->id = head.call_id;
	call->minor = head.minor;
	call->little_endian[dir] = head.little_endian;
	switch (head.type) {
	case DCE_REQUEST:
	case DCE_RESPONSE:
	case DCE_FAULT:
		return take_fragment(assoc, call, pool, dir, body, &head);
	case DCE_BIND:
	case DCE_ALTER_CONTEXT:
		call->ended[dir] = true;
		return take_bind(assoc, call, pool, body, &head);
	case DCE_BIND_ACK:
	case DCE_ALTER_CONTEXT_RESP:
		call->ended[dir] = true;
		return take_bind_ack(assoc, call, pdu, head.little_endian);
	default:
		call->ended[dir] = true;
		return true;
	}
}

void
dce_call_release(struct dce_call *call, struct pool *pool)
{
	pbuf_release(pool, &call->stub[0]);
	pbuf_release(pool, &call->stub[1]);
	pbuf_release(pool, &call->bindings);
}

void
dce_assoc_release(struct dce_assoc *assoc, struct pool *pool)
{
	pbuf_release(pool, &assoc->bindings);
}

static bool
is_call(const struct dce_call *call)
{
	return call->seen[DIR_TOSERVER] && call->type[DIR_TOSERVER] == DCE_REQUEST;
}

bool
dce_view_of(const struct dce_call *call, struct dce_view *out)
{
	uint32_t                  n;
	const struct dce_binding *b = bindings_of(&call->bindings, &n);

	*out = (struct dce_view){ 0 };
	out->little_endian[0] = call->little_endian[0];
	out->little_endian[1] = call->little_endian[1];
	if (!is_call(call))
		return false;
	out->first_frag = call->first_frag;
	out->has_iface = n > 0;
	if (n > 0)
		out->iface = b[0].iface;
	return true;
}

bool
dce_stub_view(const struct dce_call *call, int dir, struct view *out)
{
	*out = (struct view){ .data = bytes_of(call->stub[dir].data, call->stub[dir].len),
		.ended = call->ended[dir] };
	return call->stub[dir].len > 0;
}

static void
eve_interfaces(const struct dce_call *call, struct json *j, bool in_pipe)
{
	uint32_t                  n;
	const struct dce_binding *b = bindings_of(&call->bindings, &n);
	bool                      is_bind = !is_call(call);
	char                      text[40];

	if (n == 0)
		return;
	json_arr(j, "interfaces");
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *u = b[i].iface.uuid;

		json_obj(j, NULL);
		snprintf(text, sizeof(text),
				"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
				u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10],
				u[11], u[12], u[13], u[14], u[15]);
		json_str(j, "uuid", text);
		snprintf(text, sizeof(text), "%u.%u", b[i].iface.version, b[i].minor);
		json_str(j, "version", text);
		if (b[i].answered && (is_bind || !in_pipe))
			json_u64(j, "ack_result", b[i].result);
		if (b[i].answered && is_bind && in_pipe)
			json_u64(j, "ack_reason", b[i].reason);
		json_obj_end(j);
	}
	json_arr_end(j);
}

static void
eve_fragments(const struct dce_call *call, struct json *j, int dir, const char *key, bool opnum)
{
	json_obj(j, key);
	if (opnum)
		json_u64(j, "opnum", call->opnum);
	json_u64(j, "frag_cnt", call->n_frags[dir]);
	json_u64(j, "stub_data_size", call->stub_size[dir]);
	json_obj_end(j);
}

void
dce_eve(const struct dce_call *call, struct json *j, bool in_pipe)
{
	char text[16];

	if (call->seen[DIR_TOSERVER])
		json_str(j, "request", dce_type_name(call->type[DIR_TOSERVER]));
	if (call->seen[DIR_TOCLIENT])
		json_str(j, "response", dce_type_name(call->type[DIR_TOCLIENT]));
	if (is_call(call)) {
		if (in_pipe)
			json_u64(j, "opnum", call->opnum);
		eve_fragments(call, j, DIR_TOSERVER, "req", !in_pipe);
	}
	eve_interfaces(call, j, in_pipe);
	if (call->seen[DIR_TOCLIENT] && call->type[DIR_TOCLIENT] == DCE_RESPONSE)
		eve_fragments(call, j, DIR_TOCLIENT, "res", false);
	json_u64(j, "call_id", call->id);
	if (in_pipe)
		return;
	snprintf(text, sizeof(text), "5.%u", call->minor);
	json_str(j, "rpc_version", text);
}
