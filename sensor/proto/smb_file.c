/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/smb_state.h"

#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#define TREES_MAX 128u
#define OPENS_MAX 512u
#define READS_MAX 512u
#define PDU_MAX 65536u /* a fragment's length has two bytes */

static bool
same_fid(const struct smb_fid *x, const struct smb_fid *y)
{
	return x->len == y->len && memcmp(x->id, y->id, x->len) == 0;
}

/* ---- shares ---- */

static void
tree_free(struct smb *smb, struct proto_env *env, struct smb_tree *tree)
{
	TAILQ_REMOVE(&smb->trees, tree, link);
	smb->n_trees--;
	pbuf_release(env->pool, &tree->name);
	pool_put(env->pool, tree, sizeof(*tree));
}

struct smb_tree *
smb_tree_find(struct smb *smb, uint64_t session_id, uint32_t tree_id)
{
	struct smb_tree *tree;

	TAILQ_FOREACH (tree, &smb->trees, link)
		if (tree->tree_id == tree_id && tree->session_id == session_id)
			return tree;
	return NULL;
}

void
smb_tree_add(struct smb *smb, struct proto_env *env, const struct smb_tx *tx, uint32_t tree_id,
		uint8_t type)
{
	struct smb_tree *tree = smb_tree_find(smb, tx->head.session_id, tree_id);

	if (tree)
		tree_free(smb, env, tree);
	if (smb->n_trees >= TREES_MAX)
		tree_free(smb, env, TAILQ_LAST(&smb->trees, smb_trees));
	tree = pool_zero(env->pool, sizeof(*tree));
	if (!tree)
		return;
	tree->session_id = tx->head.session_id;
	tree->tree_id = tree_id;
	tree->type = type;
	(void)pbuf_add(env->pool, &tree->name, tx->name.data, tx->name.len);
	TAILQ_INSERT_HEAD(&smb->trees, tree, link);
	smb->n_trees++;
}

/* ---- open files ---- */

static void
end_transfer(struct smb *smb, struct proto_env *env, struct smb_open *open, int dir)
{
	struct smb_tx *tx = open->file[dir];

	if (!tx)
		return;
	file_close(env, tx->file, tx->file && tx->file->gaps ? FILE_TRUNCATED : FILE_CLOSED);
	smb_tx_done(smb, tx);
	open->file[dir] = NULL;
}

static void
open_free(struct smb *smb, struct proto_env *env, struct smb_open *open)
{
	for (int dir = 0; dir < 2; dir++) {
		end_transfer(smb, env, open, dir);
		pbuf_release(env->pool, &open->pipe[dir]);
		if (smb->in[dir].sink.pipe == open)
			smb->in[dir].sink.kind = SINK_NONE;
	}
	pbuf_release(env->pool, &open->name);
	pbuf_release(env->pool, &open->share);
	TAILQ_REMOVE(&smb->opens, open, link);
	smb->n_opens--;
	pool_put(env->pool, open, sizeof(*open));
}

static struct smb_open *
find(struct smb *smb, const struct smb_fid *fid)
{
	struct smb_open *open;

	TAILQ_FOREACH (open, &smb->opens, link)
		if (same_fid(&open->fid, fid)) {
			TAILQ_REMOVE(&smb->opens, open, link); /* the busy ones stay in front */
			TAILQ_INSERT_HEAD(&smb->opens, open, link);
			return open;
		}
	return NULL;
}

struct smb_open *
smb_open_add(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid, struct bytes name)
{
	struct smb_tree *tree = smb_tree_find(smb, head->session_id, head->tree_id);
	struct smb_open *open = find(smb, fid);

	if (open)
		open_free(smb, env, open);
	if (smb->n_opens >= OPENS_MAX)
		open_free(smb, env, TAILQ_LAST(&smb->opens, smb_opens));
	open = pool_zero(env->pool, sizeof(*open));
	if (!open)
		return NULL;
	open->fid = *fid;
	(void)pbuf_add(env->pool, &open->name, name.at, name.left);
	if (tree) {
		open->type = tree->type;
		(void)pbuf_add(env->pool, &open->share, tree->name.data, tree->name.len);
	}
	TAILQ_INSERT_HEAD(&smb->opens, open, link);
	smb->n_opens++;
	return open;
}

/* One that we did not see being opened is made up. */
struct smb_open *
smb_open_find(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid)
{
	struct smb_open *open = find(smb, fid);

	return open ? open : smb_open_add(smb, env, head, fid, bytes_of(NULL, 0));
}

void
smb_open_close(struct smb *smb, struct proto_env *env, const struct smb_fid *fid)
{
	struct smb_open *open = find(smb, fid);

	if (open)
		open_free(smb, env, open);
}

/* ---- reads under way ---- */

