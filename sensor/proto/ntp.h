/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/ntp.h - NTP versions 3 and 4 (RFC 5905): every message is one transaction. See
 * sensor/proto.h for threads and memory. */
#ifndef SENSOR_PROTO_NTP_H
#define SENSOR_PROTO_NTP_H

extern const struct proto ntp_proto;

#endif
