/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/batch.h"

#include "lib/event.h"
#include "lib/field.h"
#include "lib/frame.h"

#include <errno.h>
#include <stdlib.h>

#include <zstd.h>

#define BATCH_LEVEL 1     /* zstd: speed first, the wire is not the bottleneck */
#define ITEM_HEAD 5       /* u24 length, u16 numbers left out before it */

enum batch_packing { BATCH_PLAIN, BATCH_ZSTD };

/* What stands before the events. */
struct batch_head {
	uint64_t     epoch, first, last;
	uint32_t     count;
	uint32_t     raw_len; /* of the events with their heads */
	uint8_t      packing;
	struct bytes data;
};

static const struct field_row head_rows[] = {
	FIELD_NUMBER(1, batch_head, epoch),
	FIELD_NUMBER(2, batch_head, first),
	FIELD_NUMBER(3, batch_head, last),
	FIELD_NUMBER(4, batch_head, count),
	FIELD_NUMBER(5, batch_head, raw_len),
	FIELD_NUMBER(6, batch_head, packing),
	FIELD_STRING(7, batch_head, data, FIELD_BYTES, FRAME_BODY_MAX),
	{ 0 },
};

struct batch {
	struct batch_head head;
	uint32_t          events_max, bytes_max;
	struct buf        raw;    /* the events with their heads */
	struct buf        packed; /* when writing: compressed */
	struct bytes      rest;   /* when reading: of raw */
	uint32_t          n_read;
	uint64_t          next; /* when reading: the number if nothing is left out */
	ZSTD_CCtx        *cctx;
	ZSTD_DCtx        *dctx;
};

struct batch *
batch_new(void)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->cctx = ZSTD_createCCtx();
	b->dctx = ZSTD_createDCtx();
	if (!b->cctx || !b->dctx) {
		batch_free(b);
		return NULL;
	}
	return b;
}

void
batch_free(struct batch *b)
{
	if (!b)
		return;
	buf_release(&b->raw);
	buf_release(&b->packed);
	ZSTD_freeCCtx(b->cctx);
	ZSTD_freeDCtx(b->dctx);
	free(b);
}

static uint32_t
limit(uint32_t wanted, uint32_t max)
{
	return wanted && wanted < max ? wanted : max;
}

void
batch_start(struct batch *b, uint64_t epoch, uint32_t events_max, uint32_t bytes_max)
{
	b->head = (struct batch_head){ .epoch = epoch };
	b->events_max = limit(events_max, BATCH_EVENTS_MAX);
	b->bytes_max = limit(bytes_max, BATCH_BYTES_MAX);
	buf_clear(&b->raw);
}

static bool
fits(const struct batch *b, uint64_t skipped, size_t len)
{
	if (b->head.count == 0)
		return true;
	return b->head.count < b->events_max && skipped <= UINT16_MAX &&
			b->raw.len + ITEM_HEAD + len <= b->bytes_max;
}

int
batch_add(struct batch *b, uint64_t seq, struct bytes wire)
{
	uint64_t skipped = b->head.count ? seq - b->head.last - 1 : 0;

	if (wire.left > EVENT_WIRE_MAX)
		return -EMSGSIZE;
	if (!fits(b, skipped, wire.left))
		return -ENOSPC;
	buf_be24(&b->raw, (uint32_t)wire.left);
	buf_be16(&b->raw, (uint16_t)skipped);
	buf_add(&b->raw, wire.at, wire.left);
	if (b->raw.failed)
		return -ENOMEM;
	if (b->head.count++ == 0)
		b->head.first = seq;
	b->head.last = seq;
	return 0;
}

/* Compress, unless that makes it larger. */
static int
pack(struct batch *b)
{
	size_t   bound = ZSTD_compressBound(b->raw.len), n;
	uint8_t *to;

	buf_clear(&b->packed);
	to = buf_room(&b->packed, bound);
	if (!to)
		return -ENOMEM;
	n = ZSTD_compressCCtx(b->cctx, to, bound, b->raw.data, b->raw.len, BATCH_LEVEL);
	if (ZSTD_isError(n) || n >= b->raw.len) {
		b->head.packing = BATCH_PLAIN;
		b->head.data = bytes_of(b->raw.data, b->raw.len);
	} else {
		b->head.packing = BATCH_ZSTD;
		b->head.data = bytes_of(to, n);
	}
	b->head.raw_len = (uint32_t)b->raw.len;
	return 0;
}

