/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/triage.h"

#include "collector/store.h"
#include "collector/uuid.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the fields that people set ---- */

enum field_id {
	F_STATE,
	F_SEVERITY,
	F_ACKNOWLEDGED,
	F_ESCALATED,
	F_ESCALATED_TO,
	F_DISPOSITION,
	F_CLASSIFICATION,
	F_ASSIGNEE,
	F_COUNT,
	F_NOTE = F_COUNT /* kept apart: a note is no state */
};

enum kind { K_TEXT, K_TIME, K_STATE, K_INT };

static const struct field {
	const char *name, *otherwise; /* the value when no action gives one */
	enum kind   kind;
	size_t      at, size; /* in struct verdict */
} fields[F_COUNT] = {
#define AT(m) offsetof(struct verdict, m), sizeof(((struct verdict *)0)->m)
	[F_STATE] = { "state", "new", K_STATE, AT(state) },
	[F_SEVERITY] = { "severity", "-1", K_INT, AT(severity) },
	[F_ACKNOWLEDGED] = { "acknowledged", "", K_TIME, AT(acknowledged_ns) },
	[F_ESCALATED] = { "escalated", "", K_TIME, AT(escalated_ns) },
	[F_ESCALATED_TO] = { "escalated_to", "", K_TEXT, AT(escalated_to) },
	[F_DISPOSITION] = { "disposition", "", K_TEXT, AT(disposition) },
	[F_CLASSIFICATION] = { "classification", "", K_TEXT, AT(classification) },
	[F_ASSIGNEE] = { "assignee", "", K_TEXT, AT(assignee) },
#undef AT
};

#define VALUE_MAX 72 /* text of any field */

static void
field_get(const struct verdict *v, enum field_id id, char out[static VALUE_MAX])
{
	const struct field *f = &fields[id];
	const char         *at = (const char *)v + f->at;
	uint64_t            ns;

	switch (f->kind) {
	case K_TEXT:
		snprintf(out, VALUE_MAX, "%s", at);
		break;
	case K_STATE:
		snprintf(out, VALUE_MAX, "%s", state_name(v->state));
		break;
	case K_INT:
		snprintf(out, VALUE_MAX, "%d", v->severity);
		break;
	case K_TIME:
		memcpy(&ns, at, sizeof(ns));
		out[0] = '\0';
		if (ns)
			snprintf(out, VALUE_MAX, "%llu", (unsigned long long)ns);
		break;
	}
}

static void
field_set(struct verdict *v, enum field_id id, const char *value)
{
	const struct field *f = &fields[id];
	char               *at = (char *)v + f->at;
	uint64_t            ns;

	switch (f->kind) {
	case K_TEXT:
		snprintf(at, f->size, "%s", value);
		break;
	case K_STATE:
		v->state = state_by_name(value);
		break;
	case K_INT:
		v->severity = atoi(value);
		break;
	case K_TIME:
		ns = strtoull(value, NULL, 10);
		memcpy(at, &ns, sizeof(ns));
		break;
	}
}

static int
field_by_name(const char *name)
{
	int id = 0;

	while (id < F_COUNT && strcmp(fields[id].name, name) != 0)
		id++;
	return id;
}

/* ---- the closed lists ---- */

static const char *const dispositions[] = { "unknown", "true_positive", "false_positive", "benign",
	"suspicious", "test", "duplicate", "disregard", "insufficient_data", "managed_externally",
	NULL };

/* Classes of the Reference Security Incident Taxonomy, and the types that are used most. */
static const char *const classes[] = { "abusive-content", "malicious-code", "information-gathering",
	"intrusion-attempts", "intrusions", "availability", "information-content-security", "fraud",
	"vulnerable", "other", "test", "spam", "infected-system", "c2-server",
	"malware-distribution", "scanner", "sniffing", "social-engineering", "brute-force", "exploit",
	"ids-alert", "system-compromise", "privileged-account-compromise",
	"unprivileged-account-compromise", "application-compromise", "ddos", "dos", "outage",
	"unauthorised-information-access", "data-leak", "phishing", "masquerade",
	"unauthorised-use-of-resources", "vulnerable-system", "weak-crypto", NULL };

/* The word as the list has it, `-` and `_` being the same. NULL: not in the list. */
static const char *
word_in(const char *const *list, const char *word)
{
	for (; *list; list++) {
		size_t i = 0;

		while (word[i] && ((*list)[i] == word[i] ||
					  (strchr("-_", (*list)[i]) && (*list)[i] && strchr("-_", word[i]))))
			i++;
		if (!word[i] && !(*list)[i])
			return *list;
	}
	return NULL;
}

/* ---- the one table of actions ---- */

#define IN(s) (1u << STATE_##s)
#define OPEN (IN(NEW) | IN(TRIAGED) | IN(CONTAINED) | IN(ERADICATED) | IN(RECOVERED) | IN(REOPENED))
#define ANY (OPEN | IN(CLOSED))
#define TEAM (ROLE_ANALYST | ROLE_COMMANDER | ROLE_ADMIN)

