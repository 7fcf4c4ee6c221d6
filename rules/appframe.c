/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/appframe.h"

#include <string.h>

static const struct {
	uint8_t     app;
	const char *name;
} rows[APPFRAME_KIND_COUNT] = {
	[APPFRAME_NONE] = { APPPROTO_UNKNOWN, "" },
#define X(app, id, name) [APPFRAME_##app##_##id] = { APPPROTO_##app, name },
	APPFRAME_LIST(X)
#undef X
};

enum appproto
appframe_app(enum appframe_kind kind)
{
	return (enum appproto)rows[kind].app;
}

enum appframe_kind
appframe_by_name(uint64_t apps, const char *name)
{
	for (enum appframe_kind k = APPFRAME_NONE + 1; k < APPFRAME_KIND_COUNT; k++)
		if (apps >> rows[k].app & 1 && strcmp(rows[k].name, name) == 0)
			return k;
	return APPFRAME_NONE;
}

void
appframe_free(struct pool *pool, struct appframe *f)
{
	pbuf_release(pool, &f->data);
	pool_put(pool, f, sizeof(*f));
}
