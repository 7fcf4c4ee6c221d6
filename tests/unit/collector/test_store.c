/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store.h"

#include "lib/fault.h"
#include "tests/unit/collector/fix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void
what_was_committed_is_there_after_opening_again(void **state)
{
	struct fix *f = *state;

	fix_put(f, 3, (struct shape){0});
	fix_put(f, 700, (struct shape){.sid = 5});
	assert_int_equal(fix_events(f, NULL, 0), 703);
	fix_reopen(f);
	assert_int_equal(fix_events(f, NULL, 0), 703);
	assert_int_equal(fix_events(f, NULL, 700), 4);
	assert_int_equal(fix_check(f).problems, 0);
}

static void
what_was_rolled_back_is_not(void **state)
{
	struct fix *f = *state;

	fix_put(f, 10, (struct shape){0});
	fix_begin(f);
	for (unsigned i = 0; i < 600; i++)
		fix_add(f, (struct shape){.sid = 6});
	store_rollback(f->store);
	assert_int_equal(fix_events(f, NULL, 0), 10);
	f->seq = 11;
	fix_put(f, 5, (struct shape){0});
	assert_int_equal(fix_events(f, NULL, 0), 15);
	assert_int_equal(fix_check(f).events, 15);
}

static void
a_number_is_taken_once(void **state)
{
	struct fix *f = *state;

	fix_put(f, 5, (struct shape){0});
	for (unsigned again = 0; again < 2; again++) {
		fix_begin(f);
		assert_int_equal(store_take(f->store, f->sensor, f->epoch, 3), 0);
		assert_int_equal(store_take(f->store, f->sensor, f->epoch, 0), -EINVAL);
		fix_commit(f);
		fix_reopen(f);
	}
	fix_begin(f);
	assert_int_equal(store_take(f->store, f->sensor, f->epoch + 1, 3), 1);
	store_rollback(f->store);
}

static void
dies_at(struct fix *f, const char *point, unsigned n)
{
	int   status;
	pid_t pid;

	fix_close(f);
	pid = fork();
	if (pid == 0) {
		setenv("TOCSIN_FAULT", point, 1);
		fault_setup();
		fix_open(f);
		fix_put(f, n, (struct shape){.sid = 9});
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	fix_open(f);
}

static void
a_crash_anywhere_leaves_all_of_a_transaction_or_nothing(void **state)
{
	static const struct {
		const char *point;
		bool        kept;
	} deaths[] = {
		{"store-before-commit", false},
		{"store-between-commits", false},
		{"store-after-commit", true},
	};
	struct fix *f = *state;
	unsigned    events = 100;

	fix_put(f, events, (struct shape){0});
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned n = 1; n < 1000; n = n * 7 + 1) {
			unsigned kept = deaths[i].kept ? n : 0;

			dies_at(f, deaths[i].point, n);
			assert_int_equal(fix_events(f, NULL, 0), events + kept);
			assert_int_equal(fix_check(f).problems, 0);
			events += kept;
			f->seq = events + 1;
			fix_put(f, 3, (struct shape){0});
			events += 3;
			assert_int_equal(fix_check(f).events, events);
		}
	}
}

static void
a_commit_that_fails_between_the_files_is_taken_back(void **state)
{
	struct fix *f = *state;

	fix_put(f, 20, (struct shape){0});
	fix_begin(f);
	for (unsigned i = 0; i < 300; i++)
		fix_add(f, (struct shape){0});
	setenv("TOCSIN_FAULT", "store-between-commits:1:error", 1);
	fault_setup();
	assert_int_equal(store_commit(f->store), -EIO);
	unsetenv("TOCSIN_FAULT");
	fault_setup();
	assert_int_equal(fix_events(f, NULL, 0), 20);
	f->seq = 21;
	fix_put(f, 300, (struct shape){0});
	assert_int_equal(fix_check(f).events, 320);
	assert_int_equal(fix_check(f).problems, 0);
}

static void
a_crash_while_a_day_is_made_loses_nothing(void **state)
{
	struct fix *f = *state;

	fix_put(f, 300, (struct shape){0});
	f->now_ns += 86400 * SECOND;
	dies_at(f, "store-rollover", 5);
	dies_at(f, "store-between-commits", 5);
	assert_int_equal(fix_events(f, NULL, 0), 300);
	fix_put(f, 5, (struct shape){0});
	assert_int_equal(fix_events(f, NULL, 0), 305);
	assert_int_equal(fix_check(f).problems, 0);
}

