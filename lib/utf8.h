/* SPDX-License-Identifier: Apache-2.0 */
/* lib/utf8.h - is this UTF-8, and is it safe to show?
 *
 * Strict: no overlong forms, no surrogates, nothing above U+10FFFF. Any thread.
 */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length 1..4 of the sequence that `b` begins with, its code point in *cp (may be NULL);
 * 0 when `b` is empty or does not begin with a valid one. Consumes nothing. */
size_t utf8_first(struct bytes b, uint32_t *cp);

/* Is all of it valid? Empty is. */
bool utf8_ok(struct bytes b);

/* May a terminal see this code point? Not: C0 and C1 controls, DEL, line separators and
 * the marks that turn the direction of writing. */
bool utf8_is_shown(uint32_t cp);

#endif
