/* SPDX-License-Identifier: Apache-2.0 */
/* rules/classification.h - class types: short name, text, priority; in Suricata's file format.
 *
 * `config classification: short-name,description,priority`. While loading.
 */
#ifndef RULES_CLASSIFICATION_H
#define RULES_CLASSIFICATION_H

#include <stddef.h>
#include <stdint.h>

struct classification;

struct class_row {
	const char *name;
	const char *text;
	uint8_t     priority;
};

/* The built-in table, NULL: no memory. */
struct classification *classification_new(void);
void                   classification_free(struct classification *c);

/* Replace the table by a file's. 0, -errno, or -EINVAL with *line of the first bad line. */
int classification_load(struct classification *c, const char *path, uint32_t *line);

/* Names compare without case. NULL: unknown. Borrowed. */
const struct class_row *classification_get(const struct classification *c, const char *name);

#endif
