/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/sensor.h - the process: everything that main() opens, runs and closes. Main thread. */
#ifndef SENSOR_SENSOR_H
#define SENSOR_SENSOR_H

#include "sensor/config.h"
#include "sensor/crew.h"
#include "sensor/figures.h"
#include "sensor/options.h"
#include "sensor/outfile.h"
#include "sensor/settings.h"
#include "sensor/sources.h"
#include "sensor/stats.h"

#include <stdint.h>

struct arena;
struct addrset;
struct rule_memory;
struct ruleset;
struct uplink;
struct vars;

enum sensor_exit { SENSOR_DONE = 0, SENSOR_BAD_INPUT = 1, SENSOR_USAGE = 2, SENSOR_PARTLY = 3 };

struct sensor {
	struct options         options;
	struct config          config;
	struct vars           *vars;
	struct ruleset        *rules;  /* NULL: none */
	struct ruleset        *stale_rules; /* until all workers have taken up those after it */
	struct rule_memory    *memory;
	struct arena          *keep;   /* what HOME_NET was compiled to */
	struct addrset        *home;
	struct sources         sources;
	struct proto_settings  proto;
	struct worker_settings settings;
	unsigned               workers;
	struct crew           *crew;
	struct uplink         *uplink; /* NULL: no collector */
	struct figures         figures;
	uint64_t               load_ms, run_ms, reloads, captures;
	uint64_t               reload_ms; /* the last one took */
	uint64_t               begin_ns, stats_ns; /* of the run; when figures were last written */
	struct outfile         eve, stats;
};

/* Each returns SENSOR_DONE to go on, or the exit code after a word on standard error. */
int sensor_config(struct sensor *s);
int sensor_load_rules(struct sensor *s);
int sensor_open(struct sensor *s);  /* captures, outputs, spool */
int sensor_start(struct sensor *s); /* memory and tables; then rights are dropped */
int sensor_run(struct sensor *s);   /* sensor/run.c: until the last capture ends or a signal says stop */
int sensor_stats(struct sensor *s);

/* All figures as they are now; `totals` is what `out` borrows. */
void sensor_fill_stats(struct sensor *s, struct stats *out, struct totals *totals);

/* Of all interfaces. */
struct capture_counters sensor_capture_counters(const struct sensor *s);

/* Everything that is open, whatever was reached. */
void sensor_close(struct sensor *s);

/* Exit code of `--test` and of a whole run: were rules or captures refused? */
int sensor_verdict(const struct sensor *s);

#endif
