/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/triage.h"

#include "collector/store.h"
#include "collector/uuid.h"
#include "collector/verdict.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the one table of actions ---- */

/* clang-format off */
#define IN(s) (1u << STATE_##s)
#define OPEN (IN(NEW) | IN(TRIAGED) | IN(CONTAINED) | IN(ERADICATED) | IN(RECOVERED) | IN(REOPENED))
#define ANY (OPEN | IN(CLOSED))
#define TEAM (ROLE_ANALYST | ROLE_COMMANDER | ROLE_ADMIN)
#define STAYS STATE_COUNT

enum asks { ASK_TO = 1, ASK_TEXT = 2, ASK_VERDICT = 4 };

static const struct action {
	const char         *verb, *done;
	unsigned            from;  /* states in which it may be done */
	enum incident_state to;    /* or that it stays as it is … */
	enum incident_state wakes; /* … but for `new`, which becomes this */
	unsigned            may;   /* roles */
	unsigned            asks;  /* what has to be given */
} actions[] = {
	/* verb        done            from        to                wakes          may   asks */
	{ "ack",       "acknowledged", OPEN,       STAYS,            STATE_TRIAGED, TEAM, 0 },
	{ "assign",    "assigned",     OPEN,       STAYS,            STATE_NEW,     TEAM, ASK_TO },
	{ "note",      "noted",        ANY,        STAYS,            STATE_NEW,     TEAM, ASK_TEXT },
	{ "classify",  "classified",   ANY,        STAYS,            STATE_NEW,     TEAM, ASK_VERDICT },
	{ "escalate",  "escalated",    OPEN,       STAYS,            STATE_TRIAGED, TEAM, 0 },
	{ "contain",   "contained",    OPEN,       STATE_CONTAINED,  STATE_NEW,     TEAM, 0 },
	{ "eradicate", "eradicated",   OPEN,       STATE_ERADICATED, STATE_NEW,     TEAM, 0 },
	{ "recover",   "recovered",    OPEN,       STATE_RECOVERED,  STATE_NEW,     TEAM, 0 },
	{ "close",     "closed",       OPEN,       STATE_CLOSED,     STATE_NEW,     TEAM, 0 },
	{ "reopen",    "reopened",     IN(CLOSED), STATE_REOPENED,   STATE_NEW,     TEAM, 0 },
};
/* clang-format on */

static const struct action *
action_named(const char *verb)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].verb, verb) == 0)
			return &actions[i];
	return NULL;
}

/* ---- checking a request ---- */

static int __attribute__((format(printf, 4, 5)))
refuse(char *why, size_t len, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return err;
}

static int
check_words(const struct triage_args *a, char *why, size_t len)
{
	if (a->disposition && !disposition_word(a->disposition))
		return refuse(why, len, -EINVAL,
			"disposition is one of unknown, true_positive, "
			"false_positive, benign, suspicious, test, duplicate, disregard, "
			"insufficient_data, managed_externally");
	if (a->class && !class_word(a->class))
		return refuse(why, len, -EINVAL,
			"class is one of abusive-content, malicious-code, "
			"information-gathering, intrusion-attempts, intrusions, "
			"availability, "
			"information-content-security, fraud, vulnerable, other, test");
	if (a->severity < -1 || a->severity > SEV_CRITICAL)
		return refuse(why, len, -EINVAL, "severity is 0 to 4");
	if (a->to && (!a->to[0] || strlen(a->to) >= 64))
		return refuse(why, len, -EINVAL, "`to` is a name of 1 to 63 bytes");
	if (a->text && (!a->text[0] || strlen(a->text) > TRIAGE_TEXT_MAX))
		return refuse(
			why, len, -EINVAL, "a note has 1 to %d bytes", TRIAGE_TEXT_MAX);
	return 0;
}

