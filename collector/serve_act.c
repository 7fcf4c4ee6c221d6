/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve_priv.h"

#include "collector/store.h"
#include "collector/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One action or undo on its way through the writer. */
struct acting {
	struct job            job; /* first: the writer gives it back */
	struct call          *c;
	struct triage_request r;
	struct triage_undo    undo;
	uint64_t              action;
	struct json           done, failed;
	int  refused; /* what triage said, when it is no fault of the store */
	char why[512];
};

static void
item(void *arg, const struct triage_item *i)
{
	struct acting *a = arg;
	struct json   *j = i->error ? &a->failed : &a->done;

	json_obj(j, NULL);
	put_id(j, "id", i->id);
	if (i->error)
		json_str(j, "error", i->error);
	json_str(j, i->error ? "message" : "text", i->text);
	if (i->state)
		json_str(j, "state", i->state);
	if (i->revision)
		json_u64(j, "revision", i->revision);
	json_obj_end(j);
}

/* What the request's maker got wrong, as against what the store cannot do. */
static bool
is_refusal(int err)
{
	return err == -EINVAL || err == -EACCES || err == -ENOENT || err == -EALREADY;
}

static int
settle(struct acting *a, int err)
{
	a->refused = is_refusal(err) && a->why[0] ? err : 0;
	return a->refused ? 0 : err;
}

static void
start_lists(struct acting *a)
{
	json_reset(&a->done);
	json_reset(&a->failed);
	json_arr(&a->done, NULL);
	json_arr(&a->failed, NULL);
	a->why[0] = '\0';
}

static int
act_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct acting *a = (struct acting *)j;

	start_lists(a);
	a->r.now_ns = now_ns;
	return settle(a, triage_act(s, &a->c->actor, &a->r, &a->action, item, a, a->why,
				 sizeof(a->why)));
}

static int
undo_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct acting *a = (struct acting *)j;

	start_lists(a);
	a->undo.now_ns = now_ns;
	return settle(a, triage_undo(s, &a->c->actor, &a->undo, &a->action, item, a,
				 a->why, sizeof(a->why)));
}

static void
answer_refusal(struct call *c, const struct acting *a)
{
	static const struct {
		int         err, status;
		const char *code;
	} rows[] = {
		{-EINVAL, 400, "bad_request"},
		{-EACCES, 403, "refused"},
		{-ENOENT, 404, "not_found"},
		{-EALREADY, 409, "conflict"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].err == a->refused)
			call_fail(c, rows[i].status, rows[i].code, "%s", a->why);
}

static void
answer(struct call *c, struct acting *a)
{
	char undo[48];

	json_arr_end(&a->done);
	json_arr_end(&a->failed);
	snprintf(undo, sizeof(undo), "tocsin undo %llu", (unsigned long long)a->action);
	json_obj(&c->out, NULL);
	put_id(&c->out, "action_id", a->action);
	json_bool(&c->out, "dry_run", a->r.dry_run || a->undo.dry_run);
	json_raw(&c->out, "done", a->done.buf, a->done.len);
	json_raw(&c->out, "failed", a->failed.buf, a->failed.len);
	json_str(&c->out, "undo", a->action ? undo : NULL);
	json_obj_end(&c->out);
	if (a->done.failed || a->failed.failed)
		call_fail(c, 500, "store_failed",
			"no memory for the answer; the action was done");
}

static void
run(struct call *c, struct acting *a)
{
	int err;

	json_init_heap(&a->done);
	json_init_heap(&a->failed);
	err = writer_run(c->env->writer, &a->job);
	if (err)
		call_store_failed(c, err);
	else if (a->refused)
		answer_refusal(c, a);
	else
		answer(c, a);
	json_release(&a->done);
	json_release(&a->failed);
}

/* ---- reading the request ---- */

static const char *
word(struct call *c, const json_t *in, const char *name)
{
	const json_t *v = json_object_get(in, name);

	if (!v || json_is_null(v))
		return NULL;
	if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
		call_fail(c, 400, "bad_request", "`%s` is text", name);
	return json_string_value(v);
}

static uint64_t
id_of(const json_t *v)
{
	if (json_is_integer(v))
		return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
	return json_is_string(v) ? call_parse_id(json_string_value(v)) : 0;
}

/* The ids and the revisions that they are pinned to. */
static void
read_ids(struct call *c, uint64_t *ids, uint64_t *expect, const json_t *list)
{
	const json_t *pins = json_object_get(c->body, "expect"), *id, *pin;
	char          key[24];
	size_t        i;

	json_array_foreach((json_t *)list, i, id)
	{
		ids[i] = id_of(id);
		if (!ids[i]) {
			call_fail(c, 400, "bad_request",
				"ids are numbers as text, like \"1042\"");
			return;
		}
		snprintf(key, sizeof(key), "%llu", (unsigned long long)ids[i]);
		pin = json_object_get(pins, key);
		expect[i] = id_of(pin);
		if (pin && !expect[i])
			call_fail(c, 400, "bad_request",
				"a revision in `expect` is a number");
	}
}

static void
read_args(struct call *c, struct triage_args *a, const json_t *args)
{
	const json_t *severity = json_object_get(args, "severity");

	a->to = word(c, args, "to");
	a->text = word(c, args, "text");
	a->class = word(c, args, "class");
	a->disposition = word(c, args, "disposition");
	a->reason = word(c, args, "reason");
	a->severity = -1;
	if (json_is_integer(severity))
		a->severity = (int)json_integer_value(severity);
	else if (severity && !json_is_null(severity))
		call_fail(c, 400, "bad_request", "`severity` is a number from 0 to 4");
}

void
serve_actions(struct call *c)
{
	const json_t *list = json_object_get(c->body, "ids"),
		     *args = json_object_get(c->body, "args");
	size_t        n = json_array_size(list);
	struct acting a = {.job = {.work = act_work, .urgent = true}, .c = c};
	uint64_t     *ids, *expect;
	char         *args_json;

	if (!json_is_array(list) || n == 0 || n > TRIAGE_IDS_MAX) {
		call_fail(c, 400, "bad_request", "`ids` is a list of 1 to %d ids",
			TRIAGE_IDS_MAX);
		return;
	}
	ids = calloc(n, sizeof(*ids));
	expect = calloc(n, sizeof(*expect));
	args_json = json_is_object(args) ? json_dumps(args, JSON_COMPACT) : strdup("{}");
	if (ids && expect && args_json) {
		a.r.verb = word(c, c->body, "action");
		a.r.ids = ids;
		a.r.expect = expect;
		a.r.n = n;
		a.r.args_json = args_json;
		a.r.dry_run = json_is_true(json_object_get(c->body, "dry_run"));
		read_ids(c, ids, expect, list);
		read_args(c, &a.r.args, args);
		if (!a.r.verb)
			call_fail(c, 400, "bad_request", "say what to do: `action`");
	} else {
		call_fail(c, 500, "store_failed", "no memory for the request");
	}
	if (!c->status)
		run(c, &a);
	free(ids);
	free(expect);
	free(args_json);
}

void
serve_undo(struct call *c)
{
	const json_t *id = json_object_get(c->body, "action_id");
	struct acting a = {.job = {.work = undo_work, .urgent = true}, .c = c};

	a.undo.dry_run = json_is_true(json_object_get(c->body, "dry_run"));
	if (id && !json_is_null(id)) {
		a.undo.action = id_of(id);
		if (!a.undo.action) {
			call_fail(c, 400, "bad_request",
				"action_id is the id that an action gave");
			return;
		}
	}
	run(c, &a);
}
