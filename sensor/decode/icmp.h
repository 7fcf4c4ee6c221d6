/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/decode/icmp.h - which conversation an ICMP error speaks about. Any thread. */
#ifndef SENSOR_DECODE_ICMP_H
#define SENSOR_DECODE_ICMP_H

#include "lib/addr.h"
#include "rules/packet.h"

#include <stdbool.h>
#include <stdint.h>

/* The start of the packet that an error quotes. */
struct icmp_quote {
	struct addr src, dst;
	uint16_t    sport, dport;
	uint8_t     ip_proto;
};

/* Is `p` an ICMPv4 error? */
bool icmp_is_error(const struct packet *p);

/* What an ICMPv4 "destination unreachable" quotes; false when it is not one, or quotes too little. */
bool icmp_quoted(struct icmp_quote *out, const struct packet *p);

#endif
