/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/smb.h"

#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/proto/smb_state.h"
#include "sensor/tx.h"

#include <errno.h>

#define NBSS_HEADER_LEN 4u
#define NBSS_MESSAGE 0x00
#define NBSS_REQUEST 0x81
#define NBSS_KEEPALIVE 0x85
#define HEAD_LEN 128u           /* enough of a data carrier to know where its data stands */
#define RECORD_MAX (128u << 10) /* what carries no data and is larger is passed over */

static bool
is_smb(struct bytes in)
{
	return in.left >= 4 && in.at[0] >= 0xfc && memcmp(in.at + 1, "SMB", 3) == 0;
}

static enum proto_probe
smb_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct bytes in = data;
	uint8_t      type = bytes_u8(&in);
	uint32_t     len = bytes_be24(&in);
	bool         on_port = sport == 139 || dport == 139;

	(void)dir;
	if (data.left < NBSS_HEADER_LEN)
		return type == NBSS_MESSAGE || on_port ? PROBE_MORE : PROBE_NO;
	if (on_port && type >= NBSS_REQUEST && type <= NBSS_KEEPALIVE && len < 1024)
		return PROBE_YES;
	if (type != NBSS_MESSAGE || len < 32)
		return PROBE_NO;
	if (in.left < 4)
		return PROBE_MORE;
	return is_smb(in) ? PROBE_YES : PROBE_NO;
}

static void
begin(struct smb *smb)
{
	if (smb->begun)
		return;
	smb->begun = true;
	smb->dialect = "unknown";
	TAILQ_INIT(&smb->trees);
	TAILQ_INIT(&smb->opens);
	TAILQ_INIT(&smb->reads);
}

static void
take_message(struct smb *smb, struct proto_env *env, int dir, struct bytes message, uint32_t len)
{
	if (message.left < 4)
		return;
	if (message.at[0] == 0xff)
		smb1_take(smb, env, dir, message, len);
	else if (message.at[0] == 0xfe)
		smb2_take(smb, env, dir, message, len);
	/* encrypted or compressed ones tell nothing */
}

/* SMB 1: [MS-CIFS] 2.2.3.1, SMB 2: [MS-SMB2] 2.2.1. */
static void
mark_message(struct proto_env *env, int dir, const uint8_t *at, uint64_t len)
{
	bool     old = at[0] == 0xff;
	uint64_t head = old ? 32 : 64;

	appframe_mark(env, dir, old ? APPFRAME_SMB_SMB1_PDU : APPFRAME_SMB_SMB2_PDU, at, len);
	if (len < head)
		return;
	appframe_mark(env, dir, old ? APPFRAME_SMB_SMB1_HDR : APPFRAME_SMB_SMB2_HDR, at, head);
	if (len > head)
		appframe_mark(env, dir, old ? APPFRAME_SMB_SMB1_DATA : APPFRAME_SMB_SMB2_DATA, at + head, len - head);
}

static void
mark_record(struct proto_env *env, int dir, const uint8_t *at, uint32_t len)
{
	appframe_mark(env, dir, APPFRAME_SMB_NBSS_PDU, at, NBSS_HEADER_LEN + (uint64_t)len);
	appframe_mark(env, dir, APPFRAME_SMB_NBSS_HDR, at, NBSS_HEADER_LEN);
	if (len)
		appframe_mark(env, dir, APPFRAME_SMB_NBSS_DATA, at + NBSS_HEADER_LEN, len);
}

/* A whole record: SMB 2 chains messages by the distance to the next one. */
static void
take_record(struct smb *smb, struct proto_env *env, int dir, struct bytes record)
{
	struct smb_sink *sink = &smb->in[dir].sink;

	while (is_smb(record)) {
		struct bytes rest = record, message;
		uint32_t     next = 0;

		if (record.at[0] == 0xfe) {
			bytes_skip(&rest, 20);
			next = bytes_le32(&rest);
		}
		rest = record;
		if (next > 0 && next < 64)
			next = 0;
		message = bytes_cut(&rest, next > 0 && next < record.left ? next : record.left);
		mark_message(env, dir, message.at, message.left);
		take_message(smb, env, dir, message, (uint32_t)message.left);
		bytes_skip(&message, sink->from);
		message = bytes_cut(&message, sink->to - sink->from);
		if (bytes_ok(&message))
			smb_sink_take(smb, env, dir, message);
		smb_sink_end(smb, env, dir);
		record = rest;
	}
}

/* Bytes of the record that is open: those in the sink's window go there, the others are passed over. */
static size_t
take_open(struct smb *smb, struct proto_env *env, int dir, struct bytes data)
{
	struct smb_input *in = &smb->in[dir];
	uint32_t          n = in->len - in->pos < data.left ? in->len - in->pos : (uint32_t)data.left;
	uint32_t          from = in->sink.from > in->pos ? in->sink.from : in->pos;
	uint32_t          to = in->sink.to < in->pos + n ? in->sink.to : in->pos + n;

	if (from < to)
		smb_sink_take(smb, env, dir, bytes_of(data.at + (from - in->pos), to - from));
	in->pos += n;
	if (in->pos == in->len)
		smb_sink_end(smb, env, dir);
	return n;
}

