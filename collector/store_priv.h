/* SPDX-License-Identifier: Apache-2.0 */
/* collector/store_priv.h - what the store_*.c files share; nobody else includes it.
 *
 * `struct db` is one SQLite connection with its prepared statements. `struct q`
 * is a statement being used: values are bound and read in order, and an error
 * sticks, so that a query reads straight through and asks once, at the end.
 */
#ifndef COLLECTOR_STORE_PRIV_H
#define COLLECTOR_STORE_PRIV_H

#include "collector/store.h"
#include "collector/store_read.h"

#include <sqlite3.h>
#include <uthash.h>

/* ---- store_db.c ---- */

#define DB_STMTS 256 /* a power of two, more than there are statements */

struct db_stmt {
	const char   *sql; /* its address is the key: always a literal */
	sqlite3_stmt *st;
};

struct db {
	sqlite3       *sq;
	struct db_stmt stmts[DB_STMTS];
	char           error[256];
	bool           broken; /* an I/O error: what is on disk is not known */
};

enum db_mode { DB_CREATE, DB_WRITE, DB_READ };
int  db_open(struct db *db, const char *path, enum db_mode mode);
void db_close(struct db *db);
/* Statements without values, several at once. */
int db_exec(struct db *db, const char *sql);
/* -errno for SQLite's code, with the words kept in db->error. */
int db_fail(struct db *db, int code);

struct q {
	struct db    *db;
	sqlite3_stmt *st;
	int           at;  /* next value to bind or column to read */
	int           err; /* 0 or -errno */
};
struct q q_of(struct db *db, const char *sql);
void     q_int(struct q *q, int64_t v);
void     q_u64(struct q *q, uint64_t v); /* bit for bit: comes back as it was */
void q_text(struct q *q, const char *s); /* NULL is NULL; borrowed until q_done/q_end */
void q_blob(struct q *q, struct bytes b);
void q_addr(struct q *q, const struct addr *a);

bool         q_row(struct q *q); /* next row? Reading starts at its first column */
int64_t      q_get(struct q *q);
uint64_t     q_get_u64(struct q *q);
const char  *q_get_text(struct q *q); /* never NULL; borrowed until the next row */
struct bytes q_get_blob(struct q *q);
struct addr  q_get_addr(struct q *q);
void         q_copy_text(struct q *q, char *buf, size_t len);

/* The end of a query that reads, and of one that writes. 0 or -errno. */
int q_end(struct q *q);
int q_done(struct q *q);

/* Address as 4 or 16 bytes. */
struct bytes addr_bytes(const struct addr *a);

/* ---- store_schema.c: numbered migrations, forward only ---- */

enum schema { SCHEMA_MAIN, SCHEMA_DAY };
/* 0; -EPROTO when the file is of a newer version (words in db->error). */
int schema_version(struct db *db); /* or -errno */
int schema_migrate(struct db *db, enum schema which);

/* ---- store_day.c: the files with the events of one day of receipt ---- */

#define DAY_TEXT 11 /* YYYY-MM-DD and NUL */
#define DAY_BLOCK_EVENTS 256
#define DAY_BLOCK_BYTES (256u << 10)

struct day;
/* Open or create the day for writing and cut off all events above `upto`. */
int  day_open(struct day **out, const char *dir, const char *date, uint64_t upto);
void day_close(struct day *d);
int  day_begin(struct day *d);
int  day_add(struct day *d, const struct store_event *e);
int  day_commit(struct day *d);
/* Forget what was added since day_begin(), or, when that was committed already, cut it
 * off. */
int         day_undo(struct day *d, uint64_t upto);
const char *day_error(const struct day *d);
bool        day_is_broken(const struct day *d);
void        day_path(char *out, size_t len, const char *dir, const char *date);
void        day_of(char out[static DAY_TEXT], uint64_t ns);

/* ---- store_block.c: what lies in a day file ---- */

#define RECORD_HEAD 52u /* bytes of a record before the wire form */
#define VALUE_MAX 17
#define VALUES 6 /* of one event */

/* A block of events, or what is known of it. */
struct block {
	uint64_t     id, last, min_ts, max_ts;
	size_t       size; /* of the records, before compression */
	struct bytes data;
};
#define BLOCK_COLUMNS "id,last,min_ts,max_ts,size,data"
void block_from_row(struct q *q, struct block *b);
/* The records, owned by the caller (free). -EUCLEAN when it is damaged. */
int block_unpack(uint8_t **out, const struct block *b);

