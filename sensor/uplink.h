/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/uplink.h - events to the collector: into the durable spool, from there over TLS.
 *
 * A thread of its own has the spool and the connection (sensor/link.h); workers
 * only put events into its queue. Nothing that the network or the collector
 * does reaches a worker. Once uplink_event() has returned, an event is stored
 * at the collector exactly once, or is declared lost by number and cause,
 * or the machine died within the next moments, before the event was on the disk.
 */
#ifndef SENSOR_UPLINK_H
#define SENSOR_UPLINK_H

#include "lib/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message_heartbeat;
struct uplink;

struct uplink_settings {
	const char        *state;      /* folder of the identity and of spool/ */
	const char *const *collectors; /* HOST:PORT, tried in this order */
	size_t             n_collectors;
	uint64_t           spool_bytes; /* most bytes of the spool; 0: 1 GiB */
	uint32_t           heartbeat_s; /* 0: 10 */
	/* The source can be slowed down (files): uplink_event() waits where it would
	 * lose. */
	bool paced;
	/* With `paced`: a full spool waits for the collector. Without it, the least
	 * severe events go. */
	bool keep_all;
	/* Fill in what only the packet side knows (packets, drops, interfaces, rules,
	 * last packet). Called in the uplink's thread; strings live until the next call.
	 * May be NULL. */
	void (*figures)(void *arg, struct message_heartbeat *out);
	void *arg;
};

/* Read the identity, open and lock the spool. What it borrows of `s` lives as long as the
 * uplink. 0; -ENOENT: not enrolled; -EWOULDBLOCK: another sensor uses the folder; -errno.
 * Each is logged. */
int uplink_open(struct uplink **out, const struct uplink_settings *s);
/* Begin to work. After rights are dropped, before the first event. 0 or -errno. */
int uplink_start(struct uplink *u);
/* Bring what is in the queue to the disk, end the thread, close. Does not wait for the
 * collector. */
void uplink_close(struct uplink *u);

/* Take an event; what it borrows is copied. Any thread. Fits report_settings.sink. */
void uplink_event(void *uplink, const struct event *e);

/* Wait until everything is acknowledged, at most `timeout_ms`. 0 or -ETIMEDOUT. A caller
 * that minds signals asks again and again. */
int uplink_drain(struct uplink *u, uint32_t timeout_ms);

struct uplink_stats {
	uint64_t events;     /* accepted into the spool since start */
	uint64_t lost;       /* declared or to be declared */
	uint64_t rejected;   /* by the collector, into its dead letters */
	uint64_t connects;   /* connections that got a WELCOME */
	uint64_t waiting;    /* in the spool and not acknowledged */
	uint64_t spool_bytes;
	bool     connected;
};
void uplink_stats(struct uplink *u, struct uplink_stats *out);

#endif
