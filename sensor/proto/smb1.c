/* SPDX-License-Identifier: Apache-2.0 */
/* SMB 1 messages: MS-CIFS, 2.2. A header of 32 bytes, words, bytes; AndX chains several commands. */
#include "sensor/proto/smb_state.h"

#include "sensor/proto.h"
#include "sensor/tx.h"

#define HEADER_LEN 32u
#define FLAGS_REPLY 0x80
#define FLAGS2_UNICODE 0x8000
#define STATUS_SUCCESS 0u
#define STATUS_BUFFER_OVERFLOW 0x80000005u
#define ANDX_MAX 8u /* commands of one chain */
#define DIALECTS_MAX 64u
#define TRANS_NMPIPE 0x26

/* One command of a message. */
struct command {
	uint8_t      code;
	struct bytes message; /* from the header on */
	struct bytes words;
	struct bytes data;    /* the bytes part; may be cut when the message streams */
	uint32_t     data_at; /* its place in the message */
};

static bool
read_head(struct smb_head *out, struct bytes *in)
{
	uint16_t tid, pid, uid, mid;

	*out = (struct smb_head){ .version = 1 };
	bytes_skip(in, 4);
	out->command = bytes_u8(in);
	out->status = bytes_le32(in);
	out->response = bytes_u8(in) & FLAGS_REPLY;
	out->unicode = bytes_le16(in) & FLAGS2_UNICODE;
	bytes_skip(in, 2 + 8 + 2);
	tid = bytes_le16(in);
	pid = bytes_le16(in);
	uid = bytes_le16(in);
	mid = bytes_le16(in);
	out->tree_id = tid;
	out->session_id = uid;
	out->message_id = (uint64_t)pid << 16 | mid;
	return bytes_ok(in);
}

static bool
read_command(struct command *out, struct bytes message, size_t at)
{
	struct bytes in = message;
	uint16_t     len;

	out->message = message;
	bytes_skip(&in, at);
	out->words = bytes_cut(&in, 2u * bytes_u8(&in));
	len = bytes_le16(&in);
	if (!bytes_ok(&in))
		return false;
	out->data_at = (uint32_t)(message.left - in.left);
	out->data = bytes_cut(&in, len < in.left ? len : in.left);
	return true;
}

bool
smb1_streams(struct bytes head)
{
	struct smb_head h;
	struct command  c;
	struct bytes    message = head;

	if (!read_head(&h, &head) || !read_command(&c, message, HEADER_LEN))
		return false;
	if (h.response)
		return h.command == SMB1_READ_ANDX && bytes_u8(&c.words) == SMB1_NO_ANDX;
	return h.command == SMB1_WRITE_ANDX && bytes_u8(&c.words) == SMB1_NO_ANDX;
}

/* A text at the front of `in`: UTF-16 from an even place in the message, or bytes; ended by NUL. */
static void
take_text(struct pbuf *out, struct pool *pool, const struct command *c, struct bytes *in, bool unicode)
{
	size_t at = (size_t)(in->at - c->message.at), len = 0;

	if (!unicode) {
		len = bytes_find(in, 0);
		(void)pbuf_add(pool, out, in->at, len < 1024 ? len : 1024);
		bytes_skip(in, len < in->left ? len + 1 : len);
		return;
	}
	if (at % 2 != 0 && in->left > 0)
		bytes_skip(in, 1);
	ntlmssp_utf16(out, pool, *in);
	while (len + 1 < in->left && (in->at[len] != 0 || in->at[len + 1] != 0))
		len += 2;
	bytes_skip(in, len + 2 < in->left ? len + 2 : in->left);
}

static struct smb_fid
fid_of(uint16_t id)
{
	return (struct smb_fid){ .id = { (uint8_t)id, (uint8_t)(id >> 8) }, .len = 2 };
}

/* ---- requests ---- */

