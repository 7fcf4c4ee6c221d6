/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: search each buffer once when it is there, and keep per transaction what partly matched. */
#include "rules/engine_impl.h"

#include "lib/pool.h"

#include <string.h>

#define KNOWN (1u << 31) /* in tx_matched: the header was right already */

static void state_free(struct pool *pool, struct rule_state **state);

static struct rule_state *
state_of(struct engine *e, struct tx *tx)
{
	struct rule_state **st = &tx->rules[e->m.dir];

	if (*st && (*st)->generation != e->rs->generation)
		state_free(e->in->pool, st);
	if (!*st && (*st = pool_zero(e->in->pool, sizeof(**st))))
		(*st)->generation = e->rs->generation;
	return *st;
}

static void
state_free(struct pool *pool, struct rule_state **state)
{
	struct rule_state *s = *state;

	if (!s)
		return;
	pool_put(pool, s->list, s->cap * sizeof(*s->list));
	pool_put(pool, s, sizeof(*s));
	*state = NULL;
}

void
engine_tx_release(struct engine *e, struct pool *pool, struct tx *tx)
{
	(void)e;
	for (int dir = 0; dir < DIR_COUNT; dir++)
		state_free(pool, &tx->rules[dir]);
}

/* ---- views ---- */

/* Run the transforms one after the other, each into fresh scratch. */
bool
engine_transform(struct engine *e, const struct view_spec *spec, struct view *v)
{
	for (unsigned i = 0; i < spec->n_transforms; i++) {
		const struct transform *t = &spec->transforms[i];
		uint8_t                *to = e->transforms + e->transforms_used;
		size_t                  left = ENGINE_TRANSFORM_BYTES - e->transforms_used;
		long                    len = t->fn(t->key, v->data, to, left);

		if (len < 0)
			return false;
		e->transforms_used += (size_t)len;
		v->data = bytes_of(to, (size_t)len);
	}
	return true;
}

/* A file without its bytes: there, and perhaps complete. */
static bool
has_file(const struct tx *tx, int dir, unsigned index, struct view *out)
{
	const struct file *f = tx_file(tx, dir, index);

	out->ended = f && f->state != FILE_OPEN;
	return f;
}

static bool
read_view(struct engine *e, struct tx *tx, unsigned view, unsigned index, struct view *out)
{
	const struct view_spec *spec = &e->rs->views[view];
	const struct app_ops   *ops = e->in->flow->ops;

	*out = (struct view){ .ended = true };
	if (spec->kind == VIEW_FILE)
		return has_file(tx, e->m.dir, index, out);
	if (spec->kind != VIEW_BUFFER)
		return index == 0;
	if (!ops->buffer || !ops->buffer(tx, spec->id, e->m.dir, index, out))
		return false;
	if (!(spec->flags & BUF_STREAMS))
		out->ended = true;
	return spec->n_transforms == 0 || engine_transform(e, spec, out);
}

/* The first of its kind is read once a transaction; the others each time. */
static bool
get_view(struct engine *e, struct tx *tx, unsigned view, unsigned index, struct view *out)
{
	struct view_memo *memo = &e->views[view];

	if (index)
		return read_view(e, tx, view, index, out);
	if (memo->stamp != e->view_stamp) {
		memo->stamp = e->view_stamp;
		memo->present = read_view(e, tx, view, 0, &memo->view);
	}
	*out = memo->view;
	return memo->present;
}

/* ---- searches ---- */

/* A buffer that grows: what is new, with what a literal may have begun in before. */
static bool
scan_growing(struct engine *e, struct tx *tx, const struct tx_scan *s, uint64_t *seen)
{
	struct view v;
	bool        all_ended = true;

	for (unsigned i = 0; get_view(e, tx, s->view, i, &v); i++) {
		struct bytes data = v.data;
		uint64_t     end = v.start + v.data.left, from = v.start;

		all_ended &= v.ended;
		if (i == 0 && *seen > from) {
			uint64_t back = *seen > s->scan->max_len ? *seen - s->scan->max_len : 0;

			if (back > from && back - from <= data.left && e->rs->views[s->view].n_transforms == 0) {
				bytes_skip(&data, back - from);
				from = back;
			}
		}
		if (i > 0 || end > *seen || v.ended)
			engine_scan(e, s->scan, data, from, &e->tx_found);
		if (i == 0)
			*seen = end;
		if (!(s->flags & BUF_MULTI))
			break;
	}
	return all_ended;
}

