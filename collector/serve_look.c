/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve_priv.h"

#include "collector/correlate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RULES_SHOWN 32

static const char *const severities[] = {"info", "low", "medium", "high", "critical"};

/* ---- small ones ---- */

void
put_id(struct json *j, const char *key, uint64_t id)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	json_str(j, key, id ? text : NULL);
}

void
put_time(struct json *j, const char *key, uint64_t ns)
{
	if (ns)
		json_time(j, key, ns);
	else
		json_nil(j, key);
}

void
put_word(struct json *j, const char *key, const char *word)
{
	json_str(j, key, word && *word ? word : NULL);
}

static bool
put_addr(void *arg, const struct addr *a)
{
	json_addr(arg, NULL, a);
	return true;
}

static bool
put_text(void *arg, const char *text)
{
	json_str(arg, NULL, text);
	return true;
}

/* ---- incidents ---- */

struct rules {
	struct json *j;
	unsigned     n;
};

static bool
put_rule(void *arg, uint32_t sid, const char *signature, uint64_t events)
{
	struct rules *r = arg;

	json_obj(r->j, NULL);
	json_u64(r->j, "sid", sid);
	json_str(r->j, "signature", signature);
	json_u64(r->j, "count", events);
	json_obj_end(r->j);
	return ++r->n < RULES_SHOWN;
}

static int
put_lists(struct json *j, struct store_reader *r, const struct incident *i)
{
	struct rules rules = {.j = j};
	int          err;

	json_arr(j, "sources");
	err = store_incident_addrs(r, i->id, SIDE_SOURCE, put_addr, j);
	json_arr_end(j);
	json_arr(j, "targets");
	if (!err)
		err = store_incident_addrs(r, i->id, SIDE_TARGET, put_addr, j);
	json_arr_end(j);
	json_arr(j, "rules");
	if (!err)
		err = store_incident_rules(r, i->id, put_rule, &rules);
	json_arr_end(j);
	json_arr(j, "sensors");
	if (!err)
		err = store_incident_sensors(r, i->id, put_text, j);
	json_arr_end(j);
	return err;
}

static void
put_verdict(struct json *j, const struct verdict *v)
{
	json_str(j, "state", state_name(v->state));
	put_word(j, "disposition", v->disposition);
	put_word(j, "classification", v->classification);
	put_word(j, "assignee", v->assignee);
	put_time(j, "acknowledged", v->acknowledged_ns);
	put_time(j, "escalated", v->escalated_ns);
	put_word(j, "escalated_to", v->escalated_to);
	put_word(j, "tlp", v->tlp);
}

int
put_incident_members(struct json *j, struct store_reader *r, const struct incident *i)
{
	char site[65];
	int  err = store_site_name(r, i->site, site, sizeof(site));

	put_id(j, "id", i->id);
	json_str(j, "uuid", i->uuid);
	json_str(j, "title", i->title);
	json_u64(j, "severity", (uint64_t)incident_severity(i));
	json_str(j, "site", site);
	put_verdict(j, &i->verdict);
	json_time(j, "first_seen", i->first_ns);
	json_time(j, "last_seen", i->last_ns);
	json_u64(j, "events", i->events);
	json_u64(j, "alerts", i->alerts);
	json_obj(j, "subject");
	json_addr(j, "address", &i->subject);
	json_str(j, "part", part_name((enum part)i->part));
	json_obj_end(j);
	put_id(j, "exercise", i->exercise);
	json_time(j, "created", i->created_ns);
	json_time(j, "modified", i->modified_ns);
	json_u64(j, "revision", i->revision);
	return err ? err : put_lists(j, r, i);
}

int
put_incident(
	struct json *j, const char *key, struct store_reader *r, const struct incident *i)
{
	int err;

	json_obj(j, key);
	err = put_incident_members(j, r, i);
	json_obj_end(j);
	return err;
}

/* ---- the inbox ---- */

