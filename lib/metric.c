/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/metric.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct metric *
metric_new(const struct metric_row *rows, size_t n)
{
	struct metric *m = calloc(n ? n : 1, sizeof(*m));

	for (size_t i = 0; m && i < n; i++) {
		if (rows[i].kind != METRIC_HISTOGRAM)
			continue;
		m[i].buckets = calloc(METRIC_BUCKETS, sizeof(*m[i].buckets));
		if (!m[i].buckets) {
			metric_free(m, n);
			m = NULL;
		}
	}
	return m;
}

void
metric_free(struct metric *m, size_t n)
{
	if (!m)
		return;
	for (size_t i = 0; i < n; i++)
		free(m[i].buckets);
	free(m);
}

/* Bucket i holds what is at most 2^i; the last one the rest. */
static unsigned
bucket_of(uint64_t v)
{
	unsigned i = v <= 1 ? 0 : 64u - (unsigned)__builtin_clzll(v - 1);

	return i < METRIC_BUCKETS - 1 ? i : METRIC_BUCKETS - 1;
}

void
metric_observe(struct metric *m, uint64_t v)
{
	atomic_fetch_add_explicit(&m->buckets[bucket_of(v)], 1, memory_order_relaxed);
	metric_add(m, v);
}

static uint64_t
count_of(const struct metric *m)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < METRIC_BUCKETS; i++)
		n += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
	return n;
}

uint64_t
metric_quantile(const struct metric *m, double q)
{
	uint64_t total = count_of(m), n = 0;
	double   want = q * (double)total;
	unsigned i;

	if (total == 0)
		return 0;
	for (i = 0; i < METRIC_BUCKETS - 1; i++) {
		n += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
		if (n && (double)n >= want)
			break;
	}
	return UINT64_C(1) << i;
}

static void __attribute__((format(printf, 2, 3)))
print(struct buf *out, const char *fmt, ...)
{
	char    line[512];
	va_list args;
	int     len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len > 0)
		buf_add(out, line,
			(size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

/* Backslash and line feed would end a help line early. */
static void
print_help(struct buf *out, const struct metric_row *row)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	print(out, "# HELP %s ", row->name);
	for (const char *c = row->help; *c; c++) {
		if (*c == '\\' || *c == '\n')
			buf_add(out, *c == '\n' ? "\\n" : "\\\\", 2);
		else
			buf_add(out, c, 1);
	}
	print(out, "\n# TYPE %s %s\n", row->name, kinds[row->kind]);
}

static void
print_histogram(struct buf *out, const struct metric_row *row, const struct metric *m,
	double scale)
{
	const char *labels = row->labels ? row->labels : "",
		   *comma = row->labels ? "," : "";
	const char *open = row->labels ? "{" : "", *shut = row->labels ? "}" : "";
	uint64_t    n = 0;

	for (unsigned i = 0; i < METRIC_BUCKETS - 1; i++) {
		n += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
		print(out, "%s_bucket{%s%sle=\"%.9g\"} %" PRIu64 "\n", row->name, labels,
			comma, (double)(UINT64_C(1) << i) * scale, n);
	}
	n += atomic_load_explicit(&m->buckets[METRIC_BUCKETS - 1], memory_order_relaxed);
	print(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", row->name, labels, comma,
		n);
	print(out, "%s_sum%s%s%s %.9g\n", row->name, open, labels, shut,
			(double)metric_get(m) * scale);
	print(out, "%s_count%s%s%s %" PRIu64 "\n", row->name, open, labels, shut, n);
}

static void
print_value(struct buf *out, const struct metric_row *row, const struct metric *m)
{
	const char *open = row->labels ? "{" : "", *shut = row->labels ? "}" : "";
	const char *labels = row->labels ? row->labels : "";
	uint64_t    v = metric_get(m);

	print(out, "%s%s%s%s ", row->name, open, labels, shut);
	if (row->scale != 0)
		print(out, "%.9g\n",
			row->kind == METRIC_GAUGE ? (double)(int64_t)v * row->scale
						  : (double)v * row->scale);
	else if (row->kind == METRIC_GAUGE)
		print(out, "%" PRId64 "\n", (int64_t)v);
	else
		print(out, "%" PRIu64 "\n", v);
}

void
metric_print(
	struct buf *out, const struct metric_row *rows, const struct metric *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(rows[i].name, rows[i - 1].name) != 0)
			print_help(out, &rows[i]);
		if (rows[i].kind == METRIC_HISTOGRAM)
			print_histogram(out, &rows[i], &m[i],
				rows[i].scale != 0 ? rows[i].scale : 1);
		else
			print_value(out, &rows[i], &m[i]);
	}
}
