/* SPDX-License-Identifier: Apache-2.0 */
/* rules/checksum.h - the Internet checksum (RFC 1071). Any thread, nothing kept. */
#ifndef RULES_CHECKSUM_H
#define RULES_CHECKSUM_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct packet;

/* Folded ones' complement sum of `b`, added to `sum`. A whole header with its
 * right checksum gives 0xffff. */
uint16_t checksum_sum(struct bytes b, uint32_t sum);

/* TCP, UDP, ICMPv6: with the pseudo header of p's addresses. `segment` begins with
 * the transport header. */
bool checksum_transport_ok(const struct packet *p, uint8_t ip_proto, struct bytes segment);

/* Does `field` hold the sum of the pseudo header alone? So a host leaves it for its network card to
 * finish, and so a capture on that host sees it. */
bool checksum_transport_unfinished(const struct packet *p, uint8_t ip_proto, struct bytes segment,
		uint16_t field);

#endif
