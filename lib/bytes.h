/* SPDX-License-Identifier: Apache-2.0 */
/* lib/bytes.h - read-only cursor over bytes we do not trust.
 *
 * All packet data is read through here. A read that does not fit yields zero
 * and sets `bad`; every later read yields zero too. So a parser reads straight
 * through and asks bytes_ok() once, at the end. The bytes are borrowed.
 * A hot value type, so everything is inline. Any thread.
 */
#ifndef LIB_BYTES_H
#define LIB_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *at;   /* next unread byte */
	size_t         left; /* how many remain */
	bool           bad;  /* some read did not fit */
};

static inline struct bytes
bytes_of(const void *data, size_t len)
{
	return (struct bytes){ .at = data, .left = len };
}

/* The bytes of a C string, without its NUL. */
static inline struct bytes
bytes_str(const char *s)
{
	return bytes_of(s, strlen(s));
}

static inline bool
bytes_ok(const struct bytes *b)
{
	return !b->bad;
}

/* Cut off the next `len` bytes as a cursor of their own; empty and bad if too few. */
static inline struct bytes
bytes_cut(struct bytes *b, size_t len)
{
	struct bytes part = { .at = b->at, .left = len };

	if (len > b->left) {
		b->left = 0;
		b->bad = true;
		return *b;
	}
	if (len > 0) /* an empty cursor may point nowhere */
		b->at += len;
	b->left -= len;
	return part;
}

static inline void
bytes_skip(struct bytes *b, size_t len)
{
	(void)bytes_cut(b, len);
}

static inline uint8_t
bytes_u8(struct bytes *b)
{
	struct bytes f = bytes_cut(b, 1);

	return f.bad ? 0 : f.at[0];
}

/* Big-endian, as in RFC 791 and everything above it. */
static inline uint16_t
bytes_be16(struct bytes *b)
{
	struct bytes f = bytes_cut(b, 2);

	return f.bad ? 0 : (uint16_t)(f.at[0] << 8 | f.at[1]);
}

static inline uint32_t
bytes_be24(struct bytes *b)
{
	struct bytes f = bytes_cut(b, 3);

	return f.bad ? 0 : (uint32_t)f.at[0] << 16 | (uint32_t)f.at[1] << 8 | f.at[2];
}

static inline uint32_t
bytes_be32(struct bytes *b)
{
	struct bytes f = bytes_cut(b, 4);

	return f.bad ? 0
		     : (uint32_t)f.at[0] << 24 | (uint32_t)f.at[1] << 16 |
				(uint32_t)f.at[2] << 8 | f.at[3];
}

static inline uint64_t
bytes_be64(struct bytes *b)
{
	uint64_t high = bytes_be32(b);

	return high << 32 | bytes_be32(b);
}

/* Little-endian, as in SMB, DCERPC and pcap. */
static inline uint16_t
bytes_le16(struct bytes *b)
{
	struct bytes f = bytes_cut(b, 2);

	return f.bad ? 0 : (uint16_t)(f.at[1] << 8 | f.at[0]);
}

static inline uint32_t
bytes_le32(struct bytes *b)
{
	struct bytes f = bytes_cut(b, 4);

	return f.bad ? 0
		     : (uint32_t)f.at[3] << 24 | (uint32_t)f.at[2] << 16 |
				(uint32_t)f.at[1] << 8 | f.at[0];
}

static inline uint64_t
bytes_le64(struct bytes *b)
{
	uint64_t low = bytes_le32(b);

	return (uint64_t)bytes_le32(b) << 32 | low;
}

/* Do the unread bytes begin with these? Consumes nothing. */
static inline bool
bytes_starts(const struct bytes *b, const void *with, size_t len)
{
	return b->left >= len && (len == 0 || memcmp(b->at, with, len) == 0);
}

/* Equal to a C string, byte for byte. */
static inline bool
bytes_is(struct bytes b, const char *s)
{
	return b.left == strlen(s) && bytes_starts(&b, s, b.left);
}

/* Equal to a C string, ASCII letters compared without case. */
static inline bool
bytes_is_nocase(struct bytes b, const char *s)
{
	if (b.left != strlen(s))
		return false;
	for (size_t i = 0; i < b.left; i++) {
		uint8_t x = b.at[i], y = (uint8_t)s[i];

		x = x >= 'A' && x <= 'Z' ? x | 0x20 : x;
		y = y >= 'A' && y <= 'Z' ? y | 0x20 : y;
		if (x != y)
			return false;
	}
	return true;
}

/* Offset of the next `c`, or `left` when there is none. */
static inline size_t
bytes_find(const struct bytes *b, uint8_t c)
{
	const uint8_t *hit = b->left ? memchr(b->at, c, b->left) : NULL;

	return hit ? (size_t)(hit - b->at) : b->left;
}

#endif
