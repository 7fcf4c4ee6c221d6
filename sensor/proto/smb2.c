/* SPDX-License-Identifier: Apache-2.0 */
/* SMB 2 and 3 messages: MS-SMB2, 2.2. Offsets in them count from the header's first byte. */
#include "sensor/proto/smb_state.h"

#include "sensor/proto.h"
#include "sensor/tx.h"

#define HEADER_LEN 64u
#define FLAG_RESPONSE 0x00000001u
#define FLAG_ASYNC 0x00000002u
#define STATUS_SUCCESS 0u
#define STATUS_MORE_PROCESSING 0xc0000016u
#define STATUS_BUFFER_OVERFLOW 0x80000005u
#define STATUS_END_OF_FILE 0xc0000011u
#define FSCTL_PIPE_TRANSCEIVE 0x0011c017u
#define CREATE_DELETE_ON_CLOSE 0x00001000u
#define DIALECTS_MAX 64u

static bool
read_head(struct smb_head *out, struct bytes *in)
{
	uint32_t flags;

	*out = (struct smb_head){ .version = 2, .unicode = true };
	bytes_skip(in, 4 + 2 + 2); /* magic, structure size, credit charge */
	out->status = bytes_le32(in);
	out->command = bytes_le16(in);
	bytes_skip(in, 2);
	flags = bytes_le32(in);
	out->response = flags & FLAG_RESPONSE;
	bytes_skip(in, 4); /* next command */
	out->message_id = bytes_le64(in);
	bytes_skip(in, 4);
	out->tree_id = bytes_le32(in);
	if (flags & FLAG_ASYNC)
		out->tree_id = 0; /* an id of the operation stands there */
	out->session_id = bytes_le64(in);
	bytes_skip(in, 16); /* signature */
	return bytes_ok(in);
}

bool
smb2_streams(struct bytes head)
{
	struct smb_head h;
	struct bytes    next = head;

	if (!read_head(&h, &head))
		return false;
	bytes_skip(&next, 20);
	return bytes_le32(&next) == 0 && h.command == (h.response ? SMB2_READ : SMB2_WRITE);
}

/* The part of a message at an offset that it names itself. */
static struct bytes
part_of(struct bytes message, uint32_t offset, uint32_t len)
{
	bytes_skip(&message, offset);
	return bytes_cut(&message, len);
}

static struct smb_fid
take_fid(struct bytes *in)
{
	struct smb_fid fid = { .len = 16 };
	struct bytes   raw = bytes_cut(in, 16);

	if (!raw.bad)
		memcpy(fid.id, raw.at, 16);
	return fid;
}

/* ---- requests ---- */

static bool
request_negotiate(struct smb_tx *tx, struct proto_env *env, struct bytes in)
{
	uint16_t     n;
	struct bytes guid;

	tx->kind = SMB_NEGOTIATION;
	bytes_skip(&in, 2);
	n = bytes_le16(&in);
	bytes_skip(&in, 2 + 2 + 4);
	guid = bytes_cut(&in, 16);
	bytes_skip(&in, 8);
	if (!bytes_ok(&in))
		return false;
	memcpy(tx->nego.client_guid, guid.at, 16);
	tx->nego.has_client_guid = true;
	for (unsigned i = 0; i < n && i < DIALECTS_MAX && in.left >= 2; i++) {
		const char *name = smb_dialect_name(bytes_le16(&in));

		(void)pbuf_add(env->pool, &tx->name, name, strlen(name) + 1);
	}
	return n == 0 || tx->name.len > 0;
}

static bool
request_session(struct smb *smb, struct smb_tx *tx, struct proto_env *env, struct bytes in,
		struct bytes message)
{
	uint16_t offset, len;

	tx->kind = SMB_SESSION;
	bytes_skip(&in, 2 + 1 + 1 + 4 + 4);
	offset = bytes_le16(&in);
	len = bytes_le16(&in);
	message = part_of(message, offset, len);
	smb_session_blob(smb, env, tx, message);
	return bytes_ok(&in) && bytes_ok(&message);
}

