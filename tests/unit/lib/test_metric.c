/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/metric.h"

#include "tests/test.h"

#include <string.h>

enum { EVENTS, LOST_QUEUE, LOST_SPOOL, OFFSET, COMMIT, COUNT };

static const struct metric_row rows[COUNT] = {
	[EVENTS] = {"t_events_total", NULL, "Events\\stored.\nAll.", METRIC_COUNTER, 0},
	[LOST_QUEUE] = {"t_lost_total", "cause=\"queue\"", "Events lost.", METRIC_COUNTER,
		0},
	[LOST_SPOOL] = {"t_lost_total", "cause=\"spool\"", "Events lost.", METRIC_COUNTER,
		0},
	[OFFSET] = {"t_offset_seconds", NULL, "Clock.", METRIC_GAUGE, 1e-3},
	[COMMIT] = {"t_commit_seconds", NULL, "Commit time.", METRIC_HISTOGRAM, 1e-6},
};

static void
the_text_is_what_prometheus_reads(void **state)
{
	struct metric *m = metric_new(rows, COUNT);
	struct buf     out = { 0 };
	const char    *text;

	(void)state;
	metric_add(&m[EVENTS], 3);
	metric_add(&m[LOST_SPOOL], 7);
	metric_set(&m[OFFSET], -1500);
	metric_observe(&m[COMMIT], 0);
	metric_observe(&m[COMMIT], 1000);
	metric_observe(&m[COMMIT], UINT64_C(1) << 40);
	metric_print(&out, rows, m, COUNT);
	buf_u8(&out, 0);
	text = (const char *)out.data;
	assert_non_null(
		strstr(text, "# HELP t_events_total Events\\\\stored.\\nAll.\n"
			     "# TYPE t_events_total counter\nt_events_total 3\n"));
	assert_non_null(strstr(text,
		"# TYPE t_lost_total counter\nt_lost_total{cause=\"queue\"} 0\n"
		"t_lost_total{cause=\"spool\"} 7\n# HELP"));
	assert_non_null(
		strstr(text, "# TYPE t_offset_seconds gauge\nt_offset_seconds -1.5\n"));
	assert_non_null(strstr(text, "t_commit_seconds_bucket{le=\"1e-06\"} 1\n"));
	assert_non_null(strstr(text, "t_commit_seconds_bucket{le=\"0.000512\"} 1\n"));
	assert_non_null(strstr(text, "t_commit_seconds_bucket{le=\"0.001024\"} 2\n"));
	assert_non_null(strstr(text, "t_commit_seconds_bucket{le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(text, "t_commit_seconds_count 3\n"));
	buf_release(&out);
	metric_free(m, COUNT);
}

static void
quantiles_are_bucket_bounds(void **state)
{
	struct metric *m = metric_new(rows, COUNT);

	(void)state;
	assert_int_equal(metric_quantile(&m[COMMIT], 0.5), 0);
	for (int i = 0; i < 99; i++)
		metric_observe(&m[COMMIT], 10);
	metric_observe(&m[COMMIT], 3000);
	assert_int_equal(metric_quantile(&m[COMMIT], 0.5), 16);
	assert_int_equal(metric_quantile(&m[COMMIT], 0.98), 16);
	assert_int_equal(metric_quantile(&m[COMMIT], 1), 4096);
	metric_free(m, COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_what_prometheus_reads),
		cmocka_unit_test(quantiles_are_bucket_bounds),
	};

	return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
