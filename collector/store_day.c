/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <zstd.h>

#define LEVEL 3

struct day {
	struct db  db;
	ZSTD_CCtx *zstd;
	uint8_t   *open; /* the records of the block that is being filled */
	size_t     len, cap;
	size_t     kept;      /* bytes of it that are in `tail` already */
	uint32_t   n;         /* records in it */
	bool       committed; /* since day_begin() */
};

/* ---- writing ---- */

static int
value_cmp(const void *x, const void *y)
{
	const struct value *a = x, *b = y;
	int                 n = memcmp(a->b, b->b, a->len < b->len ? a->len : b->len);

	return n ? n : (int)a->len - (int)b->len;
}

static int
write_values(struct day *d, struct value *v, size_t n, uint64_t block)
{
	int err = 0;

	qsort(v, n, sizeof(*v), value_cmp);
	for (size_t i = 0; i < n && !err; i++) {
		struct q q;

		if (i && value_cmp(v + i, v + i - 1) == 0)
			continue;
		q = q_of(&d->db, "INSERT INTO find VALUES(?,?)");
		q_blob(&q, bytes_of(v[i].b, v[i].len));
		q_u64(&q, block);
		err = q_done(&q);
	}
	return err;
}

static int
write_block(struct day *d, const struct block *b)
{
	size_t   bound = ZSTD_compressBound(b->size), n;
	uint8_t *data = malloc(bound);
	struct q q;
	int      err;

	if (!data)
		return -ENOMEM;
	n = ZSTD_compressCCtx(d->zstd, data, bound, d->open, d->len, LEVEL);
	q = q_of(&d->db, "INSERT INTO block VALUES(?,?,?,?,?,?)");
	q_u64(&q, b->id);
	q_u64(&q, b->last);
	q_u64(&q, b->min_ts);
	q_u64(&q, b->max_ts);
	q_u64(&q, b->size);
	q_blob(&q, bytes_of(data, n));
	err = ZSTD_isError(n) ? -EIO : q_done(&q);
	q_end(&q);
	free(data);
	return err;
}

/* The open block is full: compress it, say what is in it, empty the tail. */
static int
seal(struct day *d)
{
	struct bytes       from = bytes_of(d->open, d->len);
	struct value      *v = malloc(d->n * VALUES * sizeof(*v));
	struct block       b = {.min_ts = UINT64_MAX, .size = d->len};
	struct store_event e;
	struct q           q;
	int                err = v ? 0 : -ENOMEM;

	for (size_t i = 0; i < d->n && !err; i++) {
		err = record_next(&from, &e);
		if (!err)
			err = record_decode(&e);
		if (err)
			break;
		b.id = i ? b.id : e.id;
		b.last = e.id;
		b.min_ts = e.event.ts_ns < b.min_ts ? e.event.ts_ns : b.min_ts;
		b.max_ts = e.event.ts_ns > b.max_ts ? e.event.ts_ns : b.max_ts;
		values_of(v + i * VALUES, &e);
	}
	if (!err)
		err = write_block(d, &b);
	if (!err)
		err = write_values(d, v, d->n * VALUES, b.id);
	if (!err && d->kept) {
		q = q_of(&d->db, "DELETE FROM tail WHERE id<=?");
		q_u64(&q, b.last);
		err = q_done(&q);
	}
	free(v);
	d->len = d->kept = d->n = 0;
	return err;
}

static int
room_for(struct day *d, size_t more)
{
	size_t   cap = d->cap ? d->cap : DAY_BLOCK_BYTES;
	uint8_t *open;

	while (cap < d->len + more)
		cap *= 2;
	if (cap == d->cap)
		return 0;
	open = realloc(d->open, cap);
	if (!open)
		return -ENOMEM;
	d->open = open;
	d->cap = cap;
	return 0;
}

int
day_add(struct day *d, const struct store_event *e)
{
	size_t len = RECORD_HEAD + e->wire.left;
	int    err = room_for(d, len);

	if (err)
		return err;
	record_put(d->open + d->len, e);
	d->len += len;
	d->n++;
	return d->n >= DAY_BLOCK_EVENTS || d->len >= DAY_BLOCK_BYTES ? seal(d) : 0;
}

static int
tail_put(struct day *d, uint64_t id, struct bytes record)
{
	struct q q = q_of(&d->db, "INSERT INTO tail VALUES(?,?)");

	q_u64(&q, id);
	q_blob(&q, record);
	return q_done(&q);
}

/* What is in no block yet goes to the tail, one row an event. */
static int
keep_tail(struct day *d)
{
	struct bytes       from = bytes_of(d->open + d->kept, d->len - d->kept);
	struct store_event e;
	int                err = 0;

	while (from.left && !err) {
		const uint8_t *at = from.at;

		err = record_next(&from, &e);
		if (!err)
			err = tail_put(d, e.id, bytes_of(at, (size_t)(from.at - at)));
	}
	d->kept = d->len;
	return err;
}

