/* SPDX-License-Identifier: Apache-2.0 */
/* lib/spool.h - the sensor's durable queue of events on its way to the collector.
 *
 * A folder of append-only segments (lib/segment.h). An event gets its number
 * when it is appended, is *accepted* when spool_sync() has returned, can be
 * read from then on, and is kept until it is acknowledged. The folder has a limit in bytes:
 * when it is reached, the least severe events go first, the oldest of them
 * before the others. Whatever is lost keeps its number, is noted on the disk
 * before it is gone (lib/lossbook.h) and is declared by an EVENT_LOSS.
 *
 * Opening reads the last segment only. What a crash left half written is cut
 * off there; a new epoch then begins, since a cut number may have been sent.
 * Damage further inside costs the damaged records alone, and those are declared.
 *
 * One process, by a lock, and one thread: all calls block on the disk.
 */
#ifndef LIB_SPOOL_H
#define LIB_SPOOL_H

#include "lib/bytes.h"
#include "lib/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_MAX_BYTES_LEAST (1u << 20)
#define SPOOL_BUFFER_MAX (16u << 20) /* bytes appended and not synced; beyond it they are lost */

struct spool;

struct spool_limits {
	uint64_t max_bytes;     /* at least SPOOL_MAX_BYTES_LEAST */
	uint32_t segment_bytes; /* 0: a 32nd of max_bytes, from 64 KiB to 32 MiB */
};

/* Open or make the folder. `now_ns` (wall clock) makes a new epoch higher than those of a
 * folder that is gone. 0, or -errno; -EWOULDBLOCK: another process has it; -EPROTO: made
 * by a later version. *out is owned by the caller. */
int  spool_open(struct spool **out, const char *dir, const struct spool_limits *l, uint64_t now_ns);
/* Does not sync: what was not synced is gone, as in a crash. */
void spool_free(struct spool *sp);

/* Number and buffer an event. `wire` is borrowed for the call. *seq (may be NULL) gets
 * the number. 0; or the event is lost, which is noted: -ENOSPC the spool is full of what
 * is not less severe, or the disk has not taken anything for long; -EMSGSIZE above
 * EVENT_WIRE_MAX; -ENOMEM. */
int spool_append(struct spool *sp, enum severity class, struct bytes wire, uint64_t *seq);
/* Note `count` events that were lost before they came here. They get numbers. */
void spool_lose(struct spool *sp, uint64_t count, enum event_loss cause);
/* Would an event of `len` bytes make others go? For those who would rather wait. */
bool spool_is_full(const struct spool *sp, size_t len);

/* Make everything appended durable. 0, or -errno: nothing is lost yet, call again. */
int spool_sync(struct spool *sp);

/* Turn the noted losses into events and sync. Call it when a collector listens, now and
 * then. */
int spool_declare(struct spool *sp, uint64_t now_ns);

struct spool_record {
	uint64_t     epoch, seq;
	struct bytes wire; /* borrowed until the next call */
};
/* The next record that is durable and not acknowledged, oldest epoch first. 1; 0: none
 * now. */
int spool_next(struct spool *sp, struct spool_record *out);
/* Read again from the oldest one that is not acknowledged. */
void spool_rewind(struct spool *sp);

/* The collector has `seq` and all before in `epoch`. */
void spool_ack(struct spool *sp, uint64_t epoch, uint64_t seq);

/* Begin a new epoch for what comes; what is there stays in the old one. 0 or -errno. */
int spool_new_epoch(struct spool *sp, uint64_t now_ns);

struct spool_span {
	uint64_t epoch;
	uint64_t first; /* oldest number that is still here, or `next` */
	uint64_t next;  /* one after the last that is durable */
};
/* The epochs that are here: the oldest ones and, last, the current. At most `max`,
 * returns how many. */
size_t spool_spans(const struct spool *sp, struct spool_span *out, size_t max);

struct spool_stats {
	uint64_t epoch, next;     /* next: one after the last that is durable */
	uint64_t waiting;         /* durable and not acknowledged; a good guess when some were lost */
	uint64_t bytes;           /* on disk and in the buffer */
	uint64_t buffered;        /* bytes not synced */
	uint64_t max_bytes;
	uint64_t appended_total;  /* since spool_open() */
	uint64_t lost_total;
	uint64_t cut_bytes;       /* of a torn tail, at spool_open() */
	uint32_t segments;
	bool     losses_pending;  /* noted and not declared */
};
void spool_stats(const struct spool *sp, struct spool_stats *out);

/* Is everything that was appended durable, declared and acknowledged? */
bool spool_is_drained(const struct spool *sp);

#endif
