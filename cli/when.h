/* SPDX-License-Identifier: Apache-2.0 */
/* cli/when.h - times as people type and read them.
 *
 * Reads journalctl's forms (`tocsin help time` lists them), writes RFC 3339 in UTC
 * for the collector and local time for people. The clock is a parameter. Times are
 * microseconds since 1970. Local time is the process's TZ. Not thread-safe.
 */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stddef.h>
#include <stdint.h>

#define WHEN_SIZE 48 /* enough for any text written here */

/* A point in time. 0, or -EINVAL when the text is none. */
int when_parse(int64_t *out_us, const char *text, int64_t now_us);
/* A length of time: "90s", "2h 30min", "1 day". 0 or -EINVAL. */
int when_parse_span(int64_t *out_us, const char *text);

/* 2026-11-28T02:07:01.000000Z; the year is held to 0..9999. */
const char *when_rfc3339(char out[static WHEN_SIZE], int64_t us);
/* 2026-11-28 09:07:01 in local time. */
const char *when_local(char out[static WHEN_SIZE], int64_t us);
/* One unit, for columns: 42s, 4m, 3h, 12d, 5w, 2y. Negative is 0s. */
const char *when_age(char out[static WHEN_SIZE], int64_t us);
/* Two units, for sentences: 3h12m, 5d4h, 41m. */
const char *when_age_long(char out[static WHEN_SIZE], int64_t us);

#endif
