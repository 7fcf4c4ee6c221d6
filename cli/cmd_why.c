/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>

#include "cli/i18n.h"
#include "cli/sheet.h"
#include "cli/when.h"
#include "cli/wire.h"

static const char *
reason_text(struct cli *cli, const json_t *reason)
{
	const char *text = wire_text(cli, reason, "text");
	const char *signature = wire_text(cli, reason, "signature");
	const char *sid = wire_text(cli, reason, "sid");
	const char *rev = wire_text(cli, reason, "rev");

	if (!*text)
		text = *signature ? signature : wire_text(cli, reason, "kind");
	if (!*sid)
		return text;
	return cli_printf(cli, *rev ? "%s (sid %s rev %s)" : "%s (sid %s)", text, sid, rev);
}

/* "source 10.40.2.17 at ward-40, within 10m": what made these events one alert. */
static const char *
key_text(struct cli *cli, const json_t *reason)
{
	char         age[WHEN_SIZE];
	const json_t *key = wire_at(reason, "key");
	const char   *text = "", *name;
	int64_t       window = wire_int(reason, "window_s", 0);
	json_t       *value;

	json_object_foreach ((json_t *)key, name, value)
		text = cli_printf(cli, "%s%s%s %s", text, *text ? ", " : "", name,
				wire_value(cli, value));
	if (window > 0)
		text = cli_printf(cli, _("%s%swithin %s"), text, *text ? ", " : "",
				when_age_long(age, window * 1000000));
	if (*wire_text(cli, reason, "joined"))
		text = cli_printf(cli, "%s%s%s", text, *text ? "; " : "",
				wire_text(cli, reason, "joined"));
	return text;
}

static void
add_reason(struct cli *cli, struct table *t, const json_t *reason)
{
	const char *count = field_count(cli, reason, "count");
	const char *cells[] = {
		"",
		*count ? cli_printf(cli, "×%s", count) : "",
		field_time(cli, reason, "first_seen"),
		field_sev(cli, reason, "severity"),
		reason_text(cli, reason),
	};

	table_row(t);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		table_cell(t, cli->arena, cells[i],
				i == 3 ? tint_severity(reason, "severity") : TINT_NONE);
	table_row(t);
	for (int i = 0; i < 4; i++)
		table_cell(t, cli->arena, "", TINT_NONE);
	table_cell(t, cli->arena, key_text(cli, reason), TINT_FAINT);
}

/* Each in two rows, the words at the right, where they may go on in further lines. */
static void
show_reasons(struct cli *cli, const json_t *reasons)
{
	struct table *t = table_new(&cli->out, false);
	const json_t *reason;
	size_t        i;

	table_column(t, &(struct table_column){ .head = "" });
	table_column(t, &(struct table_column){ .head = "", .flags = TABLE_RIGHT });
	table_column(t, &(struct table_column){ .head = "" });
	table_column(t, &(struct table_column){ .head = "" });
	table_column(t, &(struct table_column){ .head = "", .flags = TABLE_WRAP });
	json_array_foreach ((json_t *)reasons, i, reason)
		add_reason(cli, t, reason);
	if (table_rows(t))
		table_print(t, cli->arena);
	table_free(t);
}

static void
show_severity(struct cli *cli, const json_t *why)
{
	const json_t *because = wire_at(why, "severity.because");

	if (wire_int(why, "severity.value", -1) < 0)
		return;
	printf(_("severity %s (%s)"), field_severity(cli, why, "severity.value"),
			wire_text(cli, why, "severity.value"));
	for (size_t i = 0; i < json_array_size(because); i++)
		printf("%s %s", i ? "," : _(" because:"),
				wire_value(cli, json_array_get(because, i)));
	putchar('\n');
}

static void
show_misses(struct cli *cli, const json_t *misses)
{
	for (size_t i = 0; i < json_array_size(misses); i++) {
		const json_t *miss = json_array_get(misses, i);

		printf(_("nearest miss: %s\n"), json_is_object(miss) && wire_at(miss, "text")
						? wire_text(cli, miss, "text")
						: wire_value(cli, miss));
	}
}

static void
show_why(struct cli *cli, const json_t *why)
{
	const json_t *incident = wire_at(why, "incident");
	const char   *ruleset = wire_text(cli, why, "ruleset");

	printf(_("#%s  %s  became an incident at %s because of\n"),
			wire_text(cli, incident, "id"), wire_text(cli, incident, "title"),
			wire_text(cli, incident, "site"));
	show_reasons(cli, wire_at(why, "reasons"));
	show_severity(cli, why);
	if (*ruleset)
		printf(_("rule set %.12s\n"), ruleset);
	show_misses(cli, wire_at(why, "nearest_misses"));
}

int
cmd_why(struct cli *cli)
{
	return sheet_each(cli, "/v1/incidents/%s/why", show_why);
}
