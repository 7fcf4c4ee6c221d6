/* SPDX-License-Identifier: Apache-2.0 */
/* What is not here, and the check of what is. */
#include "collector/store_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gaps {
	struct db       *db;
	struct store_gap gap; /* sensor, site, epoch and since_ns are set */
	uint32_t         sensor;
	store_gap_fn    *each;
	void            *arg;
	bool             stopped;
};

static void
tell(struct gaps *g, uint64_t first, uint64_t last, const char *cause)
{
	struct store_gap gap = g->gap;

	if (g->stopped || first > last)
		return;
	gap.first = first;
	gap.last = last;
	gap.count = last - first + 1;
	gap.cause = cause;
	g->stopped = !g->each(g->arg, &gap);
}

/* One hole: the parts that losses name, with their cause, and what none names. */
static int
tell_hole(struct gaps *g, struct range hole)
{
	struct q q = q_of(g->db,
		"SELECT first,last,cause,since_ns FROM loss WHERE sensor=? AND epoch=?"
		" AND first<=? AND last>=? ORDER BY first,id");
	uint64_t seen_ns = g->gap.since_ns;

	q_int(&q, g->sensor);
	q_u64(&q, g->gap.epoch);
	q_u64(&q, hole.last);
	q_u64(&q, hole.first);
	while (q_row(&q) && !g->stopped && hole.first <= hole.last) {
		uint64_t    first = q_get_u64(&q), last = q_get_u64(&q);
		const char *cause = q_get_text(&q);

		if (last < hole.first)
			continue;
		first = first > hole.first ? first : hole.first;
		last = last < hole.last ? last : hole.last;
		if (first > hole.first)
			tell(g, hole.first, first - 1, "missing");
		g->gap.since_ns = q_get_u64(&q);
		tell(g, first, last, cause);
		g->gap.since_ns = seen_ns;
		hole.first = last + 1;
	}
	tell(g, hole.first, hole.last, "missing");
	return q_end(&q);
}

/* Holes before each range of the ledger: numbers of an epoch begin at 1. */
int
store_gaps(struct store_reader *r, store_gap_fn *each, void *arg)
{
	struct q    q = q_of(reader_main(r),
		   "SELECT sensor.id,ledger.epoch,first,last,sensor.name,site.name,event_ns"
		      " FROM ledger JOIN sensor ON sensor.id=ledger.sensor"
		      " JOIN site ON site.id=sensor.site"
		      " ORDER BY sensor.name,ledger.sensor,ledger.epoch,first");
	struct gaps g = {.db = reader_main(r), .each = each, .arg = arg};
	uint64_t    next = 1;
	int         err = 0;

	while (!err && !g.stopped && q_row(&q)) {
		uint32_t sensor = (uint32_t)q_get(&q);
		uint64_t epoch = q_get_u64(&q), first = q_get_u64(&q),
			 last = q_get_u64(&q);

		if (sensor != g.sensor || epoch != g.gap.epoch)
			next = 1;
		g.sensor = sensor;
		g.gap.epoch = epoch;
		g.gap.sensor = q_get_text(&q);
		g.gap.site = q_get_text(&q);
		g.gap.since_ns = q_get_u64(&q);
		if (first > next)
			err = tell_hole(&g, (struct range){next, first - 1});
		next = last + 1;
	}
	return q_end(&q) ? q.err : err;
}

/* ---- the check ---- */

/* Numbers that were found in the days, by sensor and epoch. */
struct found {
	struct epoch_key key;
	struct ranges    seqs;
	UT_hash_handle   hh;
};

struct check {
	struct store_reader *reader;
	struct store_report *report;
	struct found        *found;
	store_text_fn       *each;
	void                *arg;
	uint64_t             last_id;
	int                  err;
};

static void __attribute__((format(printf, 2, 3)))
problem(struct check *c, const char *fmt, ...)
{
	char    text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->report->problems++;
	c->each(c->arg, text);
}

static struct found *
found_of(struct check *c, uint64_t sensor, uint64_t epoch)
{
	struct epoch_key key = {epoch, sensor};
	struct found    *f;

	HASH_FIND(hh, c->found, &key, sizeof(key), f);
	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->key = key;
	HASH_ADD(hh, c->found, key, sizeof(key), f);
	return f;
}

