/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet.h - one thing in full: names at the left, values at the right.
 *
 * For the commands that show a single object. Rows without a value are left out.
 * Also runs such a command over several ids. One thread.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "cli/record.h"

#include <jansson.h>

struct cli;

struct sheet {
	struct cli   *cli;
	struct table *table;
};

/* Begin; sheet_print() ends it and frees what it holds. */
void sheet_start(struct sheet *s, struct cli *cli);
void sheet_row(struct sheet *s, const char *name, const char *value, enum table_tint tint);
void sheet_print(struct sheet *s);

/* All members of an object, nested ones with dotted names: for answers whose keys may grow. */
void sheet_object(struct sheet *s, const char *prefix, const json_t *object);

/* For each id of the command line: GET `path` (its %s is the id), then `show`, or JSON: one
 * object for one id, an array for several. The exit code; CLI_PARTLY when only some failed. */
int sheet_each(struct cli *cli, const char *path, void (*show)(struct cli *, const json_t *));

#endif