static bool
request_tree(struct smb_tx *tx, struct proto_env *env, struct bytes in, struct bytes message)
{
	uint16_t offset, len;

	tx->kind = SMB_TREE;
	bytes_skip(&in, 2 + 2);
	offset = bytes_le16(&in);
	len = bytes_le16(&in);
	message = part_of(message, offset, len);
	ntlmssp_utf16(&tx->name, env->pool, message);
	return bytes_ok(&in) && bytes_ok(&message);
}

static bool
request_create(struct smb_tx *tx, struct proto_env *env, struct bytes in, struct bytes message)
{
	uint16_t offset, len;

	tx->kind = SMB_OPEN;
	bytes_skip(&in, 2 + 1 + 1 + 4 + 8 + 8 + 4 + 4 + 4);
	tx->opening.disposition = bytes_le32(&in);
	tx->opening.delete_on_close = bytes_le32(&in) & CREATE_DELETE_ON_CLOSE;
	offset = bytes_le16(&in);
	len = bytes_le16(&in);
	message = part_of(message, offset, len);
	ntlmssp_utf16(&tx->name, env->pool, message);
	return bytes_ok(&in) && bytes_ok(&message);
}

/* An ioctl's input: what goes through a pipe is a call of its own. True: it was one. */
static bool
request_ioctl(struct smb *smb, struct proto_env *env, const struct smb_head *head, struct bytes in,
		struct bytes message, uint32_t *function)
{
	struct smb_fid fid;
	uint32_t       offset, len;

	bytes_skip(&in, 2 + 2);
	*function = bytes_le32(&in);
	fid = take_fid(&in);
	offset = bytes_le32(&in);
	len = bytes_le32(&in);
	if (*function != FSCTL_PIPE_TRANSCEIVE || !bytes_ok(&in))
		return false;
	message = part_of(message, offset, len);
	return smb_pipe_take(smb, env, head, &fid, message);
}

