/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/i18n.h"
#include "cli/list.h"
#include "cli/sheet.h"
#include "cli/when.h"
#include "cli/wire.h"

/* The fields of an incident that stand in the sheet, in this order. */
static const struct {
	const char *name, *key;
	const char *(*text)(struct cli *, const json_t *, const char *);
} rows[] = {
	{ N_("state"), "state", wire_text },
	{ N_("site"), "site", wire_text },
	{ N_("assignee"), "assignee", wire_text },
	{ N_("acknowledged"), "acknowledged", field_time },
	{ N_("escalated"), "escalated", field_time },
	{ N_("escalated to"), "escalated_to", wire_text },
	{ N_("class"), "classification", wire_text },
	{ N_("disposition"), "disposition", wire_text },
	{ N_("first seen"), "first_seen", field_time },
	{ N_("last seen"), "last_seen", field_time },
	{ N_("about"), "subject", field_subject },
	{ N_("from"), "sources", wire_text },
	{ N_("to"), "targets", wire_text },
	{ N_("events"), "events", field_count },
	{ N_("sensors"), "sensors", wire_text },
	{ N_("exercise"), "exercise", wire_text },
	{ N_("TLP"), "tlp", wire_text },
	{ N_("revision"), "revision", wire_text },
	{ N_("uuid"), "uuid", wire_text },
};

static void
show_lines(struct cli *cli, const char *title, const json_t *items, const char *text_key,
		const char *other_key)
{
	const json_t *item;
	size_t        i;

	if (json_array_size(items))
		puts(title);
	json_array_foreach ((json_t *)items, i, item) {
		const char *text = wire_text(cli, item, text_key);

		printf("  %s  %s  %s\n", field_time(cli, item, "time"),
				wire_text(cli, item, "actor"),
				*text ? text : wire_text(cli, item, other_key));
	}
}

static void
show_incident(struct cli *cli, const json_t *i)
{
	const json_t *alerts = wire_at(i, "alert_list");
	const char   *id = wire_text(cli, i, "id");
	struct sheet  sheet;

	printf("#%s  %s\n", id, wire_text(cli, i, "title"));
	sheet_start(&sheet, cli);
	sheet_row(&sheet, _("severity"), field_severity(cli, i, "severity"),
			tint_severity(i, "severity"));
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		sheet_row(&sheet, _(rows[r].name), rows[r].text(cli, i, rows[r].key), TINT_NONE);
	sheet_print(&sheet);
	if (json_array_size(alerts)) {
		puts(_("alerts"));
		list_table(cli, &record_alert, alerts);
	}
	show_lines(cli, _("notes"), wire_at(i, "notes"), "text", "text");
	show_lines(cli, _("acts"), wire_at(i, "actions"), "text", "action");
	printf("`tocsin why %s` · `tocsin timeline %s` · `tocsin events --incident %s`\n", id,
			id, id);
}

static void
show_event(struct cli *cli, const json_t *e)
{
	struct sheet sheet;

	sheet_start(&sheet, cli);
	sheet_object(&sheet, "", e);
	sheet_print(&sheet);
}

int
cmd_show(struct cli *cli)
{
	if (args_has(&cli->args, OPT_EVENT))
		return sheet_each(cli, "/v1/events/%s", show_event);
	return sheet_each(cli, "/v1/incidents/%s", show_incident);
}
