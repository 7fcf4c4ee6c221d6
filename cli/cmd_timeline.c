/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "cli/i18n.h"
#include "cli/list.h"

int
cmd_timeline(struct cli *cli)
{
	struct list_spec spec = {
		.record = &record_moment,
		.path = cli_path(cli, "/v1/incidents/%s/timeline", cli->args.words[0]),
		.page = 10000, /* comes in one piece: the most that may be asked for */
		.none = N_("nothing in that time"),
	};

	return list_run(cli, &spec);
}
