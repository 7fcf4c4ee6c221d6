/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/triage.h"

#include "tests/unit/collector/fix.h"

#include <errno.h>

static const struct actor lan = {"lan", "test", ROLE_ANALYST};
static const struct actor minh = {"minh", "test", ROLE_ANALYST};
static const struct actor visitor = {"visitor", "test", 0};

#define INCIDENTS 4

static int
setup(void **state)
{
	int err = fix_setup(state);

	struct fix *f = *state;
	for (unsigned i = 1; i <= INCIDENTS; i++) {
		char src[20];

		snprintf(src, sizeof(src), "10.0.0.%u", i);
		fix_put(f, 1, (struct shape){.src = src});
	}
	return err;
}

struct told {
	char     text[1024];
	unsigned done, failed;
};

static void
note(void *arg, const struct triage_item *i)
{
	struct told *t = arg;
	size_t       at = strlen(t->text);

	snprintf(t->text + at, sizeof(t->text) - at, "%llu %s %s;",
		(unsigned long long)i->id, i->state ? i->state : "-",
		i->error ? i->error : i->text);
	*(i->error ? &t->failed : &t->done) += 1;
}

static uint64_t
act_by(struct fix *f, const struct actor *by, struct triage_request r, struct told *t,
	int want)
{
	char     why[512] = "";
	uint64_t action;
	int      err;

	*t = (struct told){.text = ""};
	r.now_ns = ++f->now_ns;
	r.args_json = "{}";
	fix_begin(f);
	err = triage_act(f->store, by, &r, &action, note, t, why, sizeof(why));
	if (err != want)
		fail_msg("%d, not %d: %s", err, want, why);
	if (err)
		store_rollback(f->store);
	else
		fix_commit(f);
	return action;
}

#define NO_ARGS .args = {.severity = -1}
#define ONE(verb_, id_)                                                                  \
	(struct triage_request)                                                          \
	{                                                                                \
		.verb = (verb_), .ids = (uint64_t[]){id_}, .n = 1, NO_ARGS               \
	}

static uint64_t
undo(struct fix *f, const struct actor *by, uint64_t action, struct told *t, int want)
{
	struct triage_undo r = {.action = action, .now_ns = ++f->now_ns};
	char               why[512] = "";
	int                err;

	*t = (struct told){.text = ""};
	fix_begin(f);
	err = triage_undo(f->store, by, &r, &action, note, t, why, sizeof(why));
	if (err != want)
		fail_msg("%d, not %d: %s", err, want, why);
	if (err)
		store_rollback(f->store);
	else
		fix_commit(f);
	return action;
}

static struct incident
look(struct fix *f, uint64_t id)
{
	struct incident i;

	assert_int_equal(store_incident(f->reader, id, &i), 0);
	return i;
}

static void
an_acknowledged_incident_is_triaged_and_says_when(void **state)
{
	struct fix *f = *state;
	struct told t;

	assert_int_equal(act_by(f, &lan, ONE("ack", 1), &t, 0), 1);
	assert_string_equal(t.text, "1 triaged acknowledged;");
	assert_int_equal(look(f, 1).verdict.acknowledged_ns, f->now_ns);
	assert_int_equal(look(f, 1).revision, 2);
	/* Once more changes nothing and is no action. */
	assert_int_equal(act_by(f, &lan, ONE("ack", 1), &t, 0), 0);
	assert_string_equal(t.text, "1 triaged nothing to change;");
}

static void
the_table_says_what_may_be_done_when(void **state)
{
	struct fix *f = *state;
	struct told t;

	act_by(f, &lan, ONE("reopen", 1), &t, 0);
	assert_string_equal(t.text, "1 new conflict;");
	act_by(f, &lan, ONE("close", 1), &t, 0);
	assert_string_equal(t.text, "1 closed closed;");
	act_by(f, &lan, ONE("ack", 1), &t, 0);
	assert_string_equal(t.text, "1 closed conflict;");
	act_by(f, &lan, ONE("reopen", 1), &t, 0);
	assert_string_equal(t.text, "1 reopened reopened;");
	act_by(f, &lan, ONE("ack", 99), &t, 0);
	assert_string_equal(t.text, "99 - not_found;");
}

static void
a_wrong_request_is_refused_whole(void **state)
{
	struct fix           *f = *state;
	struct told           t;
	struct triage_request r = ONE("classify", 1);

	act_by(f, &lan, ONE("explode", 1), &t, -EINVAL);
	act_by(f, &visitor, ONE("ack", 1), &t, -EACCES);
	act_by(f, &lan, ONE("assign", 1), &t, -EINVAL);
	act_by(f, &lan, ONE("note", 1), &t, -EINVAL);
	act_by(f, &lan, r, &t, -EINVAL);
	r.args.disposition = "maybe";
	act_by(f, &lan, r, &t, -EINVAL);
	r.args.disposition = "false-positive";
	act_by(f, &lan, r, &t, 0);
	assert_string_equal(look(f, 1).verdict.disposition, "false_positive");
}

