/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUF_MIN 256

uint8_t *
buf_room(struct buf *b, size_t len)
{
	size_t   cap = b->cap ? b->cap : BUF_MIN;
	uint8_t *data;

	if (b->failed)
		return NULL;
	if (len <= b->cap - b->len && b->data)
		return b->data + b->len;
	if (len > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) {
		b->failed = true;
		return NULL;
	}
	while (cap < b->len + len)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return NULL;
	}
	b->data = data;
	b->cap = cap;
	return b->data + b->len;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	uint8_t *to = buf_room(b, len);

	if (!to || len == 0)
		return;
	memcpy(to, data, len);
	b->len += len;
}

static void
add_be(struct buf *b, uint64_t v, size_t n)
{
	uint8_t bytes[8];

	for (size_t i = n; i-- > 0; v >>= 8)
		bytes[i] = (uint8_t)v;
	buf_add(b, bytes, n);
}

void
buf_u8(struct buf *b, uint8_t v)
{
	add_be(b, v, 1);
}

void
buf_be16(struct buf *b, uint16_t v)
{
	add_be(b, v, 2);
}

void
buf_be24(struct buf *b, uint32_t v)
{
	add_be(b, v, 3);
}

void
buf_be32(struct buf *b, uint32_t v)
{
	add_be(b, v, 4);
}

void
buf_be64(struct buf *b, uint64_t v)
{
	add_be(b, v, 8);
}

void
buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	if (len)
		memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void
buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
