/* SPDX-License-Identifier: Apache-2.0 */
/* lib/clock.h - the only place that asks what time it is.
 *
 * Main loops call these and hand the time down as a parameter. Any thread.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

/* Nanoseconds since 1970, UTC: for what people and other machines see. May step. */
uint64_t clock_wall_ns(void);
/* Nanoseconds since some start: for intervals. Never steps, runs on while suspended. */
uint64_t clock_mono_ns(void);

#endif
