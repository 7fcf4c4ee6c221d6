/* SPDX-License-Identifier: Apache-2.0 */
/* collector/store.h - everything the collector remembers. The only module with SQL.
 *
 * Two kinds of files in DIR/store: `main.db` (ledger, alerts, incidents, actions,
 * fleet) and `days/YYYY-MM-DD.db`, one for each UTC day of receipt, with the
 * events themselves. A day is dropped by unlinking its file: constant time.
 *
 * One transaction over both. SQLite cannot commit several WAL files as one, so
 * main.db is the truth and a day file is its log: store_commit() syncs the day
 * first and main.db second, and main.db records the last event that counts.
 * Whatever a crash leaves in a day file above that mark was never acknowledged:
 * no reader shows it, and it is cut off before the file is written again.
 *
 * `struct store` is the writer: one in the folder (a lock sees to it), used by
 * one thread. `struct store_reader` reads beside it: as many as there are
 * threads. Numbers are 0 or -errno; store_error() has the words.
 */
#ifndef COLLECTOR_STORE_H
#define COLLECTOR_STORE_H

#include "collector/case.h"
#include "collector/ranges.h"
#include "lib/bytes.h"
#include "lib/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_reader;

/* ---- life ---- */

/* Make DIR/store with an empty main.db, or finish one that a crash left half made.
 * -EEXIST when there is one. */
int store_create(const char *dir);

/*
 * Open for writing: lock, bring to this version, cut off what was not committed.
 * -EWOULDBLOCK: another collector has it; -EPROTO: made by a newer Tocsin;
 * -ENOENT: no store there. On failure `why` (of `len` bytes) tells people.
 */
int store_open(
	struct store **out, const char *dir, uint64_t now_ns, char *why, size_t len);
void store_free(struct store *s);

/* What the last failure was, for the log. Borrowed, never NULL. */
const char *store_error(const struct store *s);
/* A failure after which memory and disk may differ (fsync, I/O): end the process. */
bool store_is_broken(const struct store *s);

/* ---- the one transaction: writer only ---- */

int  store_begin(struct store *s, uint64_t now_ns);
int  store_commit(struct store *s); /* on failure it was rolled back */
void store_rollback(struct store *s);

/* ---- events and the ledger ---- */

/* An event in the store. `wire` is as the sensor sent it and is what is kept. */
struct store_event {
	uint64_t     id;    /* given by store_event_add() */
	uint64_t     alert; /* 0: none */
	uint64_t     received_ns;
	uint32_t     sensor, site;
	struct bytes wire;
	struct event event; /* decoded from `wire` */
};
int store_event_add(struct store *s, struct store_event *e);
/* Id that the next event gets. */
uint64_t store_next_event(const struct store *s);
/* Drop the event detail of the days before this time. Their files go after the commit. */
int store_drop_days(struct store *s, uint64_t before_ns);

/* 1: new, now taken; 0: a repetition (counted); -errno. -ENOBUFS: too many holes. */
int store_take(struct store *s, uint32_t sensor, uint64_t epoch, uint64_t seq);
/* first..last are dealt with, whatever of them was there before. */
int store_take_range(struct store *s, uint32_t sensor, uint64_t epoch, struct range seqs);
/* Where an epoch stands: the highest number taken. Batches come in order, so nothing up
 * to it will be asked for again. 0: the epoch is not known. */
int store_position(struct store *s, uint32_t sensor, uint64_t epoch, uint64_t *out);

struct store_loss {
	uint64_t    epoch, seq;         /* seq: of the event that declares it */
	uint64_t    first, last, count; /* of `epoch`; count as the sensor knew it */
	uint64_t    since_ns;
	uint32_t    sensor;
	const char *cause; /* short word */
};
int store_loss_add(struct store *s, const struct store_loss *l);

struct store_dead_letter {
	uint64_t     id, epoch, seq, received_ns;
	uint32_t     sensor;
	const char  *sensor_name; /* of readers */
	const char  *reason;
	struct bytes bytes;
};
int store_dead_letter_add(struct store *s, const struct store_dead_letter *d);

/* ---- alerts and incidents: writer. What these return is borrowed until the next
 * store_commit() or store_rollback(); change it, then call the _touch(). ---- */

/* The newest alert with this key, NULL when there is none. */
int store_alert_find(struct store *s, struct alert **out, const struct alert_key *key);
/* A new one; `a` is copied, its id and uuid given. */
int  store_alert_add(struct store *s, struct alert **out, const struct alert *a);
void store_alert_touch(struct store *s, struct alert *a);

int store_incident_get(struct store *s, struct incident **out, uint64_t id); /* -ENOENT */
/* The newest incident at `site` about `addr` in that part, closed or not. NULL: none. */
int store_incident_find(struct store *s, struct incident **out, uint32_t site,
	const struct addr *addr, enum part part);
/* How many open incidents about attackers name `victim`, last seen at `since_ns` or
 * later. */
