/* SPDX-License-Identifier: Apache-2.0 */
/* collector/triage.h - what people do with incidents.
 *
 * One table says which action may be done in which state, by whom, and what it
 * asks for. Actions are appended and never altered: a field of an incident has
 * the value that the newest standing action gave it, so an action can be undone
 * at any time and in any order, with all the incidents that it touched.
 * Writer thread, inside the store's transaction.
 */
#ifndef COLLECTOR_TRIAGE_H
#define COLLECTOR_TRIAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

#define TRIAGE_IDS_MAX 10000
#define TRIAGE_TEXT_MAX 16384 /* bytes of a note */

enum role { ROLE_ANALYST = 1, ROLE_COMMANDER = 2, ROLE_ADMIN = 4 };

struct actor {
	const char *name, *client;
	unsigned    roles; /* of enum role */
};

/* Arguments of all actions; NULL and severity -1: not given. Borrowed. */
struct triage_args {
	const char *to, *text, *class, *disposition, *reason;
	int         severity;
};

struct triage_request {
	const char        *verb;
	const uint64_t    *ids;
	const uint64_t    *expect; /* revision of each, 0: any; NULL: all any */
	size_t             n;
	struct triage_args args;
	const char        *args_json; /* the same, for the record */
	bool               dry_run;
	uint64_t           now_ns;
};

/* What became of one incident; `error` NULL when it is done. */
struct triage_item {
	uint64_t    id, revision;
	const char *state, *error, *text; /* text: what was done, or why not */
};
typedef void triage_fn(void *arg, const struct triage_item *item);

/*
 * Do it to each that allows it; the others are told with their error (`not_found`,
 * `conflict`). *action gets the action's id, 0 when nothing changed.
 * 0; -EINVAL with *why: the request is wrong; -EACCES with *why: this actor may not;
 * -errno of the store: roll back. `why` has `len` bytes.
 */
int triage_act(struct store *s, const struct actor *by, const struct triage_request *r,
	uint64_t *action, triage_fn *each, void *arg, char *why, size_t len);

struct triage_undo {
	uint64_t action; /* which; 0: the actor's last */
	bool     dry_run;
	uint64_t now_ns;
};

/*
 * Undo an action, or redo what an undo undid. *action gets the id of the undo itself, 0
 * of a dry run. -ENOENT with *why: no such; -EALREADY with *why.
 */
int triage_undo(struct store *s, const struct actor *by, const struct triage_undo *r,
	uint64_t *action, triage_fn *each, void *arg, char *why, size_t len);

#endif
