/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>

#include "cli/coverage.h"
#include "cli/i18n.h"
#include "cli/list.h"
#include "cli/wire.h"

static void
say_coverage(struct cli *cli, const json_t *page)
{
	const json_t *coverage = wire_at(page, "coverage");

	puts(coverage_line(cli, coverage));
	if (wire_int(coverage, "sites", -1) == 0)
		puts(_("no sensors yet; `tocsin sensor add NAME --site SITE` announces one"));
}

/* How many, and what to type next. */
static void
say_next(struct cli *cli, const struct list_end *end)
{
	if (!end->n)
		return;
	if (end->more)
		printf(_("the first %zu; --limit N shows more"), end->n);
	else
		printf(args_has(&cli->args, OPT_ALL) ? _("%zu in all") : _("%zu open"), end->n);
	printf(" · `tocsin show %s` · `tocsin why %s` · `tocsin ack %s`\n", end->first,
			end->first, end->first);
}

int
cmd_inbox(struct cli *cli)
{
	struct list_spec spec = {
		.record = &record_incident,
		.path = args_has(&cli->args, OPT_ALL) ? "/v1/inbox?state=all"
						      : "/v1/inbox?state=open",
		.none = N_("nothing is open"),
		.before = say_coverage,
		.after = say_next,
	};

	return list_run(cli, &spec);
}
