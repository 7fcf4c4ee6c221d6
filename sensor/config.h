/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/config.h - the configuration file of tocsin-sensor: the options, written down.
 *
 * The command line goes before the file; lists given on it replace those of the
 * file, except for settings, which are added. While starting.
 */
#ifndef SENSOR_CONFIG_H
#define SENSOR_CONFIG_H

#include "lib/conf.h"
#include "sensor/options.h"

#include <stdint.h>

struct config {
	struct conf_list interfaces, rules, collectors, set;
	char *classification, *reference, *threshold, *cache;
	bool     observe;
	uint64_t heartbeat_s, spool_max;
	char *eve, *eve_types, *send_types, *state, *checksum, *stats, *filter, *user, *buffer, *rate_limit, *workers;
};

/* Read the file into `c` and let `o` borrow from it. 0, or -EINVAL after a word for each mistake. */
int  config_read(struct config *c, struct options *o, const char *path);
void config_release(struct config *c);

/* Every key with its default, commented, to standard output. */
void config_print_example(void);

#endif
