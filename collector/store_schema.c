/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store_priv.h"
#include "lib/fault.h"

#include <errno.h>
#include <stdio.h>

/* A step takes a file from the version before it to its own; the first makes an empty
 * one. Steps are never changed once released: what has to change is a new step. Times are
 * nanoseconds since 1970; addresses 4 or 16 bytes; u64 values bit for bit. */
/* clang-format off */
static const char *const main_steps[] = {
	"CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"INSERT INTO counter VALUES('event',0),('change',0);"

	"CREATE TABLE site(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"

	"CREATE TABLE sensor(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL UNIQUE, site INTEGER NOT NULL REFERENCES site,"
	" state TEXT NOT NULL CHECK(state IN ('pending','active','revoked')),"
	" serial TEXT NOT NULL DEFAULT '', version TEXT NOT NULL DEFAULT '',"
	" ruleset TEXT NOT NULL DEFAULT '', gone_why TEXT NOT NULL DEFAULT '',"
	" revoked_why TEXT NOT NULL DEFAULT '', created_ns INTEGER NOT NULL,"
	" cert_until_ns INTEGER NOT NULL DEFAULT 0, revoked_ns INTEGER NOT NULL DEFAULT 0,"
	" heartbeat_ns INTEGER NOT NULL DEFAULT 0, event_ns INTEGER NOT NULL DEFAULT 0,"
	" gone_ns INTEGER NOT NULL DEFAULT 0, packets INTEGER NOT NULL DEFAULT 0,"
	" kernel_drops INTEGER NOT NULL DEFAULT 0, drops_ns INTEGER NOT NULL DEFAULT 0,"
	" spool_depth INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0,"
	" seq INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0,"
	" clock_offset_ms INTEGER NOT NULL DEFAULT 0, packet_ns INTEGER NOT NULL DEFAULT 0,"
	" interval_s INTEGER NOT NULL DEFAULT 10) STRICT;"

	"CREATE TABLE token(id TEXT PRIMARY KEY, hash BLOB NOT NULL,"
	" sensor INTEGER NOT NULL REFERENCES sensor, expires_ns INTEGER NOT NULL,"
	" used_ns INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"

	/* Every certificate that was ever given out; only `good` ones may connect. */
	"CREATE TABLE cert(serial TEXT PRIMARY KEY, sensor INTEGER NOT NULL REFERENCES sensor,"
	" until_ns INTEGER NOT NULL, good INTEGER NOT NULL DEFAULT 1) STRICT, WITHOUT ROWID;"

	"CREATE TABLE day(date TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" min_ts INTEGER NOT NULL, max_ts INTEGER NOT NULL, bytes INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"

	/* What arrived, as merged ranges; a number in no range and no loss is missing. */
	"CREATE TABLE ledger(sensor INTEGER NOT NULL, epoch INTEGER NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(sensor,epoch,first))"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE loss(id INTEGER PRIMARY KEY, sensor INTEGER NOT NULL,"
	" epoch INTEGER NOT NULL, seq INTEGER NOT NULL, first INTEGER NOT NULL,"
	" last INTEGER NOT NULL, count INTEGER NOT NULL, cause TEXT NOT NULL,"
	" since_ns INTEGER NOT NULL) STRICT;"
	"CREATE INDEX loss_of ON loss(sensor,epoch,first);"
	"CREATE TABLE dead_letter(id INTEGER PRIMARY KEY, sensor INTEGER NOT NULL,"
	" epoch INTEGER NOT NULL, seq INTEGER NOT NULL, received_ns INTEGER NOT NULL,"
	" reason TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;"

	"CREATE TABLE incident(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,"
	" site INTEGER NOT NULL REFERENCES site, part INTEGER NOT NULL, subject BLOB NOT NULL,"
	" severity INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
	" events INTEGER NOT NULL, alerts INTEGER NOT NULL, exercise INTEGER NOT NULL,"
	" created_ns INTEGER NOT NULL, modified_ns INTEGER NOT NULL, revision INTEGER NOT NULL,"
	" change INTEGER NOT NULL, top INTEGER NOT NULL, n_rules INTEGER NOT NULL,"
	" signature TEXT NOT NULL, title TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0,"
	" verdict_severity INTEGER NOT NULL DEFAULT -1,"
	" acknowledged_ns INTEGER NOT NULL DEFAULT 0, escalated_ns INTEGER NOT NULL DEFAULT 0,"
	" disposition TEXT NOT NULL DEFAULT '', classification TEXT NOT NULL DEFAULT '',"
	" tlp TEXT NOT NULL DEFAULT '', assignee TEXT NOT NULL DEFAULT '',"
	" escalated_to TEXT NOT NULL DEFAULT '',"
	/* The order of the inbox: what is open first, then the worst, then the latest. */
	" closed INTEGER NOT NULL AS (state=5) VIRTUAL,"
	" rank INTEGER NOT NULL AS"
	"  (-(CASE WHEN verdict_severity>=0 THEN verdict_severity ELSE severity END)) VIRTUAL"
	") STRICT;"
	"CREATE INDEX incident_inbox ON incident(closed, rank, last_ns DESC, id);"
	"CREATE INDEX incident_all ON incident(rank, last_ns DESC, id);"
	"CREATE INDEX incident_subject ON incident(site, subject, part, id);"
	"CREATE INDEX incident_change ON incident(change);"
	"CREATE TABLE incident_addr(incident INTEGER NOT NULL REFERENCES incident,"
	" side INTEGER NOT NULL, addr BLOB NOT NULL, PRIMARY KEY(incident,side,addr))"
	" STRICT, WITHOUT ROWID;"
	"CREATE INDEX incident_by_addr ON incident_addr(addr, incident, side);"
	"CREATE TABLE incident_sensor(incident INTEGER NOT NULL REFERENCES incident,"
	" sensor INTEGER NOT NULL, PRIMARY KEY(incident,sensor)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE alert(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL,"
	" incident INTEGER NOT NULL REFERENCES incident, gid INTEGER NOT NULL,"
	" sid INTEGER NOT NULL, site INTEGER NOT NULL, part INTEGER NOT NULL,"
	" addr BLOB NOT NULL, rev INTEGER NOT NULL, severity INTEGER NOT NULL,"
	" first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, events INTEGER NOT NULL,"
	" suppressed INTEGER NOT NULL, first_event INTEGER NOT NULL,"
	" last_event INTEGER NOT NULL, signature TEXT NOT NULL, category TEXT NOT NULL,"
	" ruleset TEXT NOT NULL) STRICT;"
	"CREATE INDEX alert_key ON alert(sid, addr, site, gid, part, id);"
	"CREATE INDEX alert_incident ON alert(incident, sid);"

	"CREATE TABLE action(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,"
	" time_ns INTEGER NOT NULL, who TEXT NOT NULL, client TEXT NOT NULL,"
	" verb TEXT NOT NULL, args TEXT NOT NULL, undoes INTEGER NOT NULL DEFAULT 0,"
	" undone INTEGER NOT NULL DEFAULT 0, n_items INTEGER NOT NULL) STRICT;"
	"CREATE INDEX action_who ON action(who, id);"
	/* A field's value is that of the newest action that stands. */
	"CREATE TABLE change(id INTEGER PRIMARY KEY, action INTEGER NOT NULL REFERENCES action,"
	" incident INTEGER NOT NULL REFERENCES incident, field TEXT NOT NULL,"
	" before TEXT NOT NULL, value TEXT NOT NULL) STRICT;"
	"CREATE INDEX change_action ON change(action, id);"
	"CREATE INDEX change_field ON change(incident, field, id);"
	"CREATE TABLE note(id INTEGER PRIMARY KEY, action INTEGER NOT NULL REFERENCES action,"
	" incident INTEGER NOT NULL REFERENCES incident, time_ns INTEGER NOT NULL,"
	" who TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
	"CREATE INDEX note_incident ON note(incident, id);",
};

static const char *const day_steps[] = {
	/* Events wait in `tail` until there are enough for a block, which is compressed as one.
	 * A block's id is that of its first event. `find` says which blocks hold a value. */
	"CREATE TABLE tail(id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;"
	"CREATE TABLE block(id INTEGER PRIMARY KEY, last INTEGER NOT NULL,"
	" min_ts INTEGER NOT NULL, max_ts INTEGER NOT NULL, size INTEGER NOT NULL,"
	" data BLOB NOT NULL) STRICT;"
	"CREATE TABLE find(value BLOB NOT NULL, block INTEGER NOT NULL,"
	" PRIMARY KEY(value, block)) STRICT, WITHOUT ROWID;",
};
/* clang-format on */

#define STEPS(of)                                                                        \
	{                                                                                \
		of, (int)(sizeof(of) / sizeof(of[0]))                                    \
	}
static const struct {
	const char *const *step;
	int                n;
} schemas[] = {
	[SCHEMA_MAIN] = STEPS(main_steps),
	[SCHEMA_DAY] = STEPS(day_steps),
};

int
schema_version(struct db *db)
{
	struct q q = q_of(db, "PRAGMA user_version");
	int      version = q_row(&q) ? (int)q_get(&q) : 0;

	return q_end(&q) ? q.err : version;
}

static int
take_step(struct db *db, const char *sql, int version)
{
	char mark[64];
	int  err;

	snprintf(mark, sizeof(mark), "PRAGMA user_version=%d", version);
	err = db_exec(db, "BEGIN IMMEDIATE");
	if (!err)
		err = db_exec(db, sql);
	if (!err)
		err = db_exec(db, mark);
	if (!err)
		err = fault_point("store-migrate");
	if (!err)
		err = db_exec(db, "COMMIT");
	if (err && !sqlite3_get_autocommit(db->sq))
		sqlite3_exec(db->sq, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

int
schema_migrate(struct db *db, enum schema which)
{
	int version = schema_version(db);
	int err = version < 0 ? version : 0;

	if (!err && version > schemas[which].n) {
		snprintf(db->error, sizeof(db->error),
			"the store has version %d and this program knows %d: "
			"use the newer tocsin-collector that made it",
			version, schemas[which].n);
		return -EPROTO;
	}
	while (!err && version < schemas[which].n) {
		err = take_step(db, schemas[which].step[version], version + 1);
		version++;
	}
	return err;
}
