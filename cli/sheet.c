/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sheet.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/wire.h"

#define SHEET_DEPTH 4 /* objects inside objects; deeper ones are shown as JSON */

void
sheet_start(struct sheet *s, struct cli *cli)
{
	s->cli = cli;
	s->table = table_new(&cli->out, false);
	table_column(s->table, &(struct table_column){ .head = "" });
	table_column(s->table, &(struct table_column){ .head = "" });
	table_column(s->table, &(struct table_column){ .head = "", .flags = TABLE_WRAP });
}

void
sheet_row(struct sheet *s, const char *name, const char *value, enum table_tint tint)
{
	if (!*value)
		return;
	table_row(s->table);
	table_cell(s->table, s->cli->arena, "", TINT_NONE); /* sets the sheet in a little */
	table_cell(s->table, s->cli->arena, name, TINT_FAINT);
	table_cell(s->table, s->cli->arena, value, tint);
}

void
sheet_print(struct sheet *s)
{
	if (table_rows(s->table))
		table_print(s->table, s->cli->arena);
	table_free(s->table);
	s->table = NULL;
}

static void
add_members(struct sheet *s, const char *prefix, const json_t *object, int depth)
{
	const char *key;
	json_t     *value;

	json_object_foreach ((json_t *)object, key, value) {
		const char *name = cli_printf(s->cli, "%s%s", prefix, key);

		if (json_is_object(value) && depth < SHEET_DEPTH)
			add_members(s, cli_printf(s->cli, "%s.", name), value, depth + 1);
		else
			sheet_row(s, name, wire_value(s->cli, value), TINT_NONE);
	}
}

void
sheet_object(struct sheet *s, const char *prefix, const json_t *object)
{
	add_members(s, prefix, object, 0);
}

static void
print_one(struct cli *cli, const json_t *object, size_t i, size_t n,
		void (*show)(struct cli *, const json_t *))
{
	if (cli->out.form == OUT_JSON) {
		if (n > 1)
			fputs(i ? ",\n" : "[\n", stdout);
		out_json(object, true);
		if (n == 1)
			putchar('\n');
		return;
	}
	if (i)
		putchar('\n');
	show(cli, object);
}

int
sheet_each(struct cli *cli, const char *path, void (*show)(struct cli *, const json_t *))
{
	json_t *ids, *object;
	size_t  n, shown = 0;
	int     code = cli_ids(cli, &ids), failed = CLI_DONE;

	if (code != CLI_DONE)
		return code;
	n = json_array_size(ids);
	for (size_t i = 0; i < n; i++) {
		const char *id = json_string_value(json_array_get(ids, i));

		code = cli_get(cli, &object, cli_path(cli, path, id));
		if (code == CLI_DONE)
			print_one(cli, object, shown++, n, show);
		else
			failed = code;
		json_decref(object);
		if (code == CLI_UNREACHABLE)
			break;
	}
	if (cli->out.form == OUT_JSON && n > 1)
		puts(shown ? "\n]" : "[]");
	json_decref(ids);
	return failed && shown ? CLI_PARTLY : failed;
}
