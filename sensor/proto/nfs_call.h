/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/nfs_call.h - what a call of NFS asks and what the answer brings, versions 2 to 4.
 *
 * RFC 1094, RFC 1813, RFC 7530, RFC 8881. Borrows the bytes it was read from. One worker.
 */
#ifndef SENSOR_PROTO_NFS_CALL_H
#define SENSOR_PROTO_NFS_CALL_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define NFS_OPS_MAX 16u /* of a compound call */
#define NFS_HANDLE_MAX 128u
#define NFS_NAME_MAX 255u

enum nfs_kind { NFS_OTHER, NFS_FINDS, NFS_READS, NFS_WRITES, NFS_COMMITS };

/* Contents of a file: `data` is what is there of `len` bytes. */
struct nfs_data {
	struct bytes data;
	uint32_t     len;
};

struct nfs_call {
	uint8_t         kind;
	uint8_t         n_ops; /* version 4 */
	uint32_t        ops[NFS_OPS_MAX];
	struct bytes    handle, name;
	uint64_t        offset;
	struct nfs_data data; /* NFS_WRITES */
};

struct nfs_answer {
	uint32_t        status;
	struct bytes    handle; /* NFS_FINDS: of the name */
	bool            has_data, last;
	struct nfs_data data;   /* NFS_READS */
};

/* `args` and `results` may end early, in the contents of a file. False: malformed. */
bool nfs_read_call(struct nfs_call *out, uint32_t version, uint32_t procedure, struct bytes args);
bool nfs_read_answer(struct nfs_answer *out, uint32_t version, const struct nfs_call *call, struct bytes results);

/* "READ", …; NULL: there is none. */
const char *nfs_procedure_name(uint32_t version, uint32_t procedure);

#endif
