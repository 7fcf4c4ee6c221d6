/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/nfs.h - NFS versions 2 to 4 over ONC RPC, with the files that it carries. See
 * sensor/proto.h for threads and memory. */
#ifndef SENSOR_PROTO_NFS_H
#define SENSOR_PROTO_NFS_H

extern const struct proto nfs_proto;

#endif
