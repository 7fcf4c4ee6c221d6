/* SPDX-License-Identifier: Apache-2.0 */
/* The views of a rule set: what parts look at, and when a protocol has it. */
#include "rules/program.h"

#include "lib/arena.h"
#include "rules/app.h"
#include "rules/intern.h"

#include <errno.h>
#include <string.h>

#define VIEWS_MAX 4096

int
ruleset_view(struct ruleset *rs, const struct view_spec *spec)
{
	struct view_spec key;
	bool             fresh;
	int              id;

	memset(&key, 0, sizeof(key)); /* padding too: the bytes are the key */
	key.kind = spec->kind;
	key.flags = spec->flags;
	key.id = spec->id;
	key.app = spec->app;
	key.dir = spec->dir;
	key.state = spec->state;
	key.n_transforms = spec->n_transforms;
	for (unsigned i = 0; i < spec->n_transforms; i++)
		key.transforms[i] = spec->transforms[i];
	id = intern_add(rs->view_keys, &key, sizeof(key), &fresh);
	if (id < 0 || !fresh)
		return id;
	if (!rs->views)
		rs->views = arena_zero(rs->keep, VIEWS_MAX * sizeof(*rs->views));
	if (!rs->views || id >= VIEWS_MAX)
		return -ENOMEM;
	rs->views[id] = key;
	rs->n_views = (size_t)id + 1;
	return id;
}

static uint8_t
buffer_state(const struct app *app, enum buffer b, int dir)
{
	for (const struct app_buffer *row = app->buffers; row && row->buffer != BUF_NONE; row++)
		if (row->buffer == b && row->dir == dir)
			return row->state;
	return STATE_NONE;
}

static uint8_t
number_state(const struct app *app, enum number n, int dir)
{
	for (const struct app_number *row = app->numbers; row && row->number != NUM_NONE; row++)
		if (row->number == n && row->dir == dir)
			return row->state;
	return STATE_NONE;
}

uint8_t
view_state(const struct view_spec *v, enum appproto id, int dir)
{
	const struct app *app = app_get(id);

	if (!app)
		return STATE_NONE;
	switch (v->kind) {
	case VIEW_BUFFER:
	case VIEW_FILE:
		return buffer_state(app, v->id, dir);
	case VIEW_NUMBER:
		return number_state(app, v->id, dir);
	case VIEW_HOOK:
		return v->app == id && v->dir == dir ? v->state : STATE_NONE;
	default:
		return 0;
	}
}

uint64_t
view_apps(const struct ruleset *rs, const struct view_spec *v, int dir)
{
	switch (v->kind) {
	case VIEW_BUFFER:
	case VIEW_FILE:
		return rs->buffer_apps[v->id][dir];
	case VIEW_NUMBER:
		return rs->number_apps[v->id][dir];
	case VIEW_HOOK:
		return v->dir == dir ? 1ULL << v->app : 0;
	default:
		return UINT64_MAX;
	}
}
