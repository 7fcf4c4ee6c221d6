/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/link.h - the connection that empties the spool: one collector at a time, for ever again.
 *
 * Connects, greets, sends batches from the spool, trims it as they are
 * acknowledged, sends heartbeats, and starts over after any cut, with patience
 * that grows. docs/protocol.md. All of it in the thread of its event base.
 */
#ifndef SENSOR_LINK_H
#define SENSOR_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct link;
struct message_heartbeat;
struct spool;
struct tls;

struct link_settings { /* all borrowed */
	struct event_base *base;
	struct spool      *spool;
	struct tls        *tls;
	const char        *name; /* ours */
	const char *const *collectors;
	size_t             n_collectors;
	uint32_t           heartbeat_s;
	void (*figures)(void *arg, struct message_heartbeat *out); /* may be NULL */
	void *figures_arg;
	void (*progress)(void *arg); /* something was acknowledged, or the link came or went */
	void *progress_arg;
};

/* Not connected yet. 0 or -errno; -EINVAL: a collector that is not HOST:PORT (logged). */
int  link_new(struct link **out, const struct link_settings *s);
void link_free(struct link *l);

/* Connect, now and again until link_free(). */
void link_start(struct link *l);
/* There is more in the spool. */
void link_pump(struct link *l);
/* Declare losses as soon as possible, not now and then: somebody waits for the end. */
void link_hurry(struct link *l);
/* Say goodbye; nothing is sent after it. */
void link_bye(struct link *l);
/* Bytes that the system has not taken yet. */
size_t link_unsent(const struct link *l);

struct link_stats {
	uint64_t connects, rejected, batches;
	bool     ready;
};
const struct link_stats *link_stats(const struct link *l);

#endif
