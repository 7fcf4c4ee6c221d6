/* SPDX-License-Identifier: Apache-2.0 */
/* collector/intake.h - sensors connect here: TLS 1.3, docs/protocol.md.
 *
 * One thread (the main loop's) does TLS, takes batches apart and checks events;
 * the writer stores them; acknowledgements go out after the commit. A sensor has
 * a few batches in the writer's queue at most, so none can starve the others, and
 * when the queue is large all wait: TCP holds the rest back.
 */
#ifndef COLLECTOR_INTAKE_H
#define COLLECTOR_INTAKE_H

#include <stdint.h>

struct ca;
struct event_base;
struct figures;
struct intake;
struct writer;

struct intake_settings {
	const char        *dir; /* DIR: the certificates are there */
	struct event_base *base;
	struct ca         *ca;
	struct writer     *writer;
	struct figures    *figures;
	int                fd; /* listening socket; owned from intake_new() on */
	void (*drained)(
		void *arg); /* after intake_drain(): nothing is under way any more */
	void *arg;
};

/* All borrowed while it runs. 0 or -errno, logged. */
int intake_new(struct intake **out, const struct intake_settings *set);
/* Take no more, acknowledge what is under way, say good-bye; then `drained` is called. */
void intake_drain(struct intake *in);
void intake_free(struct intake *in);

/* A certificate was revoked: look at all connections again. Any thread. */
void intake_recheck(struct intake *in);

#endif
