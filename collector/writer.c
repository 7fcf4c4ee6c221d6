/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/writer.h"

#include "collector/store.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

STAILQ_HEAD(jobs, job);

struct writer {
	struct store          *store;
	struct writer_settings set;
	pthread_t              thread;
	struct log_limit       limit;
	pthread_mutex_t        lock; /* all below */
	pthread_cond_t         more;
	struct jobs            queue;
	uint64_t               weight; /* of what is queued */
	uint32_t               urgent; /* how many of them */
	bool                   stopping;
	struct writer_figures  figures;
};

/* ---- one transaction ---- */

static int
commit(struct writer *w, uint64_t n_jobs, uint64_t weight)
{
	uint64_t start = clock_mono_ns(), spent;
	int      err = store_commit(w->store);

	spent = clock_mono_ns() - start;
	pthread_mutex_lock(&w->lock);
	w->figures.commits_total += !err;
	w->figures.jobs_total += err ? 0 : n_jobs;
	w->figures.weight_total += err ? 0 : weight;
	w->figures.failed_total += err != 0;
	w->figures.commit_ns_total += spent;
	if (spent > w->figures.commit_ns_max)
		w->figures.commit_ns_max = spent;
	pthread_mutex_unlock(&w->lock);
	return err;
}

/* All jobs of the group in one transaction. */
static int
run_group(struct writer *w, struct jobs *group)
{
	uint64_t    now_ns = clock_wall_ns(), n = 0, weight = 0;
	struct job *j;
	int         err = store_begin(w->store, now_ns);

	if (err)
		return err;
	STAILQ_FOREACH (j, group, link) {
		err = j->work(j, w->store, now_ns);
		if (err) {
			store_rollback(w->store);
			return err;
		}
		j->err = 0;
		weight += j->weight;
		n++;
	}
	return commit(w, n, weight);
}

static void
check_broken(struct writer *w)
{
	if (store_is_broken(w->store))
		w->set.fatal(w->set.arg, store_error(w->store));
}

static void
log_failure(struct writer *w, int err)
{
	uint32_t held;

	if (log_allowed(&w->limit, clock_mono_ns(), &held))
		log_err("the store refused a transaction",
			"error=\"%s\" reason=\"%s\" held_back=%u", strerror(-err),
			store_error(w->store), held);
}

/* Each job in a transaction of its own: only those fail that have to. */
static void
run_alone(struct writer *w, struct jobs *group)
{
	struct job *j;

	STAILQ_FOREACH (j, group, link) {
		struct jobs one = STAILQ_HEAD_INITIALIZER(one);
		struct job *next = STAILQ_NEXT(j, link);

		STAILQ_INSERT_TAIL(&one, j, link);
		j->err = run_group(w, &one);
		STAILQ_NEXT(j, link) = next;
		if (j->err)
			log_failure(w, j->err);
		check_broken(w);
	}
}

static void
finish(struct writer *w, struct jobs *group)
{
	struct job *j;

	while ((j = STAILQ_FIRST(group))) {
		STAILQ_REMOVE_HEAD(group, link);
		j->done(j, j->err);
	}
	if (w->set.committed)
		w->set.committed(w->set.arg);
}

/* ---- the thread ---- */

/* Until enough has gathered, somebody waits for it, or the first has waited long enough.
 */
static void
linger(struct writer *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)w->set.linger_ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!w->stopping && !w->urgent && w->weight < w->set.weight_max)
		if (pthread_cond_timedwait(&w->more, &w->lock, &until) == ETIMEDOUT)
			return;
}

/* What makes the next group; at least one job. Under the lock. */
static void
take_group(struct writer *w, struct jobs *group)
{
	uint64_t    weight = 0;
	struct job *j;

	while ((j = STAILQ_FIRST(&w->queue)) &&
		(weight == 0 || weight + j->weight <= w->set.weight_max)) {
		STAILQ_REMOVE_HEAD(&w->queue, link);
		STAILQ_INSERT_TAIL(group, j, link);
		weight += j->weight ? j->weight : 1;
		w->weight -= j->weight;
		w->urgent -= j->urgent;
		w->figures.queued--;
	}
}

static void *
writer_thread(void *arg)
{
	struct writer *w = arg;
	struct jobs    group = STAILQ_HEAD_INITIALIZER(group);

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (STAILQ_EMPTY(&w->queue) && !w->stopping)
			pthread_cond_wait(&w->more, &w->lock);
		if (STAILQ_EMPTY(&w->queue))
			break;
		linger(w);
		take_group(w, &group);
		pthread_mutex_unlock(&w->lock);
		if (run_group(w, &group)) {
			check_broken(w);
			run_alone(w, &group);
		}
		finish(w, &group);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- for the others ---- */

int
writer_new(struct writer **out, struct store *s, const struct writer_settings *set)
{
	struct writer     *w = calloc(1, sizeof(*w));
	pthread_condattr_t mono;
	int                err;

	*out = NULL;
	if (!w)
		return -ENOMEM;
	w->store = s;
	w->set = *set;
	w->limit = (struct log_limit){.burst = 5, .every_ms = 60000};
	STAILQ_INIT(&w->queue);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&w->more, &mono);
	pthread_condattr_destroy(&mono);
	err = pthread_create(&w->thread, NULL, writer_thread, w);
	if (err) {
		free(w);
		return -err;
	}
	*out = w;
	return 0;
}

void
writer_free(struct writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void
writer_add(struct writer *w, struct job *j)
{
	pthread_mutex_lock(&w->lock);
	STAILQ_INSERT_TAIL(&w->queue, j, link);
	w->weight += j->weight;
	w->urgent += j->urgent;
	w->figures.queued++;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}

/* A job that somebody waits for, around the caller's. */
struct waited {
	struct job      job;
	struct job     *inner;
	pthread_mutex_t lock;
	pthread_cond_t  cond;
	bool            over;
};

static int
waited_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct job *inner = ((struct waited *)j)->inner; /* job is its first member */

	return inner->work(inner, s, now_ns);
}

static void
waited_done(struct job *j, int err)
{
	struct waited *w = (struct waited *)j;

	(void)err; /* stays in the job */
	pthread_mutex_lock(&w->lock);
	w->over = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

int
writer_run(struct writer *w, struct job *j)
{
	struct waited wait = {
		.job = {.work = waited_work, .done = waited_done, .urgent = true},
		.inner = j};

	pthread_mutex_init(&wait.lock, NULL);
	pthread_cond_init(&wait.cond, NULL);
	writer_add(w, &wait.job);
	pthread_mutex_lock(&wait.lock);
	while (!wait.over)
		pthread_cond_wait(&wait.cond, &wait.lock);
	pthread_mutex_unlock(&wait.lock);
	pthread_cond_destroy(&wait.cond);
	pthread_mutex_destroy(&wait.lock);
	return wait.job.err;
}

struct writer_figures
writer_figures(struct writer *w)
{
	struct writer_figures f;

	pthread_mutex_lock(&w->lock);
	f = w->figures;
	pthread_mutex_unlock(&w->lock);
	return f;
}
