/* SPDX-License-Identifier: Apache-2.0 */
/* collector/figures.h - what the collector counts: one table, for /metrics and /v1/stats.
 * Any thread. */
#ifndef COLLECTOR_FIGURES_H
#define COLLECTOR_FIGURES_H

#include <stdatomic.h>
#include <stdint.h>

/* clang-format off */
/*  id              name                  help  */
#define FIGURES_LIST(X)                                                                   \
	X(CONNECTIONS, "connections", "connections of sensors that are open")             \
	X(CONNECTIONS_TOTAL, "connections_total", "connections of sensors since start")   \
	X(REFUSED, "refused_total", "peers refused for no or a wrong identity")           \
	X(DROPPED, "dropped_total", "connections ended for bad bytes or for silence")     \
	X(ENROLLED, "enrolled_total", "certificates that were given out")                 \
	X(BATCHES, "batches_total", "batches that were stored")                           \
	X(EVENTS, "events_received_total", "events that were stored since start")         \
	X(DUPLICATES, "duplicates_received_total", "events that were here already")       \
	X(DEAD, "dead_letters_received_total", "events that could not be understood")     \
	X(BYTES, "received_bytes_total", "bytes of frames from sensors")                  \
	X(REQUESTS, "api_requests_total", "requests to the API")                          \
	X(REQUEST_ERRORS, "api_errors_total", "requests that the collector failed at")    \
	X(WATCHERS, "api_watchers", "clients that follow the stream")
/* clang-format on */

enum figure {
#define X(id, name, help) FIGURE_##id,
	FIGURES_LIST(X)
#undef X
		FIGURE_COUNT
};

struct figures {
	_Atomic uint64_t n[FIGURE_COUNT];
};

extern const char *const figure_names[FIGURE_COUNT];
extern const char *const figure_helps[FIGURE_COUNT];

static inline void
figure_add(struct figures *f, enum figure which, int64_t n)
{
	atomic_fetch_add_explicit(&f->n[which], (uint64_t)n, memory_order_relaxed);
}

static inline uint64_t
figure_get(struct figures *f, enum figure which)
{
	return atomic_load_explicit(&f->n[which], memory_order_relaxed);
}

#endif