int store_attackers_of(struct store *s, uint32_t *out, uint32_t site,
	const struct addr *victim, uint64_t since_ns);
int store_incident_add(struct store *s, struct incident **out, const struct incident *i);
/* Facts of the wire changed (counts, times): saved at commit. */
void store_incident_touch(struct store *s, struct incident *i);
/* The incident names this address, this sensor (known or not). */
int store_incident_addr(
	struct store *s, struct incident *i, const struct addr *a, enum side side);
int store_incident_sensor(struct store *s, struct incident *i, uint32_t sensor);
/* 1: an alert of this rule is in the incident; 0: none; -errno. */
int store_incident_has_rule(
	struct store *s, uint64_t incident, uint32_t gid, uint32_t sid);

/* ---- actions: writer ---- */

struct store_action {
	uint64_t    id, time_ns;
	const char *uuid, *who, *client, *verb;
	const char *args;   /* JSON object */
	uint64_t    undoes; /* action that this one undoes or redoes; 0 */
	uint64_t    undone; /* action that undid this one; 0 */
	uint32_t    n_items;
};
int store_action_add(struct store *s, struct store_action *a); /* gives the id */

/* What undo has to know of an action. */
struct store_action_head {
	uint64_t id, undoes, undone;
	char     who[64], verb[32];
};
int store_action_get(
	struct store *s, struct store_action_head *out, uint64_t id); /* -ENOENT */
/* The newest action of this person that is no undo and was not undone. -ENOENT. */
int store_action_last(struct store *s, uint64_t *out, const char *who);
int store_action_mark(struct store *s, uint64_t id, uint64_t undone_by);

/* One field of one incident, set by one action. `before` is for people. */
struct store_change {
	uint64_t    action, incident;
	const char *field, *before, *value;
};
int store_change_add(struct store *s, const struct store_change *c);
/* 1 and the value that the newest standing action gives the field; 0: none does; -errno.
 */
int store_change_now(
	struct store *s, uint64_t incident, const char *field, char *value, size_t len);
/* The incidents and fields of an action, in order; `false` from `each` stops. */
typedef bool store_change_fn(void *arg, const struct store_change *c);
int store_change_each(struct store *s, uint64_t action, store_change_fn *each, void *arg);

struct store_note {
	uint64_t    id, action, time_ns;
	const char *who, *text;
};
int store_note_add(struct store *s, uint64_t incident, const struct store_note *n);

/* ---- fleet: writer ---- */

struct store_sensor {
	uint32_t id, site;
	uint64_t created_ns, cert_until_ns, revoked_ns;
	uint64_t heartbeat_ns, event_ns,
		gone_ns; /* received; 0: never, and for gone: connected */
	uint64_t packets, kernel_drops;
	uint64_t drops_ns; /* when drops last grew; 0: never */
	uint64_t spool_depth, epoch, seq, duplicates;
	uint64_t packet_ns; /* of the last packet, by its clock */
	int64_t  clock_offset_ms;
	uint32_t interval_s;
	char     uuid[37], name[65], site_name[65];
	char     state[16];  /* pending, active, revoked */
	char     serial[65]; /* of its certificate, hexadecimal; "" before it has one */
	char     version[65], ruleset[65];
	char gone_why[16]; /* how the connection ended: closed, lost, silent, restart */
	char revoked_why[256];
};
int store_sensor_get(
	struct store *s, struct store_sensor *out, const char *name); /* -ENOENT */
int store_sensor_by_id(struct store *s, struct store_sensor *out, uint32_t id);
/* The sensor that a certificate of our CA stands for. -ENOENT: not one that we gave out;
 * -EACCES: revoked. */
int store_sensor_by_cert(struct store *s, struct store_sensor *out, const char *serial);

/* A one-time token for this sensor, made or made again. -EEXIST: it is active, or lives
 * at another site. */
struct store_token {
	const char *id, *name, *site;
	uint8_t     hash[32]; /* of the secret */
	uint64_t    expires_ns;
};
int store_token_add(struct store *s, const struct store_token *t);
/* The hash, for the caller to compare, and whose it is. -ENOENT: no such; -ETIME:
 * expired; -EALREADY: used. */
int store_token_get(
	struct store *s, const char *id, uint8_t hash[static 32], uint32_t *sensor);
int store_token_use(struct store *s, const char *id);

/* A certificate was given out: the sensor is active. */
int store_cert_add(
	struct store *s, uint32_t sensor, const char *serial, uint64_t until_ns);
/* No certificate of this sensor is good any more. */
int store_sensor_revoke(struct store *s, uint32_t sensor, const char *why);
/* What a HELLO, a heartbeat or the end of a connection told: save all of `h` that is not
 * below. */
int store_sensor_health(struct store *s, const struct store_sensor *h);
/* Events of it were stored, up to this number. */
int store_sensor_stored(struct store *s, uint32_t sensor, uint64_t epoch, uint64_t seq);
/* At start nobody is connected. */
int store_sensors_gone(struct store *s, const char *why);

#endif
