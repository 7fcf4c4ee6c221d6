/* SPDX-License-Identifier: Apache-2.0 */
/* lib/segment.h - one file of the spool: records in order, each with its checksum.
 *
 *   head    "TOCSPL01", u64 epoch, u64 first, u64 XXH3 of those
 *   record  u32 length, u8 class, u8 0xa7, "TC", u64 seq, u64 XXH3, then the data
 *   seal    a record of class 255 that counts the others; the last of a finished file
 *
 * Numbers are big-endian. The checksum covers epoch, head and data. Epoch and
 * first are in the file's name too, so that a damaged head costs nothing.
 * Written for lib/spool.c; not thread-safe.
 */
#ifndef LIB_SEGMENT_H
#define LIB_SEGMENT_H

#include "lib/buf.h"
#include "lib/bytes.h"
#include "lib/event.h"

#include <stdbool.h>
#include <stdint.h>

#define SEGMENT_HEAD 32
#define SEGMENT_RECORD_HEAD 24
#define SEGMENT_CLASSES 5 /* enum severity */
#define SEGMENT_NAME_MAX 40
#define SEGMENT_NUMBER_MAX (UINT64_MAX / 4) /* no epoch and no event comes near: adding cannot wrap */

/* What is known of a file without reading it. */
struct segment {
	uint64_t epoch;
	uint64_t first; /* no record has a lower number */
	uint64_t last;  /* highest number in it; first - 1 when it is empty */
	uint64_t size;  /* bytes */
	uint32_t n[SEGMENT_CLASSES];
	uint64_t acked; /* these and lower ones are the collector's */
	bool     sealed;
	bool     blamed; /* its damage was declared already */
};

struct segment_record {
	uint64_t     seq;
	uint8_t      class;
	struct bytes data; /* borrowed until the next record is read */
};

/* "EPOCH-FIRST.seg", both 16 hex digits: sorts as the events go. Returns `name`. */
const char *segment_name(const struct segment *s, char name[static SEGMENT_NAME_MAX]);
bool        segment_parse_name(struct segment *out, const char *name);
uint32_t    segment_count(const struct segment *s);

/* Make the file with its head, synced, under its name. The open file, or -errno. */
int segment_create(int dirfd, struct segment *s);
/* Append the bytes of a record to `out`. */
void segment_put(struct buf *out, uint64_t epoch, const struct segment_record *r);
/* Append the seal to `out`. */
void segment_put_seal(struct buf *out, const struct segment *s);

/* Fill last, size, n and sealed: from the seal, or by reading it all when there is none.
 * *valid gets the end of the last whole record; when that is not `size`, the tail is
 * torn. 0 or -errno; -EPROTO: written by a later version. */
int segment_load(int dirfd, struct segment *s, uint64_t *valid);

/* Write the file anew without the records of class `without`, over the old one, synced. 0
 * or -errno, when the old one stays as it was. */
int segment_rewrite(int dirfd, struct segment *s, uint8_t without);

struct segment_reader {
	int        fd;     /* owned */
	uint64_t   epoch;
	uint64_t   at, end; /* file offsets: of the next record; where to stop */
	uint64_t   valid;   /* end of the last whole record */
	uint64_t   after;   /* number of the last record */
	bool       damaged; /* bytes were passed over before the last record or the end */
	struct buf window;
	uint64_t   window_at;
};

/* Read `s` up to the offset `end`. 0 or -errno; always ends with segment_close(). */
int  segment_open(struct segment_reader *r, int dirfd, const struct segment *s, uint64_t end);
void segment_close(struct segment_reader *r);
/* 1; 0 at the end; -errno from the disk. Damaged bytes are passed over up to the next
 * record that is whole; r->damaged tells, and is reset by the caller. A seal (class 255)
 * is returned too. */
int segment_next(struct segment_reader *r, struct segment_record *out);

#define SEGMENT_SEAL 255

#endif
