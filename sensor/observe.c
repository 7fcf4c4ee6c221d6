/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/observe.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NS 1000000000ull
#define EVERY_S 60u
#define PLACES 16384u
#define WAYS 8u /* places that a value may have */

struct entry {
	uint64_t first_ns, last_ns;
	uint64_t count; /* 0: free */
	uint8_t  kind;
	uint8_t  len;
	char     value[OBSERVE_VALUE_MAX + 1];
};

struct observe {
	struct observe_settings settings;
	struct observe_counters counters;
	uint64_t                told_ns;
	struct entry           *entries;
};

static const char *const names[] = {
#define X(id, name) name,
	OBSERVE_LIST(X)
#undef X
};

const char *
observe_kind_name(enum observe_kind kind)
{
	return names[kind];
}

struct observe *
observe_new(const struct observe_settings *settings)
{
	struct observe *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->settings = *settings;
	if (!o->settings.every_s)
		o->settings.every_s = EVERY_S;
	if (o->settings.places < WAYS)
		o->settings.places = PLACES;
	o->entries = calloc(o->settings.places, sizeof(*o->entries));
	if (!o->entries) {
		free(o);
		return NULL;
	}
	return o;
}

void
observe_free(struct observe *o)
{
	if (!o)
		return;
	free(o->entries);
	free(o);
}

static void
tell(struct observe *o, struct entry *e)
{
	struct observation out = { .kind = e->kind, .value = bytes_of(e->value, e->len),
		.first_ns = e->first_ns, .last_ns = e->last_ns, .count = e->count };

	o->settings.tell(o->settings.arg, &out);
	o->counters.told++;
	e->count = 0;
}

/* Its entry, a free one, or that which was not seen for longest. */
static struct entry *
place_of(struct observe *o, enum observe_kind kind, struct bytes value)
{
	uint64_t      hash = XXH3_64bits_withSeed(value.at, value.left, kind);
	struct entry *bucket = &o->entries[hash & (o->settings.places - 1) & ~(uint64_t)(WAYS - 1)];
	struct entry *best = bucket;

	for (unsigned i = 0; i < WAYS; i++) {
		struct entry *e = &bucket[i];

		if (e->count && e->kind == kind && e->len == value.left &&
				memcmp(e->value, value.at, value.left) == 0)
			return e;
		if (best->count && (!e->count || e->last_ns < best->last_ns))
			best = e;
	}
	if (best->count) {
		tell(o, best);
		o->counters.early++;
	}
	return best;
}

void
observe(struct observe *o, enum observe_kind kind, struct bytes value, uint64_t now_ns)
{
	struct entry *e;

	if (value.left == 0)
		return;
	if (value.left > OBSERVE_VALUE_MAX)
		value.left = OBSERVE_VALUE_MAX;
	e = place_of(o, kind, value);
	o->counters.seen++;
	if (e->count++ == 0) {
		e->kind = (uint8_t)kind;
		e->len = (uint8_t)value.left;
		memcpy(e->value, value.at, value.left);
		e->first_ns = e->last_ns = now_ns;
	}
	if (now_ns < e->first_ns)
		e->first_ns = now_ns;
	if (now_ns > e->last_ns)
		e->last_ns = now_ns;
	if (!o->told_ns)
		o->told_ns = now_ns;
}

void
observe_flush(struct observe *o, uint64_t now_ns, bool at_once)
{
	if (!at_once && now_ns < o->told_ns + o->settings.every_s * NS)
		return;
	o->told_ns = now_ns;
	for (uint32_t i = 0; i < o->settings.places; i++)
		if (o->entries[i].count)
			tell(o, &o->entries[i]);
	o->settings.tell(o->settings.arg, NULL);
}

const struct observe_counters *
observe_counters(const struct observe *o)
{
	return &o->counters;
}
