/* SPDX-License-Identifier: Apache-2.0 */
/* lib/conf.h - configuration files, checked against a table.
 *
 * `key = value` lines, lists in braces, # comments, in libconfuse's syntax. One
 * row of a table says a key's type, place, bounds, default and help; the
 * programs, `--test` and the manual live from the same rows. Every mistake is
 * reported with file:line, not only the first. While starting.
 */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stddef.h>
#include <stdint.h>

#define CONF_LIST_MAX 64

enum conf_type {
	CONF_BOOL,     /* bool: yes, no */
	CONF_UINT,     /* uint64_t */
	CONF_BYTES,    /* uint64_t: 10, 64K, 512M, 1G (powers of 1024) */
	CONF_DURATION, /* uint64_t seconds: 30, 30s, 5m, 12h, 90d */
	CONF_TEXT,     /* char *, owned by the struct */
	CONF_LIST,     /* struct conf_list of texts, owned */
};

struct conf_list {
	size_t n;
	char  *at[CONF_LIST_MAX];
};

struct conf_row {
	const char    *name;  /* NULL ends the table */
	enum conf_type type;
	size_t         offset;
	uint64_t       min, max; /* of numbers; max 0: none. Of texts: length. Of lists: items */
	const char    *value;    /* default, as it would stand in a file; NULL: 0, NULL, empty */
	const char    *unit;     /* for the manual; may be NULL */
	const char    *help;
};

/* Set every row's default in the struct at `out`, which is cleared or was set before. 0
 * or -ENOMEM. Asserts that the defaults obey their own rows. */
int conf_defaults(void *out, const struct conf_row *rows);

/* Read a file over what is there. Mistakes are written to standard error as `FILE:LINE:
 * reason`. Returns how many there were, all of them (a file that cannot be opened is
 * one); the struct is then partly changed. -ENOMEM. */
int conf_read(void *out, const struct conf_row *rows, const char *path);

/* Set one key from text, as `--set NAME=VALUE` does. 0; -ENOENT: no such key; -EINVAL
 * with *why. */
int conf_set(void *out, const struct conf_row *rows, const char *name, const char *value,
		const char **why);

/* Free the texts and lists. */
void conf_release(void *out, const struct conf_row *rows);

/* A commented file with every key and its default, to standard output. */
void conf_print_example(const struct conf_row *rows);

#endif
