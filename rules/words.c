/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/words.h"

#include "lib/arena.h"
#include "rules/intern.h"
#include "rules/keyword.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 1024

struct words {
	struct intern *names;
	struct word    list[WORDS_MAX];
};

static const char *const number_names[NUM_COUNT] = {
#define X(id, name) [NUM_##id] = name,
	NUMBER_LIST(X)
#undef X
};

/* The first of a name wins, so a keyword of its own goes before a row of the tables. */
static bool
add(struct words *w, const char *name, struct word word)
{
	bool fresh;
	int  id = name ? intern_add(w->names, name, strlen(name), &fresh) : 0;

	if (!name || (id >= 0 && !fresh))
		return true;
	if (id < 0 || id >= WORDS_MAX)
		return false;
	word.name = name;
	w->list[id] = word;
	return true;
}

static bool
fill(struct words *w)
{
	size_t                       n;
	const struct keyword *const *all = keyword_all(&n);

	for (size_t i = 0; i < n; i++)
		if (!add(w, all[i]->name, (struct word){ .keyword = all[i] }) ||
				!add(w, all[i]->alias, (struct word){ .keyword = all[i] }))
			return false;
	for (enum buffer b = BUF_NONE + 1; b < BUF_COUNT; b++) {
		const char *older = buffer_older_name(b);
		bool        modifier = buffer_flags(b) & BUF_MODIFIER;

		if (!add(w, buffer_name(b), (struct word){ .buffer = b }) ||
				!add(w, older, (struct word){ .buffer = b, .modifier = modifier }))
			return false;
	}
	for (enum number i = NUM_NONE + 1; i < NUM_COUNT; i++)
		if (!add(w, number_names[i], (struct word){ .number = i }))
			return false;
	return true;
}

struct words *
words_new(struct arena *arena)
{
	struct words *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->names = intern_new(arena);
	if (!w->names || !fill(w)) {
		words_free(w);
		return NULL;
	}
	return w;
}

void
words_free(struct words *w)
{
	if (!w)
		return;
	intern_free(w->names);
	free(w);
}

const struct word *
words_get(const struct words *w, const char *name, size_t len)
{
	int id = intern_find(w->names, name, len);

	return id < 0 ? NULL : &w->list[id];
}
