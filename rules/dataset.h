/* SPDX-License-Identifier: Apache-2.0 */
/* rules/dataset.h - named sets of values that rules ask and fill: dataset and datarep.
 *
 * A set holds strings, digests or addresses, each perhaps with a reputation
 * (0 to 65535). Sets are made while rules load and asked by all workers; each
 * has a lock of its own. Files: one value a line (strings in base64, digests in
 * hex, addresses as text), `value,reputation`, JSON or NDJSON. With `state` or
 * `save` the set is written back when it is closed.
 */
#ifndef RULES_DATASET_H
#define RULES_DATASET_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dataset;
struct datasets;

enum dataset_type { DATASET_NONE, DATASET_STRING, DATASET_MD5, DATASET_SHA256, DATASET_IPV4, DATASET_IP };
enum dataset_format { DATASET_LINES, DATASET_JSON, DATASET_NDJSON };

/* What a rule says of a set; empty strings where it says nothing. */
struct dataset_spec {
	const char *name;
	uint8_t     type;   /* enum dataset_type; DATASET_NONE: the set must be known already */
	uint8_t     format; /* enum dataset_format */
	const char *load, *save; /* files; `state` is both, and may be missing at first */
	bool        load_may_miss;
	const char *value_key, *array_key; /* of JSON, dots lead inside; array_key "": the top */
	uint32_t    max;    /* entries at most, 0: default */
};

struct datasets *datasets_new(void);
/* Writes what is to be saved. NULL is fine. */
void datasets_free(struct datasets *all);

/* The set of that name, made and loaded on first use. 0, -ENOMEM, or -EINVAL with *why (static, or in
 * `buf`): type missing or another than before, file unreadable, a line that is no value (named). */
int dataset_open(struct datasets *all, struct dataset **out, const struct dataset_spec *spec, char *why, size_t len);

/* Is the value there? *reputation may be NULL. Values of the wrong length are not there. */
bool dataset_has(struct dataset *d, struct bytes value, uint16_t *reputation);
/* True when it was not there before, and is now (false when the set is full). */
bool dataset_add(struct dataset *d, struct bytes value, uint16_t reputation);
/* True when it was there. */
bool dataset_drop(struct dataset *d, struct bytes value);

#endif