static bool
streams(struct bytes record)
{
	return record.left >= 4 &&
			(record.at[0] == 0xfe ? smb2_streams(record) :
			 record.at[0] == 0xff ? smb1_streams(record) : false);
}

/* The next record. Returns bytes taken, 0: more is needed, -EBADMSG. */
static int
take_next(struct smb *smb, struct proto_env *env, int dir, struct bytes data)
{
	struct smb_input *in = &smb->in[dir];
	struct bytes      rest = data, head;
	uint8_t           type = bytes_u8(&rest);
	uint32_t          len = bytes_be24(&rest);

	if (!bytes_ok(&rest))
		return 0;
	in->pos = 0;
	in->len = len;
	if (type != NBSS_MESSAGE) {
		if (type < NBSS_REQUEST || type > NBSS_KEEPALIVE)
			return -EBADMSG;
		return NBSS_HEADER_LEN;
	}
	head = bytes_cut(&rest, len < HEAD_LEN ? len : HEAD_LEN);
	if (!bytes_ok(&rest)) {
		in->len = 0;
		return 0;
	}
	if (streams(head)) {
		mark_record(env, dir, data.at, len);
		mark_message(env, dir, head.at, len);
		take_message(smb, env, dir, head, len);
		return NBSS_HEADER_LEN;
	}
	if (len > RECORD_MAX) {
		mark_record(env, dir, data.at, len);
		return NBSS_HEADER_LEN;
	}
	in->len = 0;
	if (data.left < NBSS_HEADER_LEN + (size_t)len)
		return 0;
	mark_record(env, dir, data.at, len);
	take_record(smb, env, dir, bytes_of(data.at + NBSS_HEADER_LEN, len));
	return (int)(NBSS_HEADER_LEN + len);
}

/* Drop bytes until a record seems to begin. False: none so far. */
static bool
find_record(struct smb_input *in, struct bytes *data)
{
	while (data->left >= NBSS_HEADER_LEN + 4) {
		if (data->at[0] == 0 && is_smb(bytes_of(data->at + 4, 4))) {
			in->resync = false;
			return true;
		}
		bytes_skip(data, 1);
		bytes_skip(data, bytes_find(data, 0));
	}
	return false;
}

/* Inside of data a gap is a hole in the file; elsewhere the next record has to be found. */
static void
take_gap(struct smb *smb, struct proto_env *env, int dir, uint64_t gap)
{
	struct smb_input *in = &smb->in[dir];
	uint32_t          n = in->len - in->pos, from, to;

	if (gap > n) {
		in->pos = in->len = 0;
		in->resync = true;
		smb_sink_end(smb, env, dir);
		return;
	}
	n = (uint32_t)gap;
	from = in->sink.from > in->pos ? in->sink.from : in->pos;
	to = in->sink.to < in->pos + n ? in->sink.to : in->pos + n;
	if (from < to)
		smb_sink_gap(smb, env, dir, to - from);
	in->pos += n;
	if (in->pos == in->len)
		smb_sink_end(smb, env, dir);
}

static void
end_all(struct smb *smb, struct proto_env *env)
{
	struct tx *tx;

	smb_file_release(smb, env);
	TAILQ_FOREACH (tx, &env->flow->txs, link)
		smb_tx_done(smb, (struct smb_tx *)tx);
}

static int
smb_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct smb       *smb = state;
	struct smb_input *in = &smb->in[dir];
	size_t            all = data.left;
	int               n;

	begin(smb);
	if (flags & PROTO_GAP) {
		take_gap(smb, env, dir, gap);
		return 0;
	}
	while (data.left > 0) {
		if (in->resync && !find_record(in, &data))
			break;
		n = in->pos < in->len ? (int)take_open(smb, env, dir, data)
				      : take_next(smb, env, dir, data);
		if (n < 0)
			return n;
		if (n == 0)
			break;
		bytes_skip(&data, (size_t)n);
	}
	if ((flags & PROTO_EOF) && dir == DIR_TOCLIENT)
		end_all(smb, env);
	return (int)(all - data.left);
}

static void
free_tx(void *state, struct proto_env *env, struct tx *tx)
{
	smb_tx_free(state, env, (struct smb_tx *)tx);
}

static void
smb_state_free(void *state, struct proto_env *env)
{
	struct smb *smb = state;

	begin(smb);
	smb_file_release(smb, env);
	dce_assoc_release(&smb->assoc, env->pool);
}

const struct proto smb_proto = {
	.id = APPPROTO_SMB,
	.over = PROTO_TCP,
	.deep = 1,
	.gaps = 1,
	.ports = { 445, 139 },
	.state_size = sizeof(struct smb),
	.probe = smb_probe,
	.parse = smb_parse,
	.tx_free = free_tx,
	.state_free = smb_state_free,
	.ops = { .buffer = smb_buffer, .number = smb_number, .dce = smb_dce },
	.eve = smb_eve,
};
