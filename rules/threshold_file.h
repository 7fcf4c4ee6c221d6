/* SPDX-License-Identifier: Apache-2.0 */
/* rules/threshold_file.h - threshold.config: how often rules may alert, told beside the rules.
 *
 * Lines `threshold …`, `event_filter …`, `rate_filter …`, `suppress …` in
 * Suricata's form, for one rule, all of a generator, or all. Read once all rules
 * are in and before they are compiled; one thread.
 */
#ifndef RULES_THRESHOLD_FILE_H
#define RULES_THRESHOLD_FILE_H

#include <stddef.h>
#include <stdint.h>

struct ruleset;

/* Told of each line that cannot be honoured; it is left out. */
typedef void threshold_tell_fn(void *arg, uint32_t line, const char *why);

/* Apply the text to the rules of the set. 0 or -ENOMEM. */
int threshold_file_apply(struct ruleset *rs, const char *text, size_t len, threshold_tell_fn *tell, void *arg);

#endif
