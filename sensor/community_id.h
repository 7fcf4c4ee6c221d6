/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/community_id.h - Community ID v1, the name of a flow that other tools compute too. Any thread. */
#ifndef SENSOR_COMMUNITY_ID_H
#define SENSOR_COMMUNITY_ID_H

#include "lib/addr.h"

#include <stddef.h>
#include <stdint.h>

#define COMMUNITY_ID_MAX 32 /* "1:" and the base64 of a SHA-1, with NUL */

/* One end of a flow; for ICMP the port is the type, and at the other end the type that answers it. */
struct community_end {
	struct addr addr;
	uint16_t    port;
};

/* Seed 0. Returns `buf`. */
const char *community_id(char buf[static COMMUNITY_ID_MAX], uint8_t ip_proto,
		const struct community_end *a, const struct community_end *b);

#endif