static int
check_request(const struct action *a, const struct actor *by,
	const struct triage_request *r, char *why, size_t len)
{
	const struct triage_args *g = &r->args;

	if (!a)
		return refuse(why, len, -EINVAL, "there is no action of that name");
	if (!(a->may & by->roles))
		return refuse(why, len, -EACCES, "%s may not %s", by->name, a->verb);
	if (r->n == 0 || r->n > TRIAGE_IDS_MAX)
		return refuse(
			why, len, -EINVAL, "name 1 to %d incidents", TRIAGE_IDS_MAX);
	if ((a->asks & ASK_TO) && !g->to)
		return refuse(why, len, -EINVAL, "say to whom: `to`");
	if ((a->asks & ASK_TEXT) && !g->text)
		return refuse(why, len, -EINVAL, "say what to note: `text`");
	if ((a->asks & ASK_VERDICT) && !g->class && !g->disposition && g->severity < 0)
		return refuse(
			why, len, -EINVAL, "say `class`, `disposition` or `severity`");
	return check_words(g, why, len);
}

/* ---- what an action sets ---- */

struct plan {
	struct {
		enum verdict_field id;
		char               value[VERDICT_TEXT_MAX];
	} set[VERDICT_COUNT];
	size_t n;
};

static void
plan_set(struct plan *p, const struct verdict *now, enum verdict_field id,
	const char *value)
{
	char before[VERDICT_TEXT_MAX];

	verdict_get(now, id, before);
	if (strcmp(before, value) == 0)
		return;
	assert(p->n < VERDICT_COUNT);
	p->set[p->n].id = id;
	snprintf(p->set[p->n].value, VERDICT_TEXT_MAX, "%s", value);
	p->n++;
}

static void
plan_state(struct plan *p, const struct action *a, const struct verdict *now)
{
	if (a->to != STAYS)
		plan_set(p, now, VERDICT_STATE, state_name(a->to));
	else if (now->state == STATE_NEW)
		plan_set(p, now, VERDICT_STATE, state_name(a->wakes));
}

static void
plan_make(struct plan *p, const struct action *a, const struct triage_request *r,
	const struct verdict *now)
{
	const struct triage_args *g = &r->args;
	char                      time[VERDICT_TEXT_MAX];
	bool                      escalates = strcmp(a->verb, "escalate") == 0;

	snprintf(time, sizeof(time), "%llu", (unsigned long long)r->now_ns);
	p->n = 0;
	plan_state(p, a, now);
	if (strcmp(a->verb, "ack") == 0 && !now->acknowledged_ns)
		plan_set(p, now, VERDICT_ACKNOWLEDGED, time);
	if (escalates)
		plan_set(p, now, VERDICT_ESCALATED, time);
	if (g->to)
		plan_set(p, now, escalates ? VERDICT_ESCALATED_TO : VERDICT_ASSIGNEE,
			g->to);
	if (g->disposition)
		plan_set(p, now, VERDICT_DISPOSITION, disposition_word(g->disposition));
	if (g->class)
		plan_set(p, now, VERDICT_CLASSIFICATION, class_word(g->class));
	if (g->severity >= 0) {
		snprintf(time, sizeof(time), "%d", g->severity);
		plan_set(p, now, VERDICT_SEVERITY, time);
	}
}

/* ---- doing it ---- */

struct run {
	struct store                *s;
	const struct actor          *by;
	const struct action         *a;
	const struct triage_request *r;
	triage_fn                   *each;
	void                        *arg;
	uint64_t                     action;
};

static void
tell(struct run *u, const struct incident *i, uint64_t id, const char *error,
	const char *text)
{
	struct triage_item item = {.id = id, .error = error, .text = text};

	if (i) {
		item.revision = i->revision;
		item.state = state_name(i->verdict.state);
	}
	u->each(u->arg, &item);
}

/* Why this incident does not allow it; NULL: it does. */
static const char *
forbids(const struct run *u, const struct incident *i, size_t k)
{
	if (u->r->expect && u->r->expect[k] && u->r->expect[k] != i->revision)
		return "it has changed since you saw it: look again";
	if (u->a->from & 1u << i->verdict.state)
		return NULL;
	return i->verdict.state == STATE_CLOSED ? "it is closed: reopen it first"
						: "it is not closed";
}

