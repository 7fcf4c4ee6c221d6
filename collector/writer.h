/* SPDX-License-Identifier: Apache-2.0 */
/* collector/writer.h - the one thread that writes to the store, by group commit.
 *
 * Others hand it jobs. It runs what has gathered within a few milliseconds in
 * one transaction, commits, and only then tells each job's owner. When the store
 * fails on a group, every job of it is tried again alone, so that one bad job
 * cannot take others with it. The queue is bounded by those who fill it: a
 * connection has a few batches in it, a person one request.
 */
#ifndef COLLECTOR_WRITER_H
#define COLLECTOR_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct store;
struct writer;

struct job {
	STAILQ_ENTRY(job) link; /* the writer's */
	/*
	 * Do it, in the writer's thread and inside a transaction. 0, or -errno of the
	 * store. It may run twice, after a rollback; what is no fault of the store goes
	 * to the job's own fields.
	 */
	int (*work)(struct job *j, struct store *s, uint64_t now_ns);
	/* It is durable (0), or will never be (-errno). In the writer's thread: hand it
	 * over and return. The job is its owner's again. */
	void (*done)(struct job *j, int err);
	uint32_t weight; /* events, about: how large a group becomes */
	bool     urgent; /* somebody waits: no lingering */
	int      err;    /* the writer's */
};

struct writer_settings {
	uint32_t linger_ms;  /* how long a first job waits for others */
	uint32_t weight_max; /* of a group */
	void (*committed)(
		void *arg); /* something changed; in the writer's thread; may be NULL */
	void (*fatal)(void *arg,
		const char *why); /* memory and disk may differ: end the process */
	void *arg;
};

/* Start the thread. The store is borrowed, and only the writer's until writer_free(). */
int writer_new(struct writer **out, struct store *s, const struct writer_settings *set);
/* Finish what is queued, then end the thread. */
void writer_free(struct writer *w);

/* Queue a job, owned by the writer until its done(). Any thread. */
void writer_add(struct writer *w, struct job *j);
/* Run a job and wait for it: 0 or -errno. Not in the writer's thread. done is not used.
 */
int writer_run(struct writer *w, struct job *j);

struct writer_figures {
	uint64_t commits_total, jobs_total, failed_total;
	uint64_t weight_total;
	uint64_t commit_ns_total, commit_ns_max;
	uint32_t queued;
};
struct writer_figures writer_figures(struct writer *w);

#endif
