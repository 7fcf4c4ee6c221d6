/* SPDX-License-Identifier: Apache-2.0 */
/* lib/metric.h - counters, gauges and histograms, and Prometheus' text of them.
 *
 * A program has one table of rows and one array of values of the same length;
 * the rows' index names the metric. Values are atomic: any thread counts, any
 * thread reads. A family with labels is several rows that follow each other
 * with the same name.
 */
#ifndef LIB_METRIC_H
#define LIB_METRIC_H

#include "lib/buf.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_BUCKETS 24 /* of a histogram: up to 2^0 … 2^22 of its unit, and the rest */

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_row {
	const char      *name;   /* tocsin_…_total, …_seconds, …_bytes */
	const char      *labels; /* "cause=\"queue\"", or NULL */
	const char      *help;
	enum metric_kind kind;
	double           scale; /* what one unit is in the text; 0: 1. Histogram of µs in seconds: 1e-6 */
};

struct metric {
	_Atomic uint64_t  value;   /* gauge: as int64_t; histogram: sum */
	_Atomic uint64_t *buckets; /* METRIC_BUCKETS, histograms only */
};

/* Values for `n` rows, all 0. NULL: no memory. Ends with metric_free(). */
struct metric *metric_new(const struct metric_row *rows, size_t n);
void           metric_free(struct metric *m, size_t n);

static inline void
metric_add(struct metric *m, uint64_t n)
{
	atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

static inline void
metric_set(struct metric *m, int64_t v)
{
	atomic_store_explicit(&m->value, (uint64_t)v, memory_order_relaxed);
}

static inline uint64_t
metric_get(const struct metric *m)
{
	return atomic_load_explicit(&m->value, memory_order_relaxed);
}

/* Note one value of a histogram. */
void metric_observe(struct metric *m, uint64_t v);

/* Append the text of all (Prometheus exposition format 0.0.4). */
void metric_print(struct buf *out, const struct metric_row *rows, const struct metric *m, size_t n);

/* A value below which the share `q` (0..1) of a histogram lies, at its buckets'
 * precision; 0: empty. */
uint64_t metric_quantile(const struct metric *m, double q);

#endif
