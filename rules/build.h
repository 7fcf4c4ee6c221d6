/* SPDX-License-Identifier: Apache-2.0 */
/* rules/build.h - a rule while its text is being read: what keywords' setup functions write to.
 *
 * rules/parse.c makes one for each rule and runs the setup functions in the
 * order of the text. Checks are appended to the row that they belong to. When
 * the text is through, the rule is validated as a whole and copied out. Used
 * while loading, one thread; memory is the loader's arena.
 */
#ifndef RULES_BUILD_H
#define RULES_BUILD_H

#include "rules/buffer.h"
#include "rules/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct content;
struct datasets;
struct build;
struct class_row;
struct keyword;
struct MMDB_s;
struct regex_set;
struct reputation;
struct rule;

/* One option of a rule as written: `name` or `name:value`. Text is borrowed and not NUL-terminated in
 * the file, but `value` is a NUL-terminated copy with blanks at both ends, quotes and `!` taken off. */
struct option {
	const struct keyword *keyword;
	const char           *name;
	char                 *value; /* never NULL; "" without */
	size_t                len;   /* of value */
	bool                  negated;
	bool                  quoted;
	uint32_t              column; /* of the keyword, 1-based in its line */
	uint32_t              line;
};

/* Tell why the rule is refused; the first reason stays. Returns -EINVAL. */
int build_error(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The rule is for other engines (requires): left out, which is no error. Returns -EINVAL. */
int build_skip(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Something to tell that does not refuse the rule. */
void build_warn(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Memory that lives as long as the rule set (shared by rules: do not change after). NULL: none left. */
void *build_keep(struct build *b, const void *data, size_t len);
/* Row of the classification table, NULL: unknown. */
const struct class_row *build_class(struct build *b, const char *name);
struct arena *build_arena(struct build *b);   /* scratch until the rule is through */
struct rule  *build_rule(struct build *b);    /* the rule being made, rules/program.h */

/* A file that the rule names: beside the rule file unless it begins with `/`. Scratch; NULL: no memory. */
const char *build_path(struct build *b, const char *name);
/* The rule needs these digests, or libmagic's word, of files: bits of enum file_want. */
void build_want_files(struct build *b, unsigned wants);

/* The country database (setting geoip-database) and the reputations of addresses, opened on first use; NULL after
 * build_error(). They live as long as the rule set. */
const struct MMDB_s     *build_geo(struct build *b);
const struct reputation *build_reputation(struct build *b);

/* The expressions of the rule set. */
struct regex_set *build_regexes(struct build *b);
struct datasets  *build_datasets(struct build *b);

/* Is there a keyword or buffer of that name? */
bool build_has_word(struct build *b, const char *name, size_t len);

/* What rules share by name. The id of a name in its space, given out on first use; -ENOMEM. */
enum build_names { NAMES_FLOWBIT, NAMES_FLOWINT, NAMES_FLOWVAR, NAMES_XBIT, NAMES_HOSTBIT, NAMES_COUNT };
int build_name(struct build *b, enum build_names space, const char *name, size_t len);

/* Append a check; returns its zeroed argument of `size` bytes, NULL: no memory. The argument stays where
 * it is until the rule is through. */
void *build_packet(struct build *b, check_fn *fn, size_t size); /* asked first, of the packet and flow */
void *build_buffer(struct build *b, check_fn *fn, size_t size); /* of the current buffer, in order */
void *build_post(struct build *b, check_fn *fn, size_t size);   /* done when everything matched */
/* Of a transaction: `where` tells from which state on it can be asked, per protocol and direction. */
struct build_where {
	enum buffer buffer; /* the state at which this buffer is final, or … */
	enum number number; /* … this number, or … */
	bool        files;  /* … each file, as it grows (match.index tells which), or … */
	bool        hook;   /* … at the state of the last build_hook(), or … */
	bool        any;    /* … any state of any protocol */
};
void *build_tx(struct build *b, struct build_where where, check_fn *fn, size_t size);

/* Sticky buffer: the following buffer checks ask `buffer`. 0 or -EINVAL. BUF_NONE: back to the payload. */
int build_sticky(struct build *b, enum buffer buffer);
/* The same of a record of the protocol, enum appframe_kind; a rule can ask one kind only. */
int build_frame(struct build *b, unsigned kind);
/* The buffer that checks go to now. */
enum buffer build_current(const struct build *b);

/* A transform of the current buffer; must come before its first check. `key` and `len` are its
 * argument, kept by the callee. `fn` writes at most `cap` bytes to `out` (may be where `in` is not),
 * and returns the new length, or -1 when there is no result (then the buffer is absent). */
typedef long transform_fn(const void *key, struct bytes in, uint8_t *out, size_t cap);
int build_transform(struct build *b, transform_fn *fn, const void *key, size_t len);

/* The content before this option, for its modifiers; NULL after build_error(). */
struct content *build_last_content(struct build *b, const struct option *o);
/* The content or pcre before this option asks that buffer, not the payload (http_uri, pcre's U). */
int build_move_last(struct build *b, enum buffer buffer);
/* The check just appended to the current buffer starts where an earlier one ended: tells the last
 * content or pcre before it to try again when this fails. */
void build_relative(struct build *b);
/* The check just appended can match in several places. */
void build_retries(struct build *b);
/* base64_data: the following checks ask what base64_decode left. */
int build_decoded(struct build *b);
/* The current buffer matches when it is not there at all; `or_else`: also when its checks hold. */
int build_absent(struct build *b, bool or_else);

/* Number of a byte variable: defined before (byte_extract, byte_math) or -EINVAL after build_error(). */
int build_var(struct build *b, const char *name);
/* Define one; its number, or -EINVAL. The same name again is the same number. */
int build_var_define(struct build *b, const char *name);

/* Protocols that the header names, bits of enum appproto; all when it names none. */
uint64_t build_header_apps(const struct build *b);
/* Hook: matches from that state of the protocol on. */
int build_hook(struct build *b, enum appproto app, int dir, uint8_t state);

/* The rule is only for these protocols (bits of enum appproto); -EINVAL when nothing is left. */
int build_apps(struct build *b, uint64_t mask);
/* The rule looks in this direction (enum dir) only; -EINVAL when it contradicts another keyword. */
int build_direction(struct build *b, int dir);
/* The rule asks more than addresses, so that it is not asked just once for each flow (KEYWORD_HEADER). */
void build_asks_more(struct build *b);
/* app-layer-protocol: alone with such words, it is asked once, when the protocol is known. */
void build_asks_protocol(struct build *b);
/* The rule is about single packets (dsize, flags, …), so that payload is not looked for in the stream. */
void build_need_packet(struct build *b);
/* … and about the stream (stream-only keywords). */
void build_need_stream(struct build *b);

#endif
