/* SPDX-License-Identifier: Apache-2.0 */
/* lib/arena.h - scratch memory that lives until the next reset.
 *
 * For everything that is needed for one event, one rule or one request and
 * freed at once. Grows by blocks; reset keeps the first block. Not thread-safe.
 */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* First block of `size` bytes, each further one at least as large. NULL: no memory. */
struct arena *arena_new(size_t size);
void          arena_free(struct arena *a);

/* Forget everything; keeps the first block. */
void arena_reset(struct arena *a);

/* Aligned for any type, not cleared. NULL: no memory. Borrowed until reset. */
void *arena_get(struct arena *a, size_t size);
/* The same, cleared. */
void *arena_zero(struct arena *a, size_t size);
/* A copy of `len` bytes with a NUL after them. */
char *arena_dup(struct arena *a, const void *data, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
