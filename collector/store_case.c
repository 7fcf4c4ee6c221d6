/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts and incidents of the writer: each row is in memory once while it is worked on.
 * New rows are inserted at once, so that SQL finds them; changed ones are written at
 * commit. */
#include "collector/store_priv.h"
#include "collector/uuid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_MAX 8192 /* rows of each kind kept in memory between transactions */

struct held_alert {
	struct alert   a;
	bool           dirty;
	UT_hash_handle hh; /* by key: the newest with that key */
};

struct held_incident {
	struct incident i;
	bool            dirty;
	UT_hash_handle  hh; /* by id */
};

struct cases {
	struct held_alert    *alerts;
	struct held_incident *incidents;
};

struct cases *
cases_new(void)
{
	return calloc(1, sizeof(struct cases));
}

void
cases_forget(struct cases *c)
{
	struct held_incident *i, *next_i;
	struct held_alert    *a, *next_a;

	HASH_ITER(hh, c->alerts, a, next_a)
	{
		HASH_DEL(c->alerts, a);
		free(a);
	}
	HASH_ITER(hh, c->incidents, i, next_i)
	{
		HASH_DEL(c->incidents, i);
		free(i);
	}
}

void
cases_free(struct cases *c)
{
	if (!c)
		return;
	cases_forget(c);
	free(c);
}

/* ---- alerts ---- */

void
alert_from_row(struct q *q, struct alert *a)
{
	memset(a, 0, sizeof(*a));
	a->id = q_get_u64(q);
	q_copy_text(q, a->uuid, sizeof(a->uuid));
	a->incident = q_get_u64(q);
	a->key.gid = (uint32_t)q_get(q);
	a->key.sid = (uint32_t)q_get(q);
	a->key.site = (uint32_t)q_get(q);
	a->key.part = (uint32_t)q_get(q);
	a->key.addr = q_get_addr(q);
	a->rev = (uint32_t)q_get(q);
	a->severity = (uint8_t)q_get(q);
	a->first_ns = q_get_u64(q);
	a->last_ns = q_get_u64(q);
	a->events = q_get_u64(q);
	a->suppressed = q_get_u64(q);
	a->first_event = q_get_u64(q);
	a->last_event = q_get_u64(q);
	q_copy_text(q, a->signature, sizeof(a->signature));
	q_copy_text(q, a->category, sizeof(a->category));
	q_copy_text(q, a->ruleset, sizeof(a->ruleset));
}

static int
alert_save(struct store *s, const struct alert *a)
{
	struct q q =
		q_of(&s->main, "UPDATE alert SET rev=?,severity=?,first_ns=?,last_ns=?,"
			       "events=?,suppressed=?,last_event=? WHERE id=?");

	q_int(&q, a->rev);
	q_int(&q, a->severity);
	q_u64(&q, a->first_ns);
	q_u64(&q, a->last_ns);
	q_u64(&q, a->events);
	q_u64(&q, a->suppressed);
	q_u64(&q, a->last_event);
	q_u64(&q, a->id);
	return q_done(&q);
}

/* Hold a copy as the newest of its key; the one before it is written and let go. */
static int
alert_hold(struct store *s, struct held_alert **out, const struct alert *a)
{
	struct held_alert *old, *h = calloc(1, sizeof(*h));
	int                err = 0;

	*out = h;
	if (!h)
		return -ENOMEM;
	h->a = *a;
	HASH_FIND(hh, s->cases->alerts, &a->key, sizeof(a->key), old);
	if (old) {
		err = old->dirty ? alert_save(s, &old->a) : 0;
		HASH_DEL(s->cases->alerts, old);
		free(old);
	}
	HASH_ADD(hh, s->cases->alerts, a.key, sizeof(a->key), h);
	return err;
}

