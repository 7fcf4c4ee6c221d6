/* SPDX-License-Identifier: Apache-2.0 */
/* rules/reputation.h - scores of addresses by category, for iprep.
 *
 * From files in Suricata's form: categories `number,short name,text`, reputations
 * `address or prefix,category,score` with scores from 0 to 127. Read once while
 * rules load, read-only afterwards.
 */
#ifndef RULES_REPUTATION_H
#define RULES_REPUTATION_H

#include <stddef.h>

struct addr;
struct reputation;
struct vars;

#define REPUTATION_CATEGORIES 60
#define REPUTATION_SCORE_MAX 127

/* By the settings reputation-categories-file, default-reputation-path, reputation-files (and .0, .1, …). NULL, with
 * the reason in `why`: not set, unreadable, a line that cannot be understood. */
struct reputation *reputation_open(const struct vars *vars, char *why, size_t len);
void               reputation_free(struct reputation *r);

/* Number of a category by its short name, -1: unknown. */
int reputation_category(const struct reputation *r, const char *name);
/* Score of an address, or of the smallest prefix around it that has one; -1: none. */
int reputation_score(const struct reputation *r, int category, const struct addr *a);

#endif
