/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/dcerpc.h"

#include "lib/json.h"
#include "rules/app/dcerpc.h"
#include "sensor/proto.h"
#include "sensor/proto/dcerpc_pdu.h"
#include "sensor/settings.h"
#include "sensor/tx.h"

#include <errno.h>
#include <netinet/in.h>

#define UDP_HEADER_LEN 80u

struct dcerpc_tx {
	struct tx       tx;
	struct dce_call call;
};

struct dcerpc {
	struct dce_assoc assoc;
	bool             resync[2]; /* after a gap: look for the next header */
	unsigned         n_open;
};

static enum proto_probe
probe_tcp(struct bytes data)
{
	struct dce_head head;

	if (data.left < DCE_HEADER_LEN)
		return data.left > 0 && data.at[0] != 5 ? PROBE_NO : PROBE_MORE;
	if (!dce_head_read(&head, data) || (data.at[4] & 0xee) != 0 || data.at[5] > 3)
		return PROBE_NO;
	return head.auth_len < head.frag_len ? PROBE_YES : PROBE_NO;
}

/* The header of C706 12.5 for connectionless PDUs. */
struct udp_head {
	uint8_t      type, flags;
	bool         little_endian;
	struct bytes iface;
	uint32_t     iface_version;
	uint32_t     seq;
	uint16_t     opnum, len, frag;
};

static bool
read_udp(struct udp_head *out, struct bytes *in)
{
	uint8_t version = bytes_u8(in), flags2;
	uint8_t drep[3];

	out->type = bytes_u8(in);
	out->flags = bytes_u8(in);
	flags2 = bytes_u8(in);
	for (unsigned i = 0; i < 3; i++)
		drep[i] = bytes_u8(in);
	out->little_endian = drep[0] & 0x10;
	bytes_skip(in, 1 + 16); /* serial number, object */
	out->iface = bytes_cut(in, 16);
	bytes_skip(in, 16 + 4); /* activity, boot time */
	out->iface_version = out->little_endian ? bytes_le32(in) : bytes_be32(in);
	out->seq = out->little_endian ? bytes_le32(in) : bytes_be32(in);
	out->opnum = out->little_endian ? bytes_le16(in) : bytes_be16(in);
	bytes_skip(in, 4); /* interface and activity hints */
	out->len = out->little_endian ? bytes_le16(in) : bytes_be16(in);
	out->frag = out->little_endian ? bytes_le16(in) : bytes_be16(in);
	bytes_skip(in, 2);
	return bytes_ok(in) && version == 4 && out->type <= 10 && (flags2 & 0xfc) == 0 &&
			(drep[0] & 0xee) == 0 && drep[1] <= 3;
}

static enum proto_probe
dcerpc_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct udp_head head;

	(void)dir, (void)sport, (void)dport;
	if (data.left > 0 && data.at[0] == 4)
		return read_udp(&head, &data) && head.len <= data.left ? PROBE_YES : PROBE_NO;
	return probe_tcp(data);
}

static bool
is_open(const struct tx *tx)
{
	return !tx_is_complete(tx, DIR_TOCLIENT);
}

static struct dcerpc_tx *
open_tx(struct dcerpc *dce, struct proto_env *env)
{
	struct dcerpc_tx *tx;
	struct tx        *oldest;

	if (dce->n_open >= proto_settings(env)->dcerpc_txs)
		TAILQ_FOREACH (oldest, &env->flow->txs, link)
			if (is_open(oldest)) {
				tx_complete(oldest, DIR_TOSERVER);
				tx_complete(oldest, DIR_TOCLIENT);
				dce->n_open--;
				break;
			}
	tx = tx_begin(env, sizeof(*tx), DCERPC_COMPLETE);
	if (tx)
		dce->n_open++;
	return tx;
}

/* The call that a PDU belongs to: fragments go on with theirs, an answer with its request. */
static struct dcerpc_tx *
find_tx(struct dcerpc *dce, struct proto_env *env, int dir, uint32_t call_id, uint8_t type)
{
	struct tx *tx;

	TAILQ_FOREACH_REVERSE (tx, &env->flow->txs, tx_list, link) {
		struct dcerpc_tx *own = (struct dcerpc_tx *)tx;

		if (!is_open(tx) || own->call.id != call_id)
			continue;
		if (dir == DIR_TOCLIENT || (!own->call.ended[dir] && own->call.type[dir] == type))
			return own;
	}
	return open_tx(dce, env);
}

/* Both sides may look now; a side that has all its fragments is complete. */
static void
progress(struct dcerpc *dce, struct dcerpc_tx *tx)
{
	tx->tx.updated[0] = tx->tx.updated[1] = true;
	if (tx->call.ended[DIR_TOSERVER])
		tx_complete(&tx->tx, DIR_TOSERVER);
	if (!tx->call.ended[DIR_TOCLIENT] || !is_open(&tx->tx))
		return;
	tx_complete(&tx->tx, DIR_TOSERVER);
	tx_complete(&tx->tx, DIR_TOCLIENT);
	dce->n_open--;
}

static void
take_pdu(struct dcerpc *dce, struct proto_env *env, const struct dce_head *head, struct bytes pdu)
{
	/* the type tells who speaks: either end of a TCP connection may be the server */
	int               dir = dce_is_request(head->type) ? DIR_TOSERVER : DIR_TOCLIENT;
	struct dcerpc_tx *tx = find_tx(dce, env, dir, head->call_id, head->type);

	if (!tx)
		return;
	if (!dce_take(&dce->assoc, &tx->call, env->pool, dir, pdu))
		tx->call.ended[dir] = true;
	if (head->type == DCE_AUTH3) /* is not answered */
		tx->call.ended[DIR_TOCLIENT] = true;
	progress(dce, tx);
}

