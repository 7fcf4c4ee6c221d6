/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/correlate.h"

#include "collector/store.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define HOUR_NS (3600ull * 1000000000)

const struct correlate_policy correlate_defaults = {
	.alert_window_ns = HOUR_NS,
	.incident_window_ns = 24 * HOUR_NS,
	.crowd = 3,
};

/* An address in a part: what an incident can be about. */
struct subject {
	enum part   part;
	struct addr addr;
};

/* Who is who in an event. Where the rule does not say, the source is just a source. */
struct roles {
	struct addr attacker, victim; /* family 0: not known */
	struct addr from, to;         /* who began the conversation, and with whom */
};

static struct roles
roles_of(const struct event *e)
{
	struct roles r = {
		.from = e->to_client ? e->dst : e->src, .to = e->to_client ? e->src : e->dst};

	if (e->victim == EVENT_VICTIM_SRC) {
		r.victim = e->src;
		r.attacker = e->dst;
	} else if (e->victim == EVENT_VICTIM_DST) {
		r.victim = e->dst;
		r.attacker = e->src;
	}
	return r;
}

/* An infected host is one case however many it talks to; an attacker is one case however
 * many it attacks. */
static struct subject
subject_of(const struct event *e)
{
	static const enum part part[] = {
		[EVENT_VICTIM_UNKNOWN] = PART_SOURCE,
		[EVENT_VICTIM_SRC] = PART_VICTIM,
		[EVENT_VICTIM_DST] = PART_ATTACKER,
	};

	return (struct subject){part[e->victim], e->src};
}

static bool
within(uint64_t ts, uint64_t first, uint64_t last, uint64_t window)
{
	return ts >= first ? ts <= last || ts - last <= window : first - ts <= window;
}

static bool
takes(const struct incident *i, uint64_t ts, const struct correlate_policy *p)
{
	return i->verdict.state != STATE_CLOSED &&
	       within(ts, i->first_ns, i->last_ns, p->incident_window_ns);
}

/* ---- texts ---- */

static void
copy_text(char *to, size_t len, const json_t *from, const char *otherwise)
{
	const char *s = json_string_value(from);
	size_t      n;

	snprintf(to, len, "%s", s && *s ? s : otherwise);
	/* Never half a character at the end. */
	n = strlen(to);
	if (n + 1 < len)
		return;
	while (n > 0 && ((unsigned char)to[n - 1] & 0xc0) == 0x80)
		n--;
	to[n ? n - 1 : 0] = '\0';
}

static void
read_texts(struct alert *a, const struct event *e)
{
	json_t *eve =
		json_loadb((const char *)e->eve.at, e->eve.left, JSON_ALLOW_NUL, NULL);
	json_t *alert = json_object_get(eve, "alert");
	char    rule[40];

	snprintf(rule, sizeof(rule), "rule %u:%u", e->gid, e->sid);
	copy_text(a->signature, sizeof(a->signature), json_object_get(alert, "signature"),
		rule);
	copy_text(
		a->category, sizeof(a->category), json_object_get(alert, "category"), "");
	json_decref(eve);
}

/* The worst alert gives the incident its name; the first of equals keeps it. */
static int
name_incident(struct store *s, struct incident *i, const struct alert *a)
{
	char addr[ADDR_TEXT_MAX], more[32] = "";
	int  known = store_incident_has_rule(s, i->id, a->key.gid, a->key.sid);

	if (known < 0)
		return known;
	i->n_rules += !known;
	if (i->n_rules == 1 || a->severity > i->top) {
		i->top = a->severity;
		snprintf(i->signature, sizeof(i->signature), "%s", a->signature);
	}
	if (i->n_rules > 1)
		snprintf(more, sizeof(more), " and %u more", i->n_rules - 1);
	snprintf(i->title, sizeof(i->title), "%.160s%s %s %s", i->signature, more,
		i->part == PART_VICTIM ? "on" : "from", addr_format(&i->subject, addr));
	return 0;
}

/* ---- choosing the incident ---- */

#define SUBJECTS_MAX 5

/* What an open incident may be about to take this alert, the best first. */
static size_t
subjects_for(struct subject out[static SUBJECTS_MAX], const struct roles *r)
{
	size_t n = 0;

	if (r->victim.family) {
		out[n++] = (struct subject){PART_VICTIM, r->victim};
		out[n++] = (struct subject){PART_ATTACKER, r->attacker};
		/* Who was attacked attacks; who attacks is itself infected. */
		out[n++] = (struct subject){PART_VICTIM, r->attacker};
		out[n++] = (struct subject){PART_ATTACKER, r->victim};
		return n;
	}
	out[n++] = (struct subject){PART_SOURCE, r->from};
	out[n++] = (struct subject){PART_VICTIM, r->from};
	out[n++] = (struct subject){PART_ATTACKER, r->from};
	out[n++] = (struct subject){PART_ATTACKER, r->to};
	out[n++] = (struct subject){PART_VICTIM, r->to};
	return n;
}

static int
find_incident(struct store *s, const struct correlate_policy *p,
	const struct store_event *e, struct incident **out)
{
	struct roles   r = roles_of(&e->event);
	struct subject try[SUBJECTS_MAX];
	size_t         n = subjects_for(try, &r);
	int            err = 0;

	*out = NULL;
	for (size_t i = 0; i < n && !err; i++) {
		err = store_incident_find(s, out, e->site, &try[i].addr, try[i].part);
		if (!err && *out && takes(*out, e->event.ts_ns, p))
			return 0;
	}
	*out = NULL;
	return err;
}

