/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/nfs.h"

#include "lib/json.h"
#include "rules/app/nfs.h"
#include "rules/app/plain.h"
#include "sensor/appframe.h"
#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/proto/nfs_call.h"
#include "sensor/proto/rpc.h"
#include "sensor/tx.h"

#include <errno.h>

#define PROGRAM 100003
#define PORT 2049
#define MARK_LEN 4u        /* before each record over TCP: RFC 5531, 11 */
#define LAST_FRAGMENT 0x80000000u
#define RECORD_MIN 24u
#define RECORD_MAX (17u << 20)
#define HEAD_WAIT 2048u    /* bytes of a record that are waited for */
#define PENDING_MAX 512u   /* calls without an answer */
#define KNOWN_MAX 64u      /* handles whose names we remember */
#define TRANSFERS_MAX 8u

struct nfs_tx {
	struct tx          tx;
	TAILQ_ENTRY(nfs_tx) pending;
	bool               is_pending, is_file;
	uint32_t           xid, version, procedure, status;
	bool               answered, denied;
	uint32_t           auth, uid, gid;
	struct pbuf        machine, name, handle;
	struct nfs_call    call; /* its borrowed bytes are gone */
	struct file       *file;
};
TAILQ_HEAD(nfs_tx_list, nfs_tx);

/* A file that is read or written piece by piece. */
struct transfer {
	struct nfs_tx *tx; /* NULL: free */
	uint8_t        dir;
};

struct known {
	struct pbuf handle, name;
};

/* One direction of a stream. */
struct side {
	uint32_t       left;      /* bytes of the record that was begun */
	uint32_t       file_left; /* of those, the next ones belong to `file` */
	struct nfs_tx *file;      /* NULL: they are skipped */
	bool           continues; /* the next record is one with this one */
};

struct nfs {
	struct nfs_tx_list pending;
	unsigned           n_pending;
	struct known       known[KNOWN_MAX];
	unsigned           next_known;
	struct transfer    transfers[TRANSFERS_MAX];
	unsigned           next_transfer;
	struct side        side[2];
	bool               begun;
};

static struct bytes
bytes_in(const struct pbuf *b)
{
	return bytes_of(b->data, b->len);
}

static bool
same(const struct pbuf *a, struct bytes b)
{
	return a->len == b.left && bytes_starts(&b, a->data, a->len);
}

/* ---- names of handles ---- */

static void
remember(struct nfs *nfs, struct pool *pool, struct bytes handle, struct bytes name)
{
	struct known *k = &nfs->known[nfs->next_known++ % KNOWN_MAX];

	pbuf_release(pool, &k->handle);
	pbuf_release(pool, &k->name);
	(void)pbuf_add(pool, &k->handle, handle.at, handle.left);
	(void)pbuf_add(pool, &k->name, name.at, name.left);
}

static struct bytes
name_of(const struct nfs *nfs, struct bytes handle)
{
	for (unsigned i = 0; i < KNOWN_MAX; i++)
		if (nfs->known[i].handle.len > 0 && same(&nfs->known[i].handle, handle))
			return bytes_in(&nfs->known[i].name);
	return bytes_of(NULL, 0);
}

/* ---- files ---- */

static void
end_transfer(struct proto_env *env, struct transfer *t, enum file_state how)
{
	struct nfs_tx *tx = t->tx;

	if (!tx)
		return;
	t->tx = NULL;
	if (tx->file)
		file_close(env, tx->file, tx->file->gaps ? FILE_TRUNCATED : how);
	tx_complete(&tx->tx, DIR_TOSERVER);
	tx_complete(&tx->tx, DIR_TOCLIENT);
}

static struct transfer *
find_transfer(struct nfs *nfs, int dir, struct bytes handle)
{
	for (unsigned i = 0; i < TRANSFERS_MAX; i++) {
		struct transfer *t = &nfs->transfers[i];

		if (t->tx && t->dir == dir && same(&t->tx->handle, handle))
			return t;
	}
	return NULL;
}

