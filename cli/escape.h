/* SPDX-License-Identifier: Apache-2.0 */
/* cli/escape.h - makes text from the wire harmless before a terminal sees it.
 *
 * What could move the cursor, hide, reorder or imitate text comes out as visible
 * ASCII: \n, \t, \x1b for bytes and C0 controls, \u202e and \U000e0041 for the rest
 * (C1 and all format characters, so bidirectional marks and zero-width ones; private,
 * unassigned and ignorable code points; line separators; bytes that are not UTF-8;
 * combining marks that stand alone or are piled up). Everything else is left as it
 * is, backslashes too, so escaping twice changes nothing. Any thread.
 */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

struct arena;

/* `len` bytes as one line of harmless text; lives as long as the arena's contents. */
const char *escape_text(struct arena *a, const char *text, size_t len);

/* JSON text, which is UTF-8 already: the same code points become \uXXXX inside its strings, so
 * that its meaning stays. Whitespace between tokens is kept. */
void escape_json(FILE *to, const char *json, size_t len);

/* Columns that harmless text takes on a terminal. */
size_t escape_width(const char *text);

/* Harmless text cut to at most `columns`, 1 or more; what was cut ends in an ellipsis. */
const char *escape_cut(struct arena *a, const char *text, size_t columns);

/* Harmless text with newlines, so that no line is wider than `columns`: in place of spaces where
 * there are some, else between letters. */
const char *escape_wrap(struct arena *a, const char *text, size_t columns);

#endif