/* Drop bytes until something like a header stands in front. False: nothing yet. */
static bool
find_header(struct dcerpc *dce, int dir, struct bytes *data)
{
	while (data->left >= DCE_HEADER_LEN) {
		if (probe_tcp(*data) == PROBE_YES) {
			dce->resync[dir] = false;
			return true;
		}
		bytes_skip(data, 1);
		bytes_skip(data, bytes_find(data, 5));
	}
	return false;
}

static int
parse_tcp(struct dcerpc *dce, struct proto_env *env, int dir, struct bytes data)
{
	size_t          all = data.left;
	struct dce_head head;

	if (dce->resync[dir] && !find_header(dce, dir, &data))
		return (int)(all - data.left);
	while (data.left >= DCE_HEADER_LEN) {
		if (!dce_head_read(&head, data))
			return -EBADMSG;
		if (data.left < head.frag_len)
			break;
		take_pdu(dce, env, &head, bytes_cut(&data, head.frag_len));
	}
	return (int)(all - data.left);
}

static void
take_udp(struct dcerpc *dce, struct proto_env *env, const struct udp_head *head, struct bytes stub)
{
	bool               asks = head->type == DCE_REQUEST;
	int                dir = asks ? DIR_TOSERVER : DIR_TOCLIENT;
	struct dcerpc_tx  *tx = find_tx(dce, env, dir, head->seq, head->type);
	struct dce_call   *call;
	struct dce_binding b = { .answered = true };
	struct bytes       iface = head->iface;

	if (!tx)
		return;
	call = &tx->call;
	call->id = head->seq;
	call->opnum = head->opnum;
	call->type[dir] = head->type;
	call->seen[dir] = true;
	call->little_endian[dir] = head->little_endian;
	call->n_frags[dir]++;
	if (asks && call->bindings.len == 0) {
		dce_uuid(b.iface.uuid, &iface, head->little_endian);
		b.iface.version = (uint16_t)head->iface_version;
		b.minor = (uint16_t)(head->iface_version >> 16);
		(void)pbuf_add(env->pool, &call->bindings, &b, sizeof(b));
	}
	call->first_frag |= head->frag == 0;
	dce_add_stub(call, env->pool, dir, stub);
	/* flags 2 and 4: last fragment, one of several */
	call->ended[dir] = !(head->flags & 0x04) || head->flags & 0x02;
	progress(dce, tx);
}

static int
parse_udp(struct dcerpc *dce, struct proto_env *env, struct bytes data)
{
	size_t          all = data.left;
	struct udp_head head;
	struct bytes    stub;

	if (!read_udp(&head, &data))
		return -EBADMSG;
	stub = bytes_cut(&data, head.len);
	if (!bytes_ok(&data))
		return -EBADMSG;
	if (head.type == DCE_REQUEST || head.type == DCE_RESPONSE || head.type == DCE_FAULT)
		take_udp(dce, env, &head, stub);
	return (int)all;
}

static void
complete_all(struct dcerpc *dce, struct proto_env *env)
{
	struct tx *tx;

	TAILQ_FOREACH (tx, &env->flow->txs, link) {
		tx_complete(tx, DIR_TOSERVER);
		tx_complete(tx, DIR_TOCLIENT);
	}
	dce->n_open = 0;
}

static int
dcerpc_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct dcerpc *dce = state;
	int            n;

	(void)gap;
	if (flags & PROTO_GAP) {
		dce->resync[dir] = true;
		return 0;
	}
	if (env->flow->ip_proto == IPPROTO_UDP)
		return parse_udp(dce, env, data);
	n = parse_tcp(dce, env, dir, data);
	if ((flags & PROTO_EOF) && dir == DIR_TOCLIENT)
		complete_all(dce, env);
	return n;
}

static void
dcerpc_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct dcerpc *dce = state;

	if (is_open(tx) && dce->n_open > 0)
		dce->n_open--;
	dce_call_release(&((struct dcerpc_tx *)tx)->call, env->pool);
	tx_end(env, tx, sizeof(struct dcerpc_tx));
}

static void
dcerpc_state_free(void *state, struct proto_env *env)
{
	dce_assoc_release(&((struct dcerpc *)state)->assoc, env->pool);
}

static bool
dcerpc_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	return b == BUF_DCE_STUB_DATA && index == 0 &&
			dce_stub_view(&((struct dcerpc_tx *)tx)->call, dir, out);
}

static bool
dcerpc_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct dce_call *call = &((struct dcerpc_tx *)tx)->call;
	struct dce_view        view;

	(void)dir;
	*out = call->opnum;
	return n == NUM_DCE_OPNUM && index == 0 && dce_view_of(call, &view);
}

static bool
dcerpc_dce(struct tx *tx, struct dce_view *out)
{
	return dce_view_of(&((struct dcerpc_tx *)tx)->call, out);
}

static void
dcerpc_eve(struct tx *tx, struct json *j)
{
	json_obj(j, "dcerpc");
	dce_eve(&((struct dcerpc_tx *)tx)->call, j, false);
	json_obj_end(j);
}

const struct proto dcerpc_proto = {
	.id = APPPROTO_DCERPC,
	.over = PROTO_TCP | PROTO_UDP,
	.gaps = 1,
	.ports = { 135 },
	.state_size = sizeof(struct dcerpc),
	.probe = dcerpc_probe,
	.parse = dcerpc_parse,
	.tx_free = dcerpc_tx_free,
	.state_free = dcerpc_state_free,
	.ops = { .buffer = dcerpc_buffer, .number = dcerpc_number, .dce = dcerpc_dce },
	.eve = dcerpc_eve,
};
