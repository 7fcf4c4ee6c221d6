/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/tx.h - begin and end a transaction of a flow: what all protocols do alike.
 *
 * The protocol's own struct has struct tx as its head. One worker owns the flow.
 */
#ifndef SENSOR_TX_H
#define SENSOR_TX_H

#include "rules/tx.h"

#include <stddef.h>
#include <stdint.h>

struct proto_env;

/* A new transaction of `size` bytes, cleared, with the next id, at the end of the flow's list.
 * `complete_at` is the progress that ends either direction. NULL: no memory. */
void *tx_begin(struct proto_env *env, size_t size, uint8_t complete_at);

/* A message that is a transaction by itself: complete in both directions, and to be looked at in its own. */
void *tx_message(struct proto_env *env, size_t size, uint8_t complete_at, int dir);

/* Give back the files and the struct. It must be out of the flow's list already. */
void tx_end(struct proto_env *env, struct tx *tx, size_t size);

/* Further progress in a direction (never back); tells the engine to look again. */
static inline void
tx_advance(struct tx *tx, int dir, uint8_t progress)
{
	if (tx->progress[dir] < progress)
		tx->progress[dir] = progress;
	tx->updated[dir] = true;
}

/* Nothing more will come in this direction. */
static inline void
tx_complete(struct tx *tx, int dir)
{
	tx_advance(tx, dir, tx->complete_at[dir]);
}

static inline bool
tx_is_complete(const struct tx *tx, int dir)
{
	return tx->progress[dir] >= tx->complete_at[dir];
}

/* An app-layer event, seen by rules of both directions. */
static inline void
tx_event(struct tx *tx, unsigned event)
{
	tx->events |= 1ULL << event;
	tx->updated[0] = tx->updated[1] = true;
}

/* A whole buffer as the engine wants it; false when it is empty. */
static inline bool
view_whole(struct view *out, const struct pbuf *b)
{
	*out = (struct view){ .data = bytes_of(b->data, b->len), .ended = true };
	return b->len > 0;
}

#endif
