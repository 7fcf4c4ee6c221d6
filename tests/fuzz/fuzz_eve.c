/* SPDX-License-Identifier: Apache-2.0 */
/* The check that EVE text is JSON; jansson must then take it too. */
#include "collector/eve.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What jansson refuses for reasons of its own: bad UTF-8, lone surrogates, numbers too
 * large. */
static int
is_our_mistake(const json_error_t *why)
{
	switch (json_error_code(why)) {
	case json_error_invalid_utf8:
	case json_error_numeric_overflow:
	case json_error_invalid_syntax: /* surrogates are told as such */
		return 0;
	default:
		return 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_error_t why;
	json_t      *j;

	if (!eve_ok(bytes_of(data, len)))
		return 0;
	j = json_loadb(
		(const char *)data, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &why);
	if (!j && is_our_mistake(&why))
		abort();
	json_decref(j);
	return 0;
}
