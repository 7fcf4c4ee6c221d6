/* SPDX-License-Identifier: Apache-2.0 */
/* rules/words.h - every word that may stand as an option: keywords, sticky buffers, numbers.
 *
 * A hash over the three tables, made once for a rule set. Read-only afterwards.
 */
#ifndef RULES_WORDS_H
#define RULES_WORDS_H

#include "rules/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct keyword;
struct words;

struct word {
	const struct keyword *keyword; /* one of the three is set */
	enum buffer           buffer;
	enum number           number;
	bool                  modifier; /* the buffer's older name: changes the content before it */
	const char           *name;
};

/* NULL: no memory. */
struct words *words_new(struct arena *arena);
void          words_free(struct words *w);

/* NULL: unknown. Borrowed. */
const struct word *words_get(const struct words *w, const char *name, size_t len);

#endif