static void
read_free(struct smb *smb, struct proto_env *env, struct smb_read *r)
{
	TAILQ_REMOVE(&smb->reads, r, link);
	smb->n_reads--;
	pool_put(env->pool, r, sizeof(*r));
}

void
smb_read_add(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid, uint64_t offset)
{
	struct smb_read *r;

	if (smb->n_reads >= READS_MAX)
		read_free(smb, env, TAILQ_FIRST(&smb->reads));
	r = pool_get(env->pool, sizeof(*r));
	if (!r)
		return;
	*r = (struct smb_read){ .message_id = head->message_id, .fid = *fid, .offset = offset };
	TAILQ_INSERT_TAIL(&smb->reads, r, link);
	smb->n_reads++;
}

bool
smb_read_take(struct smb *smb, struct proto_env *env, uint64_t message_id, struct smb_read *out)
{
	struct smb_read *r;

	TAILQ_FOREACH (r, &smb->reads, link)
		if (r->message_id == message_id) {
			*out = *r;
			read_free(smb, env, r);
			return true;
		}
	return false;
}

/* ---- data ---- */

static struct smb_tx *
transfer(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct smb_open *open)
{
	struct smb_tx *tx = open->file[dir];

	if (tx)
		return tx;
	tx = smb_tx_new(smb, env, head, SMB_FILE);
	if (!tx)
		return NULL;
	tx->fid = open->fid;
	(void)pbuf_add(env->pool, &tx->name, open->name.data, open->name.len);
	(void)pbuf_add(env->pool, &tx->share, open->share.data, open->share.len);
	tx->file = file_open(env, &tx->tx, dir, bytes_of(open->name.data, open->name.len));
	open->file[dir] = tx;
	return tx;
}

/* Data in order follows on; what was there already is told and passed over, what lacks is a gap. */
static void
aim_at_file(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct smb_open *open, uint64_t offset)
{
	struct smb_sink *sink = &smb->in[dir].sink;
	struct smb_tx   *tx = transfer(smb, env, dir, head, open);
	uint64_t         seen;

	if (!tx)
		return;
	if (offset > tx->next) {
		file_gap(env, tx->file, offset - tx->next);
		tx->next = offset;
	} else if (offset < tx->next) {
		tx_event(&tx->tx, SMB_EVENT_FILE_OVERLAP);
		seen = tx->next - offset;
		sink->from = seen < sink->to - sink->from ? sink->from + (uint32_t)seen : sink->to;
	}
	sink->kind = SINK_FILE;
	sink->file = tx;
}

void
smb_data(struct smb *smb, struct proto_env *env, int dir, const struct smb_head *head,
		struct smb_open *open, uint64_t offset, uint32_t from, uint32_t to)
{
	struct smb_sink *sink = &smb->in[dir].sink;

	*sink = (struct smb_sink){ .from = from, .to = to, .head = *head };
	if (!open || from >= to || (open->type == SMB_SHARE_PIPE && open->not_rpc))
		return;
	if (open->type == SMB_SHARE_DISK || open->not_rpc || to - from > PDU_MAX) {
		aim_at_file(smb, env, dir, head, open, offset);
		return;
	}
	sink->kind = SINK_PIPE;
	sink->pipe = open;
}

static void
give_to_file(struct proto_env *env, struct smb_tx *tx, int dir, struct bytes data)
{
	file_append(env, tx->file, data);
	tx->next += data.left;
	tx->tx.updated[dir] = true;
}

void
smb_sink_take(struct smb *smb, struct proto_env *env, int dir, struct bytes data)
{
	struct smb_sink *sink = &smb->in[dir].sink;
	struct pbuf     *buf;

	if (sink->kind == SINK_FILE && sink->file) {
		give_to_file(env, sink->file, dir, data);
	} else if (sink->kind == SINK_PIPE) {
		buf = &sink->pipe->pipe[sink->head.response];
		if (buf->len + data.left <= 2 * PDU_MAX)
			(void)pbuf_add(env->pool, buf, data.at, data.left);
	}
}

void
smb_sink_gap(struct smb *smb, struct proto_env *env, int dir, uint64_t n)
{
	struct smb_sink *sink = &smb->in[dir].sink;

	if (sink->kind == SINK_FILE && sink->file) {
		file_gap(env, sink->file->file, n);
		sink->file->next += n;
	} else if (sink->kind == SINK_PIPE) {
		sink->pipe->pipe[sink->head.response].len = 0;
		sink->kind = SINK_NONE;
	}
}

/* ---- DCERPC in pipes ---- */

static struct smb_tx *
find_call(struct proto_env *env, const struct smb_fid *fid, uint32_t call_id, int role, uint8_t type)
{
	struct tx *tx;

	TAILQ_FOREACH_REVERSE (tx, &env->flow->txs, tx_list, link) {
		struct smb_tx *own = (struct smb_tx *)tx;

		if (own->kind != SMB_CALL || tx_is_complete(tx, DIR_TOCLIENT) ||
				own->call->id != call_id || !same_fid(&own->fid, fid))
			continue;
		if (role == DIR_TOCLIENT ||
				(!own->call->ended[role] && own->call->type[role] == type))
			return own;
	}
	return NULL;
}

