/* SPDX-License-Identifier: Apache-2.0 */
/* rules/lex.h - the text of a rule file to rules, header words and options.
 *
 * Knows blanks, comments, continued lines, brackets and escapes, and nothing of
 * their meaning. Everything points into the text given. Any thread.
 */
#ifndef RULES_LEX_H
#define RULES_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct lex {
	const char *text;
	size_t      len;
	size_t      at;
	uint32_t    line; /* of `at`, 1-based */
};

/* One rule: all its lines in one piece, with `\` and line end of continued lines turned into blanks,
 * so that offsets stay those of the file. */
struct lex_rule {
	const char *text; /* not NUL-terminated */
	size_t      len;
	const char *source; /* the same as in the file */
	uint32_t    line;
};

/* Next rule, skipping blank lines and comments. Continued rules are copied into `scratch`. false: end. */
bool lex_next(struct lex *l, struct arena *scratch, struct lex_rule *out);

/* Line and column of an offset in a rule, both 1-based. */
void lex_position(const struct lex_rule *r, size_t offset, uint32_t *line, uint32_t *column);

struct lex_word {
	const char *at;
	size_t      len;
};

/* Next word of the header; brackets hold blanks together. Stops before an outer `(`. false: none. */
bool lex_word(const struct lex_rule *r, size_t *at, struct lex_word *out);

struct lex_option {
	struct lex_word name;
	struct lex_word value; /* blanks around it cut off; at NULL: no `:` */
};

/* Next option; `*at` stands behind the `(` at first. 1, 0 at the closing `)`, or -EINVAL with *why. */
int lex_option(const struct lex_rule *r, size_t *at, struct lex_option *out, const char **why);

/* Cut the next piece up to a comma off `*list`, trimmed; commas in brackets and quotes do not count.
 * false: nothing left. An empty piece is a piece. */
bool lex_piece(struct lex_word *list, struct lex_word *out);

/* Blanks at both ends cut off. */
struct lex_word lex_trim(const char *at, size_t len);
bool            lex_is(struct lex_word w, const char *s);
/* "word argument" with blanks between: the argument. */
bool            lex_argument(struct lex_word w, const char *word, struct lex_word *out);

#endif
