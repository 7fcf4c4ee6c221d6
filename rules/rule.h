/* SPDX-License-Identifier: Apache-2.0 */
/* rules/rule.h - the public face of one loaded rule, for reports. Read-only, any thread. */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include <stdint.h>

struct rule;
struct json;

enum rule_action { RULE_ALERT, RULE_PASS, RULE_DROP, RULE_REJECT, RULE_CONFIG };
enum rule_target { RULE_TARGET_NONE, RULE_TARGET_SRC, RULE_TARGET_DST };

/* Borrowed from the rule set. */
struct rule_info {
	uint32_t    gid, sid, rev;
	uint8_t     action;
	uint8_t     priority;  /* 1 (highest) … 255, as EVE's alert.severity */
	uint8_t     target;    /* enum rule_target */
	const char *msg;
	const char *category;  /* text of the classtype, "" when none */
	const char *classtype; /* short name, "" when none */
	const char *metadata_json; /* {"key":["value",…],…} or NULL */
	const char *text;      /* the rule as written; NULL unless ruleset_options.keep_text */
	const char *file;
	uint32_t    line;
};

const struct rule_info *rule_info(const struct rule *r);

#endif
