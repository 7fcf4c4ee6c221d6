/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/reassembly.h"

#include <string.h>

/* The extent of a segment as it came: in the block when it is in order, else with its own bytes. */
struct segment {
	TAILQ_ENTRY(segment) link;
	uint64_t start;
	uint32_t len;
	uint8_t *data; /* NULL: in the block */
};

void
reassembly_init(struct reassembly *r)
{
	memset(r, 0, sizeof(*r));
	TAILQ_INIT(&r->segments);
}

static void
segment_free(struct reassembly *r, struct pool *pool, struct segment *s)
{
	TAILQ_REMOVE(&r->segments, s, link);
	r->n_segments--;
	if (s->data)
		pool_put(pool, s->data, s->len);
	pool_put(pool, s, sizeof(*s));
}

void
reassembly_release(struct reassembly *r, struct pool *pool)
{
	struct segment *s;

	while ((s = TAILQ_FIRST(&r->segments)))
		segment_free(r, pool, s);
	pbuf_release(pool, &r->buf);
	pbuf_release(pool, &r->before_gap);
}

static uint64_t
segment_end(const struct segment *s)
{
	return s->start + s->len;
}

static uint8_t *
segment_at(struct reassembly *r, const struct segment *s, uint64_t offset)
{
	if (s->data)
		return s->data + (offset - s->start);
	return r->buf.data + r->head + (offset - r->start);
}

/* A segment for [start, start + data.left) before `next` in the list (NULL: last). */
static bool
segment_add(struct reassembly *r, struct pool *pool, struct segment *next, uint64_t start,
		struct bytes data)
{
	bool            in_order = start == reassembly_end(r);
	struct segment *s;

	if (r->n_segments == REASSEMBLY_SEGMENTS_MAX || !(s = pool_get(pool, sizeof(*s))))
		return false;
	*s = (struct segment){ .start = start, .len = (uint32_t)data.left };
	if (in_order) {
		if (pbuf_add(pool, &r->buf, data.at, data.left) < 0)
			goto fail;
	} else {
		if (!(s->data = pool_get(pool, s->len)))
			goto fail;
		memcpy(s->data, data.at, data.left);
	}
	if (next)
		TAILQ_INSERT_BEFORE(next, s, link);
	else
		TAILQ_INSERT_TAIL(&r->segments, s, link);
	r->n_segments++;
	return true;
fail:
	pool_put(pool, s, sizeof(*s));
	return false;
}

/* Segments that waited for the block to reach them go into it. */
static void
gather(struct reassembly *r, struct pool *pool, struct segment *s)
{
	for (; s; s = TAILQ_NEXT(s, link)) {
		if (!s->data)
			continue;
		if (s->start != reassembly_end(r) || pbuf_add(pool, &r->buf, s->data, s->len) < 0)
			return;
		pool_put(pool, s->data, s->len);
		s->data = NULL;
	}
}

/* What [start, end) of the new bytes has in common with `s`. */
static unsigned
overlap(struct reassembly *r, enum overlap policy, struct segment *s, uint64_t start, struct bytes data)
{
	uint64_t       end = start + data.left;
	uint64_t       from = start > s->start ? start : s->start;
	uint64_t       to = end < segment_end(s) ? end : segment_end(s);
	uint8_t       *old = segment_at(r, s, from);
	const uint8_t *fresh = data.at + (from - start);

	if (memcmp(old, fresh, to - from) == 0)
		return REASSEMBLY_OVERLAP;
	if (overlap_new_wins(policy, start, end, s->start, segment_end(s)))
		memcpy(old, fresh, to - from);
	return REASSEMBLY_OVERLAP | REASSEMBLY_DIFFERENT;
}

/* Bytes that are acknowledged stay as they are; were they sent differently now? */
static unsigned
compare_old(const struct reassembly *r, uint64_t start, struct bytes data)
{
	struct bytes kept = reassembly_bytes(r, start, start + data.left);
	uint64_t     kept_start = start > r->start ? start : r->start;

	if (!kept.left)
		return REASSEMBLY_OVERLAP;
	if (memcmp(kept.at, data.at + (kept_start - start), kept.left) == 0)
		return REASSEMBLY_OVERLAP;
	return REASSEMBLY_OVERLAP | REASSEMBLY_DIFFERENT;
}

