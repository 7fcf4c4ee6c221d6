/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/hook.h"

#include "rules/app.h"
#include "rules/build.h"

#include <errno.h>
#include <string.h>

#define NAME_CAP 64

static bool
copy_name(char out[static NAME_CAP], struct lex_word w)
{
	if (w.len >= NAME_CAP)
		return false;
	memcpy(out, w.at, w.len);
	out[w.len] = '\0';
	return true;
}

int
hook_find(struct hook_state *out, uint64_t apps, const char *name)
{
	for (unsigned id = 0; id < APPPROTO_COUNT; id++) {
		const struct app *app = apps >> id & 1 ? app_get(id) : NULL;

		for (int dir = 0; app && dir < DIR_COUNT; dir++) {
			int state = app_state(app, dir, name);

			if (state < 0)
				continue;
			*out = (struct hook_state){ (uint8_t)id, (uint8_t)dir, (uint8_t)state };
			return 0;
		}
	}
	return -EINVAL;
}

int
hook_app(struct build *b, struct lex_word protocol, struct lex_word state)
{
	char              app[NAME_CAP], name[NAME_CAP];
	struct hook_state at;

	if (!copy_name(app, protocol) || !copy_name(name, state))
		return build_error(b, "unknown hook");
	if (hook_find(&at, appproto_mask(app), name) < 0)
		return build_error(b, "protocol %s has no state %s", app, name);
	return build_hook(b, at.app, at.dir, at.state);
}

/* The first packet of its direction. */
static enum verdict
first_match(struct match *m, const struct check *c)
{
	(void)c;
	return m->flow && m->flow->packets[m->dir] == 1 && !m->packet->pseudo ? CHECK_YES : CHECK_NO;
}

static enum verdict
all_match(struct match *m, const struct check *c)
{
	(void)c;
	return m->packet->pseudo ? CHECK_NO : CHECK_YES;
}

int
hook_packet(struct build *b, struct lex_word name)
{
	build_need_packet(b);
	if (lex_is(name, "flow_start"))
		return build_packet(b, first_match, 0) ? 0 : -ENOMEM;
	if (lex_is(name, "all"))
		return build_packet(b, all_match, 0) ? 0 : -ENOMEM;
	return build_error(b, "hook %.*s is for firewalls, or unknown", (int)name.len, name.at);
}
