/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store_priv.h"
#include "lib/fault.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- life ---- */

int
store_create(const char *dir)
{
	char      path[4200];
	struct db db = {0};
	int       err;

	snprintf(path, sizeof(path), "%s/store", dir);
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/store/days", dir);
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/store/main.db", dir);
	err = db_open(&db, path, DB_CREATE);
	if (!err && schema_version(&db) > 0)
		err = -EEXIST;
	if (!err)
		err = schema_migrate(&db, SCHEMA_MAIN);
	db_close(&db);
	return err;
}

/* Words of the part that failed. */
static int
failed(struct store *s, int err, const char *words)
{
	if (err)
		snprintf(s->error, sizeof(s->error), "%s", words);
	return err;
}

static int
take_lock(struct store *s)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/lock", s->dir);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (s->lock_fd < 0)
		return failed(s, -errno, "the lock file cannot be opened");
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return failed(s, -EWOULDBLOCK, "another collector works in this folder");
}

static int
main_failed(struct store *s, int err)
{
	return failed(s, err, s->main.error);
}

static int
counter_get(struct store *s, const char *name, uint64_t *out)
{
	struct q q = q_of(&s->main, "SELECT value FROM counter WHERE name=?");

	q_text(&q, name);
	*out = q_row(&q) ? q_get_u64(&q) : 0;
	return q_end(&q);
}

static int
counter_put(struct store *s, const char *name, uint64_t value)
{
	struct q q = q_of(&s->main, "UPDATE counter SET value=? WHERE name=?");

	q_u64(&q, value);
	q_text(&q, name);
	return q_done(&q);
}

static int
load_counters(struct store *s)
{
	int err = counter_get(s, "event", &s->last_event);

	s->next_event = s->last_event + 1;
	return err ? err : counter_get(s, "change", &s->change);
}

/* Make `date` the day that is written to. */
static int
use_day(struct store *s, const char *date)
{
	int err = failed(s, fault_point("store-rollover"), "a test made it fail");

	if (err)
		return err;
	day_close(s->day);
	err = day_open(&s->day, s->dir, date, s->last_event);
	snprintf(s->date, sizeof(s->date), "%s", date);
	if (!err)
		return 0;
	failed(s, err, s->day ? day_error(s->day) : "no memory");
	day_close(s->day);
	s->day = NULL;
	return err;
}

/* The day that was written to last. It is opened with the first event: what a crash left
 * there beyond the mark is cut off then. */
static int
newest_day(struct store *s)
{
	struct q q = q_of(&s->main, "SELECT max(date) FROM day");

	if (q_row(&q))
		q_copy_text(&q, s->date, sizeof(s->date));
	return main_failed(s, q_end(&q));
}

static int
open_main(struct store *s)
{
	char path[4200];
	int  err;

	snprintf(path, sizeof(path), "%s/main.db", s->dir);
	err = db_open(&s->main, path, DB_WRITE);
	if (!err)
		err = schema_migrate(&s->main, SCHEMA_MAIN);
	if (!err)
		err = load_counters(s);
	if (err == -ENOENT)
		return failed(s, err,
			"there is no store here: make one with `tocsin-collector init`");
	return main_failed(s, err);
}

int
store_open(struct store **out, const char *dir, uint64_t now_ns, char *why, size_t len)
{
	struct store *s = calloc(1, sizeof(*s));
	int           err = s ? 0 : -ENOMEM;

	*out = NULL;
	if (err)
		return err;
	s->lock_fd = -1;
	s->now_ns = now_ns;
	snprintf(s->dir, sizeof(s->dir), "%s/store", dir);
	s->ledger = ledger_new();
	s->cases = cases_new();
	if (!s->ledger || !s->cases)
		err = failed(s, -ENOMEM, "no memory");
	if (!err)
		err = take_lock(s);
	if (!err)
		err = open_main(s);
	if (!err)
		err = newest_day(s);
	if (!err) {
		*out = s;
		return 0;
	}
	snprintf(why, len, "%s", s->error);
	store_free(s);
	return err;
}

