/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/tftp.h - TFTP read and write requests (RFC 1350). One worker owns the flow. */
#ifndef SENSOR_PROTO_TFTP_H
#define SENSOR_PROTO_TFTP_H

struct proto;

extern const struct proto tftp_proto;

#endif
