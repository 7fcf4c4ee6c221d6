/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>

#include "cli/sheet.h"

int
cmd_stats(struct cli *cli)
{
	struct sheet sheet;
	json_t      *stats;
	int          code = cli_get(cli, &stats, "/v1/stats");

	if (code != CLI_DONE)
		return code;
	if (cli->out.form == OUT_JSON) {
		out_json(stats, true);
		putchar('\n');
	} else {
		sheet_start(&sheet, cli);
		sheet_object(&sheet, "", stats);
		sheet_print(&sheet);
	}
	json_decref(stats);
	return CLI_DONE;
}
