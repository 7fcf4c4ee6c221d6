/* SPDX-License-Identifier: Apache-2.0 */
/* collector/store_read.h - questions to the store, beside the writer.
 *
 * A reader belongs to one thread. Between store_read_begin() and store_read_end()
 * everything it sees is one moment of the store. Text in what a callback gets is
 * borrowed for the call; a callback that answers false ends the listing.
 */
#ifndef COLLECTOR_STORE_READ_H
#define COLLECTOR_STORE_READ_H

#include "collector/store.h"

int  store_reader_open(struct store_reader **out, const char *dir);
void store_reader_free(struct store_reader *r);
/* Words for the last failure. Borrowed. */
const char *store_reader_error(const struct store_reader *r);

int  store_read_begin(struct store_reader *r);
void store_read_end(struct store_reader *r);

/* ---- names ---- */

/* 0 when there is none of that name. */
int store_site_id(struct store_reader *r, uint32_t *out, const char *name);
int store_site_name(struct store_reader *r, uint32_t id, char *out, size_t len);
int store_sensor_id(struct store_reader *r, uint32_t *out, const char *name);
int store_sensor_name(struct store_reader *r, uint32_t id, char *out, size_t len);

/* What a certificate's serial number says: *sensor 0 when we gave out no such, and is it
 * good? */
int store_cert_state(
	struct store_reader *r, const char *serial, uint32_t *sensor, bool *good);

/* ---- events ---- */

struct store_filter {
	uint64_t        incident; /* 0: any, as with all that follows */
	uint64_t        alert;
	uint32_t        sensor, site, sid;
	struct prefix   src, dst, ip;       /* family 0: any; ip: either side */
	uint64_t        since_ns, until_ns; /* of the event; until 0: open */
	const uint64_t *alerts; /* of the incident, sorted; filled in by store_events() */
	size_t          n_alerts;
};
typedef bool store_event_fn(void *arg, const struct store_event *e);

/* Events with ids of `from` or later, in order. */
int store_events(struct store_reader *r, const struct store_filter *f, uint64_t from,
	store_event_fn *each, void *arg);
/* One event: -ENOENT when there is none, or its day was dropped. */
int store_event(struct store_reader *r, uint64_t id, store_event_fn *each, void *arg);
int store_last_event(struct store_reader *r, uint64_t *out);

/* ---- incidents and alerts ---- */

struct inbox_query {
	bool     all; /* closed ones too */
	int      min_severity;
	uint32_t site;
	uint64_t since_ns, until_ns; /* of last_seen; until 0: open */
	/* Go on after this one: the keys of the order. after_id 0: from the top. */
	int      after_severity;
	uint64_t after_last_ns, after_id;
};
typedef bool store_incident_fn(void *arg, const struct incident *i);
typedef bool store_alert_fn(void *arg, const struct alert *a);
typedef bool store_text_fn(void *arg, const char *text);
typedef bool store_addr_fn(void *arg, const struct addr *a);

int store_inbox(struct store_reader *r, const struct inbox_query *q,
	store_incident_fn *each, void *arg);
int store_incident(
	struct store_reader *r, uint64_t id, struct incident *out); /* -ENOENT */
/* Incidents that changed after `change`, in the order of change. */
int store_changed(
	struct store_reader *r, uint64_t change, store_incident_fn *each, void *arg);
int store_last_change(struct store_reader *r, uint64_t *out);
/* Alerts of one incident, or of all (0), ids above `after`. */
int store_alerts(struct store_reader *r, uint64_t incident, uint64_t after,
	store_alert_fn *each, void *arg);
int store_incident_addrs(struct store_reader *r, uint64_t id, enum side side,
	store_addr_fn *each, void *arg);
int store_incident_sensors(
	struct store_reader *r, uint64_t id, store_text_fn *each, void *arg);
/* An incident's rules, the most severe first: sid, signature, events. */
typedef bool store_rule_fn(
	void *arg, uint32_t sid, const char *signature, uint64_t events);
int store_incident_rules(
	struct store_reader *r, uint64_t id, store_rule_fn *each, void *arg);
/* Other incidents which could have taken an alert of this one: same subject or one
 * address in common. `common` is that address. */
typedef bool store_near_fn(
	void *arg, const struct incident *other, const struct addr *common);
int store_near(
	struct store_reader *r, const struct incident *i, store_near_fn *each, void *arg);

typedef bool store_note_fn(void *arg, const struct store_note *n);
int          store_notes(
		 struct store_reader *r, uint64_t incident, store_note_fn *each, void *arg);
/* Actions on one incident, oldest first, with what each changed there, as
 * {"field":["before","after"],...}. */
typedef bool store_action_fn(
	void *arg, const struct store_action *a, const char *changes);
int store_actions(
	struct store_reader *r, uint64_t incident, store_action_fn *each, void *arg);

/* ---- fleet and ledger ---- */

typedef bool store_sensor_fn(void *arg, const struct store_sensor *s);
int          store_sensors(
		 struct store_reader *r, const char *name, store_sensor_fn *each, void *arg);
/* All, those of one site together. */
int store_sensors_by_site(struct store_reader *r, store_sensor_fn *each, void *arg);

/* Sequence numbers that are not here, with the cause: "missing" or as declared. */
struct store_gap {
	const char *sensor, *site, *cause;
	uint64_t    epoch, first, last, count, since_ns;
};
typedef bool store_gap_fn(void *arg, const struct store_gap *g);
int          store_gaps(struct store_reader *r, store_gap_fn *each, void *arg);

typedef bool store_dead_fn(void *arg, const struct store_dead_letter *d);
int          store_dead_letters(
		 struct store_reader *r, uint64_t after, store_dead_fn *each, void *arg);

/* ---- figures and checks ---- */

struct store_figures {
	uint64_t events, incidents, open, alerts, actions, dead_letters, duplicates,
		losses;
	uint64_t sensors, days, bytes_on_disk, event_bytes;
	uint64_t open_by_severity[5];
};
int store_figures(struct store_reader *r, struct store_figures *out);

struct store_report {
	uint64_t events, ranges, duplicates;
	uint32_t problems;
};
/* Read everything: SQLite's own check of each file, and each event against the ledger.
 * Problems are told one by one. Takes minutes on a large store. */
int store_check(
	struct store_reader *r, struct store_report *out, store_text_fn *each, void *arg);

#endif