static struct transfer *
begin_transfer(struct nfs *nfs, struct proto_env *env, int dir, const struct nfs_tx *by, struct bytes handle)
{
	struct transfer *t = &nfs->transfers[nfs->next_transfer++ % TRANSFERS_MAX];
	struct nfs_tx   *tx;

	end_transfer(env, t, FILE_TRUNCATED);
	tx = tx_begin(env, sizeof(*tx), PLAIN_COMPLETE);
	if (!tx)
		return NULL;
	*t = (struct transfer){ tx, (uint8_t)dir };
	tx->is_file = true;
	tx->xid = by->xid;
	tx->version = by->version;
	tx->procedure = by->procedure;
	(void)pbuf_add(env->pool, &tx->handle, handle.at, handle.left);
	tx->file = file_open(env, &tx->tx, dir, name_of(nfs, handle));
	return t;
}

/* Contents from `offset` on. What came before is not taken again. */
static struct nfs_tx *
take_data(struct nfs *nfs, struct proto_env *env, int dir, const struct nfs_tx *by, struct bytes handle,
		uint64_t offset, struct bytes data)
{
	struct transfer *t = find_transfer(nfs, dir, handle);

	if (!t)
		t = begin_transfer(nfs, env, dir, by, handle);
	if (!t || !t->tx->file || offset < t->tx->file->size)
		return NULL;
	if (offset > t->tx->file->size)
		file_gap(env, t->tx->file, offset - t->tx->file->size);
	file_append(env, t->tx->file, data);
	tx_advance(&t->tx->tx, dir, PLAIN_STARTED);
	return t->tx;
}

/* ---- calls and answers ---- */

static void
not_pending(struct nfs *nfs, struct nfs_tx *tx)
{
	if (!tx->is_pending)
		return;
	TAILQ_REMOVE(&nfs->pending, tx, pending);
	tx->is_pending = false;
	nfs->n_pending--;
}

static struct nfs_tx *
begin_call(struct nfs *nfs, struct proto_env *env, const struct rpc_call *rpc)
{
	struct nfs_tx *tx = tx_begin(env, sizeof(*tx), PLAIN_COMPLETE), *oldest;

	if (!tx)
		return NULL;
	tx->xid = rpc->xid;
	tx->version = rpc->version;
	tx->procedure = rpc->procedure;
	tx->auth = rpc->auth;
	tx->uid = rpc->uid;
	tx->gid = rpc->gid;
	(void)pbuf_add(env->pool, &tx->machine, rpc->machine.at, rpc->machine.left);
	if (nfs->n_pending >= PENDING_MAX) {
		oldest = TAILQ_LAST(&nfs->pending, nfs_tx_list);
		tx_event(&oldest->tx, NFS_EVENT_TOO_MANY_TRANSACTIONS);
		tx_complete(&oldest->tx, DIR_TOCLIENT);
		not_pending(nfs, oldest);
	}
	TAILQ_INSERT_HEAD(&nfs->pending, tx, pending);
	tx->is_pending = true;
	nfs->n_pending++;
	return tx;
}

/* What is left of a record's file for later calls. */
static void
expect_rest(struct side *side, struct nfs_tx *file, const struct nfs_data *data)
{
	side->file = file;
	side->file_left = data->len - (uint32_t)data->data.left;
}

