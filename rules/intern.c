/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/intern.h"

#include "lib/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct entry {
	const char *data;
	uint32_t    len;
	uint32_t    hash;
};

struct intern {
	struct arena *arena;
	struct entry *entries;
	size_t        n, cap;
	uint32_t     *slots; /* entry + 1, 0: empty */
	size_t        mask;
};

struct intern *
intern_new(struct arena *arena)
{
	struct intern *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->arena = arena;
	t->mask = 63;
	t->slots = calloc(t->mask + 1, sizeof(*t->slots));
	if (!t->slots) {
		free(t);
		return NULL;
	}
	return t;
}

void
intern_free(struct intern *t)
{
	if (!t)
		return;
	free(t->entries);
	free(t->slots);
	free(t);
}

/* The slot of these bytes, or the empty one where they belong. */
static size_t
slot_of(const struct intern *t, const void *data, size_t len, uint32_t hash)
{
	size_t i = hash & t->mask;

	for (; t->slots[i]; i = (i + 1) & t->mask) {
		const struct entry *e = &t->entries[t->slots[i] - 1];

		if (e->hash == hash && e->len == len && memcmp(e->data, data, len) == 0)
			break;
	}
	return i;
}

static int
grow(struct intern *t)
{
	size_t        mask = t->mask * 2 + 1;
	uint32_t     *slots = calloc(mask + 1, sizeof(*slots));
	struct entry *entries = realloc(t->entries, (mask + 1) / 2 * sizeof(*entries));

	if (entries)
		t->entries = entries;
	if (!slots || !entries) {
		free(slots);
		return -ENOMEM;
	}
	free(t->slots);
	t->slots = slots;
	t->mask = mask;
	t->cap = (mask + 1) / 2;
	for (size_t k = 0; k < t->n; k++) {
		size_t i = t->entries[k].hash & mask;

		while (slots[i])
			i = (i + 1) & mask;
		slots[i] = (uint32_t)k + 1;
	}
	return 0;
}

int
intern_add(struct intern *t, const void *data, size_t len, bool *fresh)
{
	uint32_t hash = (uint32_t)XXH3_64bits(data, len);
	size_t   i = slot_of(t, data, len, hash);
	char    *copy;

	if (fresh)
		*fresh = !t->slots[i];
	if (t->slots[i])
		return (int)t->slots[i] - 1;
	if (t->n == t->cap) {
		if (grow(t) < 0)
			return -ENOMEM;
		i = slot_of(t, data, len, hash);
	}
	copy = arena_dup(t->arena, data, len);
	if (!copy)
		return -ENOMEM;
	t->entries[t->n] = (struct entry){ copy, (uint32_t)len, hash };
	t->slots[i] = (uint32_t)++t->n;
	return (int)t->n - 1;
}

int
intern_find(const struct intern *t, const void *data, size_t len)
{
	size_t i = slot_of(t, data, len, (uint32_t)XXH3_64bits(data, len));

	return t->slots[i] ? (int)t->slots[i] - 1 : -ENOENT;
}

struct bytes
intern_get(const struct intern *t, size_t id)
{
	return bytes_of(t->entries[id].data, t->entries[id].len);
}

size_t
intern_count(const struct intern *t)
{
	return t->n;
}