static void
scan_whole(struct engine *e, struct tx *tx, const struct tx_scan *s)
{
	struct view v;

	for (unsigned i = 0; get_view(e, tx, s->view, i, &v); i++) {
		engine_scan(e, s->scan, v.data, v.start, &e->tx_found);
		if (!(s->flags & BUF_MULTI))
			break;
	}
}

static void
search(struct engine *e, struct tx *tx, struct rule_state *st, const struct tx_side *side, uint8_t progress)
{
	unsigned growing = 0;

	for (uint32_t i = 0; i < side->n_scans && side->scans[i].state <= progress; i++) {
		const struct tx_scan *s = &side->scans[i];
		unsigned              slot = 0;

		if (s->flags & BUF_STREAMS)
			slot = growing < TX_STREAMS_MAX ? growing++ : TX_STREAMS_MAX - 1;
		if (st->scanned >> i & 1)
			continue;
		if (!(s->flags & BUF_STREAMS)) {
			scan_whole(e, tx, s);
			st->scanned |= 1ULL << i;
		} else if (scan_growing(e, tx, s, &st->seen[slot]) && progress >= tx->complete_at[e->m.dir]) {
			st->scanned |= 1ULL << i;
		}
	}
	while (st->plain_at < side->n_plain && side->plain[st->plain_at].state <= progress)
		candidates_add(&e->tx_found, side->plain[st->plain_at++].rule);
}

/* ---- one rule ---- */

enum outcome { PART_MATCHED, PART_WAITS, PART_FAILED };

static bool
may_have(const struct engine *e, const struct view_spec *spec, struct tx *tx)
{
	const struct app_ops *ops = e->in->flow->ops;

	return spec->kind != VIEW_BUFFER || !ops->may_have || ops->may_have(tx, spec->id, e->m.dir);
}

static enum outcome
try_buffer(struct engine *e, const struct rule *r, const struct part *p, struct tx *tx, bool complete)
{
	const struct view_spec *spec = &e->rs->views[p->view];
	bool                    grows = false, any = false;
	struct view             v;

	for (unsigned i = spec->kind == VIEW_FILE ? e->file : 0; get_view(e, tx, p->view, i, &v); i++) {
		any = true;
		e->m.index = i;
		if (engine_part(e, r, p, &v, true)) {
			if (spec->kind == VIEW_FILE)
				e->file = i;
			return PART_MATCHED;
		}
		grows |= !v.ended;
		if (!(spec->flags & BUF_MULTI))
			break;
	}
	if (!any && may_have(e, spec, tx) && engine_part(e, r, p, &v, false) && (!(spec->flags & BUF_STREAMS) || complete))
		return PART_MATCHED;
	if (spec->flags & BUF_STREAMS && !complete && (grows || !any || spec->flags & BUF_MULTI))
		return PART_WAITS;
	if (spec->kind == VIEW_ANY && !complete) /* events may come until the end */
		return PART_WAITS;
	return PART_FAILED;
}

static enum outcome
try_part(struct engine *e, const struct rule *r, const struct part *p, struct tx *tx)
{
	uint8_t progress = tx->progress[e->m.dir], state;
	bool    complete = progress >= tx->complete_at[e->m.dir];

	if (e->rs->views[p->view].kind <= VIEW_HEADER)
		return engine_payload(e, r, p) ? PART_MATCHED : PART_WAITS;
	state = groups_state(e->g, p->view, e->in->flow->app, e->m.dir);
	if (state == STATE_NONE)
		return PART_FAILED;
	if (state > progress)
		return PART_WAITS;
	return try_buffer(e, r, p, tx, complete);
}

/* A rule that asks only how far the transaction is: once when it is that far, then with all that it gets while it
 * stays there. Returns the new `matched`. */
static uint32_t
try_hook(struct engine *e, const struct rule *r, struct tx *tx, uint32_t matched)
{
	const struct inspect *in = e->in;
	int                   dir = e->m.dir;
	uint8_t               at = groups_state(e->g, r->parts[r->n_parts - 1].view, in->flow->app, dir);

	if (matched && tx->progress[dir] > at)
		return PARTIAL_OVER;
	if (matched && !tx->updated[dir] && !in->flow->fed[dir])
		return matched;
	for (unsigned i = 0; i < r->n_parts; i++)
		if (try_part(e, r, &r->parts[i], tx) != PART_MATCHED)
			return PARTIAL_OVER;
	engine_fire(e, r, tx);
	return tx->progress[dir] > at ? PARTIAL_OVER : 1;
}

