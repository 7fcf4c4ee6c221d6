/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in a day file: records, blocks of them, and the values that find blocks.
 *
 * A record is little-endian: length of the wire form, id, time of receipt, alert, sensor,
 * site, epoch, number; then the wire form. A block is many of these, compressed together.
 */
#include "collector/store_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static void
put_le(uint8_t *to, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

void
record_put(uint8_t *to, const struct store_event *e)
{
	put_le(to, e->wire.left, 4);
	put_le(to + 4, e->id, 8);
	put_le(to + 12, e->received_ns, 8);
	put_le(to + 20, e->alert, 8);
	put_le(to + 28, e->sensor, 4);
	put_le(to + 32, e->site, 4);
	put_le(to + 36, e->event.epoch, 8);
	put_le(to + 44, e->event.seq, 8);
	memcpy(to + RECORD_HEAD, e->wire.at, e->wire.left);
}

int
record_next(struct bytes *from, struct store_event *e)
{
	uint32_t len = bytes_le32(from);

	e->id = bytes_le64(from);
	e->received_ns = bytes_le64(from);
	e->alert = bytes_le64(from);
	e->sensor = bytes_le32(from);
	e->site = bytes_le32(from);
	e->event.epoch = bytes_le64(from);
	e->event.seq = bytes_le64(from);
	e->wire = bytes_cut(from, len);
	return bytes_ok(from) ? 0 : -EUCLEAN;
}

int
record_decode(struct store_event *e)
{
	uint64_t epoch = e->event.epoch, seq = e->event.seq;
	int      err = event_decode(&e->event, e->wire, NULL);

	e->event.epoch = epoch;
	e->event.seq = seq;
	return err;
}

struct value
value_int(char kind, uint64_t v, uint8_t n)
{
	struct value x = {.b = {(uint8_t)kind}, .len = (uint8_t)(n + 1)};

	for (uint8_t i = 0; i < n; i++)
		x.b[1 + i] = (uint8_t)(v >> 8 * (n - 1 - i));
	return x;
}

struct value
value_addr(const struct addr *a)
{
	struct bytes b = addr_bytes(a);
	struct value x = {.b = {'i'}, .len = (uint8_t)(b.left + 1)};

	memcpy(x.b + 1, b.at, b.left);
	return x;
}

void
values_of(struct value out[static VALUES], const struct store_event *e)
{
	out[0] = value_int('a', e->alert, 8);
	out[1] = value_int('r', e->event.sid, 4);
	out[2] = value_int('s', e->sensor, 4);
	out[3] = value_int('w', e->site, 4);
	out[4] = value_addr(&e->event.src);
	out[5] = value_addr(&e->event.dst);
}

void
block_from_row(struct q *q, struct block *b)
{
	b->id = q_get_u64(q);
	b->last = q_get_u64(q);
	b->min_ts = q_get_u64(q);
	b->max_ts = q_get_u64(q);
	b->size = (size_t)q_get_u64(q);
	b->data = q_get_blob(q);
}

int
block_unpack(uint8_t **out, const struct block *b)
{
	size_t n;

	*out = NULL;
	if (b->size > DAY_BLOCK_BYTES + RECORD_HEAD + EVENT_WIRE_MAX)
		return -EUCLEAN;
	*out = malloc(b->size ? b->size : 1);
	if (!*out)
		return -ENOMEM;
	n = ZSTD_decompress(*out, b->size, b->data.at, b->data.left);
	if (!ZSTD_isError(n) && n == b->size)
		return 0;
	free(*out);
	*out = NULL;
	return -EUCLEAN;
}
