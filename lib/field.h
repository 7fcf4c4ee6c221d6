/* SPDX-License-Identifier: Apache-2.0 */
/* lib/field.h - structs as sequences of tagged fields, driven by tables.
 *
 * The wire form of events and messages: each field is a tag (1 byte), a length
 * (3 bytes, big-endian) and that many bytes. Whole numbers are big-endian, as
 * short as they can be; zero and empty are left out; unknown tags are skipped;
 * of a field that comes twice the last counts. One table per struct says it
 * all, for both directions. Any thread.
 */
#ifndef LIB_FIELD_H
#define LIB_FIELD_H

#include "lib/buf.h"
#include "lib/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum field_kind {
	FIELD_UINT,  /* uint8_t … uint64_t, by `size` */
	FIELD_BYTES, /* struct bytes, borrowed from the input */
	FIELD_TEXT,  /* the same, UTF-8 without control bytes */
	FIELD_ADDR,  /* struct addr */
	FIELD_LIST,  /* an array of structs: one field an item */
};

struct field_row {
	uint8_t                 tag;  /* 1..255; 0 ends the table */
	uint8_t                 kind; /* enum field_kind */
	uint16_t                offset;
	uint16_t                size;     /* of the number, or of one item */
	uint32_t                max;      /* bytes, or items */
	uint16_t                n_offset; /* FIELD_LIST: of its uint32_t count */
	const struct field_row *rows;     /* FIELD_LIST: of an item */
	const char             *why;      /* said when the field is wrong */
};

#define FIELD_NUMBER(t, s, m) \
	{ .tag = (t), .kind = FIELD_UINT, .offset = offsetof(struct s, m), \
	  .size = sizeof(((struct s *)0)->m), .why = #m }
#define FIELD_STRING(t, s, m, k, limit) \
	{ .tag = (t), .kind = (k), .offset = offsetof(struct s, m), .max = (limit), .why = #m }
#define FIELD_ITEMS(t, s, m, n, table) \
	{ .tag = (t), .kind = FIELD_LIST, .offset = offsetof(struct s, m), \
	  .size = sizeof(((struct s *)0)->m[0]), .n_offset = offsetof(struct s, n), \
	  .max = sizeof(((struct s *)0)->m) / sizeof(((struct s *)0)->m[0]), \
	  .rows = (table), .why = #m }

/* Append the fields of the struct at `from`. 0, -EMSGSIZE above a row's limit, -ENOMEM;
 * after a failure `out` is as long as it was. */
int field_encode(struct buf *out, const struct field_row *rows, const void *from);

/* Fill the struct at `out`, which the caller has cleared. 0, or -EBADMSG with *why
 * (static text; may be NULL) naming the field. */
int field_decode(void *out, const struct field_row *rows, struct bytes in, const char **why);

#endif