/* Parts in order of state: the first that is not there yet ends it for now. Returns the new `matched`. */
static uint32_t
try_rule(struct engine *e, const struct rule *r, struct tx *tx, uint32_t matched)
{
	for (unsigned i = 0; i < r->n_parts; i++) {
		uint32_t bit = 1u << i;

		if (r->parts[i].flags & PART_DECODED)
			continue;
		if (matched & bit)
			continue;
		switch (try_part(e, r, &r->parts[i], tx)) {
		case PART_MATCHED:
			matched |= bit;
			break;
		case PART_WAITS:
			return matched;
		case PART_FAILED:
			return PARTIAL_OVER;
		}
	}
	engine_fire(e, r, tx);
	return PARTIAL_OVER;
}

/* A rule that asks files fires for each: after one it waits for the next. */
static uint32_t
try_files(struct engine *e, const struct rule *r, struct tx *tx, uint32_t matched)
{
	for (;;) {
		unsigned fired = e->n_fired;

		matched = try_rule(e, r, tx, matched);
		if (e->n_fired == fired)
			return matched;
		e->file++;
		matched = 0;
	}
}

/* Could the rule come up again in this transaction, so that its end must be remembered? */
static bool
comes_again(const struct engine *e, const struct rule *r)
{
	const struct view_spec *spec;

	if (r->fast_part == 0xff || !r->literal)
		return false;
	spec = &e->rs->views[r->parts[r->fast_part].view];
	return spec->kind == VIEW_PAYLOAD || spec->flags & BUF_STREAMS;
}

static void
append(struct engine *e, struct rule_state *st, uint32_t rule, uint32_t matched, uint32_t files)
{
	if (st->n == st->cap) {
		uint32_t        cap = st->cap ? st->cap * 2 : 4;
		struct partial *list = pool_get(e->in->pool, cap * sizeof(*list));

		if (!list)
			return; /* budget used up: the rule is forgotten, the pool has counted it */
		if (st->n)
			memcpy(list, st->list, st->n * sizeof(*list));
		pool_put(e->in->pool, st->list, st->cap * sizeof(*list));
		st->list = list;
		st->cap = cap;
	}
	st->list[st->n++] = (struct partial){ rule, matched, files };
}

/* Candidates of the last packets, of this search, and of the payload, together in order. */
static void
gather(struct engine *e, struct rule_state *st)
{
	for (uint32_t i = 0; i < e->tx_payload.n; i++)
		candidates_add(&e->tx_found, e->tx_payload.list[i]);
	for (uint32_t i = 0; i < e->tx_found.n; i++)
		e->tx_matched[e->tx_found.list[i]] = e->tx_files[e->tx_found.list[i]] = 0;
	for (uint32_t i = 0; i < st->n; i++) {
		candidates_add(&e->tx_found, st->list[i].rule);
		e->tx_matched[st->list[i].rule] = st->list[i].matched | KNOWN;
		e->tx_files[st->list[i].rule] = st->list[i].files;
	}
	st->n = 0;
}

static void
inspect_tx(struct engine *e, struct tx *tx)
{
	const struct tx_side *side = &e->g->txs[e->in->flow->app][e->m.dir];
	struct rule_state    *st = state_of(e, tx);
	uint32_t              cursor = 0, rule;

	if (!st)
		return;
	e->view_stamp++;
	e->transforms_used = 0;
	e->m.tx = tx;
	search(e, tx, st, side, tx->progress[e->m.dir]);
	gather(e, st);
	while (candidates_take(&e->tx_found, &cursor, &rule)) {
		const struct rule *r = e->rs->rules[rule];
		uint32_t           matched = e->tx_matched[rule];

		if (matched != PARTIAL_OVER) {
			if (!(matched & KNOWN) && !engine_header(e, r))
				continue;
			matched &= ~KNOWN;
			e->file = e->tx_files[rule];
			if (r->flags & RULE_HOOK)
				matched = try_hook(e, r, tx, matched);
			else if (r->flags & RULE_PER_FILE)
				matched = try_files(e, r, tx, matched);
			else
				matched = try_rule(e, r, tx, matched);
			e->tx_files[rule] = e->file;
		}
		if (matched != PARTIAL_OVER || comes_again(e, r))
			append(e, st, rule, matched, e->tx_files[rule]);
	}
	e->m.tx = NULL;
}

void
engine_txs(struct engine *e)
{
	int        dir = e->m.dir;
	struct tx *tx;

	TAILQ_FOREACH(tx, &e->in->flow->txs, link) {
		if (tx->done_inspect[dir])
			continue;
		inspect_tx(e, tx);
		tx->updated[dir] = false;
		if (tx->progress[dir] >= tx->complete_at[dir]) {
			tx->done_inspect[dir] = true;
			state_free(e->in->pool, &tx->rules[dir]);
		}
	}
	e->in->flow->fed[dir] = false;
}
