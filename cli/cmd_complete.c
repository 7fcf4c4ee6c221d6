/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/i18n.h"
#include "cli/wire.h"

/* What the shells' completion asks: `tocsin __complete -- WORD…`, where the words are those
 * typed so far, without `tocsin` and the unfinished one. Answers lines of "candidate\thelp". */

/* Names of commands, or the second words of a family such as `sensor`. */
static void
offer_commands(const char *first)
{
	size_t len = first ? strlen(first) : 0;
	size_t last = 0; /* length of the name offered before, to name a family once */
	const char *before = "";

	for (size_t i = 0; i < n_commands; i++) {
		const char *name = commands[i].name;
		size_t      word = strcspn(name, " ");

		if (!commands[i].summary)
			continue;
		if (first && (word != len || strncmp(name, first, len) != 0 || !name[word]))
			continue;
		if (first)
			printf("%s\t%s\n", name + word + 1, _(commands[i].summary));
		else if (word != last || strncmp(before, name, word) != 0)
			printf("%.*s\t%s\n", (int)word, name,
					name[word] ? "" : _(commands[i].summary));
		before = name;
		last = word;
	}
}

static void
offer_options(uint64_t takes)
{
	for (int o = 0; o < OPT_COUNT; o++)
		if (takes >> o & 1)
			printf("--%s%s\t%s\n", opt_rows[o].name, opt_rows[o].value ? "=" : "",
					_(opt_rows[o].help));
}

/* What is there to name, with what tells it apart. Without a collector: nothing. */
static void
offer_names(struct cli *cli, const char *path, const char *name, const char *help)
{
	const json_t *items, *item;
	json_t       *page;
	size_t        i;

	if (cli_get(cli, &page, path) != CLI_DONE)
		return;
	items = wire_at(page, "items");
	json_array_foreach ((json_t *)items, i, item)
		printf("%s\t%s\n", wire_text(cli, item, name), wire_text(cli, item, help));
	json_decref(page);
}

int
cmd_complete(struct cli *cli)
{
	const struct command *c;
	int                   used;

	if (cli->args.n_words == 0) {
		offer_commands(NULL);
		return CLI_DONE;
	}
	c = command_find(cli->args.words, cli->args.n_words, &used);
	if (!c) {
		offer_commands(cli->args.words[0]);
		return CLI_DONE;
	}
	if (strncmp(c->words, "ID", 2) == 0)
		offer_names(cli, "/v1/inbox?state=all&limit=100", "id", "title");
	if (strncmp(c->words, "NAME…", 4) == 0 && c->max_words != 1)
		offer_names(cli, "/v1/sensors?limit=1000", "name", "site");
	offer_options(c->takes | OPTS_EVERYWHERE);
	return CLI_DONE;
}