static void
take_call(struct nfs *nfs, struct proto_env *env, struct bytes record)
{
	struct bytes    in = record;
	struct rpc_call rpc;
	struct nfs_call call;
	struct nfs_tx  *tx;

	if (!rpc_read_call(&rpc, &in) || rpc.program != PROGRAM || !(tx = begin_call(nfs, env, &rpc)))
		return;
	if (rpc.version < 2 || rpc.version > 4)
		tx_event(&tx->tx, NFS_EVENT_NONEXISTENT_VERSION);
	else if (!nfs_read_call(&call, rpc.version, rpc.procedure, in))
		tx_event(&tx->tx, NFS_EVENT_MALFORMED_DATA);
	else {
		struct bytes name = call.name.left > 0 ? call.name : name_of(nfs, call.handle);

		(void)pbuf_add(env->pool, &tx->handle, call.handle.at, call.handle.left);
		(void)pbuf_add(env->pool, &tx->name, name.at, name.left);
		if (call.kind == NFS_WRITES)
			expect_rest(&nfs->side[DIR_TOSERVER],
					take_data(nfs, env, DIR_TOSERVER, tx, call.handle, call.offset,
							call.data.data),
					&call.data);
		if (call.kind == NFS_COMMITS) {
			struct transfer *t = find_transfer(nfs, DIR_TOSERVER, call.handle);

			if (t)
				end_transfer(env, t, FILE_CLOSED);
		}
		tx->call = call;
		tx->call.handle = tx->call.name = tx->call.data.data = bytes_of(NULL, 0);
	}
	tx_complete(&tx->tx, DIR_TOSERVER);
}

static void
take_answer(struct nfs *nfs, struct proto_env *env, struct bytes record)
{
	struct bytes      in = record;
	struct rpc_reply  rpc;
	struct nfs_answer answer;
	struct nfs_tx    *tx;

	if (!rpc_read_reply(&rpc, &in))
		return;
	TAILQ_FOREACH(tx, &nfs->pending, pending)
		if (tx->xid == rpc.xid)
			break;
	if (!tx)
		return;
	not_pending(nfs, tx);
	tx->answered = true;
	tx->denied = rpc.denied;
	if (!rpc.denied && rpc.accept == 0 && !(tx->version == 4 && tx->procedure == 0)) {
		if (!nfs_read_answer(&answer, tx->version, &tx->call, in))
			tx_event(&tx->tx, NFS_EVENT_MALFORMED_DATA);
		tx->status = tx->procedure == 0 ? 0 : answer.status;
		if (answer.handle.left > 0)
			remember(nfs, env->pool, answer.handle, bytes_in(&tx->name));
		if (answer.has_data) {
			struct nfs_tx   *file = take_data(nfs, env, DIR_TOCLIENT, tx, bytes_in(&tx->handle),
					  tx->call.offset, answer.data.data);
			struct transfer *t = find_transfer(nfs, DIR_TOCLIENT, bytes_in(&tx->handle));

			expect_rest(&nfs->side[DIR_TOCLIENT], file, &answer.data);
			if (t && answer.last && nfs->side[DIR_TOCLIENT].file_left == 0)
				end_transfer(env, t, FILE_CLOSED);
		}
	}
	tx_complete(&tx->tx, DIR_TOCLIENT);
}

static void
take_record(struct nfs *nfs, struct proto_env *env, int dir, struct bytes record)
{
	struct side *side = &nfs->side[dir];

	side->file = NULL;
	side->file_left = 0;
	if (dir == DIR_TOSERVER)
		take_call(nfs, env, record);
	else
		take_answer(nfs, env, record);
}

/* ---- records of a stream ---- */

/* More of the record that was begun. */
static size_t
take_rest(struct side *side, struct proto_env *env, struct bytes data)
{
	size_t n = side->left < data.left ? side->left : data.left;
	size_t of_file = side->file_left < n ? side->file_left : n;

	if (of_file > 0 && side->file && side->file->file)
		file_append(env, side->file->file, bytes_of(data.at, of_file));
	side->file_left -= (uint32_t)of_file;
	side->left -= (uint32_t)n;
	return n;
}

