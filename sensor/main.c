/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin-sensor: packets in, alerts out. */
#include <stdio.h>

#include "lib/fault.h"
#include "lib/log.h"
#include "lib/version.h"
#include "sensor/enroll.h"
#include "sensor/sensor.h"

static int
become_member(const struct options *o)
{
	struct enroll_request request = { .state = o->state, .token = o->token };

	if (options_check(o) < 0)
		return SENSOR_USAGE;
	request.collector = o->collectors.list[0];
	return enroll(&request) < 0 ? SENSOR_BAD_INPUT : SENSOR_DONE;
}

static int
run(struct sensor *s)
{
	int rc = sensor_config(s);

	if (rc == SENSOR_DONE)
		rc = sensor_load_rules(s);
	if (rc != SENSOR_DONE)
		return rc;
	if (s->options.test)
		return sensor_verdict(s) == SENSOR_DONE ? SENSOR_DONE : SENSOR_BAD_INPUT;
	rc = sensor_open(s);
	if (rc == SENSOR_DONE)
		rc = sensor_start(s);
	if (rc == SENSOR_DONE)
		rc = sensor_run(s);
	if (s->crew && sensor_stats(s) != SENSOR_DONE)
		rc = SENSOR_BAD_INPUT;
	return rc == SENSOR_DONE ? sensor_verdict(s) : rc;
}

int
main(int argc, char **argv)
{
	struct sensor s = { .eve.fd = -1, .stats.fd = -1 };
	int           rc = SENSOR_USAGE;

	fault_setup();
	if (options_parse(&s.options, argc, argv) < 0)
		goto out;
	log_setup("tocsin-sensor", s.options.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE);
	rc = SENSOR_DONE;
	if (s.options.help)
		options_help();
	else if (s.options.version)
		printf("tocsin-sensor %s\n", version());
	else if (s.options.example)
		config_print_example();
	else if (s.options.enroll)
		rc = become_member(&s.options);
	else
		rc = run(&s);
out:
	sensor_close(&s);
	return rc;
}