int
day_begin(struct day *d)
{
	d->committed = false;
	return db_exec(&d->db, "BEGIN IMMEDIATE");
}

int
day_commit(struct day *d)
{
	int err = keep_tail(d);

	if (!err)
		err = db_exec(&d->db, "COMMIT");
	d->committed = !err;
	return err;
}

static int
load_tail(struct day *d)
{
	struct q q = q_of(&d->db, "SELECT record FROM tail ORDER BY id");
	int      err = 0;

	d->len = d->kept = d->n = 0;
	while (!err && q_row(&q)) {
		struct bytes b = q_get_blob(&q);

		err = room_for(d, b.left);
		if (err)
			break;
		memcpy(d->open + d->len, b.at, b.left);
		d->len += b.left;
		d->n++;
	}
	d->kept = d->len;
	return q_end(&q) ? q.err : err;
}

/* ---- cutting off what was never committed ---- */

/* A block that goes beyond `upto` becomes tail again, as far as it counts. */
static int
unseal(struct day *d, uint64_t upto, bool *more)
{
	struct q     q = q_of(&d->db,
		    "SELECT " BLOCK_COLUMNS " FROM block WHERE last>? ORDER BY id LIMIT 1");
	struct block b = {0};
	uint8_t     *raw = NULL;
	int          err = 0;

	q_u64(&q, upto);
	*more = q_row(&q);
	if (*more) {
		block_from_row(&q, &b);
		err = block_unpack(&raw, &b);
	}
	for (struct bytes from = bytes_of(raw, raw ? b.size : 0); from.left && !err;) {
		const uint8_t     *at = from.at;
		struct store_event e;

		err = record_next(&from, &e);
		if (!err && e.id <= upto)
			err = tail_put(d, e.id, bytes_of(at, (size_t)(from.at - at)));
	}
	free(raw);
	if (q_end(&q) || err || !*more)
		return q.err ? q.err : err;
	q = q_of(&d->db, "DELETE FROM find WHERE block=?");
	q_u64(&q, b.id);
	err = q_done(&q);
	q = q_of(&d->db, "DELETE FROM block WHERE id=?");
	q_u64(&q, b.id);
	return err ? err : q_done(&q);
}

static int
cut_off(struct day *d, uint64_t upto)
{
	struct q q;
	bool     more = true;
	int      err = db_exec(&d->db, "BEGIN IMMEDIATE");

	while (!err && more)
		err = unseal(d, upto, &more);
	if (!err) {
		q = q_of(&d->db, "DELETE FROM tail WHERE id>?");
		q_u64(&q, upto);
		err = q_done(&q);
	}
	if (!err)
		err = db_exec(&d->db, "COMMIT");
	if (!sqlite3_get_autocommit(d->db.sq))
		sqlite3_exec(d->db.sq, "ROLLBACK", NULL, NULL, NULL);
	return err ? err : load_tail(d);
}

int
day_undo(struct day *d, uint64_t upto)
{
	if (!sqlite3_get_autocommit(d->db.sq))
		sqlite3_exec(d->db.sq, "ROLLBACK", NULL, NULL, NULL);
	return d->committed ? cut_off(d, upto) : load_tail(d);
}

/* ---- life ---- */

void
day_of(char out[static DAY_TEXT], uint64_t ns)
{
	time_t    t = (time_t)(ns / 1000000000u);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, DAY_TEXT, "%Y-%m-%d", &tm);
}

void
day_path(char *out, size_t len, const char *dir, const char *date)
{
	snprintf(out, len, "%s/days/%s.db", dir, date);
}

int
day_open(struct day **out, const char *dir, const char *date, uint64_t upto)
{
	char        path[4200];
	struct day *d = calloc(1, sizeof(*d));
	int         err;

	*out = NULL;
	if (!d)
		return -ENOMEM;
	day_path(path, sizeof(path), dir, date);
	err = db_open(&d->db, path, DB_CREATE);
	if (!err)
		err = schema_migrate(&d->db, SCHEMA_DAY);
	d->zstd = ZSTD_createCCtx();
	if (!err && !d->zstd)
		err = -ENOMEM;
	*out = d; /* also on failure: it has the words for it */
	return err ? err : cut_off(d, upto);
}

void
day_close(struct day *d)
{
	if (!d)
		return;
	db_close(&d->db);
	ZSTD_freeCCtx(d->zstd);
	free(d->open);
	free(d);
}

const char *
day_error(const struct day *d)
{
	return d->db.error;
}

bool
day_is_broken(const struct day *d)
{
	return d->db.broken;
}
