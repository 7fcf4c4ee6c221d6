/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>

#include "cli/coverage.h"
#include "cli/escape.h"
#include "cli/i18n.h"
#include "cli/list.h"
#include "cli/when.h"
#include "cli/wire.h"

#define COVERAGE_NAMED 5 /* blind sites in the line, at most; fewer where it is narrow */

static const char *
blind_text(struct cli *cli, const json_t *blind)
{
	char        age[WHEN_SIZE];
	const char *site = wire_text(cli, blind, "site");
	const char *cause = wire_text(cli, blind, "cause");
	int64_t     since;

	if (!wire_time(&since, blind, "since"))
		return cli_printf(cli, "%s %s", site, cause);
	return cli_printf(cli, "%s %s %s", site, when_age_long(age, cli->now_us - since), cause);
}

const char *
coverage_line(struct cli *cli, const json_t *coverage)
{
	const json_t *blind = wire_at(coverage, "blind");
	size_t        n = json_array_size(blind);
	const char   *line = cli_printf(cli, _("coverage %lld/%lld sites"),
			  (long long)wire_int(coverage, "covered", 0),
			  (long long)wire_int(coverage, "sites", 0));

	if (n == 0)
		return line;
	line = cli_printf(cli, _("%s · %zu blind:"), line, n);
	for (size_t i = 0; i < n; i++) {
		const char *more = cli_printf(cli, "%s%s %s", line, i ? "," : "",
				blind_text(cli, json_array_get(blind, i)));
		bool        fits = !cli->out.width || escape_width(more) + 3 <= cli->out.width;

		if (i == COVERAGE_NAMED || (i && !fits))
			return cli_printf(cli, "%s, …", line);
		line = more;
	}
	return line;
}

int
cmd_coverage(struct cli *cli)
{
	const json_t *blind;
	json_t       *coverage;
	int           code = cli_get(cli, &coverage, "/v1/coverage");

	if (code != CLI_DONE)
		return code;
	if (cli->out.form == OUT_JSON) {
		out_json(coverage, true);
		putchar('\n');
	} else {
		puts(coverage_line(cli, coverage));
		blind = wire_at(coverage, "blind");
		if (json_array_size(blind))
			list_table(cli, &record_blind, blind);
	}
	json_decref(coverage);
	return CLI_DONE;
}
