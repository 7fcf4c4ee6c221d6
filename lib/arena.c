/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block       *older;
	size_t              size, used; /* of data[] */
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *newest; /* the list ends in the first block */
	size_t        size;   /* of the first block */
	size_t        used;   /* over all blocks */
};

static struct block *
block_new(struct block *older, size_t size)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof(*b))
		return NULL;
	b = malloc(sizeof(*b) + size);
	if (b)
		*b = (struct block){ .older = older, .size = size };
	return b;
}

struct arena *
arena_new(size_t size)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->size = size ? size : 1;
	a->newest = block_new(NULL, a->size);
	if (!a->newest) {
		free(a);
		return NULL;
	}
	return a;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->newest);
	free(a);
}

void
arena_reset(struct arena *a)
{
	while (a->newest->older) {
		struct block *gone = a->newest;

		a->newest = gone->older;
		free(gone);
	}
	a->newest->used = 0;
	a->used = 0;
}

void *
arena_get(struct arena *a, size_t size)
{
	struct block *b = a->newest;
	void         *got;

	if (size > SIZE_MAX - alignof(max_align_t))
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (size > b->size - b->used) {
		b = block_new(b, size > a->size ? size : a->size);
		if (!b)
			return NULL;
		a->newest = b;
	}
	got = b->data + b->used;
	b->used += size;
	a->used += size;
	return got;
}

void *
arena_zero(struct arena *a, size_t size)
{
	void *got = arena_get(a, size);

	return got ? memset(got, 0, size) : NULL;
}

char *
arena_dup(struct arena *a, const void *data, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_get(a, len + 1) : NULL;

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char   *text;
	int     len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = len < 0 ? NULL : arena_get(a, (size_t)len + 1);
	if (!text)
		return NULL;
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
