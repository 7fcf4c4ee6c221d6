/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/clock.h"

#include <time.h>

static uint64_t
now_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t
clock_wall_ns(void)
{
	return now_ns(CLOCK_REALTIME);
}

uint64_t
clock_mono_ns(void)
{
	return now_ns(CLOCK_BOOTTIME);
}
