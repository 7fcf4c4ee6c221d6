/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/smb_state.h"

#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/settings.h"
#include "sensor/tx.h"

static bool
is_open(const struct tx *tx)
{
	return !tx_is_complete(tx, DIR_TOSERVER) || !tx_is_complete(tx, DIR_TOCLIENT);
}

void
smb_tx_done(struct smb *smb, struct smb_tx *tx)
{
	if (is_open(&tx->tx) && smb->n_open_tx > 0)
		smb->n_open_tx--;
	tx_complete(&tx->tx, DIR_TOSERVER);
	tx_complete(&tx->tx, DIR_TOCLIENT);
}

/* The oldest that waits gives up, so that a connection without answers costs no more. */
static void
make_room(struct smb *smb, struct proto_env *env)
{
	struct tx *tx;

	TAILQ_FOREACH (tx, &env->flow->txs, link)
		if (is_open(tx)) {
			tx_event(tx, SMB_EVENT_TOO_MANY_TRANSACTIONS);
			smb_tx_done(smb, (struct smb_tx *)tx);
			return;
		}
	smb->n_open_tx = 0;
}

struct smb_tx *
smb_tx_new(struct smb *smb, struct proto_env *env, const struct smb_head *head, enum smb_kind kind)
{
	struct smb_tx *tx;

	if (smb->n_open_tx >= proto_settings(env)->smb_txs)
		make_room(smb, env);
	tx = tx_begin(env, sizeof(*tx), SMB_COMPLETE);
	if (!tx)
		return NULL;
	tx->head = *head;
	tx->kind = (uint8_t)kind;
	tx->requested = true;
	tx->dialect = smb->dialect;
	tx->dialect_code = smb->dialect_code;
	tx->tx.updated[0] = tx->tx.updated[1] = true;
	smb->n_open_tx++;
	return tx;
}

struct smb_tx *
smb_tx_find(struct proto_env *env, const struct smb_head *head)
{
	struct tx *tx;

	TAILQ_FOREACH (tx, &env->flow->txs, link) {
		struct smb_tx *own = (struct smb_tx *)tx;

		if (is_open(tx) && own->kind != SMB_FILE && own->kind != SMB_CALL &&
				own->head.version == head->version &&
				own->head.message_id == head->message_id &&
				own->head.command == head->command)
			return own;
	}
	return NULL;
}

void
smb_tx_answer(struct smb *smb, struct smb_tx *tx, const struct smb_head *head)
{
	if (head->version == 2 && head->status == SMB_STATUS_PENDING)
		return; /* the real answer follows */
	tx->answered = true;
	tx->status = head->status;
	if (tx->head.session_id == 0)
		tx->head.session_id = head->session_id;
	if (tx->head.tree_id == 0)
		tx->head.tree_id = head->tree_id;
	tx->dialect = smb->dialect;
	tx->dialect_code = smb->dialect_code;
	smb_tx_done(smb, tx);
}

void
smb_event(struct smb *smb, struct proto_env *env, const struct smb_head *head, enum smb_event e)
{
	struct smb_tx *tx = smb_tx_new(smb, env, head, SMB_OTHER);

	if (!tx)
		return;
	tx_event(&tx->tx, e);
	smb_tx_done(smb, tx);
}

void
smb_session_blob(struct smb *smb, struct proto_env *env, struct smb_tx *tx, struct bytes blob)
{
	(void)smb;
	switch (ntlmssp_read(&tx->ntlm, env->pool, blob)) {
	case NTLMSSP_AUTH:
		tx->has_ntlm = true;
		break;
	case NTLMSSP_MALFORMED:
		tx_event(&tx->tx, SMB_EVENT_MALFORMED_NTLMSSP_REQUEST);
		break;
	case NTLMSSP_NONE:
		break;
	}
}

void
smb_tx_free(struct smb *smb, struct proto_env *env, struct smb_tx *tx)
{
	if (is_open(&tx->tx) && smb->n_open_tx > 0)
		smb->n_open_tx--;
	smb_file_forget(smb, tx);
	pbuf_release(env->pool, &tx->name);
	pbuf_release(env->pool, &tx->share);
	for (unsigned i = 0; i < 4; i++)
		pbuf_release(env->pool, &tx->native[i / 2][i % 2]);
	ntlmssp_release(&tx->ntlm, env->pool);
	if (tx->call) {
		dce_call_release(tx->call, env->pool);
		pool_put(env->pool, tx->call, sizeof(*tx->call));
	}
	tx_end(env, &tx->tx, sizeof(*tx));
}

bool
smb_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct smb_tx *own = (struct smb_tx *)tx;

	switch (b) {
	case BUF_SMB_NAMED_PIPE:
		return index == 0 && own->kind == SMB_TREE &&
				own->share_type == SMB_SHARE_PIPE &&
				view_whole(out, &own->name);
	case BUF_SMB_SHARE:
		return index == 0 && own->kind == SMB_TREE &&
				own->share_type != SMB_SHARE_PIPE &&
				view_whole(out, &own->name);
	case BUF_SMB_NTLMSSP_USER:
		return index == 0 && own->has_ntlm && view_whole(out, &own->ntlm.user);
	case BUF_SMB_NTLMSSP_DOMAIN:
		return index == 0 && own->has_ntlm && view_whole(out, &own->ntlm.domain);
	case BUF_DCE_STUB_DATA:
		return index == 0 && own->call && dce_stub_view(own->call, dir, out);
	case BUF_FILE_DATA:
	case BUF_FILE_NAME:
	case BUF_FILE_MAGIC:
		return file_buffer(tx, b, dir, index, out);
	default:
		return false;
	}
}

bool
smb_dce(struct tx *tx, struct dce_view *out)
{
	struct smb_tx *own = (struct smb_tx *)tx;

	*out = (struct dce_view){ 0 };
	return own->call && dce_view_of(own->call, out);
}

bool
smb_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct smb_tx  *own = (struct smb_tx *)tx;
	struct dce_view view;

	(void)dir;
	if (index > 0)
		return false;
	switch (n) {
	case NUM_SMB_VERSION:
		*out = own->head.version;
		return true;
	case NUM_SMB_DIALECT:
		*out = own->dialect_code;
		return own->dialect_code != 0;
	case NUM_DCE_OPNUM:
		if (!smb_dce(tx, &view))
			return false;
		*out = own->call->opnum;
		return true;
	default:
		return false;
	}
}
