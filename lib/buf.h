/* SPDX-License-Identifier: Apache-2.0 */
/* lib/buf.h - a growing byte string in memory of malloc.
 *
 * Start from {0}. After a failed append the content is as it was and `failed`
 * stays set, so that a writer asks once, at the end. Not thread-safe.
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data; /* owned */
	size_t   len, cap;
	bool     failed; /* no memory, at some time since the last buf_clear() */
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_u8(struct buf *b, uint8_t v);
void buf_be16(struct buf *b, uint16_t v);
void buf_be24(struct buf *b, uint32_t v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);

/* Room for `len` more bytes at data + len, for the caller to fill and then add to `len`.
 * NULL: no memory. */
uint8_t *buf_room(struct buf *b, size_t len);

/* Drop the first `len` bytes. */
void buf_cut(struct buf *b, size_t len);
/* Empty and not failed; keeps the memory. */
void buf_clear(struct buf *b);
void buf_release(struct buf *b);

#endif
