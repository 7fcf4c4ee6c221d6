/* SPDX-License-Identifier: Apache-2.0 */
/* Listings of incidents, alerts and what belongs to them. */
#include "collector/store_priv.h"

#include <errno.h>
#include <string.h>

/* ---- the inbox ---- */

#define INBOX_WHERE                                                                      \
	" rank>=?1 AND (rank>?1 OR last_ns<?2 OR (last_ns=?2 AND id>?3)) AND rank<=-?4"  \
	" AND (?5=0 OR site=?5) AND last_ns>=?6 AND (?7=0 OR last_ns<=?7)"               \
	" ORDER BY rank,last_ns DESC,id"

int
store_inbox(struct store_reader *r, const struct inbox_query *ask,
	store_incident_fn *each, void *arg)
{
	struct incident i;
	struct q        q;

	q = ask->all ? q_of(reader_main(r), "SELECT " INCIDENT_COLUMNS
					    " FROM incident WHERE" INBOX_WHERE)
		     : q_of(reader_main(r),
			       "SELECT " INCIDENT_COLUMNS
			       " FROM incident WHERE closed=0 AND" INBOX_WHERE);
	q_int(&q, ask->after_id ? -(int64_t)ask->after_severity : INT64_MIN);
	q_int(&q, ask->after_id ? (int64_t)ask->after_last_ns : INT64_MAX);
	q_u64(&q, ask->after_id);
	q_int(&q, ask->min_severity);
	q_int(&q, ask->site);
	q_u64(&q, ask->since_ns);
	q_u64(&q, ask->until_ns);
	while (q_row(&q)) {
		incident_from_row(&q, &i);
		if (!each(arg, &i))
			break;
	}
	return q_end(&q);
}

int
store_incident(struct store_reader *r, uint64_t id, struct incident *out)
{
	struct q q = q_of(
		reader_main(r), "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id=?");
	bool found;
	int  err;

	q_u64(&q, id);
	found = q_row(&q);
	if (found)
		incident_from_row(&q, out);
	err = q_end(&q);
	return err ? err : found ? 0 : -ENOENT;
}

int
store_changed(struct store_reader *r, uint64_t change, store_incident_fn *each, void *arg)
{
	struct q q =
		q_of(reader_main(r), "SELECT " INCIDENT_COLUMNS
				     " FROM incident WHERE change>? ORDER BY change");
	struct incident i;

	q_u64(&q, change);
	while (q_row(&q)) {
		incident_from_row(&q, &i);
		if (!each(arg, &i))
			break;
	}
	return q_end(&q);
}

/* ---- what belongs to an incident ---- */

int
store_alerts(struct store_reader *r, uint64_t incident, uint64_t after,
	store_alert_fn *each, void *arg)
{
	struct q q =
		incident ? q_of(reader_main(r),
				   "SELECT " ALERT_COLUMNS
				   " FROM alert WHERE incident=? AND id>? ORDER BY id")
			 : q_of(reader_main(r),
				   "SELECT " ALERT_COLUMNS
				   " FROM alert WHERE ?=0 AND id>? ORDER BY id");
	struct alert a;

	q_u64(&q, incident);
	q_u64(&q, after);
	while (q_row(&q)) {
		alert_from_row(&q, &a);
		if (!each(arg, &a))
			break;
	}
	return q_end(&q);
}

int
store_incident_addrs(struct store_reader *r, uint64_t id, enum side side,
	store_addr_fn *each, void *arg)
{
	struct q q =
		q_of(reader_main(r), "SELECT addr FROM incident_addr WHERE incident=?"
				     " AND side=? ORDER BY addr");

	q_u64(&q, id);
	q_int(&q, side);
	while (q_row(&q)) {
		struct addr a = q_get_addr(&q);

		if (!each(arg, &a))
			break;
	}
	return q_end(&q);
}

int
store_incident_sensors(
	struct store_reader *r, uint64_t id, store_text_fn *each, void *arg)
{
	struct q q = q_of(reader_main(r),
		"SELECT name FROM incident_sensor JOIN sensor"
		" ON sensor.id=incident_sensor.sensor WHERE incident=?"
		" ORDER BY name");

	q_u64(&q, id);
	while (q_row(&q) && each(arg, q_get_text(&q)))
		;
	return q_end(&q);
}

int
store_incident_rules(struct store_reader *r, uint64_t id, store_rule_fn *each, void *arg)
{
	struct q q =
		q_of(reader_main(r), "SELECT sid,signature,sum(events) FROM alert"
				     " WHERE incident=? GROUP BY gid,sid"
				     " ORDER BY max(severity) DESC,sum(events) DESC,sid");

	q_u64(&q, id);
	while (q_row(&q)) {
		uint32_t    sid = (uint32_t)q_get(&q);
		const char *signature = q_get_text(&q);

		if (!each(arg, sid, signature, q_get_u64(&q)))
			break;
	}
	return q_end(&q);
}

