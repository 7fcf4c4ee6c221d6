/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/setup.h - from options and settings to what a worker needs; loads rules. Main thread, while starting
 * and on reload. */
#ifndef SENSOR_SETUP_H
#define SENSOR_SETUP_H

#include "sensor/options.h"
#include "sensor/settings.h"
#include "sensor/worker.h"

#include <stdbool.h>
#include <stdint.h>

struct ruleset;
struct vars;

/* Variables and settings of the command line; what we do not know is named on standard error and
 * ignored. 0, -EINVAL or -ENOMEM after a word. */
int setup_vars(struct vars **out, const struct options *o);

/* `live`: packets come from interfaces. */
void setup_worker(struct worker_settings *out, struct proto_settings *proto, const struct vars *vars,
		const struct options *o, bool live);

/* Load and compile all of --rules; every refused rule is named on standard error. What flows remember of
 * the rules `before` (NULL: none) keeps its meaning. *load_ms is the time it took. 0, -ENOENT when some
 * path could not be read, or -errno. */
int setup_rules(struct ruleset **out, const struct vars *vars, const struct options *o,
		const struct ruleset *before, uint64_t *load_ms);

#endif