/* Returns bytes taken, 0: more is needed, -EBADMSG. */
static int
take_part(struct nfs *nfs, struct proto_env *env, int dir, struct bytes data)
{
	struct side *side = &nfs->side[dir];
	struct bytes in = data;
	uint32_t     mark, len, wait;
	bool         continues = side->continues;

	if (side->left > 0)
		return (int)take_rest(side, env, data);
	mark = bytes_be32(&in);
	len = mark & ~LAST_FRAGMENT;
	if (!bytes_ok(&in))
		return 0;
	if (len > RECORD_MAX || (len < RECORD_MIN && !continues))
		return -EBADMSG;
	wait = len < HEAD_WAIT ? len : HEAD_WAIT;
	if (!continues && in.left < wait)
		return 0;
	side->continues = !(mark & LAST_FRAGMENT);
	side->left = len;
	if (continues)
		return MARK_LEN;
	in.left = in.left < len ? in.left : len;
	appframe_mark(env, dir, APPFRAME_NFS_RPC_PDU, data.at, MARK_LEN + (uint64_t)len);
	take_record(nfs, env, dir, in);
	side->left -= (uint32_t)in.left;
	return (int)(MARK_LEN + in.left);
}

static void
close_all(struct nfs *nfs, struct proto_env *env, int dir)
{
	for (unsigned i = 0; i < TRANSFERS_MAX; i++)
		if (nfs->transfers[i].dir == dir)
			end_transfer(env, &nfs->transfers[i], FILE_CLOSED);
}

static int
nfs_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct nfs *nfs = state;
	size_t      all = data.left;

	(void)gap;
	if (!nfs->begun)
		TAILQ_INIT(&nfs->pending);
	nfs->begun = true;
	if (env->flow->ip_proto == 17) {
		appframe_mark(env, dir, APPFRAME_NFS_RPC_PDU, data.at, data.left);
		take_record(nfs, env, dir, data);
		return (int)all;
	}
	while (data.left > 0) {
		int n = take_part(nfs, env, dir, data);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		bytes_skip(&data, (size_t)n);
	}
	if (flags & PROTO_EOF)
		close_all(nfs, env, dir);
	return (int)(all - data.left);
}

static bool
is_call(struct bytes in)
{
	struct rpc_call rpc;

	bytes_skip(&in, 4);
	if (bytes_be32(&in) != RPC_CALL || bytes_be32(&in) != RPC_VERSION)
		return false;
	rpc.program = bytes_be32(&in);
	rpc.version = bytes_be32(&in);
	return bytes_ok(&in) && rpc.program == PROGRAM && rpc.version >= 2 && rpc.version <= 4;
}

/* A call names its program; an answer names nothing. */
static enum proto_probe
nfs_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct bytes in = data;
	uint32_t     len;

	(void)dir;
	if (is_call(data))
		return PROBE_YES;
	len = bytes_be32(&in) & ~LAST_FRAGMENT;
	if (!bytes_ok(&in))
		return PROBE_MORE;
	if (len < RECORD_MIN || len > RECORD_MAX)
		return PROBE_NO;
	if (in.left < RECORD_MIN)
		return sport == PORT || dport == PORT ? PROBE_MORE : PROBE_NO;
	return is_call(in) ? PROBE_YES : PROBE_NO;
}

static void
nfs_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct nfs    *nfs = state;
	struct nfs_tx *own = (struct nfs_tx *)tx;

	not_pending(nfs, own);
	for (unsigned i = 0; i < TRANSFERS_MAX; i++)
		if (nfs->transfers[i].tx == own)
			nfs->transfers[i].tx = NULL;
	for (int dir = 0; dir < 2; dir++)
		if (nfs->side[dir].file == own)
			nfs->side[dir].file = NULL;
	pbuf_release(env->pool, &own->machine);
	pbuf_release(env->pool, &own->name);
	pbuf_release(env->pool, &own->handle);
	tx_end(env, tx, sizeof(*own));
}

static void
nfs_state_free(void *state, struct proto_env *env)
{
	struct nfs *nfs = state;

	for (unsigned i = 0; i < KNOWN_MAX; i++) {
		pbuf_release(env->pool, &nfs->known[i].handle);
		pbuf_release(env->pool, &nfs->known[i].name);
	}
}

