/* SPDX-License-Identifier: Apache-2.0 */
/* rules/flowvars.h - what rules remember with a flow: flowbits, flowints, captured texts.
 *
 * A sorted list in pool memory, made when a rule sets the first one. Names are
 * the numbers of build_name(). One worker.
 */
#ifndef RULES_FLOWVARS_H
#define RULES_FLOWVARS_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

enum flowvar_kind { FLOWVAR_BIT, FLOWVAR_INT, FLOWVAR_TEXT };

bool flowvars_bit(const struct flow_facts *f, uint32_t name);
void flowvars_set_bit(struct pool *p, struct flow_facts *f, uint32_t name);
void flowvars_clear_bit(struct flow_facts *f, uint32_t name);

/* false: not set. */
bool flowvars_int(const struct flow_facts *f, uint32_t name, uint32_t *out);
void flowvars_set_int(struct pool *p, struct flow_facts *f, uint32_t name, uint32_t value);

/* The text captured under the name; empty: none. Borrowed. */
struct bytes flowvars_text(const struct flow_facts *f, uint32_t name);
void         flowvars_set_text(struct pool *p, struct flow_facts *f, uint32_t name, struct bytes text);

void flowvars_free(struct pool *p, struct flow_facts *f);

#endif