static struct smb_tx *
new_call(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid)
{
	struct dce_call *call = pool_zero(env->pool, sizeof(*call));
	struct smb_tx   *tx = call ? smb_tx_new(smb, env, head, SMB_CALL) : NULL;

	if (!tx) {
		pool_put(env->pool, call, sizeof(*call));
		return NULL;
	}
	tx->call = call;
	tx->fid = *fid;
	return tx;
}

static void
take_pdu(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid, const struct dce_head *dce, struct bytes pdu)
{
	int            role = head->response ? DIR_TOCLIENT : DIR_TOSERVER;
	struct smb_tx *tx = find_call(env, fid, dce->call_id, role, dce->type);

	if (!tx && role == DIR_TOSERVER)
		tx = new_call(smb, env, head, fid);
	if (!tx)
		return;
	if (!dce_take(&smb->assoc, tx->call, env->pool, role, pdu)) {
		tx->call->ended[role] = true;
		tx_event(&tx->tx, SMB_EVENT_MALFORMED_DATA);
	}
	tx->tx.updated[0] = tx->tx.updated[1] = true;
	if (tx->call->ended[DIR_TOSERVER])
		tx_complete(&tx->tx, DIR_TOSERVER);
	if (role == DIR_TOCLIENT && tx->call->ended[DIR_TOCLIENT]) {
		tx->status = head->status;
		tx->answered = true;
		smb_tx_done(smb, tx);
	} else if (dce->type == DCE_AUTH3) {
		smb_tx_done(smb, tx);
	}
}

bool
smb_pipe_take(struct smb *smb, struct proto_env *env, const struct smb_head *head,
		const struct smb_fid *fid, struct bytes pdus)
{
	struct dce_head dce;
	bool            any = false;

	while (dce_head_read(&dce, pdus) && pdus.left >= dce.frag_len) {
		take_pdu(smb, env, head, fid, &dce, bytes_cut(&pdus, dce.frag_len));
		any = true;
	}
	return any;
}

/* Whole PDUs go, the rest stays. What is no PDU from the start is a file's, unless it is known to be in
 * a pipe. */
static void
end_pipe_data(struct smb *smb, struct proto_env *env, int dir, struct smb_open *pipe)
{
	struct smb_sink *sink = &smb->in[dir].sink;
	struct pbuf     *buf = &pipe->pipe[sink->head.response];
	struct smb_tx   *tx;
	struct dce_head  dce;
	size_t           used = 0;

	while (buf->len - used >= DCE_HEADER_LEN) {
		struct bytes in = bytes_of(buf->data + used, buf->len - used);

		if (!dce_head_read(&dce, in))
			break;
		if (in.left < dce.frag_len) {
			pbuf_cut(buf, used);
			return;
		}
		take_pdu(smb, env, &sink->head, &pipe->fid, &dce, bytes_cut(&in, dce.frag_len));
		used += dce.frag_len;
	}
	if (used == 0 && buf->len > 0) {
		pipe->not_rpc = true;
		tx = pipe->type == SMB_SHARE_PIPE ? NULL : transfer(smb, env, dir, &sink->head, pipe);
		if (tx)
			give_to_file(env, tx, dir, bytes_of(buf->data, buf->len));
	}
	buf->len = 0;
}

void
smb_sink_end(struct smb *smb, struct proto_env *env, int dir)
{
	struct smb_sink *sink = &smb->in[dir].sink;

	if (sink->kind == SINK_PIPE)
		end_pipe_data(smb, env, dir, sink->pipe);
	sink->kind = SINK_NONE;
	sink->from = sink->to = 0;
	sink->file = NULL;
	sink->pipe = NULL;
}

void
smb_file_release(struct smb *smb, struct proto_env *env)
{
	while (!TAILQ_EMPTY(&smb->opens))
		open_free(smb, env, TAILQ_FIRST(&smb->opens));
	while (!TAILQ_EMPTY(&smb->trees))
		tree_free(smb, env, TAILQ_FIRST(&smb->trees));
	while (!TAILQ_EMPTY(&smb->reads))
		read_free(smb, env, TAILQ_FIRST(&smb->reads));
}

void
smb_file_forget(struct smb *smb, const struct smb_tx *tx)
{
	struct smb_open *open;

	TAILQ_FOREACH (open, &smb->opens, link)
		for (int dir = 0; dir < 2; dir++)
			if (open->file[dir] == tx)
				open->file[dir] = NULL;
	for (int dir = 0; dir < 2; dir++)
		if (smb->in[dir].sink.file == tx)
			smb->in[dir].sink.file = NULL;
}
