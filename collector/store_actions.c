/* SPDX-License-Identifier: Apache-2.0 */
/* Actions are appended, never altered but for the mark that one was undone. */
#include "collector/store_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
store_action_add(struct store *s, struct store_action *a)
{
	struct q q = q_of(&s->main,
		"INSERT INTO action(uuid,time_ns,who,client,verb,args,undoes,"
		"n_items) VALUES(?,?,?,?,?,?,?,?)");
	int      err;

	q_text(&q, a->uuid);
	q_u64(&q, a->time_ns);
	q_text(&q, a->who);
	q_text(&q, a->client);
	q_text(&q, a->verb);
	q_text(&q, a->args);
	q_u64(&q, a->undoes);
	q_int(&q, a->n_items);
	err = q_done(&q);
	a->id = (uint64_t)sqlite3_last_insert_rowid(s->main.sq);
	return err;
}

int
store_action_get(struct store *s, struct store_action_head *out, uint64_t id)
{
	struct q q =
		q_of(&s->main, "SELECT who,verb,undoes,undone FROM action WHERE id=?");
	bool found;
	int  err;

	*out = (struct store_action_head){.id = id};
	q_u64(&q, id);
	found = q_row(&q);
	if (found) {
		q_copy_text(&q, out->who, sizeof(out->who));
		q_copy_text(&q, out->verb, sizeof(out->verb));
		out->undoes = q_get_u64(&q);
		out->undone = q_get_u64(&q);
	}
	err = q_end(&q);
	return err ? err : found ? 0 : -ENOENT;
}

int
store_action_last(struct store *s, uint64_t *out, const char *who)
{
	struct q q = q_of(&s->main,
		"SELECT id FROM action WHERE who=? AND undoes=0 AND undone=0"
		" ORDER BY id DESC LIMIT 1");
	int      err;

	q_text(&q, who);
	*out = q_row(&q) ? q_get_u64(&q) : 0;
	err = q_end(&q);
	return err ? err : *out ? 0 : -ENOENT;
}

int
store_action_mark(struct store *s, uint64_t id, uint64_t undone_by)
{
	struct q q = q_of(&s->main, "UPDATE action SET undone=? WHERE id=?");

	q_u64(&q, undone_by);
	q_u64(&q, id);
	return q_done(&q);
}

int
store_change_add(struct store *s, const struct store_change *c)
{
	struct q q =
		q_of(&s->main, "INSERT INTO change(action,incident,field,before,value)"
			       " VALUES(?,?,?,?,?)");

	q_u64(&q, c->action);
	q_u64(&q, c->incident);
	q_text(&q, c->field);
	q_text(&q, c->before);
	q_text(&q, c->value);
	return q_done(&q);
}

int
store_change_now(
	struct store *s, uint64_t incident, const char *field, char *value, size_t len)
{
	struct q q = q_of(&s->main,
		"SELECT value FROM change JOIN action ON action.id=change.action"
		" WHERE incident=? AND field=? AND undone=0 AND undoes=0"
		" ORDER BY change.id DESC LIMIT 1");
	bool     found;
	int      err;

	q_u64(&q, incident);
	q_text(&q, field);
	found = q_row(&q);
	if (found)
		q_copy_text(&q, value, len);
	err = q_end(&q);
	return err ? err : found;
}

/* In steps by row, so that the callback may use the store. */
int
store_change_each(struct store *s, uint64_t action, store_change_fn *each, void *arg)
{
	struct store_change c = {.action = action};
	char                field[32];
	uint64_t            at = 0;

	for (;;) {
		struct q q =
			q_of(&s->main, "SELECT id,incident,field FROM change"
				       " WHERE action=? AND id>? ORDER BY id LIMIT 1");
		bool found;

		q_u64(&q, action);
		q_u64(&q, at);
		found = q_row(&q);
		if (found) {
			at = q_get_u64(&q);
			c.incident = q_get_u64(&q);
			q_copy_text(&q, field, sizeof(field));
			c.field = field;
		}
		if (q_end(&q) || !found)
			return q.err;
		if (!each(arg, &c))
			return 0;
	}
}

int
store_note_add(struct store *s, uint64_t incident, const struct store_note *n)
{
	struct q q = q_of(&s->main, "INSERT INTO note(action,incident,time_ns,who,text)"
				    " VALUES(?,?,?,?,?)");

	q_u64(&q, n->action);
	q_u64(&q, incident);
	q_u64(&q, n->time_ns);
	q_text(&q, n->who);
	q_text(&q, n->text);
	return q_done(&q);
}