static int
apply(struct run *u, struct incident *i, const struct plan *p)
{
	struct store_change c = {.action = u->action, .incident = i->id};
	int                 err = 0;

	for (size_t k = 0; k < p->n && !err; k++) {
		char before[VERDICT_TEXT_MAX];

		verdict_get(&i->verdict, p->set[k].id, before);
		c.field = verdict_name(p->set[k].id);
		c.before = before;
		c.value = p->set[k].value;
		err = store_change_add(u->s, &c);
		verdict_set(&i->verdict, p->set[k].id, p->set[k].value);
	}
	i->revision++;
	store_incident_touch(u->s, i);
	return err;
}

static int
apply_note(struct run *u, struct incident *i)
{
	struct store_note   n = {.action = u->action,
		  .time_ns = u->r->now_ns,
		  .who = u->by->name,
		  .text = u->r->args.text ? u->r->args.text : u->r->args.reason};
	struct store_change c = {.action = u->action,
		.incident = i->id,
		.field = "note",
		.before = "",
		.value = n.text};
	int                 err = store_change_add(u->s, &c);

	return err ? err : store_note_add(u->s, i->id, &n);
}

static bool
has_note(const struct triage_args *g)
{
	return g->text || (g->reason && g->reason[0]);
}

/* One incident. With no action yet, only look: does it allow it, and would it change? */
static int
do_one(struct run *u, size_t k, bool *changes)
{
	uint64_t         id = u->r->ids[k];
	struct incident *i;
	struct plan      p;
	const char      *no;
	int              err = store_incident_get(u->s, &i, id);

	*changes = false;
	if (err == -ENOENT) {
		tell(u, NULL, id, "not_found", "there is no such incident");
		return 0;
	}
	if (err)
		return err;
	no = forbids(u, i, k);
	if (no) {
		tell(u, i, id, "conflict", no);
		return 0;
	}
	plan_make(&p, u->a, u->r, &i->verdict);
	*changes = p.n > 0 || has_note(&u->r->args);
	if (u->action && *changes)
		err = apply(u, i, &p);
	if (u->action && !err && has_note(&u->r->args))
		err = apply_note(u, i);
	if (!err)
		tell(u, i, id, NULL, *changes ? u->a->done : "nothing to change");
	return err;
}

static void
tell_nobody(void *arg, const struct triage_item *item)
{
	(void)arg;
	(void)item;
}

/* How many would change. */
static int
count_changes(const struct run *u, uint32_t *n)
{
	struct run look = *u;
	int        err = 0;

	*n = 0;
	look.each = tell_nobody;
	for (size_t k = 0; k < u->r->n && !err; k++) {
		bool changes;

		err = do_one(&look, k, &changes);
		*n += changes;
	}
	return err;
}

static int
record(struct run *u, uint32_t n, uint64_t now_ns, const char *verb, const char *args,
	uint64_t undoes)
{
	char                uuid[UUID_TEXT];
	struct store_action a = {.time_ns = now_ns,
		.uuid = uuid,
		.who = u->by->name,
		.client = u->by->client,
		.verb = verb,
		.args = args,
		.undoes = undoes,
		.n_items = n};
	int                 err;

	uuid_make(uuid, now_ns);
	err = store_action_add(u->s, &a);
	u->action = a.id;
	return err;
}

int
triage_act(struct store *s, const struct actor *by, const struct triage_request *r,
	uint64_t *action, triage_fn *each, void *arg, char *why, size_t len)
{
	struct run u = {.s = s,
		.by = by,
		.a = action_named(r->verb),
		.r = r,
		.each = each,
		.arg = arg};
	uint32_t   n;
	int        err = check_request(u.a, by, r, why, len);

	*action = 0;
	if (err)
		return err;
	err = count_changes(&u, &n);
	if (!err && n && !r->dry_run)
		err = record(&u, n, r->now_ns, u.a->verb, r->args_json, 0);
	for (size_t k = 0; k < r->n && !err; k++) {
		bool changes;

		err = do_one(&u, k, &changes);
	}
	*action = u.action;
	return err;
}

/* ---- undo ---- */

struct undo {
	struct run run;
	uint64_t   incident; /* the one that is being put right */
	int        err;
};