int
store_alert_find(struct store *s, struct alert **out, const struct alert_key *key)
{
	struct held_alert *h;
	struct alert       a;
	struct q           q;
	bool               found;
	int                err = 0;

	HASH_FIND(hh, s->cases->alerts, key, sizeof(*key), h);
	*out = h ? &h->a : NULL;
	if (h)
		return 0;
	q = q_of(&s->main,
		"SELECT " ALERT_COLUMNS " FROM alert WHERE sid=? AND addr=? AND site=?"
		" AND gid=? AND part=? ORDER BY id DESC LIMIT 1");
	q_int(&q, key->sid);
	q_addr(&q, &key->addr);
	q_int(&q, key->site);
	q_int(&q, key->gid);
	q_int(&q, key->part);
	found = q_row(&q);
	if (found)
		alert_from_row(&q, &a);
	if (q_end(&q))
		return q.err;
	if (found)
		err = alert_hold(s, &h, &a);
	if (found && !err)
		*out = &h->a;
	return err;
}

int
store_alert_add(struct store *s, struct alert **out, const struct alert *a)
{
	struct held_alert *h;
	struct q           q;
	int                err = alert_hold(s, &h, a);

	*out = NULL;
	if (err)
		return err;
	uuid_make(h->a.uuid, s->now_ns);
	q = q_of(&s->main,
		"INSERT INTO alert(uuid,incident,gid,sid,site,part,addr,rev,severity,"
		"first_ns,last_ns,events,suppressed,first_event,last_event,signature,"
		"category,ruleset) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	q_text(&q, h->a.uuid);
	q_u64(&q, a->incident);
	q_int(&q, a->key.gid);
	q_int(&q, a->key.sid);
	q_int(&q, a->key.site);
	q_int(&q, a->key.part);
	q_addr(&q, &a->key.addr);
	q_int(&q, a->rev);
	q_int(&q, a->severity);
	q_u64(&q, a->first_ns);
	q_u64(&q, a->last_ns);
	q_u64(&q, a->events);
	q_u64(&q, a->suppressed);
	q_u64(&q, a->first_event);
	q_u64(&q, a->last_event);
	q_text(&q, a->signature);
	q_text(&q, a->category);
	q_text(&q, a->ruleset);
	err = q_done(&q);
	h->a.id = (uint64_t)sqlite3_last_insert_rowid(s->main.sq);
	*out = err ? NULL : &h->a;
	return err;
}

void
store_alert_touch(struct store *s, struct alert *a)
{
	(void)s;
	((struct held_alert *)a)->dirty = true; /* `a` is its first member */
}

/* ---- incidents ---- */

void
incident_from_row(struct q *q, struct incident *i)
{
	memset(i, 0, sizeof(*i));
	i->id = q_get_u64(q);
	q_copy_text(q, i->uuid, sizeof(i->uuid));
	i->site = (uint32_t)q_get(q);
	i->part = (uint32_t)q_get(q);
	i->subject = q_get_addr(q);
	i->severity = (uint8_t)q_get(q);
	i->first_ns = q_get_u64(q);
	i->last_ns = q_get_u64(q);
	i->events = q_get_u64(q);
	i->alerts = q_get_u64(q);
	i->exercise = q_get_u64(q);
	i->created_ns = q_get_u64(q);
	i->modified_ns = q_get_u64(q);
	i->revision = q_get_u64(q);
	i->change = q_get_u64(q);
	i->top = (uint8_t)q_get(q);
	i->n_rules = (uint32_t)q_get(q);
	q_copy_text(q, i->signature, sizeof(i->signature));
	q_copy_text(q, i->title, sizeof(i->title));
	i->verdict.state = (enum incident_state)q_get(q);
	i->verdict.severity = (int)q_get(q);
	i->verdict.acknowledged_ns = q_get_u64(q);
	i->verdict.escalated_ns = q_get_u64(q);
	q_copy_text(q, i->verdict.disposition, sizeof(i->verdict.disposition));
	q_copy_text(q, i->verdict.classification, sizeof(i->verdict.classification));
	q_copy_text(q, i->verdict.tlp, sizeof(i->verdict.tlp));
	q_copy_text(q, i->verdict.assignee, sizeof(i->verdict.assignee));
	q_copy_text(q, i->verdict.escalated_to, sizeof(i->verdict.escalated_to));
}

/* Bound in the order of the columns from `severity` on. */
static void
bind_incident(struct q *q, const struct incident *i)
{
	const struct verdict *v = &i->verdict;

	q_int(q, i->severity);
	q_u64(q, i->first_ns);
	q_u64(q, i->last_ns);
	q_u64(q, i->events);
	q_u64(q, i->alerts);
	q_u64(q, i->exercise);
	q_u64(q, i->created_ns);
	q_u64(q, i->modified_ns);
	q_u64(q, i->revision);
	q_u64(q, i->change);
	q_int(q, i->top);
	q_int(q, i->n_rules);
	q_text(q, i->signature);
	q_text(q, i->title);
	q_int(q, v->state);
	q_int(q, v->severity);
	q_u64(q, v->acknowledged_ns);
	q_u64(q, v->escalated_ns);
	q_text(q, v->disposition);
	q_text(q, v->classification);
	q_text(q, v->tlp);
	q_text(q, v->assignee);
	q_text(q, v->escalated_to);
}

static int
incident_save(struct store *s, struct incident *i)
{
	struct q q = q_of(&s->main,
		"UPDATE incident SET severity=?,first_ns=?,last_ns=?,events=?,"
		"alerts=?,exercise=?,created_ns=?,modified_ns=?,revision=?,"
		"change=?,top=?,n_rules=?,signature=?,title=?,state=?,verdict_severity=?,"
		"acknowledged_ns=?,"
		"escalated_ns=?,disposition=?,classification=?,tlp=?,assignee=?,"
		"escalated_to=? WHERE id=?");

	bind_incident(&q, i);
	q_u64(&q, i->id);
	return q_done(&q);
}

/* How many addresses an incident remembers of each side. */
static int
count_addrs(struct store *s, struct incident *i)
{
	struct q q =
		q_of(&s->main, "SELECT side,count(*) FROM incident_addr WHERE incident=?"
			       " GROUP BY side");

	q_u64(&q, i->id);
	while (q_row(&q)) {
		uint64_t side = q_get_u64(&q);

		if (side < SIDE_COUNT)
			i->n_addrs[side] = (uint32_t)q_get(&q);
	}
	return q_end(&q);
}

static struct incident *
incident_hold(struct store *s, const struct incident *i)
{
	struct held_incident *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->i = *i;
	HASH_ADD(hh, s->cases->incidents, i.id, sizeof(h->i.id), h);
	return &h->i;
}

int
store_incident_get(struct store *s, struct incident **out, uint64_t id)
{
	struct held_incident *h;
	struct incident       i;
	struct q              q;
	bool                  found;
	int                   err;

	HASH_FIND(hh, s->cases->incidents, &id, sizeof(id), h);
	*out = h ? &h->i : NULL;
	if (h)
		return 0;
	q = q_of(&s->main, "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id=?");
	q_u64(&q, id);
	found = q_row(&q);
	if (found)
		incident_from_row(&q, &i);
	err = q_end(&q);
	if (err || !found)
		return err ? err : -ENOENT;
	err = count_addrs(s, &i);
	if (err)
		return err;
	*out = incident_hold(s, &i);
	return *out ? 0 : -ENOMEM;
}

int
store_incident_find(struct store *s, struct incident **out, uint32_t site,
	const struct addr *addr, enum part part)
{
	struct q q = q_of(&s->main,
		"SELECT id FROM incident WHERE site=? AND subject=? AND part=?"
		" ORDER BY id DESC LIMIT 1");
	uint64_t id = 0;

	*out = NULL;
	q_int(&q, site);
	q_addr(&q, addr);
	q_int(&q, part);
	if (q_row(&q))
		id = q_get_u64(&q);
	if (q_end(&q))
		return q.err;
	return id ? store_incident_get(s, out, id) : 0;
}

int
store_attackers_of(struct store *s, uint32_t *out, uint32_t site,
	const struct addr *victim, uint64_t since_ns)
{
	struct q q = q_of(&s->main,
		"SELECT incident FROM incident_addr WHERE addr=? AND side=?"
		" ORDER BY incident DESC LIMIT 64");
	uint64_t ids[64];
	size_t   n = 0;
	int      err;

	*out = 0;
	q_addr(&q, victim);
	q_int(&q, SIDE_VICTIM);
	while (n < 64 && q_row(&q))
		ids[n++] = q_get_u64(&q);
	err = q_end(&q);
	for (size_t k = 0; k < n && !err; k++) {
		struct incident *i;

		err = store_incident_get(s, &i, ids[k]);
		if (!err && i->site == site && i->part == PART_ATTACKER &&
			i->verdict.state != STATE_CLOSED && i->last_ns >= since_ns)
			(*out)++;
	}
	return err;
}

void
store_incident_touch(struct store *s, struct incident *i)
{
	i->modified_ns = s->now_ns;
	i->change = ++s->change;
	((struct held_incident *)i)->dirty = true; /* `i` is its first member */
}

int
store_incident_add(struct store *s, struct incident **out, const struct incident *from)
{
	struct incident i = *from;
	struct q        q = q_of(&s->main,
		       "INSERT INTO incident(uuid,site,part,subject,severity,"
			      "first_ns,last_ns,events,alerts,exercise,created_ns,modified_ns,"
			      "revision,change,top,n_rules,signature,title,state,verdict_severity,"
			      "acknowledged_ns,"
			      "escalated_ns,disposition,classification,tlp,assignee,"
			      "escalated_to) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
			      "?,?,?,?,?,?)");
	int             err;

	*out = NULL;
	uuid_make(i.uuid, s->now_ns);
	i.created_ns = i.modified_ns = s->now_ns;
	i.revision = 1;
	i.change = ++s->change;
	q_text(&q, i.uuid);
	q_int(&q, i.site);
	q_int(&q, i.part);
	q_addr(&q, &i.subject);
	bind_incident(&q, &i);
	err = q_done(&q);
	if (err)
		return err;
	i.id = (uint64_t)sqlite3_last_insert_rowid(s->main.sq);
	*out = incident_hold(s, &i);
	return *out ? 0 : -ENOMEM;
}

int
store_incident_addr(
	struct store *s, struct incident *i, const struct addr *a, enum side side)
{
	struct q q;
	int      err;

	if (a->family == 0 || i->n_addrs[side] >= CASE_ADDRS_MAX)
		return 0;
	q = q_of(&s->main,
		"INSERT INTO incident_addr VALUES(?,?,?) ON CONFLICT DO NOTHING");
	q_u64(&q, i->id);
	q_int(&q, side);
	q_addr(&q, a);
	err = q_done(&q);
	if (!err && sqlite3_changes(s->main.sq))
		i->n_addrs[side]++;
	return err;
}

int
store_incident_sensor(struct store *s, struct incident *i, uint32_t sensor)
{
	struct q q = q_of(&s->main,
		"INSERT INTO incident_sensor VALUES(?,?) ON CONFLICT DO NOTHING");

	q_u64(&q, i->id);
	q_int(&q, sensor);
	return q_done(&q);
}

int
store_incident_has_rule(struct store *s, uint64_t incident, uint32_t gid, uint32_t sid)
{
	struct q q = q_of(&s->main,
		"SELECT 1 FROM alert WHERE incident=? AND sid=? AND gid=? LIMIT 1");
	bool     found;

	q_u64(&q, incident);
	q_int(&q, sid);
	q_int(&q, gid);
	found = q_row(&q);
	return q_end(&q) ? q.err : found;
}

/* ---- at commit ---- */

int
cases_flush(struct cases *c, struct store *s)
{
	struct held_incident *i, *next_i;
	struct held_alert    *a, *next_a;
	int                   err = 0;

	HASH_ITER(hh, c->alerts, a, next_a)
	{
		if (a->dirty && !err)
			err = alert_save(s, &a->a);
		a->dirty = false;
	}
	HASH_ITER(hh, c->incidents, i, next_i)
	{
		if (i->dirty && !err)
			err = incident_save(s, &i->i);
		i->dirty = false;
	}
	return err;
}

void
cases_trim(struct cases *c)
{
	if (HASH_COUNT(c->alerts) > CASES_MAX || HASH_COUNT(c->incidents) > CASES_MAX)
		cases_forget(c);
}
