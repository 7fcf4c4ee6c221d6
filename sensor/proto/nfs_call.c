/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/nfs_call.h"

#include "sensor/proto/rpc.h"

#include <stddef.h>

#define V2_HANDLE 32u
#define V2_ATTRIBUTES 68u
#define V3_ATTRIBUTES 84u
#define DATA_MAX (16u << 20)

/* What follows the handle of a procedure. */
enum args { NOTHING, NAME, READ_ARGS, WRITE_ARGS, COMMIT_ARGS, NO_HANDLE };

static const struct procedure {
	const char *name;
	uint8_t     args;
} v3[] = {
	{ "NULL", NO_HANDLE }, { "GETATTR", NOTHING }, { "SETATTR", NOTHING }, { "LOOKUP", NAME },
	{ "ACCESS", NOTHING }, { "READLINK", NOTHING }, { "READ", READ_ARGS }, { "WRITE", WRITE_ARGS },
	{ "CREATE", NAME }, { "MKDIR", NAME }, { "SYMLINK", NAME }, { "MKNOD", NAME }, { "REMOVE", NAME },
	{ "RMDIR", NAME }, { "RENAME", NAME }, { "LINK", NOTHING }, { "READDIR", NOTHING },
	{ "READDIRPLUS", NOTHING }, { "FSSTAT", NOTHING }, { "FSINFO", NOTHING }, { "PATHCONF", NOTHING },
	{ "COMMIT", COMMIT_ARGS },
}, v2[] = {
	{ "NULL", NO_HANDLE }, { "GETATTR", NOTHING }, { "SETATTR", NOTHING }, { "ROOT", NO_HANDLE },
	{ "LOOKUP", NAME }, { "READLINK", NOTHING }, { "READ", READ_ARGS }, { "WRITECACHE", NO_HANDLE },
	{ "WRITE", NOTHING }, { "CREATE", NAME }, { "REMOVE", NAME }, { "RENAME", NAME }, { "LINK", NOTHING },
	{ "SYMLINK", NAME }, { "MKDIR", NAME }, { "RMDIR", NAME }, { "READDIR", NOTHING }, { "STATFS", NOTHING },
};

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct procedure *
find(uint32_t version, uint32_t procedure)
{
	if (version == 2)
		return procedure < N(v2) ? &v2[procedure] : NULL;
	return version == 3 && procedure < N(v3) ? &v3[procedure] : NULL;
}

const char *
nfs_procedure_name(uint32_t version, uint32_t procedure)
{
	const struct procedure *p = find(version, procedure);

	if (version == 4)
		return procedure == 0 ? "NULL" : procedure == 1 ? "COMPOUND" : NULL;
	return p ? p->name : NULL;
}

static bool
read_data(struct nfs_data *out, struct bytes *in)
{
	out->len = bytes_be32(in);
	if (!bytes_ok(in) || out->len > DATA_MAX)
		return false;
	out->data = bytes_cut(in, out->len < in->left ? out->len : in->left);
	return true;
}

static bool
read_fixed(struct nfs_call *out, uint32_t version, const struct procedure *p, struct bytes in)
{
	if (p->args == NO_HANDLE)
		return true;
	out->handle = version == 2 ? bytes_cut(&in, V2_HANDLE) : xdr_opaque(&in, NFS_HANDLE_MAX);
	switch (p->args) {
	case NAME:
		out->kind = NFS_FINDS;
		out->name = xdr_opaque(&in, NFS_NAME_MAX);
		break;
	case READ_ARGS:
		out->kind = NFS_READS;
		out->offset = version == 2 ? bytes_be32(&in) : bytes_be64(&in);
		break;
	case WRITE_ARGS:
		out->kind = NFS_WRITES;
		out->offset = bytes_be64(&in);
		bytes_skip(&in, 4 + 4); /* count, how stable */
		return read_data(&out->data, &in);
	case COMMIT_ARGS:
		out->kind = NFS_COMMITS;
		break;
	default:
		break;
	}
	return bytes_ok(&in);
}

/* ---- version 4: several operations in one call (RFC 7530, 16) ---- */

enum op {
	OP_ACCESS = 3,
	OP_CLOSE = 4,
	OP_COMMIT = 5,
	OP_GETATTR = 9,
	OP_GETFH = 10,
	OP_LOOKUP = 15,
	OP_LOOKUPP = 16,
	OP_PUTFH = 22,
	OP_PUTPUBFH = 23,
	OP_PUTROOTFH = 24,
	OP_READ = 25,
	OP_READDIR = 26,
	OP_REMOVE = 28,
	OP_RENEW = 30,
	OP_RESTOREFH = 31,
	OP_SAVEFH = 32,
	OP_SETCLIENTID_CONFIRM = 36,
	OP_SEQUENCE = 53,
};

