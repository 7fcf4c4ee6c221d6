/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "cli/i18n.h"
#include "cli/list.h"

int
cmd_gaps(struct cli *cli)
{
	static const struct list_spec missing = {
		.record = &record_gap,
		.path = "/v1/gaps",
		.page = 10000, /* comes in one piece */
		.none = N_("no gaps: every event that a sensor numbered is stored"),
	};
	static const struct list_spec rejected = {
		.record = &record_dead_letter,
		.path = "/v1/dead_letters",
		.none = N_("nothing was rejected"),
	};

	return list_run(cli, args_has(&cli->args, OPT_REJECTED) ? &rejected : &missing);
}