static bool
check_event(void *arg, const struct store_event *e)
{
	struct check *c = arg;
	struct found *f = found_of(c, e->sensor, e->event.epoch);

	c->report->events++;
	if (e->id <= c->last_id)
		problem(c, "event %llu is out of order", (unsigned long long)e->id);
	c->last_id = e->id;
	if (!f) {
		c->err = -ENOMEM;
		return false;
	}
	if (ranges_has(&f->seqs, e->event.seq)) {
		c->report->duplicates++;
		problem(c, "event %llu: sensor %u epoch %llu number %llu is stored twice",
			(unsigned long long)e->id, e->sensor,
			(unsigned long long)e->event.epoch,
			(unsigned long long)e->event.seq);
	}
	c->err = ranges_add(&f->seqs, e->event.seq, e->event.seq);
	return c->err == 0;
}

static int
check_file(struct check *c, struct db *db, const char *name)
{
	struct q q = q_of(db, "PRAGMA quick_check(20)");

	while (q_row(&q)) {
		const char *text = q_get_text(&q);

		if (strcmp(text, "ok") != 0)
			problem(c, "%s: %s", name, text);
	}
	if (q_end(&q))
		problem(c, "%s: %s", name, db->error);
	return 0;
}

static int
check_days(struct check *c)
{
	struct q q = q_of(
		reader_main(c->reader), "SELECT date,first,last FROM day ORDER BY date");
	struct store_filter all = {0};

	while (!c->err && q_row(&q)) {
		const char  *date = q_get_text(&q);
		struct range ids;
		uint64_t     before = c->report->events;
		struct db   *db;
		bool         stopped;
		int          err;

		ids.first = q_get_u64(&q);
		ids.last = q_get_u64(&q);
		err = reader_day(c->reader, date, &db);
		if (!err)
			err = check_file(c, db, date);
		if (!err)
			err = day_read(db, &all, ids, check_event, c, &stopped);
		if (err)
			problem(c, "day %s cannot be read: %s", date,
				db && db->error[0] ? db->error : strerror(-err));
		else if (c->report->events - before != ids.last - ids.first + 1)
			problem(c, "day %s has %llu events of %llu", date,
				(unsigned long long)(c->report->events - before),
				(unsigned long long)(ids.last - ids.first + 1));
	}
	return q_end(&q) ? q.err : c->err;
}

/* Is everything that was found in the ledger? The ledger may have more: dead letters,
 * days that were dropped. */
static int
check_ledger(struct check *c)
{
	struct q q =
		q_of(reader_main(c->reader), "SELECT sensor,epoch,first,last FROM ledger"
					     " ORDER BY sensor,epoch,first");
	struct found *f, *next;
	uint64_t      in_ledger = 0;

	while (q_row(&q)) {
		uint64_t         sensor = q_get_u64(&q), epoch = q_get_u64(&q);
		uint64_t         first = q_get_u64(&q), last = q_get_u64(&q);
		struct epoch_key key = {epoch, sensor};

		c->report->ranges++;
		HASH_FIND(hh, c->found, &key, sizeof(key), f);
		for (size_t i = f ? ranges_from(&f->seqs, first) : 0;
			f && i < f->seqs.n && f->seqs.at[i].first <= last; i++) {
			const struct range *s = &f->seqs.at[i];

			if (s->first >= first && s->last <= last)
				in_ledger += s->last - s->first + 1;
		}
	}
	if (q_end(&q))
		return q.err;
	HASH_ITER(hh, c->found, f, next)
	{
		in_ledger -= ranges_count(&f->seqs);
	}
	if (in_ledger != 0)
		problem(c, "the ledger and the stored events differ by %lld",
			-(long long)in_ledger);
	return 0;
}

int
store_check(
	struct store_reader *r, struct store_report *out, store_text_fn *each, void *arg)
{
	struct check  c = {.reader = r, .report = out, .each = each, .arg = arg};
	struct found *f, *next;
	int           err;

	*out = (struct store_report){0};
	err = check_file(&c, reader_main(r), "main.db");
	if (!err)
		err = check_days(&c);
	if (!err)
		err = check_ledger(&c);
	HASH_ITER(hh, c.found, f, next)
	{
		HASH_DEL(c.found, f);
		ranges_release(&f->seqs);
		free(f);
	}
	return err;
}
