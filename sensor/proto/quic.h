/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/quic.h - QUIC: what its first packets tell (RFC 9000, 9001, 9369, and Google's versions).
 *
 * Initial packets are opened, their CRYPTO frames put together, and the hello in
 * them read as TLS's. A hello is a transaction of its sender's direction; of
 * Google's versions, each packet with a version is one. See sensor/proto.h for
 * threads and memory.
 */
#ifndef SENSOR_PROTO_QUIC_H
#define SENSOR_PROTO_QUIC_H

struct proto;

extern const struct proto quic_proto;

#endif
