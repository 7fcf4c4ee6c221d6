/* SPDX-License-Identifier: Apache-2.0 */
/* rules/base64.h - decoding of base64 as base64_decode and from_base64 see it.
 *
 * Decodes as far as it can and stops where the text ends or, in the strict
 * modes, at the first byte that is not base64. Any thread.
 */
#ifndef RULES_BASE64_H
#define RULES_BASE64_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum base64_mode {
	BASE64_RFC4648, /* stops at the first byte outside the alphabet */
	BASE64_RFC2045, /* steps over bytes outside the alphabet (section 6.8) */
	BASE64_STRICT,  /* the whole text must be well-formed with its padding, or nothing comes out */
};

/* Writes at most `cap` bytes to `out`; returns how many. */
size_t base64_decode(enum base64_mode mode, struct bytes in, uint8_t *out, size_t cap);

#endif
