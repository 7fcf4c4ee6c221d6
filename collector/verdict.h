/* SPDX-License-Identifier: Apache-2.0 */
/* collector/verdict.h - what people say of an incident, field by field, as text.
 *
 * Actions keep what they change as text; a table says where each field lies and
 * how it is written. Also the closed lists of words. Constant data, any thread.
 */
#ifndef COLLECTOR_VERDICT_H
#define COLLECTOR_VERDICT_H

#include "collector/case.h"

enum verdict_field {
	VERDICT_STATE,
	VERDICT_SEVERITY,
	VERDICT_ACKNOWLEDGED,
	VERDICT_ESCALATED,
	VERDICT_ESCALATED_TO,
	VERDICT_DISPOSITION,
	VERDICT_CLASSIFICATION,
	VERDICT_ASSIGNEE,
	VERDICT_COUNT
};

#define VERDICT_TEXT_MAX 72 /* of any field, with NUL */

void verdict_get(
	const struct verdict *v, enum verdict_field f, char out[static VERDICT_TEXT_MAX]);
void verdict_set(struct verdict *v, enum verdict_field f, const char *value);

/* The field's name, the field of a name (VERDICT_COUNT: none), and its value when no
 * action gives it one. */
const char        *verdict_name(enum verdict_field f);
enum verdict_field verdict_field(const char *name);
const char        *verdict_default(enum verdict_field f);

/* The word as the list has it, `-` and `_` being the same. NULL: it is not in the list.
 */
const char *disposition_word(const char *word);
const char *class_word(const char *word);

#endif
