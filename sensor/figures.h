/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/figures.h - what the packet side tells the uplink for its heartbeats.
 *
 * The main thread publishes now and then, the uplink's thread reads; a lock
 * between them that no packet waits for.
 */
#ifndef SENSOR_FIGURES_H
#define SENSOR_FIGURES_H

#include <pthread.h>
#include <stdint.h>

#include "lib/message.h"

#define FIGURES_NAME_MAX 64
#define FIGURES_HASH_MAX 65

struct figures_interface {
	char     name[FIGURES_NAME_MAX];
	uint64_t packets, drops;
	bool     up;
};

struct figures_now {
	uint64_t                 packets, bytes, events, rules;
	uint64_t                 kernel_drops, own_drops, last_packet_ns;
	char                     ruleset[FIGURES_HASH_MAX];
	uint32_t                 n_interfaces;
	struct figures_interface interfaces[MESSAGE_INTERFACES_MAX];
};

struct figures {
	pthread_mutex_t    lock;
	struct figures_now now;  /* under the lock */
	struct figures_now told; /* the reader's copy: heartbeats borrow from it */
};

void figures_init(struct figures *f);
void figures_publish(struct figures *f, const struct figures_now *now);

/* For uplink_settings.figures; `figures` is a struct figures. */
void figures_fill(void *figures, struct message_heartbeat *out);

#endif
