/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "cli/i18n.h"
#include "cli/list.h"

int
cmd_gaps(struct cli *cli)
{
	static const struct list_spec spec = {
		.record = &record_gap,
		.path = "/v1/gaps",
		.page = 10000,
		.none = N_("no gaps: every event that a sensor numbered is here or was declared lost"),
	};

	return list_run(cli, &spec);
}
