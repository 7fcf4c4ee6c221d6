/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/crew.h - the workers of a sensor and their threads.
 *
 * Frames of files come from the main thread and are dealt out (sensor/shard.h);
 * frames of interfaces each worker takes for itself, the kernel deals them out
 * in the same way. Workers share nothing but read-only rules, what rules
 * remember, and where alerts go. One worker and files: no thread at all, so that
 * the order of alerts is that of the capture. Main thread.
 */
#ifndef SENSOR_CREW_H
#define SENSOR_CREW_H

#include "sensor/live.h"
#include "sensor/worker.h"

#include <stdbool.h>

#define CREW_MAX 64 /* OPTIONS_WORKERS_MAX */

struct crew;
struct rule_memory;
struct ruleset;

/* `n` workers that divide what `settings` grant. NULL: no memory. */
struct crew *crew_new(const struct worker_settings *settings, unsigned n);
/* Stops threads that run. */
void     crew_free(struct crew *c);
unsigned crew_size(const struct crew *c);

/* Rules for the packets to come; borrowed until others are in use. Workers take them up between two
 * packets, when they get to it. 0; -EBUSY: those before are not in use everywhere yet; -ENOMEM: all go on
 * with what they have. */
int crew_rules(struct crew *c, const struct ruleset *rules, struct rule_memory *memory);
/* Have all workers taken up the last ones? Then nothing of the ones before is in use. */
bool crew_rules_settled(struct crew *c);

/* Files: begin, hand in frames, and wait until all are through. 0 or -errno. */
int  crew_files_begin(struct crew *c);
void crew_frame(struct crew *c, const struct wire_frame *f);
void crew_files_end(struct crew *c);

/* Interfaces: each worker takes frames from live[its number], which is borrowed, until crew_live_end().
 * What the kernel got before that is still inspected. 0 or -errno. */
int  crew_live_begin(struct crew *c, struct live *const *live);
void crew_live_end(struct crew *c);

/* After the end: end all flows, write out everything. 0 or -errno of the writing. */
int crew_finish(struct crew *c);

/* Sum over all workers, and of each interface, not older than a fraction of a second while threads run. */
void crew_totals(struct crew *c, struct totals *out);
void crew_ports(struct crew *c, struct live_figures *out);

#endif
