/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/i18n.h"

const struct opt_row opt_rows[OPT_COUNT] = {
	[OPT_DATA] = { "data", 0, "DIR", NULL,
			N_("the collector's data folder (socket: DIR/api.sock)") },
	[OPT_URL] = { "url", 0, "URL", NULL,
			N_("unix:PATH of its socket (also TOCSIN_URL)") },
	[OPT_NO_COLOR] = { "no-color", 0, NULL, NULL, N_("no colours (also NO_COLOR)") },
	[OPT_NO_PAGER] = { "no-pager", 0, NULL, NULL,
			N_("write straight to the terminal") },
	[OPT_HELP] = { "help", 'h', NULL, NULL, N_("this help") },
	[OPT_VERSION] = { "version", 'V', NULL, NULL, N_("which build this is") },

	[OPT_JSON] = { "json", 0, NULL, NULL,
			N_("JSON: one array; one object for one answer") },
	[OPT_JSONL] = { "jsonl", 0, NULL, NULL, N_("JSON: one object a line") },
	[OPT_PLAIN] = { "plain", 0, NULL, NULL,
			N_("one record a line, parted by tabs, no heading") },
	[OPT_IDS] = { "ids", 'i', NULL, NULL,
			N_("ids only, one a line, for `| tocsin ack -`") },
	[OPT_FIELDS] = { "fields", 0, "LIST", NULL,
			N_("these fields, parted by commas; none: name all") },
	[OPT_LIMIT] = { "limit", 0, "N", NULL,
			N_("at most N records (a table: 200, else all)") },

	[OPT_SINCE] = { "since", 0, "TIME", "since",
			N_("not before TIME: 2h, today (`tocsin help time`)") },
	[OPT_UNTIL] = { "until", 0, "TIME", "until", N_("before TIME") },
	[OPT_ALL] = { "all", 'a', NULL, NULL, N_("closed ones too") },
	[OPT_SITE] = { "site", 0, "SITE", "site", N_("only this site") },
	[OPT_SEVERITY] = { "severity", 0, "SEV", "severity",
			N_("info, low, medium, high, critical; or 0 to 4") },
	[OPT_INCIDENT] = { "incident", 0, "ID", "incident",
			N_("only those of this incident") },
	[OPT_ALERT] = { "alert", 0, "ID", "alert", N_("only those of this alert") },
	[OPT_SENSOR] = { "sensor", 0, "NAME", "sensor", N_("only those of this sensor") },
	[OPT_SID] = { "sid", 0, "SID", "sid", N_("only those of this rule") },
	[OPT_SRC] = { "src", 0, "ADDR", "src", N_("from this address") },
	[OPT_DST] = { "dst", 0, "ADDR", "dst", N_("to this address") },
	[OPT_IP] = { "ip", 0, "ADDR", "ip", N_("from or to this address") },
	[OPT_AFTER] = { "after", 0, "ID", "after",
			N_("only those stored after the event ID") },
	[OPT_EVENT] = { "event", 0, NULL, NULL,
			N_("the ids are those of events, not of incidents") },
	[OPT_REJECTED] = { "rejected", 0, NULL, NULL,
			N_("what came but could not be understood, and why") },

	[OPT_DRY_RUN] = { "dry-run", 'n', NULL, NULL,
			N_("tell what would be done, do nothing") },
	[OPT_TO] = { "to", 0, "NAME", NULL, N_("the person or team") },
	[OPT_TEXT] = { "text", 'm', "TEXT", NULL, N_("the text of the note") },
	[OPT_REASON] = { "reason", 0, "TEXT", NULL, N_("why, for the record") },
	[OPT_CLASS] = { "class", 0, "CLASS", NULL,
			N_("kind of incident, such as malicious-code or fraud") },
	[OPT_DISPOSITION] = { "disposition", 0, "WHAT", NULL,
			N_("true_positive, false_positive, benign, test, …") },
	[OPT_VALID] = { "valid", 0, "SPAN", NULL,
			N_("how long the token is good, such as 2h or 7d") },
	[OPT_OUTPUT] = { "output", 'o', "FILE", NULL,
			N_("write there; - is standard output") },
};

#define LONG_BASE 256 /* getopt_long's value of the long option with index 0 */

/* The tables that getopt_long wants, for the options in `takes`. */
static void
getopt_tables(struct option *longs, char *shorts, uint64_t takes)
{
	for (int o = 0; o < OPT_COUNT; o++) {
		const struct opt_row *row = &opt_rows[o];

		if (!(takes & (UINT64_C(1) << o)))
			continue;
		*longs++ = (struct option){ .name = row->name,
			.has_arg = row->value ? required_argument : no_argument,
			.val = LONG_BASE + o };
		if (!row->letter)
			continue;
		*shorts++ = row->letter;
		if (row->value)
			*shorts++ = ':';
	}
	*longs = (struct option){ 0 };
	*shorts = '\0';
}

/* Which option getopt_long found, OPT_COUNT when its answer was an error. */
static enum opt
opt_found(int found)
{
	if (found >= LONG_BASE)
		return (enum opt)(found - LONG_BASE);
	for (int o = 0; o < OPT_COUNT; o++)
		if (opt_rows[o].letter && opt_rows[o].letter == found)
			return (enum opt)o;
	return OPT_COUNT;
}

/* `found` is '?' (not an option of this command) or ':' (its value is missing). */
static int
complain(struct args *out, int found, const char *word)
{
	char given[64];
	int  n = 0;

	for (; word && word[n] && n < (int)sizeof(given) - 1; n++) /* a terminal will see it */
		given[n] = word[n] >= ' ' && word[n] <= '~' ? word[n] : '?';
	given[n] = '\0';
	snprintf(out->why, sizeof(out->why),
			found == ':' ? _("%s needs a value") : _("%s is not an option here"),
			given);
	return -EINVAL;
}

int
args_parse(struct args *out, uint64_t takes, bool first, int argc, char **argv)
{
	struct option longs[OPT_COUNT + 1];
	char          shorts[2 * OPT_COUNT + 3];
	int           found;

	*out = (struct args){ 0 };
	shorts[0] = first ? '+' : ':';
	shorts[1] = ':';
	getopt_tables(longs, shorts + (first ? 2 : 1), takes);
	opterr = 0;
	optind = 0; /* glibc: start afresh */
	while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		enum opt o = opt_found(found);

		if (found == ':' && optopt == LONG_BASE + OPT_FIELDS)
			out->opt[OPT_FIELDS] = "";
		else if (o == OPT_COUNT)
			return complain(out, found, argv[optind - 1]);
		else
			out->opt[o] = opt_rows[o].value ? optarg : "";
	}
	out->words = argv + optind;
	out->n_words = argc - optind;
	return 0;
}

int
args_severity(const char *text)
{
	static const char *const words[] = { "info", "low", "medium", "high", "critical" };
	size_t                   len = strlen(text);

	if (len == 1 && *text >= '0' && *text <= '4')
		return *text - '0';
	for (int i = 0; len && i < 5; i++)
		if (strncmp(words[i], text, len) == 0)
			return i;
	return -EINVAL;
}