static bool
request_negotiate(struct smb_tx *tx, struct proto_env *env, struct command *c)
{
	struct bytes in = c->data;

	tx->kind = SMB_NEGOTIATION;
	for (unsigned i = 0; i < DIALECTS_MAX && in.left > 0; i++) {
		struct bytes name;

		if (bytes_u8(&in) != 2) /* buffer format */
			return false;
		name = bytes_cut(&in, bytes_find(&in, 0));
		if (in.left == 0)
			return false;
		bytes_skip(&in, 1);
		(void)pbuf_add(env->pool, &tx->name, name.at, name.left);
		(void)pbuf_add(env->pool, &tx->name, "", 1);
	}
	return tx->name.len > 0;
}

static bool
request_session(struct smb *smb, struct smb_tx *tx, struct proto_env *env, struct command *c)
{
	struct bytes in = c->data, words = c->words, blob;
	size_t       n_words = words.left / 2;
	uint16_t     blob_len;

	tx->kind = SMB_SESSION;
	bytes_skip(&words, 14);
	blob_len = n_words == 12 ? bytes_le16(&words) : 0;
	if (n_words != 12)
		return n_words == 13 || n_words == 10; /* no extended security: no blob */
	blob = bytes_cut(&in, blob_len);
	if (!bytes_ok(&in))
		return false;
	smb_session_blob(smb, env, tx, blob);
	take_text(&tx->native[0][0], env->pool, c, &in, tx->head.unicode);
	take_text(&tx->native[0][1], env->pool, c, &in, tx->head.unicode);
	return true;
}

static bool
request_tree(struct smb_tx *tx, struct proto_env *env, struct command *c)
{
	struct bytes in = c->data, words = c->words;

	tx->kind = SMB_TREE;
	bytes_skip(&words, 6);
	bytes_skip(&in, bytes_le16(&words)); /* password */
	if (!bytes_ok(&words) || !bytes_ok(&in))
		return false;
	take_text(&tx->name, env->pool, c, &in, tx->head.unicode);
	take_text(&tx->share, env->pool, c, &in, false); /* the service asked for */
	return true;
}

static bool
request_create(struct smb_tx *tx, struct proto_env *env, struct command *c)
{
	struct bytes in = c->data, words = c->words;

	tx->kind = SMB_OPEN;
	bytes_skip(&words, 4 + 1 + 2 + 4 + 4 + 4 + 8 + 4 + 4);
	tx->opening.disposition = bytes_le32(&words);
	tx->opening.delete_on_close = bytes_le32(&words) & 0x1000;
	take_text(&tx->name, env->pool, c, &in, tx->head.unicode);
	return bytes_ok(&words);
}

static bool
request_open(struct smb_tx *tx, struct proto_env *env, struct command *c)
{
	struct bytes in = c->data;

	tx->kind = SMB_OPEN;
	take_text(&tx->name, env->pool, c, &in, tx->head.unicode);
	return true;
}

static bool
request_close(struct smb *smb, struct proto_env *env, struct command *c)
{
	struct bytes   words = c->words;
	struct smb_fid fid = fid_of(bytes_le16(&words));

	if (bytes_ok(&words))
		smb_open_close(smb, env, &fid);
	return bytes_ok(&words);
}

/* TRANSACTION with TransactNmPipe: a DCERPC call. */
static void
request_trans(struct smb *smb, struct proto_env *env, const struct smb_head *head, struct command *c)
{
	struct bytes   words = c->words, message = c->message;
	uint16_t       data_len, data_at, function;
	struct smb_fid fid;

	bytes_skip(&words, 22);
	data_len = bytes_le16(&words);
	data_at = bytes_le16(&words);
	if (bytes_u8(&words) != 2) /* setup words */
		return;
	bytes_skip(&words, 1);
	function = bytes_le16(&words);
	fid = fid_of(bytes_le16(&words));
	bytes_skip(&message, data_at);
	message = bytes_cut(&message, data_len);
	if (!bytes_ok(&words) || !bytes_ok(&message) || function != TRANS_NMPIPE)
		return;
	if (smb_pipe_take(smb, env, head, &fid, message))
		smb_read_add(smb, env, head, &fid, 0); /* the answer does not name the pipe */
}