static void
days_follow_the_clock_forward_only_and_drop_whole(void **state)
{
	struct fix *f = *state;
	struct stat st;
	char        path[128];

	fix_put(f, 10, (struct shape){0});
	f->now_ns += 86400 * SECOND;
	fix_put(f, 10, (struct shape){0});
	f->now_ns -= 86400 * SECOND;
	fix_put(f, 10, (struct shape){0}); /* the clock went back: still the later day */
	assert_int_equal(fix_events(f, NULL, 0), 30);
	fix_reopen(f);
	assert_int_equal(fix_events(f, NULL, 5), 26);
	fix_begin(f);
	assert_int_equal(store_drop_days(f->store, NOON + 9 * 86400 * SECOND), 0);
	fix_commit(f); /* the day in use stays */
	assert_int_equal(fix_events(f, NULL, 0), 20);
	snprintf(path, sizeof(path), "%s/store/days/2026-09-21.db", f->dir);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(fix_check(f).problems, 0);
}

static void
filters_give_what_a_look_at_each_would(void **state)
{
	struct fix         *f = *state;
	char                src[16], dst[16];
	unsigned            sid_7 = 0, src_3 = 0, net = 0, either = 0, late = 0;
	struct store_filter w;

	srand(1);
	for (unsigned batch = 0; batch < 20; batch++) {
		fix_begin(f);
		for (unsigned i = 0; i < 90; i++) {
			unsigned s = (unsigned)rand() % 40, d = (unsigned)rand() % 40;
			uint32_t sid = (uint32_t)rand() % 10 + 1;

			snprintf(src, sizeof(src), "10.0.0.%u", s);
			snprintf(dst, sizeof(dst), "10.0.0.%u", d);
			fix_add(f, (struct shape){.sid = sid,
					   .src = src,
					   .dst = dst,
					   .ts_ns = NOON + batch * SECOND});
			sid_7 += sid == 7;
			src_3 += s == 3;
			net += d >= 8 && d < 16;
			either += s == 5 || d == 5;
			late += batch >= 15;
		}
		fix_commit(f);
	}
	assert_int_equal(fix_events(f, &(struct store_filter){.sid = 7}, 0), sid_7);
	w = (struct store_filter){0};
	prefix_parse(&w.src, "10.0.0.3", 8);
	assert_int_equal(fix_events(f, &w, 0), src_3);
	w = (struct store_filter){0};
	prefix_parse(&w.dst, "10.0.0.8/29", 11);
	assert_int_equal(fix_events(f, &w, 0), net);
	w = (struct store_filter){0};
	prefix_parse(&w.ip, "10.0.0.5", 8);
	assert_int_equal(fix_events(f, &w, 0), either);
	w = (struct store_filter){.since_ns = NOON + 15 * SECOND};
	assert_int_equal(fix_events(f, &w, 0), late);
	w.until_ns = NOON + 15 * SECOND;
	assert_int_equal(fix_events(f, &w, 0), 90);
	w = (struct store_filter){.sid = 99};
	assert_int_equal(fix_events(f, &w, 0), 0);
}

struct gap_text {
	char text[256];
};

static bool
write_gap(void *arg, const struct store_gap *g)
{
	struct gap_text *t = arg;
	size_t           at = strlen(t->text);

	snprintf(t->text + at, sizeof(t->text) - at, "%llu-%llu %s;",
		(unsigned long long)g->first, (unsigned long long)g->last, g->cause);
	return true;
}

static void
gaps_name_what_is_missing_and_why(void **state)
{
	struct fix       *f = *state;
	struct gap_text   t = {""};
	struct store_loss loss = {.sensor = f->sensor,
		.epoch = f->epoch,
		.first = 5,
		.last = 8,
		.count = 3,
		.cause = "spool_overflow"};
	uint64_t          at;

	fix_begin(f);
	assert_int_equal(
		store_take_range(f->store, f->sensor, f->epoch, (struct range){3, 4}), 0);
	assert_int_equal(
		store_take_range(f->store, f->sensor, f->epoch, (struct range){7, 7}), 0);
	assert_int_equal(
		store_take_range(f->store, f->sensor, f->epoch, (struct range){11, 12}),
		0);
	assert_int_equal(store_loss_add(f->store, &loss), 0);
	assert_int_equal(store_position(f->store, f->sensor, f->epoch, &at), 0);
	assert_int_equal(at, 12);
	fix_commit(f);
	assert_int_equal(store_gaps(f->reader, write_gap, &t), 0);
	assert_string_equal(t.text,
		"1-2 missing;5-6 spool_overflow;8-8 spool_overflow;9-10 missing;");
}

