/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/escape.h"
#include "cli/i18n.h"
#include "cli/list.h"
#include "cli/sheet.h"
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
show_notes(struct cli *cli, const json_t *notes)
{
	const json_t *note;
	size_t        i;

	if (json_array_size(notes))
		puts(_("notes"));
	json_array_foreach ((json_t *)notes, i, note)
		printf("  %s  %s  %s\n", field_time(cli, note, "time"),
				wire_text(cli, note, "actor"), wire_text(cli, note, "text"));
}

/* "close, disposition benign": an act with what it was given. */
static const char *
act_text(struct cli *cli, const json_t *act)
{
	const char *text = wire_text(cli, act, "action"), *undoes = wire_text(cli, act, "undoes");
	const char *key;
	json_t     *value;

	if (*undoes)
		text = cli_printf(cli, _("%s of %s"), text, undoes);
	json_object_foreach ((json_t *)wire_at(act, "args"), key, value)
		text = cli_printf(cli, "%s, %s %s", text,
				escape_text(cli->arena, key, strlen(key)), wire_value(cli, value));
	if (wire_at(act, "undone_by"))
		text = cli_printf(cli, _("%s (undone by %s)"), text,
				wire_text(cli, act, "undone_by"));
	return text;
}

static void
show_acts(struct cli *cli, const json_t *acts)
{
	const json_t *act;
	size_t        i;

	if (json_array_size(acts))
		puts(_("acts"));
	json_array_foreach ((json_t *)acts, i, act)
		printf("  %s  %s  %s  %s\n", wire_text(cli, act, "id"),
				field_time(cli, act, "time"), wire_text(cli, act, "actor"),
				act_text(cli, act));
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
	show_notes(cli, wire_at(i, "notes"));
	show_acts(cli, wire_at(i, "actions"));
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
