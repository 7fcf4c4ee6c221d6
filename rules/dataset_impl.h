/* SPDX-License-Identifier: Apache-2.0 */
/* rules/dataset_impl.h - what rules/dataset.c and rules/dataset_file.c share. */
#ifndef RULES_DATASET_IMPL_H
#define RULES_DATASET_IMPL_H

#include "rules/dataset.h"

#include <pthread.h>
#include <sys/queue.h>

struct arena;

struct dataset_entry {
	uint64_t hash;
	uint8_t *data; /* NULL: free, or dropped when `hash` is not 0 */
	uint32_t len;
	uint16_t reputation;
};

struct dataset {
	SLIST_ENTRY(dataset) link;
	pthread_rwlock_t      lock;
	char                 *name, *save; /* save NULL: not written back */
	uint8_t               type;
	bool                  changed;
	struct arena         *data;
	struct dataset_entry *table;
	size_t                n, used, cap, max; /* used: with the dropped ones; cap is a power of two */
};

/* Values of the file. 0, -errno, or -EINVAL with why. */
int dataset_load(struct dataset *d, const struct dataset_spec *spec, char *why, size_t len);
/* Written aside and renamed. 0 or -errno. */
int dataset_save(const struct dataset *d);

#endif
