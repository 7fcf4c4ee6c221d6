/* SPDX-License-Identifier: Apache-2.0 */
/* rules/extract.h - a number read out of a buffer: what byte_test, byte_jump, byte_extract and byte_math share.
 *
 * Binary of 1 to 8 bytes in either byte order (that of the DCERPC request with `dce`), or text in
 * a base. Read-only after loading, any thread.
 */
#ifndef RULES_EXTRACT_H
#define RULES_EXTRACT_H

#include "rules/lex.h"

#include <stdbool.h>
#include <stdint.h>

struct build;
struct check;
struct match;

struct extract {
	int32_t  offset;     /* from the start of the buffer, or from the cursor when relative */
	int16_t  offset_var; /* that byte variable instead; -1: none */
	int16_t  bytes_var;  /* the same for `bytes` */
	uint8_t  bytes;
	uint8_t  base;       /* of text: 8, 10, 16, 0 for as its prefix says */
	bool     text;
	bool     little, dce, relative;
	uint64_t bitmask;    /* 0: none. The result is shifted down to its lowest bit */
};

/* Empty, no variables. */
void extract_init(struct extract *e);

/* "4" or the name of a variable; at most 8 for binary, checked by extract_finish(). 0 or -EINVAL. */
int extract_bytes(struct build *b, struct extract *e, struct lex_word w);
/* "-2" or the name of a variable. 0 or -EINVAL. */
int extract_offset(struct build *b, struct extract *e, struct lex_word w);
/* One of the words that all four share. 1: taken; 0: not one of them; -EINVAL. */
int extract_word(struct build *b, struct extract *e, struct lex_word w);
/* Do the parts fit together? Tells the check before that this one is relative. 0 or -EINVAL. */
int extract_finish(struct build *b, struct extract *e);

/* The number in the current buffer; *end gets the offset behind it in the view. False: does not fit. */
bool extract_read(struct match *m, const struct extract *e, uint64_t *value, uint32_t *end);

#endif