struct page {
	struct call    *c;
	uint64_t        left;
	bool            more;
	int             err;
	struct incident last;
};

static bool
inbox_item(void *arg, const struct incident *i)
{
	struct page *p = arg;

	p->more = p->left == 0;
	if (p->more)
		return false;
	p->left--;
	p->last = *i;
	p->err = put_incident(&p->c->out, NULL, p->c->reader, i);
	return p->err == 0;
}

/* severity.last_seen.id of the last one shown. */
static void
read_cursor(struct call *c, struct inbox_query *q)
{
	const char        *text = call_text(c, "cursor");
	unsigned long long last_ns, id;
	int                end = 0;

	if (!text)
		return;
	if (sscanf(text, "%d.%llu.%llu%n", &q->after_severity, &last_ns, &id, &end) !=
			3 ||
		text[end]) {
		call_fail(c, 400, "bad_request",
			"cursor is what `next` of the page before said");
		return;
	}
	q->after_last_ns = last_ns;
	q->after_id = id;
}

static bool
read_inbox(struct call *c, struct inbox_query *q)
{
	const char *state = call_text(c, "state"), *site = call_text(c, "site");
	uint64_t    severity = 0;
	int         err;

	q->all = state && strcmp(state, "all") == 0;
	if (state && !q->all && strcmp(state, "open") != 0)
		call_fail(c, 400, "bad_request", "state is open or all");
	if (call_u64(c, "severity", &severity) && severity > 4)
		call_fail(c, 400, "bad_request", "severity is 0 to 4");
	q->min_severity = (int)severity;
	call_time(c, "since", &q->since_ns);
	call_time(c, "until", &q->until_ns);
	read_cursor(c, q);
	if (!site || c->status)
		return c->status == 0;
	err = store_site_id(c->reader, &q->site, site);
	if (err)
		call_store_failed(c, err);
	return !err && q->site != 0;
}

void
serve_inbox(struct call *c)
{
	struct inbox_query q = {0};
	struct page        p = {.c = c, .left = call_limit(c)};
	char               next[64];
	bool               any = read_inbox(c, &q);
	int                err;

	if (c->status)
		return;
	json_obj(&c->out, NULL);
	err = put_coverage(&c->out, "coverage", c->reader, c->now_ns);
	json_arr(&c->out, "items");
	if (!err && any)
		err = store_inbox(c->reader, &q, inbox_item, &p);
	json_arr_end(&c->out);
	snprintf(next, sizeof(next), "%d.%llu.%llu", incident_severity(&p.last),
		(unsigned long long)p.last.last_ns, (unsigned long long)p.last.id);
	json_str(&c->out, "next", p.more ? next : NULL);
	json_obj_end(&c->out);
	if (err || p.err)
		call_store_failed(c, err ? err : p.err);
}

/* ---- one incident ---- */

void
put_alert(struct json *j, const char *key, const struct alert *a)
{
	json_obj(j, key);
	put_id(j, "id", a->id);
	put_id(j, "incident", a->incident);
	json_str(j, "uuid", a->uuid);
	json_u64(j, "gid", a->key.gid);
	json_u64(j, "sid", a->key.sid);
	json_u64(j, "rev", a->rev);
	json_str(j, "signature", a->signature);
	put_word(j, "category", a->category);
	json_u64(j, "severity", a->severity);
	json_addr(j, part_name((enum part)a->key.part), &a->key.addr);
	json_u64(j, "events", a->events);
	json_u64(j, "suppressed", a->suppressed);
	json_time(j, "first_seen", a->first_ns);
	json_time(j, "last_seen", a->last_ns);
	put_id(j, "first_event", a->first_event);
	put_id(j, "last_event", a->last_event);
	put_word(j, "ruleset", a->ruleset);
	json_obj_end(j);
}

struct alerts {
	struct call *c;
	uint64_t     left, last;
	bool         more;
};

