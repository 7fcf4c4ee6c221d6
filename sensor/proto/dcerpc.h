/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/dcerpc.h - DCERPC over TCP (version 5) and UDP (version 4). One worker owns the flow. */
#ifndef SENSOR_PROTO_DCERPC_H
#define SENSOR_PROTO_DCERPC_H

struct proto;

extern const struct proto dcerpc_proto;

#endif
