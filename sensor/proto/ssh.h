/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/ssh.h - SSH up to where it is encrypted (RFC 4253): banners and HASSH.
 *
 * One transaction a flow. After both sides have sent NEWKEYS the flow's payload
 * is not looked at any more. One worker owns the flow.
 */
#ifndef SENSOR_PROTO_SSH_H
#define SENSOR_PROTO_SSH_H

struct proto;

extern const struct proto ssh_proto;

#endif
