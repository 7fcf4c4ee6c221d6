/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/field.h"

#include "lib/addr.h"
#include "lib/utf8.h"

#include <assert.h>
#include <errno.h>

#define FIELD_LEN_MAX 0xffffffu

static void
put_head(struct buf *out, uint8_t tag, size_t len)
{
	buf_u8(out, tag);
	buf_be24(out, (uint32_t)len);
}

static uint64_t
load_uint(const void *at, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		assert(size == 8);
		return *(const uint64_t *)at;
	}
}

static void
store_uint(void *at, size_t size, uint64_t v)
{
	switch (size) {
	case 1:
		*(uint8_t *)at = (uint8_t)v;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)v;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)v;
		break;
	default:
		assert(size == 8);
		*(uint64_t *)at = v;
	}
}

static int
encode_uint(struct buf *out, const struct field_row *row, const void *at)
{
	uint64_t v = load_uint(at, row->size);
	size_t   n = 0;

	while (n < 8 && v >> (8 * n))
		n++;
	if (n == 0)
		return 0;
	put_head(out, row->tag, n);
	while (n-- > 0)
		buf_u8(out, (uint8_t)(v >> (8 * n)));
	return 0;
}

static int
encode_bytes(struct buf *out, const struct field_row *row, const void *at)
{
	const struct bytes *b = at;

	if (b->left > row->max || b->left > FIELD_LEN_MAX)
		return -EMSGSIZE;
	if (b->left == 0)
		return 0;
	put_head(out, row->tag, b->left);
	buf_add(out, b->at, b->left);
	return 0;
}

static int
encode_addr(struct buf *out, const struct field_row *row, const void *at)
{
	const struct addr *a = at;
	size_t             len = a->family == 4 ? 4 : 16;

	if (a->family == 0)
		return 0;
	put_head(out, row->tag, len);
	buf_add(out, a->b, len);
	return 0;
}

static int
encode_list(struct buf *out, const struct field_row *row, const char *from)
{
	uint32_t n = *(const uint32_t *)(const void *)(from + row->n_offset);
	int      err = n > row->max ? -EMSGSIZE : 0;

	for (uint32_t i = 0; i < n && err == 0; i++) {
		size_t at = out->len, len;

		put_head(out, row->tag, 0);
		err = field_encode(out, row->rows, from + row->offset + i * row->size);
		if (out->failed || err < 0)
			break;
		len = out->len - at - 4;
		out->data[at + 1] = (uint8_t)(len >> 16);
		out->data[at + 2] = (uint8_t)(len >> 8);
		out->data[at + 3] = (uint8_t)len;
	}
	return err;
}

static int
encode_row(struct buf *out, const struct field_row *row, const char *from)
{
	switch ((enum field_kind)row->kind) {
	case FIELD_UINT:
		return encode_uint(out, row, from + row->offset);
	case FIELD_BYTES:
	case FIELD_TEXT:
		return encode_bytes(out, row, from + row->offset);
	case FIELD_ADDR:
		return encode_addr(out, row, from + row->offset);
	case FIELD_LIST:
		return encode_list(out, row, from);
	}
	assert(!"a kind of field");
	return -EINVAL;
}

int
field_encode(struct buf *out, const struct field_row *rows, const void *from)
{
	size_t start = out->len;
	int    err = 0;

	for (const struct field_row *row = rows; row->tag && err == 0; row++)
		err = encode_row(out, row, from);
	if (out->failed)
		err = -ENOMEM;
	if (err < 0)
		out->len = start;
	return err;
}

static int
decode_uint(void *at, size_t size, struct bytes value)
{
	uint64_t v = 0;

	if (value.left > size)
		return -EBADMSG;
	while (value.left)
		v = v << 8 | bytes_u8(&value);
	store_uint(at, size, v);
	return 0;
}

static int
decode_text(struct bytes *out, struct bytes value)
{
	for (size_t i = 0; i < value.left; i++) {
		if (value.at[i] < 0x20 || value.at[i] == 0x7f)
			return -EBADMSG;
	}
	*out = value;
	return utf8_ok(value) ? 0 : -EBADMSG;
}

static int
decode_addr(struct addr *out, struct bytes value)
{
	if (value.left == 4)
		*out = addr_v4(value.at);
	else if (value.left == 16)
		*out = addr_v6(value.at);
	else
		return -EBADMSG;
	return 0;
}

static int
decode_item(char *out, const struct field_row *row, struct bytes value)
{
	uint32_t *n = (uint32_t *)(void *)(out + row->n_offset);
	int       err;

	if (*n >= row->max)
		return -EBADMSG;
	err = field_decode(out + row->offset + *n * row->size, row->rows, value, NULL);
	if (err == 0)
		(*n)++;
	return err;
}

static int
decode_row(char *out, const struct field_row *row, struct bytes value)
{
	void *at = out + row->offset;

	switch ((enum field_kind)row->kind) {
	case FIELD_UINT:
		return decode_uint(at, row->size, value);
	case FIELD_BYTES:
		*(struct bytes *)at = value;
		return value.left <= row->max ? 0 : -EBADMSG;
	case FIELD_TEXT:
		return value.left <= row->max ? decode_text(at, value) : -EBADMSG;
	case FIELD_ADDR:
		return decode_addr(at, value);
	case FIELD_LIST:
		return decode_item(out, row, value);
	}
	assert(!"a kind of field");
	return -EINVAL;
}

static const struct field_row *
find_row(const struct field_row *rows, uint8_t tag)
{
	for (; rows->tag; rows++) {
		if (rows->tag == tag)
			return rows;
	}
	return NULL;
}

int
field_decode(void *out, const struct field_row *rows, struct bytes in, const char **why)
{
	const char *unused;

	if (!why)
		why = &unused;
	*why = NULL;
	while (in.left) {
		uint8_t                 tag = bytes_u8(&in);
		size_t                  len = bytes_be24(&in);
		struct bytes            value = bytes_cut(&in, len);
		const struct field_row *row = find_row(rows, tag);

		if (!bytes_ok(&in)) {
			*why = "a field is cut off";
			return -EBADMSG;
		}
		if (row && decode_row(out, row, value) < 0) {
			*why = row->why;
			return -EBADMSG;
		}
	}
	return 0;
}
