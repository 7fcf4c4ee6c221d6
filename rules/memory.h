/* SPDX-License-Identifier: Apache-2.0 */
/* rules/memory.h - what rules remember beyond packets and flows: counters of thresholds, host bits.
 *
 * One bounded table of fixed size, shared by all workers; each bucket has a
 * lock of its own. When a bucket is full the entry that ends first makes room.
 * Survives a reload of the rules: keys hold rule ids and names, not pointers.
 */
#ifndef RULES_MEMORY_H
#define RULES_MEMORY_H

#include "lib/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rule_memory;

/* Table of about `bytes`. NULL: no memory. */
struct rule_memory *rule_memory_new(size_t bytes);
void                rule_memory_free(struct rule_memory *m);

enum memory_kind { MEMORY_THRESHOLD = 1, MEMORY_RATE, MEMORY_HOSTBIT, MEMORY_XBIT };

/* Who remembers: zero what does not belong to the key. Compared byte for byte. */
struct memory_key {
	uint32_t    kind; /* enum memory_kind */
	uint32_t    id;   /* name of the bit, or sid */
	uint64_t    more; /* gid, flow id */
	struct addr a, b;
	uint8_t     pad[6];
};

struct memory_entry {
	struct memory_key key;
	uint64_t          until_ns; /* may make room for others after that; whoever asks looks at it */
	uint64_t          since_ns;
	uint32_t          count, held;
};

/* The entry, made with zeros when `make` and it is not there. Locked until memory_put(). NULL: not there. */
struct memory_entry *memory_get(struct rule_memory *m, const struct memory_key *key, uint64_t now_ns, bool make);
void                 memory_put(struct rule_memory *m, struct memory_entry *e);
/* Forget the entry that memory_get() gave, and unlock. */
void memory_drop(struct rule_memory *m, struct memory_entry *e);

#endif
