/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/modbus.h - Modbus over TCP (Modbus Application Protocol 1.1b3, Messaging on TCP/IP 1.0b).
 *
 * A request and its response are one transaction. See sensor/proto.h for
 * threads and memory.
 */
#ifndef SENSOR_PROTO_MODBUS_H
#define SENSOR_PROTO_MODBUS_H

struct proto;

extern const struct proto modbus_proto;

#endif
