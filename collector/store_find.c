/* SPDX-License-Identifier: Apache-2.0 */
/* Which events of a day pass a filter: blocks by what they hold, then the events in them.
 */
#include "collector/store_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ascending ids of the blocks that may hold what is asked for. */
struct picks {
	uint64_t *id;
	size_t    n, cap;
	bool      all; /* nothing narrows it: every block */
};

struct look {
	struct db                 *db;
	const struct store_filter *filter;
	struct picks               picks;
	uint64_t                   from, upto;
	store_event_fn            *each;
	void                      *arg;
	bool                       stopped;
};

static bool
has_alert(const struct store_filter *f, uint64_t alert)
{
	size_t low = 0, high = f->n_alerts;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->alerts[mid] < alert)
			low = mid + 1;
		else
			high = mid;
	}
	return low < f->n_alerts && f->alerts[low] == alert;
}

static bool
in_prefix(const struct prefix *p, const struct addr *a)
{
	return p->addr.family == 0 || prefix_has(p, a);
}

/* By what stands beside the event: most are out before they are decoded. */
static bool
may_pass(const struct store_filter *f, const struct store_event *e)
{
	return (!f->incident || has_alert(f, e->alert)) &&
	       (!f->alert || f->alert == e->alert) &&
	       (!f->sensor || f->sensor == e->sensor) && (!f->site || f->site == e->site);
}

static bool
passes(const struct store_filter *f, const struct event *v)
{
	return (!f->sid || f->sid == v->sid) && v->ts_ns >= f->since_ns &&
	       (!f->until_ns || v->ts_ns <= f->until_ns) && in_prefix(&f->src, &v->src) &&
	       in_prefix(&f->dst, &v->dst) &&
	       (in_prefix(&f->ip, &v->src) || in_prefix(&f->ip, &v->dst));
}

/* ---- choosing blocks ---- */

static int
pick(struct picks *p, uint64_t id)
{
	uint64_t *more;

	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 64;
		more = realloc(p->id, p->cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		p->id = more;
	}
	p->id[p->n++] = id;
	return 0;
}

static int
id_cmp(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return a < b ? -1 : a > b;
}

static void
sort_once(struct picks *p)
{
	size_t n = 0;

	if (p->n)
		qsort(p->id, p->n, sizeof(*p->id), id_cmp);
	for (size_t i = 0; i < p->n; i++)
		if (!n || p->id[n - 1] != p->id[i])
			p->id[n++] = p->id[i];
	p->n = n;
}

/* Keep of `p` what `other` has too; `other` is used up. */
static void
narrow(struct picks *p, struct picks *other)
{
	size_t n = 0, k = 0;

	sort_once(other);
	if (p->all) {
		free(p->id);
		*p = *other;
		p->all = false;
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		while (k < other->n && other->id[k] < p->id[i])
			k++;
		if (k < other->n && other->id[k] == p->id[i])
			p->id[n++] = p->id[i];
	}
	p->n = n;
	free(other->id);
}

/* Blocks with a value from `low` to `high`. */
static int
blocks_with(struct look *l, struct picks *out, const struct value *low,
	const struct value *high)
{
	struct q q = q_of(l->db, "SELECT block FROM find WHERE value BETWEEN ? AND ?");
	int      err = 0;

	q_blob(&q, bytes_of(low->b, low->len));
	q_blob(&q, bytes_of(high->b, high->len));
	while (!err && q_row(&q))
		err = pick(out, q_get_u64(&q));
	return q_end(&q) ? q.err : err;
}

static int
narrow_by(struct look *l, char kind, uint64_t v, uint8_t n)
{
	struct value x = value_int(kind, v, n);
	struct picks p = {0};
	int          err = v ? blocks_with(l, &p, &x, &x) : 0;

	if (v)
		narrow(&l->picks, &p);
	return err;
}

static int
narrow_by_prefix(struct look *l, const struct prefix *prefix)
{
	struct picks p = {0};
	struct addr  top = prefix->addr;
	struct value low = value_addr(&prefix->addr), high;
	int          err;

	if (prefix->addr.family == 0)
		return 0;
	for (unsigned bit = prefix->bits; bit < (top.family == 4 ? 32u : 128u); bit++)
		top.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	high = value_addr(&top);
	err = blocks_with(l, &p, &low, &high);
	narrow(&l->picks, &p);
	return err;
}

