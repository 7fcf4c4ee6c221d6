/* SPDX-License-Identifier: Apache-2.0 */
/* lib/batch.h - a run of events of one epoch as one compressed message (BATCH).
 *
 * The same object writes or reads, one batch after the other, in memory that
 * it keeps. Events are their wire forms here; nothing looks inside them, so
 * that one bad event cannot spoil the others. Not thread-safe.
 */
#ifndef LIB_BATCH_H
#define LIB_BATCH_H

#include "lib/buf.h"
#include "lib/bytes.h"

#include <stdint.h>

#define BATCH_EVENTS_MAX 8192u    /* in one batch, at most */
#define BATCH_BYTES_MAX (4u << 20) /* of its events before compression, with their heads */

struct batch;

struct batch *batch_new(void); /* NULL: no memory */
void          batch_free(struct batch *b);

/* Writing: start an empty batch with limits of the peer's (0: our own maxima). */
void batch_start(struct batch *b, uint64_t epoch, uint32_t events_max, uint32_t bytes_max);
/* Add the next event; numbers must grow. 0; -ENOSPC: does not fit in this batch, send it
 * and start another (an empty batch takes any event up to EVENT_WIRE_MAX); -ENOMEM. */
int batch_add(struct batch *b, uint64_t seq, struct bytes wire);
/* Append the frame to `out`. 0 or -ENOMEM. */
int batch_put(struct batch *b, struct buf *out);

/* Reading: take a BATCH frame's body apart. 0, or -EBADMSG with *why (may be NULL):
 * nothing can be told of its events, drop the peer. Borrows nothing. */
int batch_get(struct batch *b, struct bytes body, const char **why);
/* The next event; *wire is borrowed until the next batch_get(). 1; 0 at the end;
 * -EBADMSG: the rest, from *seq up to batch_last(), cannot be told apart and is one dead
 * letter in *wire. */
int batch_next(struct batch *b, uint64_t *seq, struct bytes *wire);

uint64_t batch_epoch(const struct batch *b);
uint64_t batch_first(const struct batch *b);
uint64_t batch_last(const struct batch *b);
uint32_t batch_count(const struct batch *b);

#endif
