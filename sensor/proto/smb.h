/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/smb.h - SMB 1 to 3 over NetBIOS sessions or TCP (MS-CIFS, MS-SMB, MS-SMB2).
 *
 * A transaction is a request with its answer, or a file that is read or written,
 * or a DCERPC call in a pipe. One worker owns the flow.
 */
#ifndef SENSOR_PROTO_SMB_H
#define SENSOR_PROTO_SMB_H

struct proto;

extern const struct proto smb_proto;

#endif