static int
narrow_by_incident(struct look *l)
{
	struct picks p = {0};
	int          err = 0;

	if (!l->filter->incident)
		return 0;
	for (size_t i = 0; i < l->filter->n_alerts && !err; i++) {
		struct value x = value_int('a', l->filter->alerts[i], 8);

		err = blocks_with(l, &p, &x, &x);
	}
	narrow(&l->picks, &p);
	return err;
}

static int
choose(struct look *l)
{
	const struct store_filter *f = l->filter;
	int                        err;

	l->picks.all = true;
	err = narrow_by_incident(l);
	if (!err)
		err = narrow_by(l, 'a', f->alert, 8);
	if (!err)
		err = narrow_by(l, 'r', f->sid, 4);
	if (!err)
		err = narrow_by(l, 's', f->sensor, 4);
	if (!err)
		err = narrow_by(l, 'w', f->site, 4);
	if (!err)
		err = narrow_by_prefix(l, &f->src);
	if (!err)
		err = narrow_by_prefix(l, &f->dst);
	return err ? err : narrow_by_prefix(l, &f->ip);
}

/* ---- reading them ---- */

static int
show_records(struct look *l, struct bytes from)
{
	struct store_event e = {0};
	int                err = 0;

	while (from.left && !l->stopped) {
		err = record_next(&from, &e);
		if (err || e.id > l->upto)
			break;
		if (e.id < l->from || !may_pass(l->filter, &e))
			continue;
		err = record_decode(&e);
		if (err)
			break;
		if (passes(l->filter, &e.event))
			l->stopped = !l->each(l->arg, &e);
	}
	return err;
}

static bool
may_hold(const struct look *l, const struct block *b)
{
	const struct store_filter *f = l->filter;

	return b->last >= l->from && b->max_ts >= f->since_ns &&
	       (!f->until_ns || b->min_ts <= f->until_ns);
}

static int
show_block(struct look *l, struct q *q)
{
	struct block b;
	uint8_t     *raw;
	int          err;

	block_from_row(q, &b);
	if (!may_hold(l, &b))
		return 0;
	err = block_unpack(&raw, &b);
	if (!err)
		err = show_records(l, bytes_of(raw, b.size));
	free(raw);
	return err;
}

static int
show_all_blocks(struct look *l)
{
	struct q q = q_of(l->db,
		"SELECT " BLOCK_COLUMNS " FROM block WHERE id>="
		"(SELECT coalesce(max(id),0) FROM block WHERE id<=?) AND id<=?"
		" ORDER BY id");
	int      err = 0;

	q_u64(&q, l->from);
	q_u64(&q, l->upto);
	while (!err && !l->stopped && q_row(&q))
		err = show_block(l, &q);
	return q_end(&q) ? q.err : err;
}

static int
show_picked(struct look *l)
{
	int err = 0;

	for (size_t i = 0; i < l->picks.n && !err && !l->stopped; i++) {
		struct q q;

		/* A block ends before the next one begins. */
		if (i + 1 < l->picks.n && l->picks.id[i + 1] <= l->from)
			continue;
		q = q_of(l->db, "SELECT " BLOCK_COLUMNS " FROM block WHERE id=?");
		q_u64(&q, l->picks.id[i]);
		if (q_row(&q))
			err = show_block(l, &q);
		q_end(&q);
		err = q.err ? q.err : err;
	}
	return err;
}

static int
show_tail(struct look *l)
{
	struct q q =
		q_of(l->db, "SELECT record FROM tail WHERE id>=? AND id<=? ORDER BY id");
	int err = 0;

	q_u64(&q, l->from);
	q_u64(&q, l->upto);
	while (!err && !l->stopped && q_row(&q))
		err = show_records(l, q_get_blob(&q));
	return q_end(&q) ? q.err : err;
}

int
day_read(struct db *db, const struct store_filter *f, struct range ids,
	store_event_fn *each, void *arg, bool *stopped)
{
	struct look l = {.db = db,
		.filter = f,
		.from = ids.first,
		.upto = ids.last,
		.each = each,
		.arg = arg};
	int         err = db_exec(db, "BEGIN"); /* blocks and tail of one moment */

	if (!err)
		err = choose(&l);
	if (!err)
		err = l.picks.all ? show_all_blocks(&l) : show_picked(&l);
	if (!err && !l.stopped)
		err = show_tail(&l);
	free(l.picks.id);
	sqlite3_exec(db->sq, "COMMIT", NULL, NULL, NULL);
	*stopped = l.stopped;
	return err;
}