/* The general case: walk the segments that the new bytes touch; what lies between them is new. */
static unsigned
add_among(struct reassembly *r, struct pool *pool, enum overlap policy, uint64_t start, struct bytes data)
{
	uint64_t        end = start + data.left, at = start;
	unsigned        result = 0;
	struct segment *s, *next;

	TAILQ_FOREACH_REVERSE(s, &r->segments, segment_list, link)
		if (s->start <= start)
			break;
	s = s ? s : TAILQ_FIRST(&r->segments);
	for (; s && at < end; s = next) {
		next = TAILQ_NEXT(s, link);
		if (segment_end(s) <= at)
			continue;
		if (s->start > at) {
			uint64_t to = s->start < end ? s->start : end;
			bool     ok = segment_add(r, pool, s, at, bytes_of(data.at + (at - start), to - at));

			result |= ok ? REASSEMBLY_NEW : REASSEMBLY_FULL;
			at = to;
		}
		if (s->start < end) {
			result |= overlap(r, policy, s, start, data);
			at = segment_end(s) > at ? segment_end(s) : at;
		}
	}
	if (at < end) {
		bool ok = segment_add(r, pool, s, at, bytes_of(data.at + (at - start), end - at));

		result |= ok ? REASSEMBLY_NEW : REASSEMBLY_FULL;
	}
	gather(r, pool, TAILQ_FIRST(&r->segments));
	return result;
}

unsigned
reassembly_add(struct reassembly *r, struct pool *pool, enum overlap policy, uint64_t offset,
		struct bytes data)
{
	uint64_t fixed = r->acked < reassembly_end(r) ? r->acked : reassembly_end(r);
	unsigned result = 0;

	fixed = fixed > r->start ? fixed : r->start;
	if (offset < fixed) {
		size_t n = fixed - offset < data.left ? (size_t)(fixed - offset) : data.left;

		result = compare_old(r, offset, bytes_of(data.at, n));
		if (n == data.left)
			return result | REASSEMBLY_OLD;
		bytes_skip(&data, n);
		offset = fixed;
	}
	if (!data.left)
		return result;
	struct segment *last = TAILQ_LAST(&r->segments, segment_list);
	if (!last || segment_end(last) <= offset)
		return result | (segment_add(r, pool, NULL, offset, data) ? REASSEMBLY_NEW : REASSEMBLY_FULL);
	return result | add_among(r, pool, policy, offset, data);
}

void
reassembly_ack(struct reassembly *r, struct pool *pool, uint64_t offset)
{
	struct segment *s;

	if (offset <= r->acked)
		return;
	r->acked = offset;
	while ((s = TAILQ_FIRST(&r->segments)) && !s->data && segment_end(s) <= offset)
		segment_free(r, pool, s);
}

struct bytes
reassembly_bytes(const struct reassembly *r, uint64_t from, uint64_t to)
{
	uint64_t end = reassembly_end(r);

	from = from > r->start ? from : r->start;
	to = to < end ? to : end;
	if (from >= to)
		return bytes_of(NULL, 0);
	return bytes_of(r->buf.data + r->head + (from - r->start), (size_t)(to - from));
}

uint64_t
reassembly_hole(const struct reassembly *r, uint64_t limit)
{
	uint64_t              end = reassembly_end(r);
	const struct segment *s;

	TAILQ_FOREACH(s, &r->segments, link)
		if (s->data)
			break;
	if (s && s->start < limit)
		limit = s->start;
	return limit > end ? limit - end : 0;
}

void
reassembly_skip(struct reassembly *r, struct pool *pool, uint64_t len, uint64_t unseen)
{
	uint64_t        end = reassembly_end(r);
	struct segment *s;

	/* extents of what lies in the block mean nothing once it is gone */
	while ((s = TAILQ_FIRST(&r->segments)) && !s->data)
		segment_free(r, pool, s);
	pbuf_release(pool, &r->before_gap);
	if (unseen < end) {
		unseen = unseen > r->start ? unseen : r->start;
		pbuf_cut(&r->buf, r->head + (size_t)(unseen - r->start));
		r->before_gap = r->buf;
		r->before_start = unseen;
		r->buf = (struct pbuf){ 0 };
	} else {
		pbuf_release(pool, &r->buf);
	}
	r->head = 0;
	r->start = end + len;
	gather(r, pool, TAILQ_FIRST(&r->segments));
}

void
reassembly_drop(struct reassembly *r, struct pool *pool, uint64_t offset)
{
	uint64_t end = reassembly_end(r);

	if (offset <= r->start)
		return;
	offset = offset < end ? offset : end;
	r->head += (uint32_t)(offset - r->start);
	r->start = offset;
	if (r->head == r->buf.len) {
		pbuf_release(pool, &r->buf);
		r->head = 0;
	} else if (r->head > r->buf.len / 2) {
		pbuf_cut(&r->buf, r->head);
		r->head = 0;
	}
}

void
reassembly_drop_before_gap(struct reassembly *r, struct pool *pool)
{
	pbuf_release(pool, &r->before_gap);
}

uint64_t
reassembly_top(const struct reassembly *r)
{
	const struct segment *last = TAILQ_LAST(&r->segments, segment_list);

	return last && segment_end(last) > reassembly_end(r) ? segment_end(last) : reassembly_end(r);
}