void
store_free(struct store *s)
{
	if (!s)
		return;
	if (s->in_txn)
		store_rollback(s);
	day_close(s->day);
	ledger_free(s->ledger);
	cases_free(s->cases);
	db_close(&s->main);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s);
}

const char *
store_error(const struct store *s)
{
	return s->error[0] ? s->error : s->main.error;
}

bool
store_is_broken(const struct store *s)
{
	return s->main.broken || (s->day && day_is_broken(s->day));
}

/* ---- the one transaction ---- */

int
store_begin(struct store *s, uint64_t now_ns)
{
	assert(!s->in_txn);
	s->now_ns = now_ns;
	s->error[0] = '\0';
	s->min_ts = UINT64_MAX;
	s->max_ts = 0;
	s->added_bytes = 0;
	s->first_new = s->next_event;
	s->in_txn = true;
	if (!db_exec(&s->main, "BEGIN IMMEDIATE"))
		return 0;
	s->in_txn = false;
	return main_failed(s, -EBUSY);
}

void
store_rollback(struct store *s)
{
	char words[sizeof(s->error)];

	memcpy(words, store_error(s), sizeof(s->main.error));
	if (!sqlite3_get_autocommit(s->main.sq))
		sqlite3_exec(s->main.sq, "ROLLBACK", NULL, NULL, NULL);
	ledger_forget(s->ledger);
	cases_forget(s->cases);
	if (load_counters(s) ||
		(s->day && s->day_in_txn && day_undo(s->day, s->last_event))) {
		/* The day cannot be put right now: open it anew before the next event. */
		day_close(s->day);
		s->day = NULL;
	}
	s->in_txn = s->day_in_txn = s->dropped = false;
	snprintf(s->error, sizeof(s->error), "%.*s", (int)sizeof(s->main.error) - 1,
		words);
}

static int
put_day(struct store *s)
{
	struct q q = q_of(&s->main,
		"INSERT INTO day(date,first,last,min_ts,max_ts,bytes) VALUES(?,?,?,?,?,?)"
		" ON CONFLICT(date) DO UPDATE SET last=excluded.last,"
		" min_ts=min(min_ts,excluded.min_ts), max_ts=max(max_ts,excluded.max_ts),"
		" bytes=bytes+excluded.bytes");

	q_text(&q, s->date);
	q_u64(&q, s->first_new);
	q_u64(&q, s->next_event - 1);
	q_u64(&q, s->min_ts);
	q_u64(&q, s->max_ts);
	q_u64(&q, s->added_bytes);
	return q_done(&q);
}

static int
flush(struct store *s)
{
	int err = ledger_flush(s->ledger, &s->main);

	if (!err)
		err = cases_flush(s->cases, s);
	if (!err)
		err = counter_put(s, "change", s->change);
	if (!err && s->day_in_txn)
		err = counter_put(s, "event", s->next_event - 1);
	if (!err && s->day_in_txn)
		err = put_day(s);
	return main_failed(s, err);
}

static void unlink_days(struct store *s);

int
store_commit(struct store *s)
{
	int err;

	assert(s->in_txn);
	err = flush(s);
	if (!err)
		err = failed(
			s, fault_point("store-before-commit"), "a test made it fail");
	if (!err && s->day_in_txn)
		err = failed(s, day_commit(s->day), day_error(s->day));
	if (!err)
		err = failed(
			s, fault_point("store-between-commits"), "a test made it fail");
	if (!err)
		err = main_failed(s, db_exec(&s->main, "COMMIT"));
	if (err) {
		store_rollback(s);
		return err;
	}
	fault_point("store-after-commit");
	s->in_txn = s->day_in_txn = false;
	s->last_event = s->next_event - 1;
	ledger_trim(s->ledger);
	cases_trim(s->cases);
	if (s->dropped)
		unlink_days(s);
	return 0;
}

/* ---- events ---- */

/* The day of receipt, which never goes back: ids grow from day to day. */
static int
begin_day(struct store *s)
{
	char date[DAY_TEXT];
	int  err = 0;

	day_of(date, s->now_ns);
	if (strcmp(date, s->date) < 0)
		snprintf(date, sizeof(date), "%s", s->date);
	if (!s->day || strcmp(date, s->date) != 0)
		err = use_day(s, date);
	if (!err)
		err = failed(s, day_begin(s->day), day_error(s->day));
	s->day_in_txn = !err;
	return err;
}