static bool
alert_item(void *arg, const struct alert *a)
{
	struct alerts *p = arg;

	p->more = p->left == 0;
	if (p->more)
		return false;
	p->left--;
	p->last = a->id;
	put_alert(&p->c->out, NULL, a);
	return true;
}

static bool
note_item(void *arg, const struct store_note *n)
{
	struct json *j = arg;

	json_obj(j, NULL);
	put_id(j, "id", n->id);
	put_id(j, "action_id", n->action);
	json_time(j, "time", n->time_ns);
	json_str(j, "actor", n->who);
	json_str(j, "text", n->text);
	json_obj_end(j);
	return true;
}

static bool
action_item(void *arg, const struct store_action *a, const char *changes)
{
	struct json *j = arg;

	json_obj(j, NULL);
	put_id(j, "id", a->id);
	json_str(j, "uuid", a->uuid);
	json_time(j, "time", a->time_ns);
	json_str(j, "actor", a->who);
	json_str(j, "client", a->client);
	json_str(j, "action", a->verb);
	json_raw(j, "args", a->args, strlen(a->args));
	json_raw(j, "changes", changes, strlen(changes));
	put_id(j, "undoes", a->undoes);
	put_id(j, "undone_by", a->undone);
	json_obj_end(j);
	return true;
}

/* The incident in the path; false: the answer is an error already. */
static bool
the_incident(struct call *c, struct incident *i)
{
	uint64_t id = call_number(c);
	int      err = id ? store_incident(c->reader, id, i) : 0;

	if (err == -ENOENT)
		call_fail(c, 404, "not_found", "there is no incident %s", c->id);
	else if (err)
		call_store_failed(c, err);
	return c->status == 0;
}

void
serve_incident(struct call *c)
{
	struct incident i;
	struct alerts   p = {.c = c, .left = CALL_LIMIT};
	int             err;

	if (!the_incident(c, &i))
		return;
	json_obj(&c->out, NULL);
	err = put_incident_members(&c->out, c->reader, &i);
	json_arr(&c->out, "alert_list");
	if (!err)
		err = store_alerts(c->reader, i.id, 0, alert_item, &p);
	json_arr_end(&c->out);
	json_arr(&c->out, "notes");
	if (!err)
		err = store_notes(c->reader, i.id, note_item, &c->out);
	json_arr_end(&c->out);
	json_arr(&c->out, "actions");
	if (!err)
		err = store_actions(c->reader, i.id, action_item, &c->out);
	json_arr_end(&c->out);
	json_obj_end(&c->out);
	if (err)
		call_store_failed(c, err);
}

void
serve_alerts(struct call *c)
{
	uint64_t      incident = 0, after = 0;
	struct alerts p = {.c = c, .left = call_limit(c)};
	int           err;

	call_u64(c, "incident", &incident);
	call_u64(c, "cursor", &after);
	if (c->status)
		return;
	json_obj(&c->out, NULL);
	json_arr(&c->out, "items");
	err = store_alerts(c->reader, incident, after, alert_item, &p);
	json_arr_end(&c->out);
	put_id(&c->out, "next", p.more ? p.last : 0);
	json_obj_end(&c->out);
	if (err)
		call_store_failed(c, err);
}

/* ---- why ---- */

struct why {
	struct call     *c;
	struct incident *i;
	char             site[65];
	struct alert     worst, last;
	unsigned         n;
};

/* How this alert came to this incident: see correlate.c's order of subjects. */
static const char *
joined(const struct why *w, const struct alert *a)
{
	if (!addr_eq(&a->key.addr, &w->i->subject))
		return w->i->part == PART_VICTIM
			       ? "its other side is the victim of this incident"
			       : "its other side is who this incident is about";
	if (a->key.part == w->i->part)
		return w->i->part == PART_VICTIM ? "the same victim"
						 : "the same attacker";
	return w->i->part == PART_VICTIM ? "the victim now attacks"
					 : "who attacks is hit itself";
}

