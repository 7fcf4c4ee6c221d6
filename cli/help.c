/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "cli/i18n.h"

struct topic {
	const char *name, *summary, *text;
};

static const struct topic topics[] = {
	{ "time", N_("how times are typed"),
		N_("Times, as --since and --until take them; local unless a zone is given:\n"
		   "\n"
		   "  2h   -2h   2 hours ago     two hours back; also 90s, 3d, 1w, 1h 30min\n"
		   "  +10min                     from now on\n"
		   "  now  today  yesterday      a day by its name begins at 00:00\n"
		   "  09:00   09:00:30           today\n"
		   "  2026-11-28                 that day at 00:00\n"
		   "  2026-11-28 09:00[:30]      that minute or second\n"
		   "  2026-11-28T02:00:30.5Z     RFC 3339; also +07:00 in place of Z\n"
		   "  @1795831200                seconds since 1970\n"
		   "\n"
		   "Units: s m h d w M y, and their words; m is minutes, M is months.\n") },
	{ "exit", N_("what the exit codes mean"),
		N_("Exit codes of every command:\n"
		   "\n"
		   "  0  done\n"
		   "  1  nothing matched, or the condition is false\n"
		   "  2  wrong usage, or it failed\n"
		   "  3  done for some ids; the others are named on standard error\n"
		   "  4  refused: not allowed, or changed by somebody else meanwhile\n"
		   "  5  no collector can be reached\n"
		   "  130  interrupted\n"
		   "\n"
		   "A listing without filters that is empty is 0; filters that match nothing are 1.\n") },
	{ "output", N_("tables, JSON, fields, ids"),
		N_("Forms of output:\n"
		   "\n"
		   "  (none)       a table; on a terminal with local times, ages and colours,\n"
		   "               in a pipe with times in UTC and nothing cut off\n"
		   "  --plain      one record a line, parted by tabs, no heading\n"
		   "  --json       one array; --jsonl one object a line\n"
		   "  -i           ids only:  tocsin inbox -i --severity high | tocsin ack -\n"
		   "  --fields id,title,eve.dns.rrname\n"
		   "               these fields, in any form; --fields '' names them\n"
		   "\n"
		   "Keys and values of --json and --plain do not change with the language.\n"
		   "Bytes from the wire that could harm a terminal are shown as \\x1b or \\u202e.\n"
		   "Colour: NO_COLOR, CLICOLOR_FORCE, --no-color.\n"
		   "Pager: TOCSIN_PAGER, PAGER, --no-pager.\n") },
};
#define N_TOPICS (sizeof(topics) / sizeof(topics[0]))

/* Lines of "command\tcomment" as two columns. */
static void
print_examples(const char *examples)
{
	while (*examples) {
		size_t      line = strcspn(examples, "\n");
		size_t      command = strcspn(examples, "\t\n");
		const char *comment = examples + command + 1;

		if (command < line)
			printf("  %-46.*s %.*s\n", (int)command, examples,
					(int)(line - command - 1), comment);
		else
			printf("  %.*s\n", (int)line, examples);
		examples += line + (examples[line] == '\n');
	}
}

static void
print_options(uint64_t takes)
{
	for (int o = 0; o < OPT_COUNT; o++) {
		const struct opt_row *row = &opt_rows[o];
		char                  left[40];

		if (!(takes & (UINT64_C(1) << o)))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s %s", row->letter ? '-' : ' ',
				row->letter ? row->letter : ' ', row->letter ? "," : " ",
				row->name, row->value ? row->value : "");
		printf("  %-24s %s\n", left, _(row->help));
	}
}

void
help_overview(struct cli *cli)
{
	(void)cli;
	puts(_("tocsin - works the incidents that a Tocsin collector has gathered\n"));
	print_examples(N_("tocsin inbox\twhat is open, the worst first\n"
			  "tocsin show 1042\tone incident\n"
			  "tocsin why 1042\twhy it became one\n"
			  "tocsin ack 1042\tI have seen it\n"
			  "tocsin close 1042 --disposition false_positive\n"
			  "tocsin undo\ttake the last act back\n"));
	puts("");
	for (size_t i = 0; i < n_commands; i++)
		if (commands[i].summary)
			printf("  %-14s %s\n", commands[i].name, _(commands[i].summary));
	puts(_("\nEverywhere:"));
	print_options(OPTS_EVERYWHERE);
	puts(_("\n`tocsin help COMMAND` tells more; topics:"));
	for (size_t i = 0; i < N_TOPICS; i++)
		printf("  tocsin help %-8s %s\n", topics[i].name, _(topics[i].summary));
}

void
help_command(struct cli *cli, const struct command *c)
{
	(void)cli;
	printf(_("tocsin %s - %s\n\n"), c->name, _(c->summary ? c->summary : ""));
	printf("%s\n", _("Examples:"));
	print_examples(c->examples);
	printf(_("\nUsage: tocsin %s%s%s [option …]\n"), c->name, *c->words ? " " : "",
			c->words);
	if (c->about)
		printf("\n%s\n", _(c->about));
	if (c->takes) {
		puts("");
		print_options(c->takes);
	}
	puts(_("\nEverywhere:"));
	print_options(OPTS_EVERYWHERE);
}

static bool
in_family(const struct command *c, const char *first)
{
	size_t len = strlen(first);

	return strncmp(c->name, first, len) == 0 && c->name[len] == ' ';
}

/* "sensor" alone: the commands that begin with it. True when there are some. */
static bool
help_family(FILE *to, const char *first)
{
	bool found = false;

	for (size_t i = 0; i < n_commands; i++) {
		if (!in_family(&commands[i], first))
			continue;
		fprintf(to, "  tocsin %-16s %s\n", commands[i].name, _(commands[i].summary));
		found = true;
	}
	return found;
}

/* `tocsin sensor --help`: the same, as an answer and with examples. */
static int
family_asked(const char *first)
{
	if (!help_family(stdout, first))
		return CLI_ERROR;
	printf("\n%s\n", _("Examples:"));
	for (size_t i = 0; i < n_commands; i++)
		if (in_family(&commands[i], first))
			print_examples(commands[i].examples);
	return CLI_DONE;
}

int
help_unknown(struct cli *cli, char *const *words, int n_words)
{
	const char *near;

	if (n_words > 1 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0) &&
			family_asked(words[0]) == CLI_DONE)
		return CLI_DONE;
	if (help_family(stderr, words[0]))
		return cli_fail(cli, CLI_ERROR,
				n_words > 1 ? _("%s: no such subcommand of it")
					    : _("%s needs a subcommand"),
				n_words > 1 ? words[1] : words[0]);
	near = command_near(words[0]);
	if (near)
		return cli_fail(cli, CLI_ERROR, _("%s is no command; did you mean `tocsin %s`?"),
				words[0], near);
	return cli_fail(cli, CLI_ERROR, _("%s is no command; `tocsin --help` lists them"),
			words[0]);
}

int
cmd_help(struct cli *cli)
{
	const struct command *c;
	int                   used;

	if (cli->args.n_words == 0) {
		help_overview(cli);
		return CLI_DONE;
	}
	for (size_t i = 0; i < N_TOPICS; i++) {
		if (strcmp(topics[i].name, cli->args.words[0]) == 0) {
			fputs(_(topics[i].text), stdout);
			return CLI_DONE;
		}
	}
	c = command_find(cli->args.words, cli->args.n_words, &used);
	if (!c)
		return help_unknown(cli, cli->args.words, cli->args.n_words);
	help_command(cli, c);
	return CLI_DONE;
}
