/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "cli/escape.h"
#include "cli/out.h"

struct table {
	struct libscols_table *cols;
	struct libscols_line  *line; /* the row that is being filled */
	size_t                 at;   /* its next cell */
	bool                   bounded;
};

/* libsmartcols knows the sequences of these names; none stand in our sources. */
static const char *const tints[] = {
	[TINT_STRONG] = "bold",
	[TINT_FAINT] = "darkgray",
	[TINT_ALARM] = "lightred",
	[TINT_BAD] = "red",
	[TINT_WARN] = "yellow",
	[TINT_GOOD] = "green",
};

struct table *
table_new(const struct out *out, bool heading)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t || !(t->cols = scols_new_table()))
		abort();
	t->bounded = out->width != 0;
	scols_table_enable_noencoding(t->cols, 1); /* cells are escaped already, and in our way */
	scols_table_enable_colors(t->cols, out->colour);
	scols_table_enable_noheadings(t->cols, !heading);
	scols_table_set_stream(t->cols, stdout);
	scols_table_set_column_separator(t->cols, "  ");
	if (t->bounded) {
		scols_table_set_termforce(t->cols, SCOLS_TERMFORCE_ALWAYS);
		scols_table_set_termwidth(t->cols, out->width);
	} else {
		scols_table_set_termforce(t->cols, SCOLS_TERMFORCE_NEVER);
	}
	return t;
}

void
table_free(struct table *t)
{
	if (!t)
		return;
	scols_unref_table(t->cols);
	free(t);
}

void
table_column(struct table *t, const struct table_column *c)
{
	int flags = c->flags & TABLE_RIGHT ? SCOLS_FL_RIGHT : 0;

	if (t->bounded && c->flags & TABLE_CUT)
		flags |= SCOLS_FL_TRUNC;
	if (t->bounded && c->flags & TABLE_WRAP)
		flags |= SCOLS_FL_WRAP;
	if (!scols_table_new_column(t->cols, c->head, c->width, flags))
		abort();
}

void
table_row(struct table *t)
{
	t->line = scols_table_new_line(t->cols, NULL);
	t->at = 0;
	if (!t->line)
		abort();
}

void
table_cell(struct table *t, struct arena *a, const char *text, enum table_tint tint)
{
	struct libscols_cell *cell = scols_line_get_cell(t->line, t->at++);

	if (!cell || scols_cell_set_data(cell, escape_text(a, text, strlen(text))) < 0)
		abort();
	if (tint != TINT_NONE)
		scols_cell_set_color(cell, tints[tint]);
}

size_t
table_rows(const struct table *t)
{
	return scols_table_get_nlines(t->cols);
}

void
table_print(struct table *t)
{
	scols_print_table(t->cols);
}