static bool
reason_item(void *arg, const struct alert *a)
{
	struct why  *w = arg;
	struct json *j = &w->c->out;

	if (w->n++ == 0 || a->severity > w->worst.severity)
		w->worst = *a;
	w->last = *a;
	if (w->n > CALL_LIMIT)
		return false;
	json_obj(j, NULL);
	json_str(j, "kind", "alert");
	put_id(j, "alert", a->id);
	json_str(j, "text", a->signature);
	json_u64(j, "gid", a->key.gid);
	json_u64(j, "sid", a->key.sid);
	json_u64(j, "rev", a->rev);
	json_str(j, "signature", a->signature);
	json_u64(j, "count", a->events);
	json_time(j, "first_seen", a->first_ns);
	json_time(j, "last_seen", a->last_ns);
	json_u64(j, "severity", a->severity);
	json_obj(j, "key");
	json_addr(j, part_name((enum part)a->key.part), &a->key.addr);
	json_str(j, "site", w->site);
	json_obj_end(j);
	json_u64(j, "window_s", correlate_defaults.alert_window_ns / 1000000000);
	json_str(j, "joined", joined(w, a));
	put_id(j, "first_event", a->first_event);
	put_id(j, "last_event", a->last_event);
	json_obj_end(j);
	return true;
}

static bool
miss_item(void *arg, const struct incident *other, const struct addr *common)
{
	struct why  *w = arg;
	struct json *j = &w->c->out;
	char         addr[ADDR_TEXT_MAX], text[CASE_TEXT_MAX + 200];
	const char  *because = "it is about another address";

	if (other->site != w->i->site)
		because = "another site";
	else if (other->verdict.state == STATE_CLOSED)
		because = "it is closed";
	else if (addr_eq(&other->subject, &w->i->subject))
		because = "the time between is longer than the window";
	snprintf(text, sizeof(text), "#%llu (%s) also has %s, but: %s",
		(unsigned long long)other->id, other->title, addr_format(common, addr),
		because);
	json_obj(j, NULL);
	json_str(j, "text", text);
	put_id(j, "incident", other->id);
	json_str(j, "address", addr);
	json_str(j, "because", because);
	json_obj_end(j);
	return true;
}

static void
put_severity(struct why *w)
{
	struct json *j = &w->c->out;
	char         text[CASE_TEXT_MAX + 80];

	json_obj(j, "severity");
	json_u64(j, "value", (uint64_t)incident_severity(w->i));
	json_arr(j, "because");
	snprintf(text, sizeof(text), "its worst alert is %s: %s (sid %u)",
		severities[w->worst.severity < 5 ? w->worst.severity : 4],
		w->worst.signature, w->worst.key.sid);
	json_str(j, NULL, text);
	if (w->i->verdict.severity >= 0) {
		snprintf(text, sizeof(text), "set to %s by an analyst",
			severities[w->i->verdict.severity]);
		json_str(j, NULL, text);
	}
	json_arr_end(j);
	json_obj_end(j);
}

void
serve_why(struct call *c)
{
	struct incident i;
	struct why      w = {.c = c, .i = &i};
	int             err;

	if (!the_incident(c, &i))
		return;
	err = store_site_name(c->reader, i.site, w.site, sizeof(w.site));
	json_obj(&c->out, NULL);
	if (!err)
		err = put_incident(&c->out, "incident", c->reader, &i);
	json_arr(&c->out, "reasons");
	if (!err)
		err = store_alerts(c->reader, i.id, 0, reason_item, &w);
	json_arr_end(&c->out);
	put_word(&c->out, "ruleset", w.last.ruleset);
	json_u64(&c->out, "window_s", correlate_defaults.incident_window_ns / 1000000000);
	put_severity(&w);
	json_arr(&c->out, "nearest_misses");
	if (!err)
		err = store_near(c->reader, &i, miss_item, &w);
	json_arr_end(&c->out);
	json_obj_end(&c->out);
	if (err)
		call_store_failed(c, err);
}
