/* SPDX-License-Identifier: Apache-2.0 */
/* rules/keyword.h - the table of keywords.
 *
 * A keyword is one small file rules/kw/<name>.c, which holds its setup (text of
 * the option to compiled check), its check function and its row `kw_<name>`,
 * and one line in the list in rules/keyword.c. Sticky buffers and numbers of
 * transactions are not listed there: every row of rules/buffer.h is a keyword
 * by itself. Constant data, any thread.
 */
#ifndef RULES_KEYWORD_H
#define RULES_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build;
struct option;

enum keyword_kind {
	KEYWORD_META,   /* tells about the rule: msg, sid, metadata */
	KEYWORD_PACKET, /* asks the packet, its flow or the worker's memory */
	KEYWORD_BUFFER, /* asks the current buffer: content, pcre, byte_test */
	KEYWORD_MODIFIER, /* changes the keyword before it: nocase, depth, http_uri */
	KEYWORD_TRANSFORM,/* changes the buffer before it is asked: to_lowercase */
	KEYWORD_TX,     /* asks the transaction: app-layer-event, filesize */
	KEYWORD_POST,   /* does something when all else has matched: flowbits:set, tag */
};

enum keyword_arg {
	KEYWORD_ARG_NONE,
	KEYWORD_ARG_NEEDED,
	KEYWORD_ARG_OPTIONAL,
};

enum keyword_flag {
	KEYWORD_NEGATABLE = 1, /* `!` before the argument (outside quotes) is taken off and told */
	KEYWORD_QUOTED = 2,    /* the argument may stand in double quotes, which are taken off */
	KEYWORD_RAW = 4,       /* escapes \; \" \\ stay as written (content, pcre read them themselves) */
	KEYWORD_ONCE = 8,      /* a second one in a rule is an error */
	KEYWORD_HEADER = 32,   /* a rule of addresses alone may have it and is still asked once for each flow */
	KEYWORD_QUOTES_NEEDED = 16, /* the argument must stand in double quotes */
};

struct keyword {
	const char *name;
	const char *alias; /* an older name, NULL: none */
	uint8_t     kind;  /* enum keyword_kind */
	uint8_t     arg;   /* enum keyword_arg */
	uint8_t     flags; /* enum keyword_flag */
	/* 0, or -EINVAL after build_error() told why; -ENOMEM. */
	int (*setup)(struct build *b, const struct option *o);
	const char *help; /* grammar and meaning, one line */
};

/* The row, NULL: unknown. `name` need not end in NUL. */
const struct keyword *keyword_get(const char *name, size_t len);

/* All rows in table order, for listing; *n gets the count. */
const struct keyword *const *keyword_all(size_t *n);

#endif
