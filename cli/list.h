/* SPDX-License-Identifier: Apache-2.0 */
/* cli/list.h - any listing of the collector, page by page, in any form of output.
 *
 * Text is a table; --json one array, --jsonl a line each, --plain tabs, -i ids. A table
 * ends after LIST_ROWS unless --limit says otherwise; the other forms are complete.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/record.h"

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define LIST_ROWS 200

struct cli;

struct list_end {
	size_t      n;     /* shown */
	bool        more;  /* there are more */
	const char *first; /* id of the first, NULL: none */
};

struct list_spec {
	const struct record *record;
	const char          *path;   /* with its fixed parameters: "/v1/inbox?state=open" */
	size_t               page;   /* records a request; 0: as usual */
	const char          *none;   /* said when there is nothing, to be translated */
	void (*before)(struct cli *cli, const json_t *page); /* text only; NULL: nothing */
	void (*after)(struct cli *cli, const struct list_end *end);
};

/* Ask with the filters of the command line, print. The exit code: CLI_NO_MATCH when there were
 * filters and they found nothing. */
int list_run(struct cli *cli, const struct list_spec *spec);

/* A table of what is in memory already, with the columns that stand there by default. */
void list_table(struct cli *cli, const struct record *record, const json_t *items);

/* `path` with the filters of the command line. NULL: one of them is wrong (said). */
const char *list_query(struct cli *cli, const char *path);

#endif