enum asks { ASK_NOTHING, ASK_TO = 1, ASK_TEXT = 2, ASK_VERDICT = 4 };

static const struct action {
	const char         *verb, *done;
	unsigned            from;  /* states in which it may be done */
	enum incident_state to;    /* STATE_COUNT: it stays as it is */
	enum incident_state wakes; /* what `new` becomes instead, when `to` does not say */
	unsigned            may;   /* roles */
	unsigned            asks;  /* what has to be given */
} actions[] = {
	/* verb        done           from                 to                wakes          may   asks */
	{ "ack",       "acknowledged", OPEN,               STATE_COUNT,      STATE_TRIAGED, TEAM, ASK_NOTHING },
	{ "assign",    "assigned",     OPEN,               STATE_COUNT,      STATE_NEW,     TEAM, ASK_TO },
	{ "note",      "noted",        ANY,                STATE_COUNT,      STATE_NEW,     TEAM, ASK_TEXT },
	{ "classify",  "classified",   ANY,                STATE_COUNT,      STATE_NEW,     TEAM, ASK_VERDICT },
	{ "escalate",  "escalated",    OPEN,               STATE_COUNT,      STATE_TRIAGED, TEAM, ASK_NOTHING },
	{ "contain",   "contained",    OPEN,               STATE_CONTAINED,  STATE_NEW,     TEAM, ASK_NOTHING },
	{ "eradicate", "eradicated",   OPEN,               STATE_ERADICATED, STATE_NEW,     TEAM, ASK_NOTHING },
	{ "recover",   "recovered",    OPEN,               STATE_RECOVERED,  STATE_NEW,     TEAM, ASK_NOTHING },
	{ "close",     "closed",       OPEN,               STATE_CLOSED,     STATE_NEW,     TEAM, ASK_NOTHING },
	{ "reopen",    "reopened",     IN(CLOSED),         STATE_REOPENED,   STATE_NEW,     TEAM, ASK_NOTHING },
};

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
	if (a->disposition && !word_in(dispositions, a->disposition))
		return refuse(why, len, -EINVAL, "disposition is one of unknown, true_positive, "
				"false_positive, benign, suspicious, test, duplicate, disregard, "
				"insufficient_data, managed_externally");
	if (a->class && !word_in(classes, a->class))
		return refuse(why, len, -EINVAL, "class is one of abusive-content, malicious-code, "
				"information-gathering, intrusion-attempts, intrusions, availability, "
				"information-content-security, fraud, vulnerable, other, test");
	if (a->severity < -1 || a->severity > SEV_CRITICAL)
		return refuse(why, len, -EINVAL, "severity is 0 to 4");
	if (a->to && (!a->to[0] || strlen(a->to) >= 64))
		return refuse(why, len, -EINVAL, "`to` is a name of 1 to 63 bytes");
	if (a->text && (!a->text[0] || strlen(a->text) > TRIAGE_TEXT_MAX))
		return refuse(why, len, -EINVAL, "a note has 1 to %d bytes", TRIAGE_TEXT_MAX);
	return 0;
}

static int
check_request(const struct action *a, const struct actor *by, const struct triage_request *r,
		char *why, size_t len)
{
	const struct triage_args *g = &r->args;

	if (!a)
		return refuse(why, len, -EINVAL, "there is no action of that name");
	if (!(a->may & by->roles))
		return refuse(why, len, -EACCES, "%s may not %s", by->name, a->verb);
	if (r->n == 0 || r->n > TRIAGE_IDS_MAX)
		return refuse(why, len, -EINVAL, "name 1 to %d incidents", TRIAGE_IDS_MAX);
	if ((a->asks & ASK_TO) && !g->to)
		return refuse(why, len, -EINVAL, "say to whom: `to`");
	if ((a->asks & ASK_TEXT) && !g->text)
		return refuse(why, len, -EINVAL, "say what to note: `text`");
	if ((a->asks & ASK_VERDICT) && !g->class && !g->disposition && g->severity < 0)
		return refuse(why, len, -EINVAL, "say `class`, `disposition` or `severity`");
	return check_words(g, why, len);
}

/* ---- what an action sets ---- */

struct plan {
	struct {
		enum field_id id;
		char          value[VALUE_MAX];
	} set[F_COUNT];
	size_t n;
};

static void
plan_set(struct plan *p, const struct verdict *now, enum field_id id, const char *value)
{
	char before[VALUE_MAX];

	field_get(now, id, before);
	if (strcmp(before, value) == 0)
		return;
	assert(p->n < F_COUNT);
	p->set[p->n].id = id;
	snprintf(p->set[p->n].value, VALUE_MAX, "%s", value);
	p->n++;
}

