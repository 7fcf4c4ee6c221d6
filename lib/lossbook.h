/* SPDX-License-Identifier: Apache-2.0 */
/* lib/lossbook.h - losses of the spool that are not declared to the collector yet.
 *
 * One small file of fixed size, written in place in two alternating halves:
 * works on a full disk and does not grow however long losses go on. Losses of
 * one epoch and cause are one entry: a range and how many of it. Written for
 * lib/spool.c; not thread-safe.
 */
#ifndef LIB_LOSSBOOK_H
#define LIB_LOSSBOOK_H

#include "lib/event.h"

#include <stdbool.h>
#include <stdint.h>

#define LOSSBOOK_MAX 32

struct loss {
	uint64_t epoch, first, last, count;
	uint8_t  cause; /* enum event_loss */
};

struct lossbook {
	int         fd;
	uint64_t    generation; /* of the file's newer half */
	uint64_t    epoch;      /* numbers of this epoch … */
	uint64_t    next;       /* … below this are used, though no record may tell */
	uint32_t    n;
	struct loss at[LOSSBOOK_MAX];
	uint32_t    n_declared; /* the first of `at`: in events that are not synced yet */
	bool        dirty;
};

/* Open or make the file in `dirfd`. A damaged file is an empty book. 0 or -errno. */
int  lossbook_open(struct lossbook *b, int dirfd);
void lossbook_close(struct lossbook *b);

/* Note a loss. When the book is full of other kinds it stays a hole without a cause. */
void lossbook_add(struct lossbook *b, const struct loss *l);
/* The numbers below `next` are used. */
void lossbook_reserve(struct lossbook *b, uint64_t epoch, uint64_t next);
/* The first n_declared are safe in events: forget them. */
void lossbook_settle(struct lossbook *b);

/* Write and sync, if anything changed. 0 or -errno. */
int lossbook_sync(struct lossbook *b);

#endif