static void
request_read(struct smb *smb, struct proto_env *env, const struct smb_head *head, struct command *c)
{
	struct bytes   words = c->words;
	uint64_t       offset;
	struct smb_fid fid;

	bytes_skip(&words, 4);
	fid = fid_of(bytes_le16(&words));
	offset = bytes_le32(&words);
	bytes_skip(&words, 2 + 2 + 4 + 2);
	if (!bytes_ok(&words)) {
		smb_event(smb, env, head, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	if (words.left >= 4)
		offset |= (uint64_t)bytes_le32(&words) << 32;
	smb_read_add(smb, env, head, &fid, offset);
}

static void
request_write(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct command *c, uint32_t len)
{
	struct bytes   words = c->words;
	uint64_t       offset;
	uint32_t       data_at, data_len;
	struct smb_fid fid;

	bytes_skip(&words, 4);
	fid = fid_of(bytes_le16(&words));
	offset = bytes_le32(&words);
	bytes_skip(&words, 4 + 2 + 2);
	data_len = (uint32_t)bytes_le16(&words) << 16;
	data_len |= bytes_le16(&words);
	data_at = bytes_le16(&words);
	if (!bytes_ok(&words) || data_at > len || data_len > len - data_at) {
		smb_event(smb, env, head, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	if (words.left >= 4)
		offset |= (uint64_t)bytes_le32(&words) << 32;
	smb_data(smb, env, dir, head, smb_open_find(smb, env, head, &fid), offset, data_at,
			data_at + data_len);
}

/* WRITE and WRITE_AND_CLOSE: file, count, offset; the data follows its own header of one to three bytes. */
static void
request_old_write(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct command *c)
{
	struct bytes   words = c->words;
	struct smb_fid fid = fid_of(bytes_le16(&words));
	uint32_t       len = bytes_le16(&words);
	uint32_t       offset = bytes_le32(&words);
	uint32_t       before = c->code == SMB1_WRITE ? 3 : 1;

	if (!bytes_ok(&words) || len + before > c->data.left) {
		smb_event(smb, env, head, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	smb_data(smb, env, dir, head, smb_open_find(smb, env, head, &fid), offset,
			c->data_at + before, c->data_at + before + len);
	if (c->code != SMB1_WRITE_AND_CLOSE)
		return;
	smb_sink_take(smb, env, dir, bytes_of(c->data.at + before, len));
	smb_sink_end(smb, env, dir);
	smb_open_close(smb, env, &fid);
}

static bool
read_request(struct smb *smb, struct proto_env *env, struct smb_tx *tx, struct command *c)
{
	switch (c->code) {
	case SMB1_NEGOTIATE:
		return request_negotiate(tx, env, c);
	case SMB1_SESSION_SETUP_ANDX:
		return request_session(smb, tx, env, c);
	case SMB1_TREE_CONNECT_ANDX:
		return request_tree(tx, env, c);
	case SMB1_NT_CREATE_ANDX:
		return request_create(tx, env, c);
	case SMB1_OPEN_ANDX:
		return request_open(tx, env, c);
	case SMB1_CLOSE:
		return request_close(smb, env, c);
	default:
		return true;
	}
}

/* Data commands have no transaction of their own but that of their file. True: it was one. */
static bool
data_request(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct command *c, uint32_t len)
{
	switch (c->code) {
	case SMB1_READ_ANDX:
		request_read(smb, env, head, c);
		return true;
	case SMB1_WRITE_ANDX:
		request_write(smb, env, dir, head, c, len);
		return true;
	case SMB1_WRITE:
	case SMB1_WRITE_AND_CLOSE:
		request_old_write(smb, env, dir, head, c);
		return true;
	case SMB1_TRANS:
		request_trans(smb, env, head, c);
		return true;
	default:
		return false;
	}
}

static void
take_request(struct smb *smb, struct proto_env *env, int dir, struct smb_head *head, struct command *c,
		uint32_t len)
{
	struct smb_tx *tx;

	head->command = c->code;
	if (data_request(smb, env, dir, head, c, len))
		return;
	tx = smb_tx_new(smb, env, head, SMB_OTHER);
	if (!tx)
		return;
	if (!read_request(smb, env, tx, c))
		tx_event(&tx->tx, c->code == SMB1_NEGOTIATE ? SMB_EVENT_NEGOTIATE_MALFORMED_DIALECTS
							    : SMB_EVENT_MALFORMED_DATA);
	if (tx->kind != SMB_TREE) /* only the answer tells whether it is a pipe */
		tx_complete(&tx->tx, DIR_TOSERVER);
}

/* ---- responses ---- */

static void
answer_negotiate(struct smb *smb, struct smb_tx *tx, struct command *c)
{
	struct bytes words = c->words, list = bytes_of(tx->name.data, tx->name.len), name = { 0 };
	struct bytes data = c->data;
	uint16_t     index = bytes_le16(&words);

	for (unsigned i = 0; i <= index && list.left > 0; i++) {
		name = bytes_cut(&list, bytes_find(&list, 0));
		if (list.left > 0)
			bytes_skip(&list, 1);
		smb->dialect = i == index ? smb1_dialect_name(name) : "unknown";
	}
	if (c->words.left == 34 && data.left >= 16) { /* extended security: the server's GUID */
		memcpy(tx->nego.server_guid, data.at, 16);
		tx->nego.has_server_guid = true;
	}
}

static void
answer_session(struct smb_tx *tx, struct proto_env *env, struct command *c)
{
	struct bytes in = c->data, words = c->words;

	bytes_skip(&words, 6);
	if (c->words.left == 8)
		bytes_skip(&in, bytes_le16(&words));
	take_text(&tx->native[1][0], env->pool, c, &in, tx->head.unicode);
	take_text(&tx->native[1][1], env->pool, c, &in, tx->head.unicode);
}

static void
answer_tree(struct smb *smb, struct proto_env *env, struct smb_tx *tx, const struct smb_head *head,
		struct command *c)
{
	struct bytes service = bytes_cut(&c->data, bytes_find(&c->data, 0));

	tx->share_type = bytes_is(service, "IPC") ? SMB_SHARE_PIPE : SMB_SHARE_DISK;
	if (tx->native[1][0].len == 0)
		(void)pbuf_add(env->pool, &tx->native[1][0], service.at, service.left);
	if (head->status == STATUS_SUCCESS)
		smb_tree_add(smb, env, tx, head->tree_id, tx->share_type);
}

static uint64_t
unix_time(uint64_t filetime)
{
	const uint64_t epoch_s = 11644473600u;

	return filetime / 10000000 > epoch_s ? filetime / 10000000 - epoch_s : 0;
}

static void
answer_create(struct smb *smb, struct proto_env *env, struct smb_tx *tx, struct command *c)
{
	struct bytes        words = c->words;
	struct smb_opening *o = &tx->opening;

	bytes_skip(&words, 4 + (c->code == SMB1_NT_CREATE_ANDX ? 1 : 0));
	tx->fid = fid_of(bytes_le16(&words));
	if (!bytes_ok(&words))
		return;
	if (c->code == SMB1_NT_CREATE_ANDX) {
		bytes_skip(&words, 4);
		o->created = unix_time(bytes_le64(&words));
		o->accessed = unix_time(bytes_le64(&words));
		o->modified = unix_time(bytes_le64(&words));
		o->changed = unix_time(bytes_le64(&words));
		bytes_skip(&words, 4 + 8);
		o->size = bytes_le64(&words);
	}
	(void)smb_open_add(smb, env, &tx->head, &tx->fid, bytes_of(tx->name.data, tx->name.len));
}

static void
answer_read(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct command *c, uint32_t len)
{
	struct bytes    words = c->words;
	struct smb_read r;
	uint32_t        data_len, data_at;

	if (!smb_read_take(smb, env, head->message_id, &r) ||
			(head->status != STATUS_SUCCESS && head->status != STATUS_BUFFER_OVERFLOW))
		return;
	bytes_skip(&words, 4 + 2 + 2 + 2);
	data_len = bytes_le16(&words);
	data_at = bytes_le16(&words);
	data_len |= (uint32_t)bytes_le16(&words) << 16;
	if (!bytes_ok(&words) || data_at > len || data_len > len - data_at) {
		smb_event(smb, env, head, SMB_EVENT_MALFORMED_DATA);
		return;
	}
	smb_data(smb, env, dir, head, smb_open_find(smb, env, head, &r.fid), r.offset, data_at,
			data_at + data_len);
}

/* The answer to a call in a pipe. True: it was one. */
static bool
answer_trans(struct smb *smb, struct proto_env *env, const struct smb_head *head, struct command *c)
{
	struct bytes    words = c->words, message = c->message;
	struct smb_read r;
	uint16_t        len, at;

	if (!smb_read_take(smb, env, head->message_id, &r))
		return false;
	bytes_skip(&words, 12);
	len = bytes_le16(&words);
	at = bytes_le16(&words);
	bytes_skip(&message, at);
	message = bytes_cut(&message, len);
	if (bytes_ok(&words) && bytes_ok(&message))
		(void)smb_pipe_take(smb, env, head, &r.fid, message);
	return true;
}

static void
take_response(struct smb *smb, struct proto_env *env, int dir, struct smb_head *head,
		struct command *c, uint32_t len)
{
	struct smb_tx *tx;

	head->command = c->code;
	if (c->code == SMB1_READ_ANDX) {
		answer_read(smb, env, dir, head, c, len);
		return;
	}
	if (c->code == SMB1_TRANS && answer_trans(smb, env, head, c))
		return;
	tx = smb_tx_find(env, head);
	if (!tx)
		return;
	if (c->code == SMB1_NEGOTIATE)
		answer_negotiate(smb, tx, c);
	else if (c->code == SMB1_SESSION_SETUP_ANDX)
		answer_session(tx, env, c);
	else if (c->code == SMB1_TREE_CONNECT_ANDX)
		answer_tree(smb, env, tx, head, c);
	else if ((c->code == SMB1_NT_CREATE_ANDX || c->code == SMB1_OPEN_ANDX) &&
			head->status == STATUS_SUCCESS)
		answer_create(smb, env, tx, c);
	smb_tx_answer(smb, tx, head);
}

static bool
is_andx(uint8_t code)
{
	switch (code) {
	case 0x24: /* LOCKING */
	case SMB1_OPEN_ANDX:
	case SMB1_READ_ANDX:
	case SMB1_WRITE_ANDX:
	case SMB1_SESSION_SETUP_ANDX:
	case 0x74: /* LOGOFF */
	case SMB1_TREE_CONNECT_ANDX:
	case SMB1_NT_CREATE_ANDX:
		return true;
	default:
		return false;
	}
}

/* What the sink wants of this message goes there before the next command of the chain. */
static void
deliver(struct smb *smb, struct proto_env *env, int dir, struct bytes message)
{
	struct smb_sink *sink = &smb->in[dir].sink;

	bytes_skip(&message, sink->from);
	message = bytes_cut(&message, sink->to - sink->from);
	if (bytes_ok(&message))
		smb_sink_take(smb, env, dir, message);
	smb_sink_end(smb, env, dir);
}

void
smb1_take(struct smb *smb, struct proto_env *env, int dir, struct bytes message, uint32_t len)
{
	struct smb_head head;
	struct command  c;
	struct bytes    in = message;
	size_t          at = HEADER_LEN, next;

	if (!read_head(&head, &in))
		return;
	if (head.response && dir == DIR_TOSERVER)
		smb_event(smb, env, &head, SMB_EVENT_RESPONSE_TO_SERVER);
	if (!head.response && dir == DIR_TOCLIENT)
		smb_event(smb, env, &head, SMB_EVENT_REQUEST_TO_CLIENT);
	c.code = (uint8_t)head.command;
	for (unsigned i = 0; i < ANDX_MAX; i++) {
		if (!read_command(&c, message, at)) {
			smb_event(smb, env, &head, SMB_EVENT_MALFORMED_DATA);
			return;
		}
		if (head.response)
			take_response(smb, env, dir, &head, &c, len);
		else
			take_request(smb, env, dir, &head, &c, len);
		if (!is_andx(c.code) || c.words.left < 4 || c.words.at[0] == SMB1_NO_ANDX)
			return;
		next = (size_t)(c.words.at[2] | c.words.at[3] << 8);
		if (next <= at)
			return;
		deliver(smb, env, dir, message);
		c.code = c.words.at[0];
		at = next;
	}
}
