/* SPDX-License-Identifier: Apache-2.0 */
/* lib/pool.h - bounded memory of one worker: size classes over one reserved region.
 *
 * The packet path never calls malloc. A worker reserves its whole budget as
 * address space at start and takes blocks from here: powers of two and the
 * halves between them, from 32 bytes up. A freed block goes back to its class.
 * Full means NULL: the caller drops what it was building and counts it by
 * cause. One thread.
 */
#ifndef LIB_POOL_H
#define LIB_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_BLOCK_MAX (1u << 22) /* largest single block, bytes */

struct pool;

/* Reserve `budget` bytes of address space (committed on first touch). NULL: no memory. */
struct pool *pool_new(size_t budget);
void         pool_free(struct pool *p);

/* A block of at least `size` bytes, not cleared, aligned to 16. NULL: budget used up. */
void *pool_get(struct pool *p, size_t size);
/* The same, cleared. */
void *pool_zero(struct pool *p, size_t size);
/* Give back what pool_get() gave for the same `size`. NULL is fine. */
void pool_put(struct pool *p, void *block, size_t size);

/* Bytes in blocks that are out, and the budget. */
size_t pool_used(const struct pool *p);
size_t pool_budget(const struct pool *p);
/* How often NULL was the answer. */
uint64_t pool_refused_total(const struct pool *p);

/* A growing byte string in pool memory; start from {0}. */
struct pbuf {
	uint8_t *data; /* NULL while cap is 0 */
	uint32_t len;
	uint32_t cap;
};

/* Append; -ENOMEM leaves it as it was (budget, or above POOL_BLOCK_MAX). */
int  pbuf_add(struct pool *p, struct pbuf *b, const void *data, size_t len);
/* Drop the first `n` bytes. */
void pbuf_cut(struct pbuf *b, size_t n);
void pbuf_release(struct pool *p, struct pbuf *b);

#endif
