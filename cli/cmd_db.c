/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>

#include "cli/i18n.h"
#include "cli/sheet.h"
#include "cli/wire.h"

static void
show_report(struct cli *cli, const json_t *report)
{
	const json_t *problems = wire_at(report, "problems");
	struct sheet  sheet;
	const char   *key;
	json_t       *value;

	puts(json_is_true(wire_at(report, "ok")) ? _("the store is whole")
						 : _("the store is NOT whole"));
	for (size_t i = 0; i < json_array_size(problems); i++)
		printf("  %s\n", wire_value(cli, json_array_get(problems, i)));
	sheet_start(&sheet, cli);
	json_object_foreach ((json_t *)report, key, value)
		if (json_is_number(value))
			sheet_row(&sheet, key, wire_value(cli, value), TINT_NONE);
	sheet_print(&sheet);
}

int
cmd_db_check(struct cli *cli)
{
	json_t *report;
	int     code = cli_post(cli, &report, "/v1/db/check", json_object());

	if (code != CLI_DONE)
		return code;
	if (cli->out.form == OUT_JSON) {
		out_json(report, true);
		putchar('\n');
	} else {
		show_report(cli, report);
	}
	code = json_is_true(wire_at(report, "ok")) ? CLI_DONE : CLI_NO_MATCH;
	json_decref(report);
	return code;
}
