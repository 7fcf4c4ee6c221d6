/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "cli/i18n.h"
#include "cli/list.h"

int
cmd_events(struct cli *cli)
{
	static const struct list_spec spec = {
		.record = &record_event,
		.path = "/v1/events",
		.none = N_("no events"),
	};

	return list_run(cli, &spec);
}
