/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/i18n.h"

#define ANY -1 /* number of words */

/* An act on incidents: one row, since they differ in their words and options alone. */
#define ACT(act, options, tells, lines)                                                   \
	{                                                                                 \
		.name = act, .words = "ID…", .summary = tells, .examples = lines,         \
		.about = N_("IDs are words, or - for standard input (one a line). One act on\n" \
			    "many ids is one act, and is undone as one."),                \
		.takes = OPTS_ACT | (options), .min_words = 1, .max_words = ANY,          \
		.run = cmd_act                                                            \
	}

/* In the order of the help: look, act, fleet, keep. */
const struct command commands[] = {
	{
		.name = "inbox",
		.words = "",
		.summary = N_("what is open, the worst first, after how much we can see"),
		.examples = N_("tocsin inbox\n"
				"tocsin inbox --severity high --site ward-40\n"
				"tocsin inbox --since yesterday --json\n"
				"tocsin inbox -i --site lab | tocsin close - --disposition test\n"),
		.about = N_("--severity shows that severity and worse. On a terminal ▸ marks\n"
				"what nobody has acknowledged, ↑ what was escalated."),
		.takes = OPTS_LIST | OPTS_SPAN | OPT(ALL) | OPT(SITE) | OPT(SEVERITY),
		.pager = true,
		.run = cmd_inbox,
	},
	{
		.name = "show",
		.words = "ID…",
		.summary = N_("one incident, or one event"),
		.examples = N_("tocsin show 1042\n"
				"tocsin show 1042 --json\n"
				"tocsin show --event 4711\n"
				"tocsin inbox -i | tocsin show -\n"),
		.about = N_("With --json one id gives an object, several give an array."),
		.takes = OPTS_OBJECT | OPT(EVENT),
		.min_words = 1,
		.max_words = ANY,
		.pager = true,
		.run = cmd_show,
	},
	{
		.name = "why",
		.words = "ID…",
		.summary = N_("why an incident is one: rules, keys, windows, near misses"),
		.examples = N_("tocsin why 1042\n"
				"tocsin why 1042 --json\n"),
		.takes = OPTS_OBJECT,
		.min_words = 1,
		.max_words = ANY,
		.pager = true,
		.run = cmd_why,
	},
	{
		.name = "events",
		.words = "",
		.summary = N_("single observations, oldest first"),
		.examples = N_("tocsin events --incident 1042\n"
				"tocsin events --ip 10.40.2.17 --since 1h\n"
				"tocsin events --sid 2023453 --jsonl --fields id,time,eve.src_ip\n"),
		.takes = OPTS_LIST | OPTS_SPAN | OPT(SITE) | OPT(INCIDENT) | OPT(ALERT) |
					OPT(SENSOR) | OPT(SID) | OPT(SRC) | OPT(DST) | OPT(IP) |
					OPT(AFTER),
		.pager = true,
		.run = cmd_events,
	},
	{
		.name = "timeline",
		.words = "ID",
		.summary = N_("what happened in an incident, seen and done, oldest first"),
		.examples = N_("tocsin timeline 1042\n"
				"tocsin timeline 1042 --since 1h --jsonl\n"),
		.takes = OPTS_LIST | OPTS_SPAN,
		.min_words = 1,
		.max_words = 1,
		.pager = true,
		.run = cmd_timeline,
	},
	{
		.name = "pcap",
		.words = "ID",
		.summary = N_("the packets kept with an incident or an event"),
		.examples = N_("tocsin pcap 1042 -o 1042.pcap\n"
				"tocsin pcap 1042 | tcpdump -nr -\n"),
		.about = N_("Without -o they go to standard output, unless that is a terminal."),
		.takes = OPT(OUTPUT) | OPT(EVENT),
		.min_words = 1,
		.max_words = 1,
		.run = cmd_pcap,
	},
	{
		.name = "watch",
		.words = "",
		.summary = N_("events and incidents as they come, until interrupted"),
		.examples = N_("tocsin watch\n"
				"tocsin watch --jsonl\n"
				"tocsin watch --after 4711 --limit 100\tgo on after an event\n"),
		.takes = OPT(JSON) | OPT(JSONL) | OPT(PLAIN) | OPT(LIMIT) | OPT(AFTER),
		.run = cmd_watch,
	},
	{
		.name = "stats",
		.words = "",
		.summary = N_("counts, rates and sizes of the collector"),
		.examples = N_("tocsin stats\n"
				"tocsin stats --json\n"),
		.takes = OPTS_OBJECT,
		.run = cmd_stats,
	},

	ACT("ack", 0, N_("acknowledge: I have seen it"),
			N_("tocsin ack 1042\n"
			   "tocsin inbox -i --site ward-40 | tocsin ack -\n")),
	ACT("assign", OPT(TO), N_("give it to somebody, or take it"),
			N_("tocsin assign 1042\tto me\n"
			   "tocsin assign 1042 1043 --to lan\n")),
	ACT("note", OPT(TEXT), N_("write something down"),
			N_("tocsin note 1042 -m \"host is off the network since 13:10\"\n")),
	ACT("classify", OPT(CLASS) | OPT(DISPOSITION) | OPT(SEVERITY),
			N_("say what it is: class, disposition, severity"),
			N_("tocsin classify 1042 --class malicious-code --severity high\n"
			   "tocsin classify 1042 --disposition true_positive\n")),
	ACT("escalate", OPT(TO) | OPT(REASON), N_("pass it up"),
			N_("tocsin escalate 1042 --to duty --reason \"level-4 system\"\n")),
	ACT("contain", OPT(REASON), N_("it can do no more harm"),
			N_("tocsin contain 1042 --reason \"port shut\"\n")),
	ACT("recover", OPT(REASON), N_("what it hit works again"),
			N_("tocsin recover 1042 --reason \"restored from Tuesday\"\n")),
	ACT("close", OPT(DISPOSITION) | OPT(REASON), N_("done with it"),
			N_("tocsin close 1042 --disposition true_positive --reason reimaged\n"
			   "tocsin inbox -i --site lab | tocsin close - --dry-run\n")),
	ACT("reopen", OPT(REASON), N_("not done after all"),
			N_("tocsin reopen 1042 --reason \"seen again\"\n")),
	{
		.name = "undo",
		.words = "[ACTION]",
		.summary = N_("take an act back: the one named, or your last one"),
		.examples = N_("tocsin undo\n"
				"tocsin undo 77 --dry-run\n"),
		.takes = OPTS_ACT,
		.max_words = 1,
		.run = cmd_undo,
	},

	{
		.name = "sensor add",
		.words = "NAME",
		.summary = N_("announce a sensor; prints its token, which works once"),
		.examples = N_("tocsin sensor add ward-12 --site ward-12\n"
				"tocsin sensor add ward-12 --site ward-12 --valid 7d --json\n"),
		.about = N_("Give the token to `tocsin-sensor enroll` on the new machine. It is\n"
				"shown only here."),
		.takes = OPTS_OBJECT | OPT(SITE) | OPT(VALID),
		.min_words = 1,
		.max_words = 1,
		.run = cmd_sensor_add,
	},
	{
		.name = "sensor list",
		.words = "",
		.summary = N_("all sensors and how they are"),
		.examples = N_("tocsin sensor list\n"
				"tocsin sensor list --plain --fields name,health\n"),
		.takes = OPTS_LIST,
		.pager = true,
		.run = cmd_sensor_list,
	},
	{
		.name = "sensor show",
		.words = "NAME…",
		.summary = N_("one sensor"),
		.examples = N_("tocsin sensor show ward-12\n"),
		.takes = OPTS_OBJECT,
		.min_words = 1,
		.max_words = ANY,
		.run = cmd_sensor_show,
	},
	{
		.name = "sensor revoke",
		.words = "NAME…",
		.summary = N_("take a sensor's certificate away; for ever"),
		.examples = N_("tocsin sensor revoke ward-12 --reason stolen\n"),
		.about = N_("A revoked sensor is refused at once. To come back it must be\n"
				"added anew."),
		.takes = OPTS_ACT | OPT(REASON),
		.min_words = 1,
		.max_words = ANY,
		.run = cmd_sensor_revoke,
	},
	{
		.name = "gaps",
		.words = "",
		.summary = N_("events that are missing, by number, and why"),
		.examples = N_("tocsin gaps\n"
				"tocsin gaps --jsonl\n"
				"tocsin gaps --rejected\n"),
		.takes = OPTS_LIST | OPT(REJECTED),
		.pager = true,
		.run = cmd_gaps,
	},
	{
		.name = "coverage",
		.words = "",
		.summary = N_("how many sites are seen, and which are not"),
		.examples = N_("tocsin coverage\n"
				"tocsin coverage --json\n"),
		.takes = OPTS_OBJECT,
		.run = cmd_coverage,
	},

	{
		.name = "rules check",
		.words = "PATH…",
		.summary = N_("check rule files without a collector"),
		.examples = N_("tocsin rules check local.rules\n"
				"tocsin rules check /etc/tocsin/rules --json\n"),
		.about = N_("Names each rule that is refused with file:line:column and the\n"
				"reason. The exit code is 1 when some were refused."),
		.takes = OPTS_OBJECT,
		.min_words = 1,
		.max_words = ANY,
		.run = cmd_rules_check,
	},
	{
		.name = "db check",
		.words = "",
		.summary = N_("look whether the store is whole"),
		.examples = N_("tocsin db check\n"),
		.about = N_("The exit code is 1 when something is wrong."),
		.takes = OPTS_OBJECT,
		.patience_s = 6 * 3600, /* reads the whole store */
		.run = cmd_db_check,
	},
	{
		.name = "help",
		.words = "[COMMAND|TOPIC]",
		.summary = N_("this, or more about one command or topic"),
		.examples = N_("tocsin help close\n"
				"tocsin help time\n"),
		.max_words = 2,
		.pager = true,
		.run = cmd_help,
	},
	{ /* asked by the shells; has no summary, so that no help lists it */
		.name = "__complete",
		.words = "WORD…",
		.examples = "",
		.max_words = ANY,
		.run = cmd_complete,
	},
};
const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

