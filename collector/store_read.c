/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAYS_OPEN 8 /* day files that a reader keeps open */

struct open_day {
	char      date[DAY_TEXT];
	uint64_t  used; /* the one that was used longest ago goes first */
	struct db db;
};

struct store_reader {
	struct db       main;
	char            dir[4096];
	struct open_day days[DAYS_OPEN];
	uint64_t        clock; /* counts uses */
	char            error[320];
};

int
store_reader_open(struct store_reader **out, const char *dir)
{
	struct store_reader *r = calloc(1, sizeof(*r));
	char                 path[4200];
	int                  err = r ? 0 : -ENOMEM;

	*out = NULL;
	if (err)
		return err;
	snprintf(r->dir, sizeof(r->dir), "%s/store", dir);
	snprintf(path, sizeof(path), "%s/main.db", r->dir);
	err = db_open(&r->main, path, DB_READ);
	if (err)
		free(r);
	else
		*out = r;
	return err;
}

void
store_reader_free(struct store_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < DAYS_OPEN; i++)
		db_close(&r->days[i].db);
	db_close(&r->main);
	free(r);
}

const char *
store_reader_error(const struct store_reader *r)
{
	return r->error[0] ? r->error : r->main.error;
}

struct db *
reader_main(struct store_reader *r)
{
	return &r->main;
}

int
store_read_begin(struct store_reader *r)
{
	r->error[0] = '\0';
	return db_exec(&r->main, "BEGIN");
}

void
store_read_end(struct store_reader *r)
{
	sqlite3_exec(r->main.sq, "COMMIT", NULL, NULL, NULL);
}

/* ---- names ---- */

static int
id_of(struct store_reader *r, uint32_t *out, const char *sql, const char *name)
{
	struct q q = q_of(&r->main, sql);

	q_text(&q, name);
	*out = q_row(&q) ? (uint32_t)q_get(&q) : 0;
	return q_end(&q);
}

static int
name_of(struct store_reader *r, uint32_t id, const char *sql, char *out, size_t len)
{
	struct q q = q_of(&r->main, sql);

	*out = '\0';
	q_int(&q, id);
	if (q_row(&q))
		q_copy_text(&q, out, len);
	return q_end(&q);
}

int
store_site_id(struct store_reader *r, uint32_t *out, const char *name)
{
	return id_of(r, out, "SELECT id FROM site WHERE name=?", name);
}

int
store_site_name(struct store_reader *r, uint32_t id, char *out, size_t len)
{
	return name_of(r, id, "SELECT name FROM site WHERE id=?", out, len);
}

int
store_sensor_id(struct store_reader *r, uint32_t *out, const char *name)
{
	return id_of(r, out, "SELECT id FROM sensor WHERE name=?", name);
}

int
store_sensor_name(struct store_reader *r, uint32_t id, char *out, size_t len)
{
	return name_of(r, id, "SELECT name FROM sensor WHERE id=?", out, len);
}

/* ---- events ---- */

int
reader_day(struct store_reader *r, const char *date, struct db **out)
{
	struct open_day *d = r->days;
	char             path[4200];
	int              err;

	for (size_t i = 0; i < DAYS_OPEN; i++) {
		if (r->days[i].db.sq && strcmp(r->days[i].date, date) == 0) {
			d = &r->days[i];
			break;
		}
		if (r->days[i].used < d->used)
			d = &r->days[i];
	}
	d->used = ++r->clock;
	*out = &d->db;
	if (d->db.sq && strcmp(d->date, date) == 0)
		return 0;
	db_close(&d->db);
	snprintf(d->date, sizeof(d->date), "%s", date);
	day_path(path, sizeof(path), r->dir, date);
	err = db_open(&d->db, path, DB_READ);
	if (err)
		snprintf(r->error, sizeof(r->error), "day %s: %.256s", date, d->db.error);
	return err;
}

struct day_row {
	char     date[DAY_TEXT];
	uint64_t first, last, min_ts, max_ts;
};

/* The next day with events of `from` or later. 1, 0 at the end, -errno. */
static int
next_day(struct store_reader *r, struct day_row *d, uint64_t from)
{
	struct q q = q_of(&r->main, "SELECT date,first,last,min_ts,max_ts FROM day"
				    " WHERE last>=? ORDER BY date LIMIT 1");
	bool     found;

	q_u64(&q, from);
	found = q_row(&q);
	if (found) {
		q_copy_text(&q, d->date, sizeof(d->date));
		d->first = q_get_u64(&q);
		d->last = q_get_u64(&q);
		d->min_ts = q_get_u64(&q);
		d->max_ts = q_get_u64(&q);
	}
	return q_end(&q) ? q.err : found;
}