int
batch_put(struct batch *b, struct buf *out)
{
	size_t begun;
	int    err = pack(b);

	if (err < 0)
		return err;
	begun = frame_begin(out, FRAME_BATCH);
	err = field_encode(out, head_rows, &b->head);
	if (err < 0) {
		out->len = begun;
		return err;
	}
	return frame_end(out, begun);
}

static const char *
head_fault(const struct batch_head *h)
{
	if (h->epoch == 0 || h->first == 0 || h->last < h->first)
		return "range";
	if (h->count == 0 || h->count > BATCH_EVENTS_MAX ||
		h->count - 1 > h->last - h->first)
		return "count";
	if (h->raw_len == 0 || h->raw_len > BATCH_BYTES_MAX)
		return "raw_len";
	if (h->packing > BATCH_ZSTD)
		return "packing";
	return NULL;
}

/* Bring the events into b->raw. NULL, or what was wrong. */
static const char *
unpack(struct batch *b)
{
	const struct batch_head *h = &b->head;
	uint8_t                 *to;
	size_t                   n;

	buf_clear(&b->raw);
	to = buf_room(&b->raw, h->raw_len);
	if (!to)
		return "no memory";
	if (h->packing == BATCH_PLAIN) {
		if (h->data.left != h->raw_len)
			return "raw_len";
		buf_add(&b->raw, h->data.at, h->data.left);
		return NULL;
	}
	n = ZSTD_decompressDCtx(b->dctx, to, h->raw_len, h->data.at, h->data.left);
	if (ZSTD_isError(n) || n != h->raw_len)
		return "compressed data";
	b->raw.len = n;
	return NULL;
}

int
batch_get(struct batch *b, struct bytes body, const char **why)
{
	const char *fault = NULL;

	b->head = (struct batch_head){ 0 };
	b->rest = bytes_of(NULL, 0);
	b->n_read = 0;
	if (field_decode(&b->head, head_rows, body, &fault) == 0)
		fault = head_fault(&b->head);
	if (!fault)
		fault = unpack(b);
	if (!fault)
		b->rest = bytes_of(b->raw.data, b->raw.len);
	else
		b->head.count = 0;
	b->head.data = bytes_of(NULL, 0);
	b->next = b->head.first;
	if (why)
		*why = fault;
	return fault ? -EBADMSG : 0;
}

int
batch_next(struct batch *b, uint64_t *seq, struct bytes *wire)
{
	struct bytes rest = b->rest, item;
	uint64_t     left = b->head.count - b->n_read; /* with this one */
	uint32_t     len;

	*seq = b->next;
	*wire = rest;
	if (left == 0 && rest.left == 0)
		return 0;
	len = bytes_be24(&rest);
	*seq += bytes_be16(&rest);
	item = bytes_cut(&rest, len);
	/* Every number must be the one it says, up to the last: else none of the rest is
	 * sure. */
	if (left == 0 || !bytes_ok(&rest) || *seq > b->head.last ||
			b->head.last - *seq < left - 1 ||
			(left == 1 && (*seq != b->head.last || rest.left))) {
		*seq = b->next;
		b->rest = bytes_of(NULL, 0);
		b->n_read = b->head.count;
		return -EBADMSG;
	}
	b->n_read++;
	b->next = *seq + 1;
	b->rest = rest;
	*wire = item;
	return 1;
}

uint64_t
batch_epoch(const struct batch *b)
{
	return b->head.epoch;
}

uint64_t
batch_first(const struct batch *b)
{
	return b->head.first;
}

uint64_t
batch_last(const struct batch *b)
{
	return b->head.last;
}

uint32_t
batch_count(const struct batch *b)
{
	return b->head.count;
}