int
store_near(
	struct store_reader *r, const struct incident *i, store_near_fn *each, void *arg)
{
	struct q        q = q_of(reader_main(r),
		       "SELECT other.addr," INCIDENT_COLUMNS " FROM incident_addr AS mine"
			      " JOIN incident_addr AS other ON other.addr=mine.addr"
			      " AND other.incident<>mine.incident"
			      " JOIN incident ON incident.id=other.incident"
			      " WHERE mine.incident=? GROUP BY incident.id"
			      " ORDER BY abs(incident.last_ns-?) LIMIT 10");
	struct incident other;

	q_u64(&q, i->id);
	q_u64(&q, i->last_ns);
	while (q_row(&q)) {
		struct addr common = q_get_addr(&q);

		incident_from_row(&q, &other);
		if (!each(arg, &other, &common))
			break;
	}
	return q_end(&q);
}

int
store_notes(struct store_reader *r, uint64_t incident, store_note_fn *each, void *arg)
{
	struct q          q = q_of(reader_main(r),
			 "SELECT note.id,action,note.time_ns,note.who,text FROM note"
				  " JOIN action ON action.id=note.action"
				  " WHERE incident=? AND undone=0 ORDER BY note.id");
	struct store_note n;

	q_u64(&q, incident);
	while (q_row(&q)) {
		n.id = q_get_u64(&q);
		n.action = q_get_u64(&q);
		n.time_ns = q_get_u64(&q);
		n.who = q_get_text(&q);
		n.text = q_get_text(&q);
		if (!each(arg, &n))
			break;
	}
	return q_end(&q);
}

int
store_actions(struct store_reader *r, uint64_t incident, store_action_fn *each, void *arg)
{
	struct q            q = q_of(reader_main(r),
			   "SELECT "
				      "action.id,time_ns,uuid,who,client,verb,args,undoes,undone,n_items,"
				      "json_group_object(field,json_array(before,value)) FROM change"
				      " JOIN action ON action.id=change.action WHERE incident=?"
				      " GROUP BY action.id ORDER BY action.id");
	struct store_action a;

	q_u64(&q, incident);
	while (q_row(&q)) {
		a.id = q_get_u64(&q);
		a.time_ns = q_get_u64(&q);
		a.uuid = q_get_text(&q);
		a.who = q_get_text(&q);
		a.client = q_get_text(&q);
		a.verb = q_get_text(&q);
		a.args = q_get_text(&q);
		a.undoes = q_get_u64(&q);
		a.undone = q_get_u64(&q);
		a.n_items = (uint32_t)q_get(&q);
		if (!each(arg, &a, q_get_text(&q)))
			break;
	}
	return q_end(&q);
}

/* ---- fleet ---- */

int
store_cert_state(struct store_reader *r, const char *serial, uint32_t *sensor, bool *good)
{
	struct q q = q_of(reader_main(r), "SELECT sensor,good FROM cert WHERE serial=?");

	*sensor = 0;
	*good = false;
	q_text(&q, serial);
	if (q_row(&q)) {
		*sensor = (uint32_t)q_get(&q);
		*good = q_get(&q) != 0;
	}
	return q_end(&q);
}

int
store_sensors(struct store_reader *r, const char *name, store_sensor_fn *each, void *arg)
{
	struct q q =
		q_of(reader_main(r), SENSOR_SELECT "WHERE ?1 IS NULL OR sensor.name=?1"
						   " ORDER BY sensor.name");
	struct store_sensor s;

	q_text(&q, name);
	while (q_row(&q)) {
		sensor_from_row(&q, &s);
		if (!each(arg, &s))
			break;
	}
	return q_end(&q);
}

int
store_sensors_by_site(struct store_reader *r, store_sensor_fn *each, void *arg)
{
	struct q q = q_of(reader_main(r), SENSOR_SELECT "ORDER BY site.name,sensor.name");
	struct store_sensor s;

	while (q_row(&q)) {
		sensor_from_row(&q, &s);
		if (!each(arg, &s))
			break;
	}
	return q_end(&q);
}

int
store_dead_letters(struct store_reader *r, uint64_t after, store_dead_fn *each, void *arg)
{
	struct q                 q = q_of(reader_main(r),
				"SELECT dead_letter.id,dead_letter.sensor,dead_letter.epoch,"
						"dead_letter.seq,received_ns,coalesce(name,''),reason,bytes"
						" FROM dead_letter LEFT JOIN sensor"
						" ON sensor.id=dead_letter.sensor WHERE dead_letter.id>?"
						" ORDER BY dead_letter.id");
	struct store_dead_letter d;

	q_u64(&q, after);
	while (q_row(&q)) {
		d.id = q_get_u64(&q);
		d.sensor = (uint32_t)q_get(&q);
		d.epoch = q_get_u64(&q);
		d.seq = q_get_u64(&q);
		d.received_ns = q_get_u64(&q);
		d.sensor_name = q_get_text(&q);
		d.reason = q_get_text(&q);
		d.bytes = q_get_blob(&q);
		if (!each(arg, &d))
			break;
	}
	return q_end(&q);
}
