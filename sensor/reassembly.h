/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/reassembly.h - the bytes of one direction of a TCP connection, in order.
 *
 * Segments come in any order, overlap and repeat; what comes out is one string of
 * bytes by stream offset (0 is the byte after SYN). What is in order lies in one
 * block, so that parser and matcher read it where it is; what came early waits in
 * a list. A byte stands until it is acknowledged: until then the overlap policy
 * says whose it is. Bounded; all memory from the worker's pool. One worker.
 */
#ifndef SENSOR_REASSEMBLY_H
#define SENSOR_REASSEMBLY_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "sensor/overlap.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define REASSEMBLY_SEGMENTS_MAX 2048 /* waiting or not acknowledged, per direction */

struct segment; /* reassembly.c */
TAILQ_HEAD(segment_list, segment);

struct reassembly {
	struct pbuf buf;   /* in order; buf.data[head] is at offset `start` */
	uint32_t    head;  /* bytes of buf that are done with, not moved away yet */
	uint64_t    start;
	uint64_t    acked; /* no overlap changes anything before it */
	struct segment_list segments; /* not acknowledged, by offset; those beyond end() wait there */
	uint32_t    n_segments;
	struct pbuf before_gap; /* bytes before a hole that the matcher has not seen */
	uint64_t    before_start;
};

enum reassembly_result {
	REASSEMBLY_NEW = 1,       /* some bytes were new */
	REASSEMBLY_OVERLAP = 2,   /* some were there already */
	REASSEMBLY_DIFFERENT = 4, /* and not the same */
	REASSEMBLY_OLD = 8,       /* all of it lies before what is still kept */
	REASSEMBLY_FULL = 16,     /* some could not be kept: bounds or memory */
};

void reassembly_init(struct reassembly *r);
void reassembly_release(struct reassembly *r, struct pool *pool);

/* Take `data` at `offset`; bits of enum reassembly_result. */
unsigned reassembly_add(struct reassembly *r, struct pool *pool, enum overlap policy, uint64_t offset,
		struct bytes data);

/* The receiver has everything before `offset`. */
void reassembly_ack(struct reassembly *r, struct pool *pool, uint64_t offset);

/* Offset after the last byte that is in order. */
static inline uint64_t
reassembly_end(const struct reassembly *r)
{
	return r->start + r->buf.len - r->head;
}

/* The bytes in [from, to), as far as they are in order and kept. */
struct bytes reassembly_bytes(const struct reassembly *r, uint64_t from, uint64_t to);

/* How many bytes are missing at end() before the next that we have or `limit`, whichever is first. */
uint64_t reassembly_hole(const struct reassembly *r, uint64_t limit);
/* Give up the hole. Bytes from `unseen` on stay readable through before_gap. */
void reassembly_skip(struct reassembly *r, struct pool *pool, uint64_t len, uint64_t unseen);

/* Nothing before `offset` is needed any more. */
void reassembly_drop(struct reassembly *r, struct pool *pool, uint64_t offset);
void reassembly_drop_before_gap(struct reassembly *r, struct pool *pool);

/* Last offset that any segment reached. */
uint64_t reassembly_top(const struct reassembly *r);

#endif