static int
read_days(struct store_reader *r, const struct store_filter *f, uint64_t from,
	store_event_fn *each, void *arg)
{
	struct day_row d;
	bool           stopped = false;
	int            more;

	for (; !stopped && (more = next_day(r, &d, from)) > 0; from = d.last + 1) {
		struct range ids = {from > d.first ? from : d.first, d.last};
		struct db   *db;
		int          err;

		if (d.max_ts < f->since_ns || (f->until_ns && d.min_ts > f->until_ns))
			continue;
		err = reader_day(r, d.date, &db);
		if (!err)
			err = day_read(db, f, ids, each, arg, &stopped);
		if (err) {
			snprintf(r->error, sizeof(r->error), "day %s: %s", d.date,
				db->error[0] ? db->error : strerror(-err));
			return err;
		}
	}
	return stopped ? 0 : more;
}

static int
alerts_of(struct store_reader *r, uint64_t incident, uint64_t **out, size_t *n)
{
	struct q q = q_of(&r->main, "SELECT id FROM alert WHERE incident=? ORDER BY id");
	size_t   cap = 0;
	int      err = 0;

	*out = NULL;
	*n = 0;
	q_u64(&q, incident);
	while (!err && q_row(&q)) {
		uint64_t *more = *out;

		if (*n == cap) {
			cap = cap ? cap * 2 : 16;
			more = realloc(more, cap * sizeof(*more));
		}
		if (!more) {
			err = -ENOMEM;
			break;
		}
		*out = more;
		more[(*n)++] = q_get_u64(&q);
	}
	return q_end(&q) ? q.err : err;
}

int
store_events(struct store_reader *r, const struct store_filter *f, uint64_t from,
	store_event_fn *each, void *arg)
{
	struct store_filter with = *f;
	uint64_t           *alerts = NULL;
	int                 err = 0;

	if (f->incident)
		err = alerts_of(r, f->incident, &alerts, &with.n_alerts);
	with.alerts = alerts;
	if (!err)
		err = read_days(r, &with, from, each, arg);
	free(alerts);
	return err;
}

struct one {
	uint64_t        id;
	bool            found;
	store_event_fn *each;
	void           *arg;
};

static bool
only(void *arg, const struct store_event *e)
{
	struct one *one = arg;

	one->found = e->id == one->id;
	if (one->found)
		one->each(one->arg, e);
	return false;
}

int
store_event(struct store_reader *r, uint64_t id, store_event_fn *each, void *arg)
{
	struct store_filter f = {0};
	struct one          one = {.id = id, .each = each, .arg = arg};
	int                 err = store_events(r, &f, id, only, &one);

	return err ? err : one.found ? 0 : -ENOENT;
}

int
store_last_event(struct store_reader *r, uint64_t *out)
{
	struct q q = q_of(&r->main, "SELECT value FROM counter WHERE name='event'");

	*out = q_row(&q) ? q_get_u64(&q) : 0;
	return q_end(&q);
}

int
store_last_change(struct store_reader *r, uint64_t *out)
{
	struct q q = q_of(&r->main, "SELECT value FROM counter WHERE name='change'");

	*out = q_row(&q) ? q_get_u64(&q) : 0;
	return q_end(&q);
}

/* ---- figures ---- */

static uint64_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void
add_sizes(struct store_reader *r, struct store_figures *f)
{
	struct q q = q_of(&r->main, "SELECT date FROM day");
	char     path[4200];

	snprintf(path, sizeof(path), "%s/main.db", r->dir);
	f->bytes_on_disk = size_of(path);
	while (q_row(&q)) {
		day_path(path, sizeof(path), r->dir, q_get_text(&q));
		f->bytes_on_disk += size_of(path);
		f->days++;
	}
	q_end(&q);
}

int
store_figures(struct store_reader *r, struct store_figures *f)
{
	struct q q = q_of(&r->main,
		"SELECT"
		" (SELECT coalesce(sum(last-first+1),0) FROM day),"
		" (SELECT count(*) FROM incident),"
		" (SELECT count(*) FROM incident WHERE closed=0),"
		" (SELECT count(*) FROM alert), (SELECT count(*) FROM action),"
		" (SELECT count(*) FROM dead_letter),"
		" (SELECT coalesce(sum(duplicates),0) FROM sensor),"
		" (SELECT coalesce(sum(count),0) FROM loss),"
		" (SELECT count(*) FROM sensor),"
		" (SELECT coalesce(sum(bytes),0) FROM day)");

	*f = (struct store_figures){0};
	if (q_row(&q)) {
		f->events = q_get_u64(&q);
		f->incidents = q_get_u64(&q);
		f->open = q_get_u64(&q);
		f->alerts = q_get_u64(&q);
		f->actions = q_get_u64(&q);
		f->dead_letters = q_get_u64(&q);
		f->duplicates = q_get_u64(&q);
		f->losses = q_get_u64(&q);
		f->sensors = q_get_u64(&q);
		f->event_bytes = q_get_u64(&q);
	}
	if (q_end(&q))
		return q.err;
	q = q_of(&r->main,
		"SELECT -rank,count(*) FROM incident WHERE closed=0 GROUP BY rank");
	while (q_row(&q)) {
		uint64_t severity = q_get_u64(&q);

		if (severity < 5)
			f->open_by_severity[severity] = q_get_u64(&q);
	}
	add_sizes(r, f);
	return q_end(&q);
}
