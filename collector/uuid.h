/* SPDX-License-Identifier: Apache-2.0 */
/* collector/uuid.h - identifiers that are unique everywhere and sort by time (RFC 9562,
 * version 7). Any thread. */
#ifndef COLLECTOR_UUID_H
#define COLLECTOR_UUID_H

#include <stdint.h>

#define UUID_TEXT 37 /* with NUL */

/* Text of a new one. Aborts when the kernel has no randomness, which it always has. */
void uuid_make(char out[static UUID_TEXT], uint64_t now_ns);

#endif
