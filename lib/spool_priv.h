/* SPDX-License-Identifier: Apache-2.0 */
/* lib/spool_priv.h - the inside of a spool, shared by spool.c (in) and spool_out.c (out). */
#ifndef LIB_SPOOL_PRIV_H
#define LIB_SPOOL_PRIV_H

#include "lib/buf.h"
#include "lib/lossbook.h"
#include "lib/segment.h"
#include "lib/spool.h"

struct spool {
	int                 dirfd; /* owned, exclusively locked */
	int                 fd;    /* owned: the last segment, where records are written */
	struct spool_limits limits;

	struct segment *segs; /* owned; oldest first, the last one is written to */
	size_t          n_segs, cap_segs;
	uint64_t        disk_bytes; /* of all segments */

	uint64_t       next;    /* number of the next event */
	uint64_t       durable; /* numbers below are on the disk */
	struct buf     tail;    /* records to be written */
	struct segment tail_adds; /* last and n of them */
	bool           suspect; /* a sync failed: go on in a new file */

	struct lossbook book;
	uint64_t        appended_total, lost_total, cut_bytes;

	struct segment_reader reader;
	bool                  reading;
	size_t                read_at; /* index of the segment that `reader` reads */
	uint64_t              got_epoch, got_seq; /* the last record that went out */
};

static inline struct segment *
spool_active(const struct spool *sp)
{
	return &sp->segs[sp->n_segs - 1];
}

/* Note a loss of what had a number already. */
void spool_note(struct spool *sp, const struct loss *l);

/* Take segment `i` out of the list and the folder. 0 or -errno. */
int spool_drop_segment(struct spool *sp, size_t i);

/* The reader must find its place again. */
void spool_stop_reading(struct spool *sp);

#endif
