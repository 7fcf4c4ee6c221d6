/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people type them, and as a hostile answer might: what is read can be written and read again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cli/when.h"

#define NOW INT64_C(1795831621000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char    text[128] = "", written[WHEN_SIZE], age[WHEN_SIZE];
	int64_t us, again;

	memcpy(text, data, size < sizeof(text) ? size : sizeof(text) - 1);
	if (when_parse(&us, text, NOW) < 0)
		return 0;
	when_age(age, NOW - us);
	when_age_long(age, NOW - us);
	when_local(age, us);
	when_rfc3339(written, us);
	/* Years before 1970 and after 9999 can be reached by spans alone. */
	if (us >= 0 && us < INT64_C(253402300800000000))
		assert(when_parse(&again, written, NOW) == 0 && again == us);
	return 0;
}
