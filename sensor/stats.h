/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/stats.h - the sensor's counters as JSON, written at the end. Main thread. */
#ifndef SENSOR_STATS_H
#define SENSOR_STATS_H

#include "sensor/capture.h"
#include "sensor/totals.h"

#include <stdint.h>

struct json;
struct outfile;
struct uplink;

struct stats {
	const struct totals    *totals;
	struct uplink          *uplink; /* NULL: none */
	struct capture_counters capture;
	uint64_t                workers, captures, captures_refused;
	uint64_t                rules_loaded, rules_rejected, load_ms, reloads;
	uint64_t                run_ms;
	const char             *ruleset_hash; /* NULL: no rules */
};

/* One line. 0 or -errno. */
int stats_write(const struct stats *s, struct outfile *out);

/* The same as an EVE object of type stats, with Suricata's names where it has the figure. */
void stats_eve(const struct stats *s, struct json *j, uint64_t now_ns);

#endif
