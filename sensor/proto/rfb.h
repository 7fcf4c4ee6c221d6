/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/rfb.h - RFB (RFC 6143), the protocol of VNC, up to the first picture: a connection
 * is one transaction. See sensor/proto.h for threads and memory. */
#ifndef SENSOR_PROTO_RFB_H
#define SENSOR_PROTO_RFB_H

extern const struct proto rfb_proto;

#endif
