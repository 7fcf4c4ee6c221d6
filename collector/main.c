/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin-collector: events of sensors in, incidents out. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "collector/collector.h"
#include "lib/fault.h"
#include "lib/log.h"
#include "lib/version.h"

#define USAGE 2

static int
run(struct collector *c)
{
	int rc = collector_open(c);

	if (rc == 0)
		rc = collector_confine(c);
	if (rc == 0)
		rc = collector_start(c);
	return rc ? rc : collector_run(c);
}

int
main(int argc, char **argv)
{
	struct collector c = {.tcp_fd = -1, .unix_fd = -1};
	int              rc = 0, err;

	fault_setup();
	signal(SIGPIPE, SIG_IGN);
	err = options_parse(&c.options, argc, argv);
	log_setup(
		"tocsin-collector", c.options.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE);
	if (err)
		rc = err == -EINVAL ? USAGE : COLLECTOR_BAD;
	else if (c.options.help)
		options_help();
	else if (c.options.version)
		printf("tocsin-collector %s\n", version());
	else if (c.options.example)
		options_example();
	else if (c.options.init)
		rc = collector_init(&c);
	else if (!c.options.test)
		rc = run(&c);
	collector_close(&c);
	return rc;
}