/* The ledger in the file is the same set as a model, whatever the order of arrival and
 * wherever the process ended. */
static void
the_ledger_is_the_set_of_what_came(void **state)
{
	struct fix   *f = *state;
	struct ranges model = {0};

	srand(3);
	for (unsigned step = 0; step < 120; step++) {
		struct ranges before = {0};

		for (size_t i = 0; i < model.n; i++)
			ranges_add(&before, model.at[i].first, model.at[i].last);
		fix_begin(f);
		for (unsigned i = 0; i < 8; i++) {
			uint64_t seq = 1 + (uint64_t)rand() % 300;
			int new = store_take(f->store, f->sensor, f->epoch, seq);

			assert_int_equal(new, !ranges_has(&model, seq));
			ranges_add(&model, seq, seq);
		}
		if (step % 7 == 3) {
			store_rollback(f->store);
			ranges_release(&model);
			model = before;
			before = (struct ranges){0};
		} else {
			fix_commit(f);
		}
		if (step % 5 == 0)
			fix_reopen(f);
		ranges_release(&before);
	}
	assert_int_equal(fix_check(f).ranges, model.n);
	ranges_release(&model);
}

static void
sql(const struct fix *f, const char *text)
{
	char     path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/store/main.db", f->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
a_newer_store_is_refused_with_a_word(void **state)
{
	struct fix *f = *state;
	char        why[256];

	fix_close(f);
	sql(f, "PRAGMA user_version=99");
	assert_int_equal(store_open(&f->store, f->dir, NOON, why, sizeof(why)), -EPROTO);
	assert_non_null(strstr(why, "version 99"));
	assert_null(f->store);
}

static void
a_second_writer_is_refused(void **state)
{
	struct fix   *f = *state;
	struct store *other;
	char          why[256];

	assert_int_equal(
		store_open(&other, f->dir, NOON, why, sizeof(why)), -EWOULDBLOCK);
	assert_null(other);
}

static void
a_store_is_not_made_twice(void **state)
{
	struct fix *f = *state;

	assert_int_equal(store_create(f->dir), -EEXIST);
}

static void
damage_is_an_error_and_never_an_empty_answer(void **state)
{
	struct fix         *f = *state;
	struct store_filter all = {0};
	char                path[128];
	unsigned            n = 0;
	int                 fd;
	static const char   junk[8192] = "not a database";

	fix_put(f, 600, (struct shape){0});
	fix_close(f);
	snprintf(path, sizeof(path), "%s/store/days/2026-09-21.db", f->dir);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 0), sizeof(junk));
	close(fd);
	assert_int_equal(store_reader_open(&f->reader, f->dir), 0);
	assert_true(store_events(f->reader, &all, 0, fix_count, &n) < 0);
	assert_true(strlen(store_reader_error(f->reader)) > 0);
}

static void
check_finds_an_event_stored_twice(void **state)
{
	struct fix         *f = *state;
	struct store_report r;

	fix_put(f, 5, (struct shape){0});
	fix_close(f);
	sql(f, "DELETE FROM ledger"); /* forget that they came */
	fix_open(f);
	f->seq = 5;
	fix_put(f, 1, (struct shape){0});
	r = fix_check(f);
	assert_int_equal(r.duplicates, 1);
	assert_true(r.problems >= 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_committed_is_there_after_opening_again),
		T(what_was_rolled_back_is_not),
		T(a_number_is_taken_once),
		T(a_crash_anywhere_leaves_all_of_a_transaction_or_nothing),
		T(a_commit_that_fails_between_the_files_is_taken_back),
		T(a_crash_while_a_day_is_made_loses_nothing),
		T(days_follow_the_clock_forward_only_and_drop_whole),
		T(filters_give_what_a_look_at_each_would),
		T(gaps_name_what_is_missing_and_why),
		T(the_ledger_is_the_set_of_what_came),
		T(a_newer_store_is_refused_with_a_word),
		T(a_second_writer_is_refused),
		T(a_store_is_not_made_twice),
		T(damage_is_an_error_and_never_an_empty_answer),
		T(check_finds_an_event_stored_twice),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
