/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/live.h - the interfaces that one worker captures on.
 *
 * Frames come in turns, some of each. An interface that goes away is waited for
 * and opened again, with patience that grows; that is said once. Opened by the
 * main thread, then used by one worker alone.
 */
#ifndef SENSOR_LIVE_H
#define SENSOR_LIVE_H

#include "sensor/capture.h"

#include <stdbool.h>
#include <stdint.h>

#define LIVE_PORTS_MAX 64

struct live;
struct worker;

struct live_figures {
	unsigned n;
	struct {
		struct capture_counters counters;
		bool                    up;
	} ports[LIVE_PORTS_MAX];
};

/* `quiet`: another worker says what happens to the interfaces. NULL: no memory. */
struct live *live_new(bool quiet);
void         live_free(struct live *l);

/* Open one more interface. 0 or -errno, then `why` tells in words. */
int live_add(struct live *l, const struct capture_live *settings, char why[static CAPTURE_WHY_MAX]);

/* All workers are there: frames of before are not taken, since each got them. */
void live_since(struct live *l, uint64_t wall_ns);

/* Some frames of each interface into the worker. Returns how many. */
unsigned live_turn(struct live *l, struct worker *w);
/* Wait for frames or for `wake_fd`, a moment at most. */
void live_wait(struct live *l, int wake_fd);
/* Look after the interfaces: which are gone, which are back. Cheap when it is not time yet. */
void live_mind(struct live *l, uint64_t now_ns);
/* The last frames: all that the kernel took before `stop_ns` by the wall clock. */
void live_drain(struct live *l, struct worker *w, uint64_t stop_ns);

void live_figures(struct live *l, struct live_figures *out);

#endif
