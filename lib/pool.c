/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Under AddressSanitizer a block that is not out is poisoned, as with malloc. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(POOL_ASAN)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

#define POOL_BLOCK_MIN 32u
#define POOL_CLASSES 35 /* 32, 48, 64, 96, … 3 MiB, 4 MiB */

struct spare {
	struct spare *next;
};

struct pool {
	uint8_t      *base;
	size_t        budget;
	size_t        cut;  /* bytes of the region that ever became a block */
	size_t        used; /* bytes in blocks that are out */
	uint64_t      refused_total;
	struct spare *spare[POOL_CLASSES];
};

/* Even classes are powers of two, odd ones lie half way to the next. */
static size_t
class_size(unsigned class)
{
	size_t base = (size_t)POOL_BLOCK_MIN << (class / 2);

	return class % 2 ? base + base / 2 : base;
}

/* `size` is at most POOL_BLOCK_MAX. */
static unsigned
class_of(size_t size)
{
	unsigned log, class;

	if (size <= POOL_BLOCK_MIN)
		return 0;
	log = 63u - (unsigned)__builtin_clzll(size - 1); /* 2^log < size <= 2^(log+1) */
	class = (log - 5) * 2;
	return size <= class_size(class + 1) ? class + 1 : class + 2;
}

struct pool *
pool_new(size_t budget)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->budget = budget;
	p->base = mmap(NULL, budget ? budget : 1, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p->base == MAP_FAILED) {
		free(p);
		return NULL;
	}
	ASAN_POISON_MEMORY_REGION(p->base, budget);
	return p;
}

void
pool_free(struct pool *p)
{
	if (!p)
		return;
	ASAN_UNPOISON_MEMORY_REGION(p->base, p->budget);
	munmap(p->base, p->budget ? p->budget : 1);
	free(p);
}

/* A block that was out before, or a new one from the region; NULL when neither is
 * left. */
static void *
take_block(struct pool *p, unsigned class, size_t size)
{
	struct spare *s = p->spare[class];

	if (s) {
		ASAN_UNPOISON_MEMORY_REGION(s, size);
		p->spare[class] = s->next;
		return s;
	}
	if (size > p->budget - p->cut)
		return NULL;
	p->cut += size;
	ASAN_UNPOISON_MEMORY_REGION(p->base + p->cut - size, size);
	return p->base + p->cut - size;
}

void *
pool_get(struct pool *p, size_t size)
{
	unsigned class;
	void    *block = NULL;

	if (size <= POOL_BLOCK_MAX) {
		class = class_of(size);
		size = class_size(class);
		block = take_block(p, class, size);
	}
	if (block)
		p->used += size;
	else
		p->refused_total++;
	return block;
}

void *
pool_zero(struct pool *p, size_t size)
{
	void *block = pool_get(p, size);

	return block ? memset(block, 0, size) : NULL;
}

void
pool_put(struct pool *p, void *block, size_t size)
{
	unsigned      class = class_of(size);
	struct spare *s = block;

	if (!block)
		return;
	s->next = p->spare[class];
	p->spare[class] = s;
	p->used -= class_size(class);
	ASAN_POISON_MEMORY_REGION(block, class_size(class));
}

size_t
pool_used(const struct pool *p)
{
	return p->used;
}

size_t
pool_budget(const struct pool *p)
{
	return p->budget;
}

uint64_t
pool_refused_total(const struct pool *p)
{
	return p->refused_total;
}

/* Room for `want` bytes: at least twice what there was, so that appending stays
 * linear. */
static int
pbuf_grow(struct pool *p, struct pbuf *b, size_t want)
{
	size_t   cap = want > 2 * (size_t)b->cap ? want : 2 * (size_t)b->cap;
	uint8_t *data;

	if (want > POOL_BLOCK_MAX)
		return -ENOMEM;
	cap = class_size(class_of(cap < POOL_BLOCK_MAX ? cap : POOL_BLOCK_MAX));
	data = pool_get(p, cap);
	if (!data)
		return -ENOMEM;
	if (b->len)
		memcpy(data, b->data, b->len);
	pool_put(p, b->data, b->cap);
	b->data = data;
	b->cap = (uint32_t)cap;
	return 0;
}

int
pbuf_add(struct pool *p, struct pbuf *b, const void *data, size_t len)
{
	if (len == 0)
		return 0;
	if (len > b->cap - b->len) {
		int err = len > POOL_BLOCK_MAX ? -ENOMEM : pbuf_grow(p, b, b->len + len);

		if (err < 0)
			return err;
	}
	memcpy(b->data + b->len, data, len);
	b->len += (uint32_t)len;
	return 0;
}

void
pbuf_cut(struct pbuf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + n, b->len - n);
	b->len -= (uint32_t)n;
}

void
pbuf_release(struct pool *p, struct pbuf *b)
{
	pool_put(p, b->data, b->cap);
	*b = (struct pbuf){ 0 };
}
