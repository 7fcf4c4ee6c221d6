/* SPDX-License-Identifier: Apache-2.0 */
/* cli/table.h - tables for people: columns that fit the terminal, colours, wide letters.
 *
 * The only user of libsmartcols. Every cell is escaped on its way in, so a table cannot
 * be made to do harm. Standard output only. One thread.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct out;
struct table;

enum table_tint {
	TINT_NONE,
	TINT_STRONG,
	TINT_FAINT,
	TINT_ALARM,
	TINT_BAD,
	TINT_WARN,
	TINT_GOOD,
};

#define TABLE_MIN 8
#define TABLE_COLUMNS_MAX 64

enum {
	TABLE_RIGHT = 1, /* numbers */
	TABLE_CUT = 2,   /* may lose its end when the terminal is narrow */
	TABLE_WRAP = 4,  /* goes on in the next line instead */
};

struct table_column {
	const char *head; /* translated already */
	size_t      min;  /* of TABLE_CUT: columns that it keeps; 0: TABLE_MIN */
	int         flags;
};

/* Aborts when there is no memory. `heading` false: no line of names. */
struct table *table_new(const struct out *out, bool heading);
void          table_free(struct table *t);
void          table_column(struct table *t, const struct table_column *c);

/* Cells from left to right. */
void table_row(struct table *t);
void table_cell(struct table *t, struct arena *a, const char *text, enum table_tint tint);

size_t table_rows(const struct table *t);
/* Once. `a` is scratch. */
void   table_print(struct table *t, struct arena *a);

#endif
