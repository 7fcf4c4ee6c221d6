/* SPDX-License-Identifier: Apache-2.0 */
/* collector/rfc3339.h - times as the API's clients write them. Any thread. */
#ifndef COLLECTOR_RFC3339_H
#define COLLECTOR_RFC3339_H

#include <stdint.h>

/* "2026-03-02T02:13:00Z", with a fraction or with an offset, to nanoseconds since 1970. 0
 * or -EINVAL; years 1970 to 2261. */
int rfc3339_parse(uint64_t *out, const char *text);

#endif