static void
plan_state(struct plan *p, const struct action *a, const struct verdict *now)
{
	if (a->to != STATE_COUNT)
		plan_set(p, now, F_STATE, state_name(a->to));
	else if (now->state == STATE_NEW)
		plan_set(p, now, F_STATE, state_name(a->wakes));
}

static void
plan_make(struct plan *p, const struct action *a, const struct triage_request *r,
		const struct verdict *now)
{
	const struct triage_args *g = &r->args;
	char                      time[VALUE_MAX];
	bool                      escalates = strcmp(a->verb, "escalate") == 0;

	snprintf(time, sizeof(time), "%llu", (unsigned long long)r->now_ns);
	p->n = 0;
	plan_state(p, a, now);
	if (strcmp(a->verb, "ack") == 0 && !now->acknowledged_ns)
		plan_set(p, now, F_ACKNOWLEDGED, time);
	if (escalates)
		plan_set(p, now, F_ESCALATED, time);
	if (g->to)
		plan_set(p, now, escalates ? F_ESCALATED_TO : F_ASSIGNEE, g->to);
	if (g->disposition)
		plan_set(p, now, F_DISPOSITION, word_in(dispositions, g->disposition));
	if (g->class)
		plan_set(p, now, F_CLASSIFICATION, word_in(classes, g->class));
	if (g->severity >= 0) {
		snprintf(time, sizeof(time), "%d", g->severity);
		plan_set(p, now, F_SEVERITY, time);
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
tell(struct run *u, const struct incident *i, uint64_t id, const char *error, const char *text)
{
	struct triage_item item = { .id = id, .error = error, .text = text };

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
	struct store_change c = { .action = u->action, .incident = i->id };
	int                 err = 0;

	for (size_t k = 0; k < p->n && !err; k++) {
		char before[VALUE_MAX];

		field_get(&i->verdict, p->set[k].id, before);
		c.field = fields[p->set[k].id].name;
		c.before = before;
		c.value = p->set[k].value;
		err = store_change_add(u->s, &c);
		field_set(&i->verdict, p->set[k].id, p->set[k].value);
	}
	i->revision++;
	store_incident_touch(u->s, i);
	return err;
}

static int
apply_note(struct run *u, struct incident *i)
{
	struct store_note   n = { .action = u->action, .time_ns = u->r->now_ns, .who = u->by->name,
				  .text = u->r->args.text ? u->r->args.text : u->r->args.reason };
	struct store_change c = { .action = u->action, .incident = i->id, .field = "note",
				  .before = "", .value = n.text };
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
	struct store_action a = { .time_ns = now_ns, .uuid = uuid, .who = u->by->name,
				  .client = u->by->client, .verb = verb, .args = args,
				  .undoes = undoes, .n_items = n };
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
	struct run u = { .s = s, .by = by, .a = action_named(r->verb), .r = r, .each = each,
			 .arg = arg };
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
undo_field(struct undo *u, struct incident *i, enum field_id id)
{
	char                before[VALUE_MAX], value[VALUE_MAX];
	struct store_change c = { .action = u->run.action, .incident = i->id,
				  .field = fields[id].name, .before = before, .value = value };
	int has = store_change_now(u->run.s, i->id, fields[id].name, value, sizeof(value));

	if (has < 0)
		return has;
	if (!has)
		snprintf(value, sizeof(value), "%s", fields[id].otherwise);
	field_get(&i->verdict, id, before);
	field_set(&i->verdict, id, value);
	return store_change_add(u->run.s, &c);
}

static bool
undo_change(void *arg, const struct store_change *c)
{
	struct undo     *u = arg;
	struct incident *i;
	int              id = field_by_name(c->field);

	if (c->incident != u->incident) {
		undo_tell(u);
		u->incident = c->incident;
	}
	if (!u->err)
		u->err = store_incident_get(u->run.s, &i, c->incident);
	if (!u->err && id < F_COUNT && u->run.action) /* else only look */
		u->err = undo_field(u, i, (enum field_id)id);
	return u->err == 0;
}

/* The action that stands or falls: that which an undo undid, or the action itself. */
static int
undo_find(struct store *s, const struct actor *by, uint64_t action, struct store_action_head *a,
		char *why, size_t len)
{
	int err = action ? 0 : store_action_last(s, &action, by->name);

	if (err == -ENOENT)
		return refuse(why, len, err, "you have done nothing that can be undone");
	if (!err)
		err = store_action_get(s, a, action);
	if (err == -ENOENT)
		return refuse(why, len, err, "there is no such action");
	if (!err && a->undone)
		return refuse(why, len, -EALREADY, "it was undone already, by action %llu",
				(unsigned long long)a->undone);
	return err;
}

/* The action at the root of a chain of undoing: does it stand when the last link is undone? */
static int
undo_root(struct store *s, const struct store_action_head *from, uint64_t *root, bool *stands)
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
	struct undo              u = { .run = { .s = s, .by = by, .each = each, .arg = arg } };
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