void record_put(uint8_t *to, const struct store_event *e);
/* Cut off the next record: all but the event itself, which record_decode() reads. What
 * they give borrows from there. -EUCLEAN, -EBADMSG. */
int record_next(struct bytes *from, struct store_event *e);
int record_decode(struct store_event *e);

/* What an event can be found by: kind (alert, rule, sensor, where, ip) and bytes that
 * sort. */
struct value {
	uint8_t b[VALUE_MAX];
	uint8_t len;
};
struct value value_int(char kind, uint64_t v, uint8_t n);
struct value value_addr(const struct addr *a);
void         values_of(struct value out[static VALUES], const struct store_event *e);

/* ---- store_find.c ---- */

/* Reading a day: events with these ids that pass the filter, in order. */
int day_read(struct db *db, const struct store_filter *f, struct range ids,
	store_event_fn *each, void *arg, bool *stopped);

/* ---- store_ledger.c ---- */

struct ledger;
struct ledger *ledger_new(void);
void           ledger_free(struct ledger *l);
int            ledger_flush(struct ledger *l, struct db *db);
void           ledger_forget(struct ledger *l); /* after a rollback: the file is right */
void           ledger_trim(struct ledger *l);   /* after a commit: not too much memory */

struct epoch_key {
	uint64_t epoch;
	uint64_t sensor; /* wide, so that the key has no padding */
};
int ledger_take(struct ledger *l, struct db *db, struct epoch_key key, uint64_t seq);
int ledger_take_range(
	struct ledger *l, struct db *db, struct epoch_key key, struct range seqs);
int ledger_position(struct ledger *l, struct db *db, struct epoch_key key, uint64_t *out);

/* ---- store_case.c: the rows that this transaction works on ---- */

struct cases;
struct cases *cases_new(void);
void          cases_free(struct cases *c);
int           cases_flush(struct cases *c, struct store *s);
void          cases_forget(struct cases *c); /* after a rollback: the file is right */
void          cases_trim(struct cases *c);   /* after a commit: not too much memory */
void          incident_from_row(struct q *q, struct incident *i);
/* clang-format off */
#define INCIDENT_COLUMNS                                                               \
	"id,uuid,site,part,subject,severity,first_ns,last_ns,events,alerts,exercise,"  \
	"created_ns,modified_ns,revision,change,top,n_rules,signature,title,state,verdict_severity,"         \
	"acknowledged_ns,escalated_ns,disposition,classification,tlp,assignee,"        \
	"escalated_to"
/* clang-format on */
void alert_from_row(struct q *q, struct alert *a);
/* clang-format off */
#define ALERT_COLUMNS                                                                  \
	"id,uuid,incident,gid,sid,site,part,addr,rev,severity,first_ns,last_ns,"       \
	"events,suppressed,first_event,last_event,signature,category,ruleset"
/* clang-format on */

/* ---- store_fleet.c ---- */

void sensor_from_row(struct q *q, struct store_sensor *s);
/* clang-format off */
#define SENSOR_SELECT                                                                    \
	"SELECT sensor.id,sensor.site,created_ns,cert_until_ns,revoked_ns,heartbeat_ns," \
	"event_ns,gone_ns,packets,kernel_drops,drops_ns,spool_depth,epoch,seq,"          \
	"duplicates,packet_ns,clock_offset_ms,interval_s,uuid,sensor.name,site.name,"    \
	"state,serial,version,ruleset,gone_why,revoked_why"                              \
	" FROM sensor JOIN site ON site.id=sensor.site "
/* clang-format on */

/* ---- store_read.c ---- */

struct db *reader_main(struct store_reader *r);
/* The file of a day, opened when it is not. Owned by the reader. */
int reader_day(struct store_reader *r, const char *date, struct db **out);

/* ---- store.c ---- */

struct store {
	struct db main;
	char      dir[4096]; /* DIR/store */
	int       lock_fd;
	uint64_t  now_ns;               /* of this transaction */
	uint64_t  last_event;           /* the newest that is committed */
	uint64_t next_event, first_new; /* of the next, and of this transaction's first */
	uint64_t change;                /* of the newest change to an incident */
	uint64_t min_ts, max_ts;        /* of what this transaction added */
	uint64_t added_bytes;
	struct day *day;
	char        date[DAY_TEXT];              /* of `day` */
	bool        in_txn, day_in_txn, dropped; /* dropped: days, by this transaction */
	struct ledger *ledger;
	struct cases  *cases;
	char           error[320];
};

#endif
