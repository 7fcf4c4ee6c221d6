/* SPDX-License-Identifier: Apache-2.0 */
/* rules/vars.h - address and port variables, and settings by Suricata's names.
 *
 * Starts with the defaults of Suricata's sample configuration; `--set` and the
 * configuration change them. Written while starting, read-only after. Values
 * are text in the language of the rule header; they are understood when a rule
 * uses them.
 */
#ifndef RULES_VARS_H
#define RULES_VARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vars;

/* With the defaults. NULL: no memory. */
struct vars *vars_new(void);
void         vars_free(struct vars *v);

/* Address and port variables share one name space, as `vars.address-groups.` and `vars.port-groups.`
 * (taken off) or bare upper-case names; everything else is a setting. Copied. 0, -EINVAL, -ENOMEM. */
int vars_set(struct vars *v, const char *name, const char *value);
/* The same from one "NAME=VALUE". -EINVAL when there is no `=`. */
int vars_set_pair(struct vars *v, const char *pair);

/* Value of a variable or setting, NULL: none. `name` without `$`. Borrowed. */
const char *vars_get(const struct vars *v, const char *name);
bool        vars_bool(const struct vars *v, const char *name, bool fallback);
uint64_t    vars_u64(const struct vars *v, const char *name, uint64_t fallback); /* knows kb, mb, gb */

/* Each in order of name; NULL at the end. For hashing and for telling what is not ours. */
const char *vars_name(const struct vars *v, size_t i);

#endif