/* The incident is done with: say so. */
static void
undo_tell(struct undo *u)
{
	struct incident *i;

	if (!u->incident || u->err)
		return;
	u->err = store_incident_get(u->run.s, &i, u->incident);
	if (u->err)
		return;
	if (u->run.action) {
		i->revision++;
		store_incident_touch(u->run.s, i);
	}
	tell(&u->run, i, i->id, NULL, "as it was before");
}

static int
undo_field(struct undo *u, struct incident *i, enum verdict_field id)
{
	char                before[VERDICT_TEXT_MAX], value[VERDICT_TEXT_MAX];
	struct store_change c = {.action = u->run.action,
		.incident = i->id,
		.field = verdict_name(id),
		.before = before,
		.value = value};
	int                 has =
		store_change_now(u->run.s, i->id, verdict_name(id), value, sizeof(value));

	if (has < 0)
		return has;
	if (!has)
		snprintf(value, sizeof(value), "%s", verdict_default(id));
	verdict_get(&i->verdict, id, before);
	verdict_set(&i->verdict, id, value);
	return store_change_add(u->run.s, &c);
}

static bool
undo_change(void *arg, const struct store_change *c)
{
	struct undo     *u = arg;
	struct incident *i;
	int              id = verdict_field(c->field);

	if (c->incident != u->incident) {
		undo_tell(u);
		u->incident = c->incident;
	}
	if (!u->err)
		u->err = store_incident_get(u->run.s, &i, c->incident);
	if (!u->err && id < VERDICT_COUNT && u->run.action) /* else only look */
		u->err = undo_field(u, i, (enum verdict_field)id);
	return u->err == 0;
}

/* The action that stands or falls: that which an undo undid, or the action itself. */
static int
undo_find(struct store *s, const struct actor *by, uint64_t action,
	struct store_action_head *a, char *why, size_t len)
{
	int err = action ? 0 : store_action_last(s, &action, by->name);

	if (err == -ENOENT)
		return refuse(why, len, err, "you have done nothing that can be undone");
	if (!err)
		err = store_action_get(s, a, action);
	if (err == -ENOENT)
		return refuse(why, len, err, "there is no such action");
	if (!err && a->undone)
		return refuse(why, len, -EALREADY,
			"it was undone already, by action %llu",
			(unsigned long long)a->undone);
	return err;
}

/* The action at the root of a chain of undoing: does it stand when the last link is
 * undone? */
static int
undo_root(struct store *s, const struct store_action_head *from, uint64_t *root,
	bool *stands)
{
	struct store_action_head a = *from;
	int                      err = 0;

	*stands = false;
	while (!err && a.undoes) {
		*stands = !*stands;
		err = store_action_get(s, &a, a.undoes);
	}
	*root = a.id;
	return err;
}

/* Write the undo down, and mark what falls and what stands again. */
static int
undo_record(struct undo *u, const struct store_action_head *a, uint64_t root, bool stands,
	uint64_t now_ns)
{
	int err = record(&u->run, 0, now_ns, stands ? "redo" : "undo", "{}", a->id);

	if (!err)
		err = store_action_mark(u->run.s, a->id, u->run.action);
	return err ? err : store_action_mark(u->run.s, root, stands ? 0 : u->run.action);
}

int
triage_undo(struct store *s, const struct actor *by, const struct triage_undo *r,
	uint64_t *action, triage_fn *each, void *arg, char *why, size_t len)
{
	struct undo u = {.run = {.s = s, .by = by, .each = each, .arg = arg}};
	struct store_action_head a;
	uint64_t                 root;
	bool                     stands;
	int                      err = undo_find(s, by, r->action, &a, why, len);

	*action = 0;
	if (err)
		return err;
	if (!(TEAM & by->roles))
		return refuse(why, len, -EACCES, "%s may not undo", by->name);
	err = undo_root(s, &a, &root, &stands);
	if (!err && !r->dry_run)
		err = undo_record(&u, &a, root, stands, r->now_ns);
	if (!err)
		err = store_change_each(s, root, undo_change, &u);
	if (!err)
		undo_tell(&u);
	*action = u.run.action;
	return err ? err : u.err;
}
