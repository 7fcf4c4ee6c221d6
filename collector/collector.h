/* SPDX-License-Identifier: Apache-2.0 */
/* collector/collector.h - the program as one object: what main() does, step by step.
 *
 * Threads: the main loop (sensors, signals), the writer, the API and its
 * workers. Every step answers an exit code: 0 is well, and what is not was logged.
 */
#ifndef COLLECTOR_COLLECTOR_H
#define COLLECTOR_COLLECTOR_H

#include "collector/figures.h"
#include "collector/options.h"

#define COLLECTOR_BAD 1

struct collector {
	struct options        options;
	struct store         *store;
	struct ca            *ca;
	struct writer        *writer;
	struct serve *_Atomic serve; /* the writer's thread looks at it too */
	struct intake        *intake;
	struct event_base    *base;
	struct event         *on_term, *on_int, *on_tick;
	struct figures        figures;
	int                   tcp_fd, unix_fd; /* -1, or not handed over yet */
	char                  listen[96], socket[4200];
};

/* `init`: the data folder with authority, keys and store. */
int collector_init(struct collector *c);

/* Store, authority and sockets. */
int collector_open(struct collector *c);
/* Rights that are not needed any more. */
int collector_confine(struct collector *c);
/* Threads; from here on sensors and clients are answered. */
int collector_start(struct collector *c);
/* Until a signal ends it, and all that was under way is done. */
int  collector_run(struct collector *c);
void collector_close(struct collector *c);

#endif