int
store_event_add(struct store *s, struct store_event *e)
{
	int err = s->day_in_txn ? 0 : begin_day(s);

	if (err)
		return err;
	e->id = s->next_event;
	err = failed(s, day_add(s->day, e), day_error(s->day));
	if (err)
		return err;
	s->next_event++;
	s->min_ts = e->event.ts_ns < s->min_ts ? e->event.ts_ns : s->min_ts;
	s->max_ts = e->event.ts_ns > s->max_ts ? e->event.ts_ns : s->max_ts;
	s->added_bytes += e->wire.left;
	return 0;
}

uint64_t
store_next_event(const struct store *s)
{
	return s->next_event;
}

int
store_take(struct store *s, uint32_t sensor, uint64_t epoch, uint64_t seq)
{
	return ledger_take(s->ledger, &s->main, (struct epoch_key){epoch, sensor}, seq);
}

int
store_take_range(struct store *s, uint32_t sensor, uint64_t epoch, struct range seqs)
{
	return ledger_take_range(
		s->ledger, &s->main, (struct epoch_key){epoch, sensor}, seqs);
}

int
store_position(struct store *s, uint32_t sensor, uint64_t epoch, uint64_t *out)
{
	struct epoch_key key = {epoch, sensor};

	return main_failed(s, ledger_position(s->ledger, &s->main, key, out));
}

int
store_loss_add(struct store *s, const struct store_loss *l)
{
	struct q q =
		q_of(&s->main, "INSERT INTO loss(sensor,epoch,seq,first,last,count,cause,"
			       "since_ns) VALUES(?,?,?,?,?,?,?,?)");

	q_int(&q, l->sensor);
	q_u64(&q, l->epoch);
	q_u64(&q, l->seq);
	q_u64(&q, l->first);
	q_u64(&q, l->last);
	q_u64(&q, l->count);
	q_text(&q, l->cause);
	q_u64(&q, l->since_ns);
	return main_failed(s, q_done(&q));
}

int
store_dead_letter_add(struct store *s, const struct store_dead_letter *d)
{
	struct q q = q_of(&s->main,
		"INSERT INTO dead_letter(sensor,epoch,seq,received_ns,reason,"
		"bytes) VALUES(?,?,?,?,?,?)");

	q_int(&q, d->sensor);
	q_u64(&q, d->epoch);
	q_u64(&q, d->seq);
	q_u64(&q, d->received_ns);
	q_text(&q, d->reason);
	q_blob(&q, d->bytes);
	return main_failed(s, q_done(&q));
}

/* ---- dropping days ---- */

int
store_drop_days(struct store *s, uint64_t before_ns)
{
	char     date[DAY_TEXT];
	struct q q;

	day_of(date, before_ns);
	q = q_of(&s->main, "DELETE FROM day WHERE date<? AND date<?");
	q_text(&q, date);
	q_text(&q, s->date); /* that of today is in use */
	if (q_done(&q))
		return main_failed(s, q.err);
	s->dropped |= sqlite3_changes(s->main.sq) > 0;
	return 0;
}

static int
oldest_day(struct store *s, char date[static DAY_TEXT])
{
	struct q q = q_of(&s->main, "SELECT min(date) FROM day");

	date[0] = '\0';
	if (q_row(&q))
		q_copy_text(&q, date, DAY_TEXT);
	return q_end(&q);
}

/* Files of days that the store does not know any more. A crash before this leaves them to
 * the next time. */
static void
unlink_days(struct store *s)
{
	char           path[4200], oldest[DAY_TEXT];
	struct dirent *e;
	DIR           *dir;

	s->dropped = false;
	snprintf(path, sizeof(path), "%s/days", s->dir);
	if (oldest_day(s, oldest) || !oldest[0])
		return;
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && strncmp(e->d_name, oldest, DAY_TEXT - 1) < 0)
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}
