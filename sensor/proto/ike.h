/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/ike.h - IKE versions 1 and 2 (RFC 2408, RFC 7296): every message is one
 * transaction. See sensor/proto.h for threads and memory. */
#ifndef SENSOR_PROTO_IKE_H
#define SENSOR_PROTO_IKE_H

extern const struct proto ike_proto;

#endif
