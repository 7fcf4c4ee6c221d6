/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <assert.h>
#include <langinfo.h>
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
	size_t                 room; /* columns of the terminal; 0: as many as it takes */
	size_t                 n_columns;
	struct {
		size_t width, min;
		bool   cut, wrap;
	} columns[TABLE_COLUMNS_MAX];
};

/* libsmartcols knows the sequences of these names; none stand in our sources. */
static const char *const tints[] = {
	[TINT_STRONG] = "bold",
	[TINT_FAINT] = "halfbright",
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
	t->room = out->width;
	/* Cells are escaped already, and in our way. Without a UTF-8 locale libsmartcols must do
	 * it again: unencoded letters that it cannot read would keep it counting for ever. */
	scols_table_enable_noencoding(t->cols, strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
	scols_table_enable_colors(t->cols, out->colour);
	scols_table_enable_noheadings(t->cols, !heading);
	scols_table_enable_minout(t->cols, 1); /* no blanks at the end of lines */
	scols_table_set_stream(t->cols, stdout);
	if (t->room) {
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
	bool                    wrap = t->room && c->flags & TABLE_WRAP;
	int                     flags = c->flags & TABLE_RIGHT ? SCOLS_FL_RIGHT : 0;
	struct libscols_column *column;

	assert(t->n_columns < TABLE_COLUMNS_MAX);
	column = scols_table_new_column(t->cols, c->head, 0, flags | (wrap ? SCOLS_FL_WRAP : 0));
	if (!column)
		abort();
	if (wrap) /* at the newlines that table_print() puts in */
		scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
				NULL);
	t->columns[t->n_columns].width = *c->head ? escape_width(c->head) : 1; /* the least */
	t->columns[t->n_columns].min = c->min ? c->min : TABLE_MIN;
	t->columns[t->n_columns].cut = c->flags & TABLE_CUT;
	t->columns[t->n_columns].wrap = wrap;
	t->n_columns++;
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
	struct libscols_cell *cell = scols_line_get_cell(t->line, t->at);
	size_t                width;

	text = escape_text(a, text, strlen(text));
	width = escape_width(text);
	if (!cell || scols_cell_set_data(cell, text) < 0)
		abort();
	if (tint != TINT_NONE)
		scols_cell_set_color(cell, tints[tint]);
	if (width > t->columns[t->at].width)
		t->columns[t->at].width = width;
	t->at++;
}

size_t
table_rows(const struct table *t)
{
	return scols_table_get_nlines(t->cols);
}

static size_t
width_of(const struct table *t, size_t gap)
{
	size_t width = t->n_columns ? (t->n_columns - 1) * gap : 0;

	for (size_t i = 0; i < t->n_columns; i++)
		width += t->columns[i].width;
	return width;
}

/* Take columns off the widest that may be cut until the table fits or nothing more can go. */
static void
narrow(struct table *t, size_t width)
{
	for (; width > t->room; width--) {
		size_t widest = t->n_columns;

		for (size_t i = 0; i < t->n_columns; i++) {
			if (!t->columns[i].cut || t->columns[i].width <= t->columns[i].min)
				continue;
			if (widest == t->n_columns ||
					t->columns[i].width > t->columns[widest].width)
				widest = i;
		}
		if (widest == t->n_columns)
			return;
		t->columns[widest].width--;
	}
}

/* A column that wraps gets what the others leave. */
static void
allot_wrapped(struct table *t, size_t gap)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		size_t others;

		if (!t->columns[i].wrap)
			continue;
		others = width_of(t, gap) - t->columns[i].width;
		t->columns[i].width = t->room > others + t->columns[i].min
				? t->room - others
				: t->columns[i].min;
	}
}

static void
fit_cell(struct table *t, struct arena *a, struct libscols_cell *cell, size_t i)
{
	const char *text = scols_cell_get_data(cell);

	if (!text || (!t->columns[i].cut && !t->columns[i].wrap))
		return;
	text = t->columns[i].wrap ? escape_wrap(a, text, t->columns[i].width)
				  : escape_cut(a, text, t->columns[i].width);
	if (scols_cell_set_data(cell, text) < 0)
		abort();
}

static void
fit_cells(struct table *t, struct arena *a)
{
	for (size_t row = 0; row < table_rows(t); row++) {
		struct libscols_line *line = scols_table_get_line(t->cols, row);

		for (size_t i = 0; i < t->n_columns; i++)
			fit_cell(t, a, scols_line_get_cell(line, i), i);
	}
}

void
table_print(struct table *t, struct arena *a)
{
	size_t gap = t->room && width_of(t, 2) > t->room ? 1 : 2;

	scols_table_set_column_separator(t->cols, gap == 1 ? " " : "  ");
	if (t->room && width_of(t, gap) > t->room) {
		allot_wrapped(t, gap);
		narrow(t, width_of(t, gap));
		fit_cells(t, a);
	}
	scols_print_table(t->cols);
}
