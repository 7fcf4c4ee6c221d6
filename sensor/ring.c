/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES 8u

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t  moved;
	unsigned        put, taken; /* batches so far; `put` is the one that is filled */
	bool            ended;
	bool            holds; /* the worker looks at batch `taken` */
	struct batch    batches[BATCHES];
};

struct ring *
ring_new(void)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->moved, NULL);
	return r;
}

void
ring_free(struct ring *r)
{
	if (!r)
		return;
	(void)pthread_cond_destroy(&r->moved);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

void
ring_reset(struct ring *r)
{
	r->put = r->taken = 0;
	r->ended = r->holds = false;
	r->batches[0].n = 0;
	r->batches[0].used = 0;
}

/* ---- reader ---- */

void
ring_flush(struct ring *r)
{
	struct batch *next;

	if (r->batches[r->put % BATCHES].n == 0)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->put++;
	(void)pthread_cond_broadcast(&r->moved);
	while (r->put - r->taken >= BATCHES)
		(void)pthread_cond_wait(&r->moved, &r->lock);
	(void)pthread_mutex_unlock(&r->lock);
	next = &r->batches[r->put % BATCHES];
	next->n = 0;
	next->used = 0;
}

void
ring_put(struct ring *r, const struct wire_frame *f)
{
	struct batch *b = &r->batches[r->put % BATCHES];
	size_t        len = f->bytes.left < RING_BYTES ? f->bytes.left : RING_BYTES;

	if (b->n == RING_FRAMES || b->used + len > RING_BYTES) {
		ring_flush(r);
		b = &r->batches[r->put % BATCHES];
	}
	memcpy(b->bytes + b->used, f->bytes.at, len);
	b->frames[b->n] = *f;
	b->frames[b->n++].bytes = bytes_of(b->bytes + b->used, len);
	b->used += len;
}

void
ring_end(struct ring *r)
{
	ring_flush(r);
	(void)pthread_mutex_lock(&r->lock);
	r->ended = true;
	(void)pthread_cond_broadcast(&r->moved);
	(void)pthread_mutex_unlock(&r->lock);
}

/* ---- worker ---- */

const struct batch *
ring_take(struct ring *r)
{
	const struct batch *b = NULL;

	(void)pthread_mutex_lock(&r->lock);
	if (r->holds) {
		r->holds = false;
		r->taken++;
		(void)pthread_cond_broadcast(&r->moved);
	}
	while (r->put == r->taken && !r->ended)
		(void)pthread_cond_wait(&r->moved, &r->lock);
	if (r->put != r->taken) {
		b = &r->batches[r->taken % BATCHES];
		r->holds = true;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return b;
}
