/* SPDX-License-Identifier: Apache-2.0 */
/* rules/literal.h - the notation of bytes in rules: text, |hex bytes|, \; \" \\ \:. Any thread. */
#ifndef RULES_LITERAL_H
#define RULES_LITERAL_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the `len` signs of `text` into `out` (at least `len` bytes). Their number, or -1 with *why. */
long literal_parse(uint8_t *out, const char *text, size_t len, const char **why);

#endif