/* Many attackers of one victim are not many incidents. */
static int
fold_crowd(struct store *s, const struct correlate_policy *p, const struct store_event *e,
	struct subject *subject)
{
	struct roles r = roles_of(&e->event);
	uint64_t     ts = e->event.ts_ns;
	uint32_t     others;
	int          err;

	if (subject->part != PART_ATTACKER)
		return 0;
	err = store_attackers_of(s, &others, e->site, &r.victim,
		ts > p->incident_window_ns ? ts - p->incident_window_ns : 0);
	if (!err && others + 1 >= p->crowd)
		*subject = (struct subject){PART_VICTIM, r.victim};
	return err;
}

static int
make_incident(struct store *s, const struct correlate_policy *p,
	const struct store_event *e, struct incident **out)
{
	struct subject  about = subject_of(&e->event);
	struct incident i = {.site = e->site};
	int             err = fold_crowd(s, p, e, &about);

	if (err)
		return err;
	i.part = about.part;
	i.subject = about.addr;
	i.severity = e->event.severity;
	i.first_ns = i.last_ns = e->event.ts_ns;
	i.exercise = e->event.exercise;
	i.verdict.severity = -1;
	return store_incident_add(s, out, &i);
}

/* ---- alerts ---- */

static struct alert_key
key_of(const struct store_event *e)
{
	struct subject   about = subject_of(&e->event);
	struct alert_key k;

	memset(&k, 0, sizeof(k)); /* compared as bytes */
	k.gid = e->event.gid;
	k.sid = e->event.sid;
	k.site = e->site;
	k.part = about.part;
	k.addr = about.addr;
	return k;
}

/* The alert that is still running, with its incident. *a NULL: there is none. */
static int
find_alert(struct store *s, const struct correlate_policy *p, const struct store_event *e,
	struct alert **a, struct incident **i)
{
	struct alert_key key = key_of(e);
	int              err = store_alert_find(s, a, &key);

	*i = NULL;
	if (!err && *a &&
		!within(e->event.ts_ns, (*a)->first_ns, (*a)->last_ns,
			p->alert_window_ns))
		*a = NULL;
	if (!err && *a)
		err = store_incident_get(s, i, (*a)->incident);
	if (!err && *a && !takes(*i, e->event.ts_ns, p))
		*a = NULL;
	return err;
}

static int
make_alert(struct store *s, const struct correlate_policy *p, const struct store_event *e,
	const char *ruleset, struct alert **a, struct incident **i)
{
	struct alert new = {.rev = e->event.rev, .severity = e->event.severity};
	int err = find_incident(s, p, e, i);

	if (!err && !*i)
		err = make_incident(s, p, e, i);
	if (err)
		return err;
	new.key = key_of(e);
	new.incident = (*i)->id;
	new.first_ns = new.last_ns = e->event.ts_ns;
	new.first_event = store_next_event(s);
	snprintf(new.ruleset, sizeof(new.ruleset), "%s", ruleset);
	read_texts(&new, &e->event);
	(*i)->alerts++;
	err = name_incident(s, *i, &new);
	return err ? err : store_alert_add(s, a, &new);
}

/* ---- counting ---- */

static int
remember(
	struct store *s, struct alert *a, struct incident *i, const struct store_event *e)
{
	struct roles r = roles_of(&e->event);
	int          err = 0;

	if (addr_eq(&a->last_src, &r.from) && addr_eq(&a->last_dst, &r.to) &&
		a->last_sensor == e->sensor)
		return 0;
	a->last_src = r.from;
	a->last_dst = r.to;
	a->last_sensor = e->sensor;
	err = store_incident_addr(s, i, &r.from, SIDE_SOURCE);
	if (!err)
		err = store_incident_addr(s, i, &r.to, SIDE_TARGET);
	if (!err)
		err = store_incident_addr(s, i, &r.victim, SIDE_VICTIM);
	return err ? err : store_incident_sensor(s, i, e->sensor);
}

static void
widen(uint64_t *first, uint64_t *last, uint64_t ts)
{
	*first = ts < *first ? ts : *first;
	*last = ts > *last ? ts : *last;
}

static int
count_event(
	struct store *s, struct alert *a, struct incident *i, const struct store_event *e)
{
	const struct event *v = &e->event;
	bool                rises = v->severity > a->severity;

	a->events++;
	a->suppressed += v->suppressed;
	a->last_event = store_next_event(s);
	a->rev = v->rev > a->rev ? v->rev : a->rev;
	a->severity = rises ? v->severity : a->severity;
	widen(&a->first_ns, &a->last_ns, v->ts_ns);
	i->events++;
	i->severity = v->severity > i->severity ? v->severity : i->severity;
	widen(&i->first_ns, &i->last_ns, v->ts_ns);
	store_alert_touch(s, a);
	store_incident_touch(s, i);
	return remember(s, a, i, e);
}

int
correlate_event(struct store *s, const struct correlate_policy *p, struct store_event *e,
	const char *ruleset)
{
	struct incident *i;
	struct alert    *a;
	int              err;

	e->alert = 0;
	if (e->event.type != EVENT_ALERT)
		return 0;
	err = find_alert(s, p, e, &a, &i);
	if (!err && !a)
		err = make_alert(s, p, e, ruleset, &a, &i);
	if (!err)
		err = count_event(s, a, i, e);
	if (!err)
		e->alert = a->id;
	return err;
}