static void
request_read(struct smb *smb, struct proto_env *env, const struct smb_head *head, struct bytes in)
{
	uint32_t       len;
	uint64_t       offset;
	struct smb_fid fid;

	bytes_skip(&in, 2 + 1 + 1);
	len = bytes_le32(&in);
	offset = bytes_le64(&in);
	fid = take_fid(&in);
	if (!bytes_ok(&in)) {
		smb_event(smb, env, head, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	if (smb->max_read != 0 && len > smb->max_read)
		smb_event(smb, env, head, SMB_EVENT_READ_REQUEST_TOO_LARGE);
	smb_read_add(smb, env, head, &fid, offset);
}

static void
request_write(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct bytes in, uint32_t len)
{
	uint16_t       data_at;
	uint32_t       data_len;
	uint64_t       offset;
	struct smb_fid fid;

	bytes_skip(&in, 2);
	data_at = bytes_le16(&in);
	data_len = bytes_le32(&in);
	offset = bytes_le64(&in);
	fid = take_fid(&in);
	if (!bytes_ok(&in) || data_at < HEADER_LEN || data_at > len || data_len > len - data_at) {
		smb_event(smb, env, head, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	if (smb->max_write != 0 && data_len > smb->max_write)
		smb_event(smb, env, head, SMB_EVENT_WRITE_REQUEST_TOO_LARGE);
	smb_data(smb, env, dir, head, smb_open_find(smb, env, head, &fid), offset, data_at,
			data_at + data_len);
}

static void
request_close(struct smb *smb, struct proto_env *env, struct bytes in)
{
	struct smb_fid fid;

	bytes_skip(&in, 2 + 2 + 4);
	fid = take_fid(&in);
	if (bytes_ok(&in))
		smb_open_close(smb, env, &fid);
}

/* SET_INFO that renames or deletes (MS-FSCC, 2.4): of the others there is nothing to tell. */
static bool
changes_name(struct bytes in)
{
	uint8_t type, class;

	bytes_skip(&in, 2);
	type = bytes_u8(&in);
	class = bytes_u8(&in);
	return type == 1 && (class == 10 || class == 13);
}

/* Requests that have a transaction of their own, from the fields that are of interest. */
static bool
read_request(struct smb *smb, struct proto_env *env, struct smb_tx *tx, struct bytes in,
		struct bytes message)
{
	switch (tx->head.command) {
	case SMB2_NEGOTIATE:
		return request_negotiate(tx, env, in);
	case SMB2_SESSION_SETUP:
		return request_session(smb, tx, env, in, message);
	case SMB2_TREE_CONNECT:
		return request_tree(tx, env, in, message);
	case SMB2_CREATE:
		return request_create(tx, env, in, message);
	case SMB2_CLOSE:
		request_close(smb, env, in);
		return true;
	default:
		return true;
	}
}

static void
take_request(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct bytes in, struct bytes message, uint32_t len)
{
	struct smb_tx *tx;
	uint32_t       function = 0;

	switch (head->command) {
	case SMB2_READ:
		request_read(smb, env, head, in);
		return;
	case SMB2_WRITE:
		request_write(smb, env, dir, head, in, len);
		return;
	case SMB2_IOCTL:
		if (request_ioctl(smb, env, head, in, message, &function))
			return;
		break;
	case SMB2_GET_INFO:
		return;
	case SMB2_SET_INFO:
		if (!changes_name(in))
			return;
		break;
	default:
		break;
	}
	tx = smb_tx_new(smb, env, head, head->command == SMB2_IOCTL ? SMB_IOCTL : SMB_OTHER);
	if (!tx)
		return;
	tx->function = function;
	if (!read_request(smb, env, tx, in, message))
		tx_event(&tx->tx, head->command == SMB2_NEGOTIATE
				? SMB_EVENT_NEGOTIATE_MALFORMED_DIALECTS : SMB_EVENT_MALFORMED_DATA);
	if (tx->kind != SMB_TREE) /* only the answer tells whether it is a pipe */
		tx_complete(&tx->tx, DIR_TOSERVER);
}

/* ---- responses ---- */

static void
answer_negotiate(struct smb *smb, struct smb_tx *tx, struct bytes in)
{
	struct bytes guid;

	bytes_skip(&in, 2 + 2);
	smb->dialect_code = bytes_le16(&in);
	bytes_skip(&in, 2);
	guid = bytes_cut(&in, 16);
	bytes_skip(&in, 4 + 4);
	tx->nego.max_read = bytes_le32(&in);
	tx->nego.max_write = bytes_le32(&in);
	if (!bytes_ok(&in)) {
		tx_event(&tx->tx, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	memcpy(tx->nego.server_guid, guid.at, 16);
	tx->nego.has_server_guid = true;
	smb->dialect = smb_dialect_name(smb->dialect_code);
	smb->max_read = tx->nego.max_read;
	smb->max_write = tx->nego.max_write;
}

static uint8_t
share_of(uint8_t type)
{
	switch (type) {
	case 1:
		return SMB_SHARE_DISK;
	case 2:
		return SMB_SHARE_PIPE;
	case 3:
		return SMB_SHARE_PRINT;
	default:
		return SMB_SHARE_UNKNOWN;
	}
}

static void
answer_tree(struct smb *smb, struct proto_env *env, struct smb_tx *tx, const struct smb_head *head,
		struct bytes in)
{
	bytes_skip(&in, 2);
	tx->share_type = share_of(bytes_u8(&in));
	if (bytes_ok(&in) && head->status == STATUS_SUCCESS)
		smb_tree_add(smb, env, tx, head->tree_id, tx->share_type);
}

/* FILETIME counts 100 ns since 1601. */
static uint64_t
unix_time(uint64_t filetime)
{
	const uint64_t epoch_s = 11644473600u;

	return filetime / 10000000 > epoch_s ? filetime / 10000000 - epoch_s : 0;
}

static void
answer_create(struct smb *smb, struct proto_env *env, struct smb_tx *tx, struct bytes in)
{
	struct smb_opening *o = &tx->opening;
	struct smb_fid      fid;

	bytes_skip(&in, 2 + 1 + 1 + 4);
	o->created = unix_time(bytes_le64(&in));
	o->accessed = unix_time(bytes_le64(&in));
	o->modified = unix_time(bytes_le64(&in));
	o->changed = unix_time(bytes_le64(&in));
	bytes_skip(&in, 8);
	o->size = bytes_le64(&in);
	bytes_skip(&in, 4 + 4);
	fid = take_fid(&in);
	if (!bytes_ok(&in))
		return;
	tx->fid = fid;
	(void)smb_open_add(smb, env, &tx->head, &fid, bytes_of(tx->name.data, tx->name.len));
}

static void
answer_ioctl(struct smb *smb, struct proto_env *env, const struct smb_head *head, struct bytes in,
		struct bytes message)
{
	struct smb_fid fid;
	uint32_t       offset, len;

	bytes_skip(&in, 2 + 2);
	if (bytes_le32(&in) != FSCTL_PIPE_TRANSCEIVE)
		return;
	fid = take_fid(&in);
	bytes_skip(&in, 4 + 4);
	offset = bytes_le32(&in);
	len = bytes_le32(&in);
	message = part_of(message, offset, len);
	if (bytes_ok(&in) && bytes_ok(&message))
		(void)smb_pipe_take(smb, env, head, &fid, message);
}

static void
answer_read(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct bytes in, uint32_t len)
{
	struct smb_read r;
	uint32_t        data_at, data_len;

	if (head->status == SMB_STATUS_PENDING || !smb_read_take(smb, env, head->message_id, &r))
		return;
	if (head->status != STATUS_SUCCESS && head->status != STATUS_BUFFER_OVERFLOW)
		return;
	bytes_skip(&in, 2);
	data_at = bytes_u8(&in);
	bytes_skip(&in, 1);
	data_len = bytes_le32(&in);
	if (!bytes_ok(&in) || data_at < HEADER_LEN || data_at > len || data_len > len - data_at) {
		smb_event(smb, env, head, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	if (smb->max_read != 0 && data_len > smb->max_read)
		smb_event(smb, env, head, SMB_EVENT_READ_RESPONSE_TOO_LARGE);
	smb_data(smb, env, dir, head, smb_open_find(smb, env, head, &r.fid), r.offset, data_at,
			data_at + data_len);
}

static void
read_answer(struct smb *smb, struct proto_env *env, struct smb_tx *tx, const struct smb_head *head,
		struct bytes in)
{
	if (head->status != STATUS_SUCCESS)
		return;
	switch (head->command) {
	case SMB2_NEGOTIATE:
		answer_negotiate(smb, tx, in);
		break;
	case SMB2_TREE_CONNECT:
		answer_tree(smb, env, tx, head, in);
		break;
	case SMB2_CREATE:
		answer_create(smb, env, tx, in);
		break;
	default:
		break;
	}
}

/* A server that was asked in SMB 1 may answer in SMB 2: the question was a negotiation. */
static struct smb_tx *
find_request(struct proto_env *env, const struct smb_head *head)
{
	struct smb_head old = *head;
	struct smb_tx  *tx = smb_tx_find(env, head);
	struct tx      *first = TAILQ_FIRST(&env->flow->txs);

	if (tx || head->command != SMB2_NEGOTIATE || !first)
		return tx;
	old.version = 1;
	old.command = SMB1_NEGOTIATE;
	old.message_id = ((struct smb_tx *)first)->head.message_id;
	return smb_tx_find(env, &old);
}

static void
take_response(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct bytes in, struct bytes message, uint32_t len)
{
	struct smb_tx *tx;

	if (head->command == SMB2_READ) {
		answer_read(smb, env, dir, head, in, len);
		return;
	}
	if (head->command == SMB2_IOCTL)
		answer_ioctl(smb, env, head, in, message);
	tx = find_request(env, head);
	if (!tx)
		return;
	read_answer(smb, env, tx, head, in);
	smb_tx_answer(smb, tx, head);
}

void
smb2_take(struct smb *smb, struct proto_env *env, int dir, struct bytes message, uint32_t len)
{
	struct smb_head head;
	struct bytes    in = message;

	if (!read_head(&head, &in))
		return;
	if (head.response && dir == DIR_TOSERVER)
		smb_event(smb, env, &head, SMB_EVENT_RESPONSE_TO_SERVER);
	if (!head.response && dir == DIR_TOCLIENT)
		smb_event(smb, env, &head, SMB_EVENT_REQUEST_TO_CLIENT);
	if (head.response)
		take_response(smb, env, dir, &head, in, message, len);
	else
		take_request(smb, env, dir, &head, in, message, len);
}
