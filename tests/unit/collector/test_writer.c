/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/writer.h"

#include "lib/log.h"
#include "tests/unit/collector/fix.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

/* Stores one event, and fails on purpose. */
struct task {
	struct job  job;
	struct fix *f;
	int         fails;
	unsigned    runs;
	int         result; /* 1: not told yet */
	atomic_int *told;
};

static int
work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct task *t = (struct task *)j;

	(void)s;
	(void)now_ns;
	t->runs++;
	t->f->seq = 1 + (uint64_t)(t->job.weight); /* the same number at every try */
	fix_add(t->f, (struct shape){0});
	return t->fails;
}

static void
done(struct job *j, int err)
{
	struct task *t = (struct task *)j;

	t->result = err;
	atomic_fetch_add(t->told, 1);
}

static void
fatal(void *arg, const char *why)
{
	(void)arg;
	fail_msg("fatal: %s", why);
}

static struct writer *
start(struct fix *f, uint32_t linger_ms)
{
	struct writer_settings set = {
		.linger_ms = linger_ms, .weight_max = 100000, .fatal = fatal};
	struct writer *w;

	assert_int_equal(writer_new(&w, f->store, &set), 0);
	return w;
}

static void
one_bad_job_takes_no_other_with_it(void **state)
{
	struct fix    *f = *state;
	struct writer *w = start(f, 50);
	struct task    tasks[20] = {0};
	atomic_int     told = 0;

	log_setup("test", LOG_LEVEL_ERR);
	for (unsigned i = 0; i < 20; i++) {
		tasks[i] = (struct task){.job = {.work = work, .done = done, .weight = i},
			.f = f,
			.fails = i == 7 ? -EIO : 0,
			.result = 1,
			.told = &told};
		writer_add(w, &tasks[i].job);
	}
	writer_free(w); /* finishes what is queued */
	assert_int_equal(told, 20);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(tasks[i].result, i == 7 ? -EIO : 0);
	assert_int_equal(fix_events(f, NULL, 0), 19);
	assert_int_equal(fix_check(f).problems, 0);
}

static void
what_gathers_is_committed_as_one(void **state)
{
	struct fix    *f = *state;
	struct writer *w = start(f, 200);
	struct task    tasks[50] = {0};
	atomic_int     told = 0;

	for (unsigned i = 0; i < 50; i++) {
		tasks[i] = (struct task){.job = {.work = work, .done = done, .weight = i},
			.f = f,
			.result = 1,
			.told = &told};
		tasks[i].job.urgent = i == 49; /* ends the wait */
		writer_add(w, &tasks[i].job);
	}
	{
		struct task last = {.job = {.work = work, .weight = 50}, .f = f};

		assert_int_equal(writer_run(w, &last.job), 0);
	}
	assert_true(writer_figures(w).commits_total <= 3);
	assert_int_equal(writer_figures(w).jobs_total, 51);
	writer_free(w);
	assert_int_equal(fix_events(f, NULL, 0), 51);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_bad_job_takes_no_other_with_it),
		T(what_gathers_is_committed_as_one),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
