/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: rules that ask the records of a protocol, once for each that is whole. */
#include "rules/engine_impl.h"

#include "rules/appframe.h"

static bool
part_holds(struct engine *e, const struct rule *r, const struct part *p, const struct appframe *f)
{
	const struct view_spec *spec = &e->rs->views[p->view];
	struct view             v = { .data = bytes_of(f->data.data, f->data.len), .ended = !f->cut };

	if (spec->kind != VIEW_FRAME)
		return engine_payload(e, r, p);
	return engine_part(e, r, p, &v, engine_transform(e, spec, &v));
}

static bool
asks_kind(const struct engine *e, const struct rule *r, uint8_t kind)
{
	for (unsigned i = 0; i < r->n_parts; i++) {
		const struct view_spec *spec = &e->rs->views[r->parts[i].view];

		if (spec->kind == VIEW_FRAME)
			return spec->id == kind;
	}
	return false;
}

static void
try_rule(struct engine *e, const struct rule *r, const struct appframe *f)
{
	if (!asks_kind(e, r, f->kind) || !engine_header(e, r))
		return;
	e->transforms_used = 0;
	for (unsigned i = 0; i < r->n_parts; i++)
		if (!(r->parts[i].flags & PART_DECODED) && !part_holds(e, r, &r->parts[i], f))
			return;
	engine_fire(e, r, NULL);
}

void
engine_frames(struct engine *e)
{
	struct appframe **at = &e->in->flow->frames[e->m.dir], *f;

	while ((f = *at)) {
		if (!f->ended) {
			at = &f->next;
			continue;
		}
		for (uint32_t i = 0; i < e->g->n_frame_rules; i++)
			try_rule(e, e->rs->rules[e->g->frame_rules[i]], f);
		*at = f->next;
		appframe_free(e->in->pool, f);
	}
}
