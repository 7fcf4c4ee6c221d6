/* SPDX-License-Identifier: Apache-2.0 */
/* rules/ruleset.h - rule files to a compiled, read-only rule set.
 *
 * Loading goes on after an error: each rule is honoured exactly or refused with
 * file, line, column, keyword and reason. Compiling makes the matching form
 * (groups, Hyperscan databases, PCRE2 code) and may use a cache folder keyed by
 * content hash. Used at start and on reload, by one thread; the result may be
 * read by all.
 */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ruleset;
struct vars; /* address and port variables, and settings by Suricata's names: rules/vars.h */

struct rule_error {
	const char *file;    /* all strings owned by the ruleset */
	uint32_t    line;    /* 1-based, of the rule's first line */
	uint32_t    column;  /* 1-based, in that line */
	uint64_t    sid;     /* 0: not known */
	const char *keyword; /* "" for the header */
	const char *reason;
	bool        warning; /* loaded all the same */
};

struct ruleset_counts {
	uint32_t files, rules, loaded, rejected;
	uint32_t skipped; /* for other engines, or replaced by a higher rev; neither loaded nor an error */
};

struct ruleset_options {
	const char *classification; /* file, NULL: built in */
	const char *reference;
	const char *threshold;      /* threshold.config, NULL: none */
	const char *cache;          /* folder for compiled databases, NULL: none */
	const struct ruleset *before; /* whose place it will take while flows live on: names that flows
				       * remember keep their numbers. Borrowed for ruleset_new(); NULL: none */
	bool        keep_text;      /* rule_info.text is wanted (costs as much memory as the files) */
};

/* Empty set. `vars` is borrowed for the life of the set. */
int  ruleset_new(struct ruleset **out, const struct vars *vars, const struct ruleset_options *options);
void ruleset_free(struct ruleset *rs);

/* Add a rule file or a folder of *.rules (in name order). 0 or -errno when the path cannot be read (then
 * it is in the errors too); bad rules are not an error of the call. */
int ruleset_add(struct ruleset *rs, const char *path);
/* Add rules from memory under the name `file`. */
int ruleset_add_text(struct ruleset *rs, const char *file, const char *text, size_t len);

/* Make the matching form. 0 or -errno; problems are in the errors. Nothing can be added after. */
int ruleset_compile(struct ruleset *rs);

/* Regular expressions are made ready when they are first asked, since most never are. This makes all ready
 * now: more memory, a longer start, and no packet that waits. After ruleset_compile(). */
void ruleset_make_ready(struct ruleset *rs);

/* Digests and the like that the rules ask of files: bits of enum file_want, rules/tx.h. */
unsigned ruleset_file_wants(const struct ruleset *rs);
/* Does some rule ask for frames of protocols? Of a compiled set. */
bool ruleset_wants_frames(const struct ruleset *rs);
struct ruleset_counts ruleset_counts(const struct ruleset *rs);
size_t                ruleset_n_errors(const struct ruleset *rs);
const struct rule_error *ruleset_error(const struct ruleset *rs, size_t i);
/* SHA-256 of the loaded rules and settings in hex; the rule-set hash of heartbeats. */
const char *ruleset_hash(const struct ruleset *rs);

#endif
