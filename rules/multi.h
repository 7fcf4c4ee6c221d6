/* SPDX-License-Identifier: Apache-2.0 */
/* rules/multi.h - one database over many literals, searched all at once. Hyperscan's only user.
 *
 * Databases are read-only after loading; a scratch belongs to one worker and
 * fits every database that was shown to it.
 */
#ifndef RULES_MULTI_H
#define RULES_MULTI_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct multi;
struct multi_scratch;

struct multi_literal {
	const uint8_t *bytes; /* must not begin with a zero byte: Hyperscan takes that for empty */
	uint16_t       len;
	bool           nocase;
};

/* Ids are the indices in `list`. With `cache` (a folder, NULL: none) the compiled form is kept there under
 * a hash of the literals and taken from there the next time. 0, -ENOMEM, -EINVAL. */
int  multi_new(struct multi **out, const struct multi_literal *list, size_t n, const char *cache);
void multi_free(struct multi *m);
size_t multi_size(const struct multi *m); /* bytes of the database */

/* NULL: no memory. */
struct multi_scratch *multi_scratch_new(void);
void                  multi_scratch_free(struct multi_scratch *s);
/* Make it large enough for this database. 0 or -ENOMEM. */
int multi_scratch_fit(struct multi_scratch *s, const struct multi *m);

/* A literal ends at offset `end` of the data. Each place is told: the first may be one that cannot do. */
typedef void multi_hit(void *arg, uint32_t id, size_t end);
void multi_scan(const struct multi *m, struct multi_scratch *s, struct bytes data, multi_hit *hit, void *arg);

#endif
