/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/dhcp.h - DHCP (RFC 2131): every message is one transaction. See sensor/proto.h for
 * threads and memory. */
#ifndef SENSOR_PROTO_DHCP_H
#define SENSOR_PROTO_DHCP_H

extern const struct proto dhcp_proto;

#endif
