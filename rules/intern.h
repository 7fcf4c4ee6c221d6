/* SPDX-License-Identifier: Apache-2.0 */
/* rules/intern.h - equal byte strings once, with small numbers for names.
 *
 * While loading: address lists, literals, flowbit names, … occur thousands of
 * times. Numbers count from 0 in the order of first use. One thread.
 */
#ifndef RULES_INTERN_H
#define RULES_INTERN_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct intern;

/* Copies of the strings go to `arena` (borrowed). NULL: no memory. */
struct intern *intern_new(struct arena *arena);
void           intern_free(struct intern *t);

/* Number of these bytes; *fresh tells whether they are new (may be NULL). -ENOMEM. */
int intern_add(struct intern *t, const void *data, size_t len, bool *fresh);
/* Number, or -ENOENT. */
int          intern_find(const struct intern *t, const void *data, size_t len);
struct bytes intern_get(const struct intern *t, size_t id);
size_t       intern_count(const struct intern *t);

#endif
