/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define WAYS 8 /* entries of a bucket */

struct bucket {
	pthread_mutex_t     lock;
	struct memory_entry e[WAYS];
};

struct rule_memory {
	size_t         n;
	struct bucket *buckets; /* committed on first touch: an all-zero mutex is an open one */
};

struct rule_memory *
rule_memory_new(size_t bytes)
{
	struct rule_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->n = bytes / sizeof(struct bucket) + 1;
	m->buckets = mmap(NULL, m->n * sizeof(*m->buckets), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->buckets == MAP_FAILED) {
		free(m);
		return NULL;
	}
	return m;
}

void
rule_memory_free(struct rule_memory *m)
{
	if (!m)
		return;
	munmap(m->buckets, m->n * sizeof(*m->buckets));
	free(m);
}

static struct bucket *
bucket_of(struct rule_memory *m, const struct memory_key *key)
{
	return &m->buckets[XXH3_64bits(key, sizeof(*key)) % m->n];
}

/* A free or ended entry, else the one that ends first. */
static struct memory_entry *
victim(struct bucket *b, uint64_t now_ns)
{
	struct memory_entry *best = &b->e[0];

	for (unsigned i = 0; i < WAYS; i++) {
		struct memory_entry *e = &b->e[i];

		if (e->key.kind == 0 || e->until_ns < now_ns)
			return e;
		if (e->until_ns < best->until_ns)
			best = e;
	}
	return best;
}

struct memory_entry *
memory_get(struct rule_memory *m, const struct memory_key *key, uint64_t now_ns, bool make)
{
	struct bucket       *b = bucket_of(m, key);
	struct memory_entry *e;

	pthread_mutex_lock(&b->lock);
	for (unsigned i = 0; i < WAYS; i++)
		if (b->e[i].key.kind && memcmp(&b->e[i].key, key, sizeof(*key)) == 0)
			return &b->e[i];
	if (!make) {
		pthread_mutex_unlock(&b->lock);
		return NULL;
	}
	e = victim(b, now_ns);
	memset(e, 0, sizeof(*e));
	e->key = *key;
	return e;
}

void
memory_put(struct rule_memory *m, struct memory_entry *e)
{
	size_t i = (size_t)((uint8_t *)e - (uint8_t *)m->buckets) / sizeof(struct bucket);

	pthread_mutex_unlock(&m->buckets[i].lock);
}

void
memory_drop(struct rule_memory *m, struct memory_entry *e)
{
	memset(e, 0, sizeof(*e));
	memory_put(m, e);
}
