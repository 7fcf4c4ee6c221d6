/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct row {
	const char *name;
	const char *older; /* NULL: none */
	uint8_t     flags;
};

static const struct row rows[BUF_COUNT] = {
	[BUF_NONE] = { "payload", NULL, 0 },
#define X(id, name, older, flags) [BUF_##id] = { name, older, flags },
	BUFFER_LIST(X)
#undef X
};

const char *
buffer_name(enum buffer b)
{
	return rows[b].name;
}

const char *
buffer_older_name(enum buffer b)
{
	return rows[b].older;
}

uint8_t
buffer_flags(enum buffer b)
{
	return rows[b].flags;
}

enum buffer
buffer_by_name(const char *name, bool *modifier)
{
	*modifier = false;
	for (enum buffer b = BUF_NONE + 1; b < BUF_COUNT; b++) {
		if (strcmp(rows[b].name, name) == 0)
			return b;
		if (rows[b].older && strcmp(rows[b].older, name) == 0) {
			*modifier = rows[b].flags & BUF_MODIFIER;
			return b;
		}
	}
	return BUF_NONE;
}
