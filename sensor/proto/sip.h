/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/sip.h - SIP (RFC 3261) over UDP and TCP with the SDP (RFC 8866) that it carries:
 * every message is one transaction. See sensor/proto.h for threads and memory. */
#ifndef SENSOR_PROTO_SIP_H
#define SENSOR_PROTO_SIP_H

extern const struct proto sip_proto;

#endif
