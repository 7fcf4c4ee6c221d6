/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BUSY_MS 5000

/* In bytes of SQLite's own: what is synced, and how far the log grows before it is moved.
 */
#define PRAGMAS                                                                          \
	"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"      \
	"PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA "                  \
	"temp_store=MEMORY;"                                                             \
	"PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=2000; PRAGMA "              \
	"journal_size_limit=33554432;"

static const struct {
	int code, err;
} codes[] = {
	{SQLITE_FULL, -ENOSPC},
	{SQLITE_READONLY, -EROFS},
	{SQLITE_BUSY, -EBUSY},
	{SQLITE_LOCKED, -EBUSY},
	{SQLITE_NOMEM, -ENOMEM},
	{SQLITE_CORRUPT, -EUCLEAN},
	{SQLITE_NOTADB, -EUCLEAN},
	{SQLITE_CANTOPEN, -ENOENT},
	{SQLITE_CONSTRAINT, -EEXIST},
	{SQLITE_INTERRUPT, -EINTR},
};

int
db_fail(struct db *db, int code)
{
	int ext = db->sq ? sqlite3_extended_errcode(db->sq) : code;

	snprintf(db->error, sizeof(db->error), "%s (%d)",
		db->sq ? sqlite3_errmsg(db->sq) : sqlite3_errstr(code), ext);
	if ((code & 0xff) == SQLITE_IOERR)
		db->broken = true;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == (code & 0xff))
			return codes[i].err;
	return -EIO;
}

int
db_exec(struct db *db, const char *sql)
{
	int code = sqlite3_exec(db->sq, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : db_fail(db, code);
}

int
db_open(struct db *db, const char *path, enum db_mode mode)
{
	/* A reader of a WAL file writes its shared index, so it too opens read-write. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    (mode == DB_CREATE ? SQLITE_OPEN_CREATE : 0);
	int code, err;

	*db = (struct db){0};
	code = sqlite3_open_v2(path, &db->sq, flags, NULL);
	if (code != SQLITE_OK) {
		err = db_fail(db, code);
		goto fail;
	}
	sqlite3_extended_result_codes(db->sq, 1);
	sqlite3_busy_timeout(db->sq, BUSY_MS);
	sqlite3_db_config(db->sq, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	err = db_exec(db, mode == DB_READ
				  ? "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF;"
				    "PRAGMA cache_size=-4096;"
				  : PRAGMAS);
	if (!err)
		return 0;
fail:
	sqlite3_close(db->sq);
	db->sq = NULL;
	return err;
}

void
db_close(struct db *db)
{
	for (size_t i = 0; i < DB_STMTS; i++)
		sqlite3_finalize(db->stmts[i].st);
	sqlite3_close(db->sq);
	memset(db->stmts, 0, sizeof(db->stmts));
	db->sq = NULL;
}

struct q
q_of(struct db *db, const char *sql)
{
	struct q q = {.db = db, .at = 1};
	size_t   i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15ULL >> 56;
	int      code;

	for (size_t n = 0; db->stmts[i].sql && db->stmts[i].sql != sql; n++) {
		assert(n < DB_STMTS);
		i = (i + 1) % DB_STMTS;
	}
	if (!db->stmts[i].sql) {
		code = sqlite3_prepare_v3(db->sq, sql, -1, SQLITE_PREPARE_PERSISTENT,
			&db->stmts[i].st, NULL);
		if (code != SQLITE_OK)
			q.err = db_fail(db, code);
		else
			db->stmts[i].sql = sql;
	}
	q.st = db->stmts[i].st;
	return q;
}

static void
bound(struct q *q, int code)
{
	if (code != SQLITE_OK && !q->err)
		q->err = db_fail(q->db, code);
}

void
q_int(struct q *q, int64_t v)
{
	bound(q, sqlite3_bind_int64(q->st, q->at++, v));
}

void
q_u64(struct q *q, uint64_t v)
{
	q_int(q, (int64_t)v);
}

void
q_text(struct q *q, const char *s)
{
	bound(q, sqlite3_bind_text(q->st, q->at++, s, -1, SQLITE_STATIC));
}

void
q_blob(struct q *q, struct bytes b)
{
	bound(q, sqlite3_bind_blob64(q->st, q->at++, b.left ? (const void *)b.at : "",
			 b.left, SQLITE_STATIC));
}

struct bytes
addr_bytes(const struct addr *a)
{
	return bytes_of(a->b, a->family == 4 ? 4 : a->family == 6 ? 16 : 0);
}

void
q_addr(struct q *q, const struct addr *a)
{
	q_blob(q, addr_bytes(a));
}

bool
q_row(struct q *q)
{
	int code;

	if (q->err)
		return false;
	code = sqlite3_step(q->st);
	q->at = 0;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		q->err = db_fail(q->db, code);
	return code == SQLITE_ROW;
}

int64_t
q_get(struct q *q)
{
	return sqlite3_column_int64(q->st, q->at++);
}

uint64_t
q_get_u64(struct q *q)
{
	return (uint64_t)q_get(q);
}

const char *
q_get_text(struct q *q)
{
	const void *s = sqlite3_column_text(q->st, q->at++);

	return s ? s : "";
}

struct bytes
q_get_blob(struct q *q)
{
	const void *data = sqlite3_column_blob(q->st, q->at);
	int         len = sqlite3_column_bytes(q->st, q->at++);

	return bytes_of(data, data ? (size_t)len : 0);
}

struct addr
q_get_addr(struct q *q)
{
	struct bytes b = q_get_blob(q);

	if (b.left == 4)
		return addr_v4(b.at);
	if (b.left == 16)
		return addr_v6(b.at);
	return (struct addr){0};
}

void
q_copy_text(struct q *q, char *buf, size_t len)
{
	snprintf(buf, len, "%s", q_get_text(q));
}

int
q_end(struct q *q)
{
	sqlite3_reset(q->st);
	sqlite3_clear_bindings(q->st);
	return q->err;
}

int
q_done(struct q *q)
{
	q_row(q);
	return q_end(q);
}
