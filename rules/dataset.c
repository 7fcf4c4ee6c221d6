/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/dataset_impl.h"

#include "lib/arena.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CAP_FIRST 64
#define MAX_DEFAULT 1000000 /* entries */
#define BYTES_MAX (100u << 20) /* of values, those taken out again included: Suricata's memcap */

SLIST_HEAD(dataset_list, dataset);

struct datasets {
	struct dataset_list list;
};

struct datasets *
datasets_new(void)
{
	return calloc(1, sizeof(struct datasets));
}

static void
dataset_free(struct dataset *d)
{
	int err = d->save && d->changed ? dataset_save(d) : 0;

	if (err < 0)
		log_err("dataset not saved", "file=%s reason=%s", d->save, strerror(-err));
	pthread_rwlock_destroy(&d->lock);
	arena_free(d->data);
	free(d->table);
	free(d->name);
	free(d->save);
	free(d);
}

void
datasets_free(struct datasets *all)
{
	struct dataset *d;

	if (!all)
		return;
	while ((d = SLIST_FIRST(&all->list))) {
		SLIST_REMOVE_HEAD(&all->list, link);
		dataset_free(d);
	}
	free(all);
}

static struct dataset *
dataset_new(const struct dataset_spec *spec)
{
	struct dataset *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	pthread_rwlock_init(&d->lock, NULL);
	d->type = spec->type;
	d->max = spec->max ? spec->max : MAX_DEFAULT;
	d->name = strdup(spec->name);
	d->save = *spec->save ? strdup(spec->save) : NULL;
	d->data = arena_new(1 << 12);
	d->cap = CAP_FIRST;
	d->table = calloc(d->cap, sizeof(*d->table));
	if (d->name && d->data && d->table && (d->save || !*spec->save))
		return d;
	free(d->save);
	d->save = NULL; /* nothing to write */
	dataset_free(d);
	return NULL;
}

int
dataset_open(struct datasets *all, struct dataset **out, const struct dataset_spec *spec, char *why, size_t len)
{
	struct dataset *d;
	int             err;

	*out = NULL;
	SLIST_FOREACH(d, &all->list, link)
		if (strcmp(d->name, spec->name) == 0)
			break;
	if (d && spec->type != DATASET_NONE && spec->type != d->type) {
		snprintf(why, len, "the set %s has another type already", spec->name);
		return -EINVAL;
	}
	if (!d) {
		if (spec->type == DATASET_NONE) {
			snprintf(why, len, "the set %s is not known, so it needs a type", spec->name);
			return -EINVAL;
		}
		d = dataset_new(spec);
		if (!d)
			return -ENOMEM;
		err = *spec->load ? dataset_load(d, spec, why, len) : 0;
		d->changed = false;
		if (err < 0) {
			dataset_free(d);
			return err;
		}
		SLIST_INSERT_HEAD(&all->list, d, link);
	}
	*out = d;
	return 0;
}

/* The value as it is kept: addresses always in 16 bytes. False: not one of this type. */
static bool
normal(const struct dataset *d, struct bytes *value, uint8_t buf[static 16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 section 2.5.5.2 */

	switch (d->type) {
	case DATASET_MD5:
		return value->left == 16;
	case DATASET_SHA256:
		return value->left == 32;
	case DATASET_IPV4:
		return value->left == 4;
	case DATASET_IP:
		if (value->left == 16)
			return true;
		if (value->left != 4)
			return false;
		memcpy(buf, mapped, sizeof(mapped));
		memcpy(buf + sizeof(mapped), value->at, 4);
		*value = bytes_of(buf, 16);
		return true;
	default:
		return value->left > 0 && value->left <= UINT16_MAX;
	}
}

/* Zero is the mark of an empty place. */
static uint64_t
hash_of(struct bytes value)
{
	uint64_t h = XXH3_64bits(value.at, value.left);

	return h ? h : 1;
}

/* The place of the value, or the first one free for it when it is not there. */
static struct dataset_entry *
place(const struct dataset *d, struct bytes value, uint64_t hash)
{
	struct dataset_entry *open = NULL;

	for (size_t i = hash & (d->cap - 1);; i = (i + 1) & (d->cap - 1)) {
		struct dataset_entry *e = &d->table[i];

		if (!e->data) {
			open = open ? open : e;
			if (!e->hash)
				return open;
		} else if (e->hash == hash && e->len == value.left && memcmp(e->data, value.at, e->len) == 0) {
			return e;
		}
	}
}

static bool
grow(struct dataset *d)
{
	struct dataset_entry *old = d->table, *table;
	size_t                n = d->cap;

	if (d->used * 4 < d->cap * 3)
		return true;
	table = calloc(n * 2, sizeof(*table));
	if (!table)
		return false;
	d->table = table;
	d->cap = n * 2;
	d->used = d->n;
	for (size_t i = 0; i < n; i++)
		if (old[i].data)
			*place(d, bytes_of(old[i].data, old[i].len), old[i].hash) = old[i];
	free(old);
	return true;
}

bool
dataset_has(struct dataset *d, struct bytes value, uint16_t *reputation)
{
	const struct dataset_entry *e;
	uint8_t                     buf[16];
	bool                        there;

	if (!normal(d, &value, buf))
		return false;
	pthread_rwlock_rdlock(&d->lock);
	e = place(d, value, hash_of(value));
	there = e->data != NULL;
	if (there && reputation)
		*reputation = e->reputation;
	pthread_rwlock_unlock(&d->lock);
	return there;
}

static bool
add_locked(struct dataset *d, struct bytes value, uint16_t reputation)
{
	uint64_t              hash = hash_of(value);
	struct dataset_entry *e;
	uint8_t              *copy;

	if (d->n >= d->max || arena_used(d->data) > BYTES_MAX || !grow(d))
		return false;
	e = place(d, value, hash);
	if (e->data)
		return false;
	copy = (uint8_t *)arena_dup(d->data, value.at, value.left);
	if (!copy)
		return false;
	d->used += e->hash == 0;
	d->n++;
	*e = (struct dataset_entry){ hash, copy, (uint32_t)value.left, reputation };
	d->changed = true;
	return true;
}

bool
dataset_add(struct dataset *d, struct bytes value, uint16_t reputation)
{
	uint8_t buf[16];
	bool    fresh;

	if (!normal(d, &value, buf))
		return false;
	pthread_rwlock_wrlock(&d->lock);
	fresh = add_locked(d, value, reputation);
	pthread_rwlock_unlock(&d->lock);
	return fresh;
}

bool
dataset_drop(struct dataset *d, struct bytes value)
{
	struct dataset_entry *e;
	uint8_t               buf[16];
	bool                  there;

	if (!normal(d, &value, buf))
		return false;
	pthread_rwlock_wrlock(&d->lock);
	e = place(d, value, hash_of(value));
	there = e->data != NULL;
	if (there) {
		e->data = NULL; /* its hash stays, so that searches go on past it */
		d->n--;
		d->changed = true;
	}
	pthread_rwlock_unlock(&d->lock);
	return there;
}