static void
what_changed_since_it_was_seen_is_left_alone(void **state)
{
	struct fix           *f = *state;
	struct told           t;
	uint64_t              ids[] = {1, 2, 3}, seen[] = {1, 1, 1};
	struct triage_request r = {
		.verb = "close", .ids = ids, .expect = seen, .n = 3, NO_ARGS};

	act_by(f, &minh, ONE("ack", 2), &t, 0);
	act_by(f, &lan, r, &t, 0);
	assert_string_equal(
		t.text, "1 closed closed;2 triaged conflict;3 closed closed;");
}

static void
a_dry_run_changes_nothing(void **state)
{
	struct fix           *f = *state;
	struct told           t;
	struct triage_request r = ONE("close", 1);

	r.dry_run = true;
	assert_int_equal(act_by(f, &lan, r, &t, 0), 0);
	assert_string_equal(t.text, "1 new closed;");
	assert_int_equal(look(f, 1).revision, 1);
}

static bool
count_note(void *arg, const struct store_note *n)
{
	(void)n;
	++*(unsigned *)arg;
	return true;
}

static unsigned
notes(struct fix *f, uint64_t id)
{
	unsigned n = 0;

	assert_int_equal(store_notes(f->reader, id, count_note, &n), 0);
	return n;
}

static void
a_bulk_action_is_undone_as_one_even_by_another(void **state)
{
	struct fix           *f = *state;
	struct told           t;
	uint64_t              ids[] = {1, 2, 3}, action;
	struct triage_request r = {.verb = "close", .ids = ids, .n = 3, NO_ARGS};

	r.args.reason = "a scan";
	action = act_by(f, &lan, r, &t, 0);
	assert_int_equal(notes(f, 2), 1);
	undo(f, &minh, action, &t, 0);
	assert_string_equal(t.text, "1 new as it was before;2 new as it was before;"
				    "3 new as it was before;");
	assert_int_equal(notes(f, 2), 0);
	undo(f, &minh, action, &t, -EALREADY);
	undo(f, &minh, 0, &t, -ENOENT); /* minh did nothing of his own */
}

static void
an_undo_is_undone_too(void **state)
{
	struct fix *f = *state;
	struct told t;
	uint64_t    action = act_by(f, &lan, ONE("close", 1), &t, 0);

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(
			look(f, 1).verdict.state, i % 2 ? STATE_NEW : STATE_CLOSED);
		action = undo(f, &lan, action, &t, 0);
	}
}

static void
the_middle_of_three_can_be_undone(void **state)
{
	struct fix           *f = *state;
	struct told           t;
	uint64_t              second;
	struct triage_request r = ONE("assign", 1);

	r.args.to = "an";
	act_by(f, &lan, r, &t, 0);
	r.args.to = "binh";
	second = act_by(f, &lan, r, &t, 0);
	act_by(f, &lan, ONE("contain", 1), &t, 0);
	undo(f, &lan, second, &t, 0);
	assert_string_equal(look(f, 1).verdict.assignee, "an");
	assert_int_equal(look(f, 1).verdict.state, STATE_CONTAINED);
}

/* Whatever is done, and in whatever order it is undone: it ends as it began. */
static void
random_acts_undone_in_any_order_restore_the_start(void **state)
{
	static const char *const verbs[] = {"ack", "assign", "note", "classify",
		"escalate", "contain", "eradicate", "recover", "close", "reopen"};
	struct fix              *f = *state;
	struct verdict           start[INCIDENTS + 1];
	struct told              t;

	for (uint64_t i = 1; i <= INCIDENTS; i++)
		start[i] = look(f, i).verdict;
	for (unsigned seed = 0; seed < 12; seed++) {
		uint64_t done[30];
		size_t   n = 0;

		srand(seed);
		for (unsigned step = 0; step < 30; step++) {
			uint64_t              ids[2] = {1 + (uint64_t)rand() % INCIDENTS};
			struct triage_request r = {
				.ids = ids, .n = 1 + (size_t)rand() % 2};

			ids[1] = ids[0] % INCIDENTS + 1;
			r.verb = verbs[rand() % 10];
			r.args = (struct triage_args){.to = rand() % 2 ? "an" : "binh",
				.text = "seen",
				.severity = rand() % 5,
				.class = "scanner"};
			done[n] = act_by(f, &lan, r, &t, 0);
			n += done[n] != 0;
		}
		while (n) {
			size_t k = (size_t)rand() % n;

			undo(f, &minh, done[k], &t, 0);
			done[k] = done[--n];
		}
		for (uint64_t i = 1; i <= INCIDENTS; i++) {
			struct verdict now = look(f, i).verdict;

			assert_memory_equal(&now, &start[i], sizeof(now));
			assert_int_equal(notes(f, i), 0);
		}
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_acknowledged_incident_is_triaged_and_says_when),
		T(the_table_says_what_may_be_done_when),
		T(a_wrong_request_is_refused_whole),
		T(what_changed_since_it_was_seen_is_left_alone),
		T(a_dry_run_changes_nothing),
		T(a_bulk_action_is_undone_as_one_even_by_another),
		T(an_undo_is_undone_too),
		T(the_middle_of_three_can_be_undone),
		T(random_acts_undone_in_any_order_restore_the_start),
	};

	return cmocka_run_group_tests_name("triage", tests, NULL, NULL);
}