const struct command *
command_find(char *const *words, int n_words, int *used)
{
	for (size_t i = 0; i < n_commands; i++) {
		const char *name = commands[i].name;
		size_t      first = strcspn(name, " ");

		if (n_words < 1 || strlen(words[0]) != first ||
				strncmp(name, words[0], first) != 0)
			continue;
		*used = name[first] ? 2 : 1;
		if (*used == 1 || (n_words > 1 && strcmp(name + first + 1, words[1]) == 0))
			return &commands[i];
	}
	return NULL;
}

#define NEAR_MAX 24 /* longest word that is compared */

/* How many letters must be put in, left out, changed or swapped with their neighbour. */
static unsigned
distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned d[NEAR_MAX + 1][NEAR_MAX + 1];

	for (size_t i = 0; i <= la; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
			best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
					d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}

const char *
command_near(const char *typed)
{
	const char *near = NULL;
	size_t      len = strlen(typed);
	unsigned    best = len < 4 ? 2 : 3; /* below this */

	for (size_t i = 0; len <= NEAR_MAX && i < n_commands; i++) {
		const char *name = commands[i].name;
		unsigned    d = distance(typed, len, name, strcspn(name, " "));

		if (!commands[i].summary || d >= best)
			continue;
		best = d;
		near = name;
	}
	return near;
}
