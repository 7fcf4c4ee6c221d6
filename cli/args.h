/* SPDX-License-Identifier: Apache-2.0 */
/* cli/args.h - every option of every subcommand, in one table, and the reading of them.
 *
 * An option means the same wherever it is taken; a subcommand says with a set of bits
 * which ones it takes. The parser, the help, the queries to the collector and the
 * shells' completion all use the table. Not thread-safe (getopt).
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt {
	/* taken everywhere */
	OPT_DATA,
	OPT_URL,
	OPT_NO_COLOR,
	OPT_NO_PAGER,
	OPT_HELP,
	OPT_VERSION,
	/* the form of the output */
	OPT_JSON,
	OPT_JSONL,
	OPT_PLAIN,
	OPT_IDS,
	OPT_FIELDS,
	OPT_LIMIT,
	/* what is looked for */
	OPT_SINCE,
	OPT_UNTIL,
	OPT_ALL,
	OPT_SITE,
	OPT_SEVERITY,
	OPT_INCIDENT,
	OPT_ALERT,
	OPT_SENSOR,
	OPT_SID,
	OPT_SRC,
	OPT_DST,
	OPT_IP,
	OPT_AFTER,
	OPT_EVENT,
	OPT_REJECTED,
	/* what an act needs */
	OPT_DRY_RUN,
	OPT_TO,
	OPT_TEXT,
	OPT_REASON,
	OPT_CLASS,
	OPT_DISPOSITION,
	OPT_VALID,
	OPT_OUTPUT,
	OPT_COUNT
};

#define OPT(name) (UINT64_C(1) << OPT_##name)
#define OPTS_EVERYWHERE                                                                  \
	(OPT(DATA) | OPT(URL) | OPT(NO_COLOR) | OPT(NO_PAGER) | OPT(HELP) | OPT(VERSION))
#define OPTS_OBJECT (OPT(JSON))
#define OPTS_LIST                                                                        \
	(OPT(JSON) | OPT(JSONL) | OPT(PLAIN) | OPT(IDS) | OPT(FIELDS) | OPT(LIMIT))
#define OPTS_SPAN (OPT(SINCE) | OPT(UNTIL))
#define OPTS_ACT (OPT(DRY_RUN) | OPT(JSON))

struct opt_row {
	const char *name;
	char        letter; /* 0: long form only */
	const char *value;  /* NULL: a flag */
	const char *query;  /* parameter of the collector's listings, NULL: none */
	const char *help;   /* to be translated */
};

extern const struct opt_row opt_rows[OPT_COUNT];

struct args {
	/* Value, "" for a flag, NULL: not given. Borrowed from argv. */
	const char *opt[OPT_COUNT];
	char      **words;          /* what is no option; borrowed from argv */
	int         n_words;
	char        why[200]; /* when parsing failed: what is wrong, harmless to print */
};

/* Read argv[1…] with the options in `takes`. With `first` it ends before the first word.
 * An option that is given twice keeps its last value. 0 or -EINVAL with `why`. */
int args_parse(struct args *out, uint64_t takes, bool first, int argc, char **argv);

static inline bool
args_has(const struct args *a, enum opt o)
{
	return a->opt[o] != NULL;
}

/* Value of OPT_SEVERITY: a number 0..4, a word (info low medium high critical) or the
 * beginning of one. -EINVAL when it is none of them. */
int args_severity(const char *text);

#endif
