/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/dns.h - DNS over UDP and TCP: every message is one transaction.
 *
 * Queries belong to the direction to the server, answers to that to the client.
 * See sensor/proto.h for threads and memory.
 */
#ifndef SENSOR_PROTO_DNS_H
#define SENSOR_PROTO_DNS_H

#include "rules/tx.h"
#include "sensor/proto/dns_message.h"

struct json;
struct proto;

struct dns_tx {
	struct tx          tx; /* head first */
	uint8_t            dir;
	struct dns_message message;
};

extern const struct proto dns_proto;

/* Buffers and numbers for rules: see struct app_ops. */
bool dns_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);
bool dns_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out);

/* EVE's "dns" object, version 3 of the format. */
void dns_eve(struct tx *tx, struct json *j);

#endif
