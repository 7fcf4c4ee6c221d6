/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void
uuid_make(char out[static UUID_TEXT], uint64_t now_ns)
{
	uint64_t ms = now_ns / 1000000, r[2];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		abort();
	snprintf(out, UUID_TEXT, "%08x-%04x-7%03x-%04x-%012llx",
		(unsigned)(uint32_t)(ms >> 16), (unsigned)(ms & 0xffff),
		(unsigned)(r[0] & 0xfff), (unsigned)(0x8000 | (r[0] >> 16 & 0x3fff)),
		(unsigned long long)(r[1] & 0xffffffffffffULL));
}