static bool
nfs_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	return file_buffer(tx, b, dir, index, out);
}

static bool
nfs_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	const struct nfs_tx *own = (struct nfs_tx *)tx;

	(void)dir;
	if (own->is_file) /* the call that brought it tells them */
		return false;
	if (n == NUM_NFS_VERSION) {
		*out = own->version;
		return index == 0;
	}
	if (n != NUM_NFS_PROCEDURE)
		return false;
	if (own->call.n_ops > 0) {
		*out = index < own->call.n_ops ? own->call.ops[index] : 0;
		return index < own->call.n_ops;
	}
	*out = own->procedure;
	return index == 0;
}

/* ---- events ---- */

static void
eve_rpc(const struct nfs_tx *tx, struct json *j)
{
	json_obj(j, "rpc");
	json_u64(j, "xid", tx->xid);
	json_str(j, "status", tx->denied ? "DENIED" : "ACCEPTED");
	json_str(j, "auth_type", tx->auth == RPC_AUTH_NULL ? "NULL" : tx->auth == RPC_AUTH_UNIX ? "UNIX" : "OTHER");
	if (tx->auth == RPC_AUTH_UNIX) {
		json_obj(j, "creds");
		json_bytes(j, "machine_name", bytes_in(&tx->machine));
		json_u64(j, "uid", tx->uid);
		json_u64(j, "gid", tx->gid);
		json_obj_end(j);
	}
	json_obj_end(j);
}

static void
eve_status(const struct nfs_tx *tx, struct json *j)
{
	static const char *const names[] = { [0] = "OK", [1] = "ERR_PERM", [2] = "ERR_NOENT", [5] = "ERR_IO",
		[6] = "ERR_NXIO", [13] = "ERR_ACCESS", [17] = "ERR_EXIST", [18] = "ERR_XDEV", [19] = "ERR_NODEV",
		[20] = "ERR_NOTDIR", [21] = "ERR_ISDIR", [22] = "ERR_INVAL", [27] = "ERR_FBIG", [28] = "ERR_NOSPC",
		[30] = "ERR_ROFS", [31] = "ERR_MLINK", [63] = "ERR_NAMETOOLONG", [66] = "ERR_NOTEMPTY",
		[69] = "ERR_DQUOT", [70] = "ERR_STALE", [71] = "ERR_REMOTE" };

	if (tx->status < sizeof(names) / sizeof(names[0]) && names[tx->status])
		json_str(j, "status", names[tx->status]);
	else
		json_u64(j, "status", tx->status);
}

static void
nfs_eve(struct tx *tx, struct json *j)
{
	const struct nfs_tx *own = (struct nfs_tx *)tx;
	const char          *procedure = nfs_procedure_name(own->version, own->procedure);

	eve_rpc(own, j);
	json_obj(j, "nfs");
	json_u64(j, "version", own->version);
	json_str(j, "procedure", procedure ? procedure : "UNKNOWN");
	json_bytes(j, "filename", own->is_file && own->file ? bytes_in(&own->file->name) : bytes_in(&own->name));
	json_u64(j, "id", own->tx.id + 1);
	json_bool(j, "file_tx", own->is_file);
	json_str(j, "type", own->answered || own->is_file ? "response" : "request");
	eve_status(own, j);
	json_obj_end(j);
}

const struct proto nfs_proto = {
	.id = APPPROTO_NFS,
	.over = PROTO_TCP | PROTO_UDP,
	.deep = 1,
	.ports = { PORT },
	.state_size = sizeof(struct nfs),
	.probe = nfs_probe,
	.parse = nfs_parse,
	.tx_free = nfs_tx_free,
	.state_free = nfs_state_free,
	.ops = { .buffer = nfs_buffer, .number = nfs_number },
	.eve = nfs_eve,
};