static void
skip_bitmap(struct bytes *in)
{
	uint32_t n = bytes_be32(in);

	bytes_skip(in, n < 16 ? 4u * n : SIZE_MAX);
}

/* Take the arguments of an operation. False: we do not know how long they are. */
static bool
take_op(struct nfs_call *out, uint32_t op, struct bytes *in)
{
	switch (op) {
	case OP_ACCESS:
		bytes_skip(in, 4);
		return true;
	case OP_CLOSE:
		bytes_skip(in, 4 + 16);
		return true;
	case OP_COMMIT:
		bytes_skip(in, 8 + 4);
		return true;
	case OP_GETATTR:
		skip_bitmap(in);
		return true;
	case OP_GETFH:
	case OP_LOOKUPP:
	case OP_PUTPUBFH:
	case OP_PUTROOTFH:
	case OP_RESTOREFH:
	case OP_SAVEFH:
		return true;
	case OP_LOOKUP:
	case OP_REMOVE:
		out->name = xdr_opaque(in, NFS_NAME_MAX);
		return true;
	case OP_PUTFH:
		out->handle = xdr_opaque(in, NFS_HANDLE_MAX);
		return true;
	case OP_READ:
		bytes_skip(in, 16 + 8 + 4);
		return true;
	case OP_READDIR:
		bytes_skip(in, 8 + 8 + 4 + 4);
		skip_bitmap(in);
		return true;
	case OP_RENEW:
		bytes_skip(in, 8);
		return true;
	case OP_SETCLIENTID_CONFIRM:
		bytes_skip(in, 8 + 8);
		return true;
	case OP_SEQUENCE:
		bytes_skip(in, 16 + 4 * 4);
		return true;
	default:
		return false;
	}
}

static bool
read_compound(struct nfs_call *out, struct bytes in)
{
	uint32_t n;

	(void)xdr_opaque(&in, NFS_NAME_MAX); /* tag */
	bytes_skip(&in, 4);                  /* minor version */
	n = bytes_be32(&in);
	for (; n > 0 && out->n_ops < NFS_OPS_MAX; n--) {
		uint32_t op = bytes_be32(&in);

		if (!bytes_ok(&in))
			return false;
		out->ops[out->n_ops++] = op;
		if (!take_op(out, op, &in))
			return true;
	}
	return bytes_ok(&in);
}

bool
nfs_read_call(struct nfs_call *out, uint32_t version, uint32_t procedure, struct bytes args)
{
	const struct procedure *p = find(version, procedure);

	*out = (struct nfs_call){ 0 };
	if (version == 4)
		return procedure != 1 || read_compound(out, args);
	return p && read_fixed(out, version, p, args);
}

/* ---- answers ---- */

static bool
read_read(struct nfs_answer *out, uint32_t version, uint64_t offset, struct bytes in)
{
	uint64_t size = 0;

	if (version == 2) {
		struct bytes attributes = bytes_cut(&in, V2_ATTRIBUTES);

		bytes_skip(&attributes, 5 * 4);
		size = bytes_be32(&attributes);
	} else {
		if (bytes_be32(&in) != 0)
			bytes_skip(&in, V3_ATTRIBUTES);
		bytes_skip(&in, 4); /* count */
		out->last = bytes_be32(&in) != 0;
	}
	out->has_data = read_data(&out->data, &in);
	if (version == 2)
		out->last = offset + out->data.len >= size;
	return out->has_data;
}

bool
nfs_read_answer(struct nfs_answer *out, uint32_t version, const struct nfs_call *call, struct bytes results)
{
	struct bytes in = results;

	*out = (struct nfs_answer){ .status = bytes_be32(&in) };
	if (out->status != 0 || version == 4)
		return true;
	if (call->kind == NFS_READS)
		return read_read(out, version, call->offset, in);
	if (call->kind == NFS_FINDS && version == 2)
		out->handle = bytes_cut(&in, V2_HANDLE);
	else if (call->kind == NFS_FINDS)
		out->handle = xdr_opaque(&in, NFS_HANDLE_MAX);
	return true; /* what else there is need not be a handle */
}
