/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/sdp.h - a session description (RFC 8866), taken apart into fields. One worker. */
#ifndef SENSOR_PROTO_SDP_H
#define SENSOR_PROTO_SDP_H

#include "lib/bytes.h"

struct fields;
struct json;
struct pool;

/* Add what rules ask for. Lines that are none are left out. */
void sdp_read(struct fields *out, struct pool *pool, struct bytes text);
/* The member "sdp" of an event; nothing without a description. */
void sdp_eve(const struct fields *f, struct json *j);

#endif
