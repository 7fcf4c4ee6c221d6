/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/snmp.h - SNMP v1, v2c and v3 (RFC 3416, RFC 3412): every message is one
 * transaction. See sensor/proto.h for threads and memory. */
#ifndef SENSOR_PROTO_SNMP_H
#define SENSOR_PROTO_SNMP_H

extern const struct proto snmp_proto;

#endif
