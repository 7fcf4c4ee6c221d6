/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/websocket.h - WebSocket (RFC 6455), after an Upgrade of HTTP/1.
 *
 * Each frame is one transaction of its direction. The last fragment of a message
 * carries the whole message, unmasked and decompressed (RFC 7692). See
 * sensor/proto.h for threads and memory.
 */
#ifndef SENSOR_PROTO_WEBSOCKET_H
#define SENSOR_PROTO_WEBSOCKET_H

struct proto;

extern const struct proto websocket_proto;

#endif
