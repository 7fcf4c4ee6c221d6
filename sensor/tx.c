/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/tx.h"

#include "sensor/file.h"
#include "sensor/proto.h"

void *
tx_begin(struct proto_env *env, size_t size, uint8_t complete_at)
{
	struct tx *tx = pool_zero(env->pool, size);

	if (!tx)
		return NULL;
	tx->id = env->next_tx++;
	tx->complete_at[0] = tx->complete_at[1] = complete_at;
	TAILQ_INIT(&tx->files);
	TAILQ_INSERT_TAIL(&env->flow->txs, tx, link);
	return tx;
}

void *
tx_message(struct proto_env *env, size_t size, uint8_t complete_at, int dir)
{
	struct tx *tx = tx_begin(env, size, complete_at);

	if (!tx)
		return NULL;
	tx->progress[0] = tx->progress[1] = complete_at;
	tx->done_inspect[!dir] = true;
	tx->updated[dir] = true;
	return tx;
}

void
tx_end(struct proto_env *env, struct tx *tx, size_t size)
{
	file_list_release(env, tx);
	pool_put(env->pool, tx, size);
}
