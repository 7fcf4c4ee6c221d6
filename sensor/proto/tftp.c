/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/tftp.h"

#include "lib/json.h"
#include "rules/app/tftp.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>

#define OPCODE_READ 1
#define OPCODE_WRITE 2
#define OPCODE_MAX 6 /* RFC 2347 */
#define NAME_MAX_LEN 512u

struct tftp_tx {
	struct tx   tx;
	uint16_t    opcode;
	struct pbuf file, mode;
};

struct request {
	uint16_t     opcode;
	struct bytes file, mode;
};

static struct bytes
take_string(struct bytes *in)
{
	struct bytes text = bytes_cut(in, bytes_find(in, 0));

	bytes_skip(in, 1);
	return text;
}

static bool
is_mode(struct bytes mode)
{
	return bytes_is_nocase(mode, "octet") || bytes_is_nocase(mode, "netascii") ||
			bytes_is_nocase(mode, "mail");
}

static bool
read_request(struct request *out, struct bytes in)
{
	out->opcode = bytes_be16(&in);
	out->file = take_string(&in);
	out->mode = take_string(&in);
	return bytes_ok(&in) && (out->opcode == OPCODE_READ || out->opcode == OPCODE_WRITE) &&
			out->file.left > 0 && out->file.left <= NAME_MAX_LEN && is_mode(out->mode);
}

static enum proto_probe
tftp_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct request r;

	(void)dir, (void)sport, (void)dport;
	return read_request(&r, data) ? PROBE_YES : PROBE_NO;
}

static int
tftp_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct bytes    in = data;
	uint16_t        opcode = bytes_be16(&in);
	struct request  r;
	struct tftp_tx *tx;

	(void)state, (void)dir, (void)flags, (void)gap;
	if (opcode == 0 || opcode > OPCODE_MAX)
		return -EBADMSG;
	if (!read_request(&r, data))
		return (int)data.left;
	tx = tx_begin(env, sizeof(*tx), TFTP_COMPLETE);
	if (!tx)
		return (int)data.left;
	tx->opcode = r.opcode;
	(void)pbuf_add(env->pool, &tx->file, r.file.at, r.file.left);
	(void)pbuf_add(env->pool, &tx->mode, r.mode.at, r.mode.left);
	tx_complete(&tx->tx, DIR_TOSERVER);
	tx_complete(&tx->tx, DIR_TOCLIENT);
	return (int)data.left;
}

static void
tftp_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct tftp_tx *own = (struct tftp_tx *)tx;

	(void)state;
	pbuf_release(env->pool, &own->file);
	pbuf_release(env->pool, &own->mode);
	tx_end(env, tx, sizeof(*own));
}

static void
tftp_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* requests share nothing */
}

static bool
tftp_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	(void)tx, (void)b, (void)dir, (void)index, (void)out;
	return false;
}

static void
tftp_eve(struct tx *tx, struct json *j)
{
	struct tftp_tx *own = (struct tftp_tx *)tx;

	json_obj(j, "tftp");
	json_str(j, "packet", own->opcode == OPCODE_READ ? "read" : "write");
	json_bytes(j, "file", bytes_of(own->file.data, own->file.len));
	json_bytes(j, "mode", bytes_of(own->mode.data, own->mode.len));
	json_obj_end(j);
}

const struct proto tftp_proto = {
	.id = APPPROTO_TFTP,
	.over = PROTO_UDP,
	.ports = { 69 },
	.state_size = 1,
	.probe = tftp_probe,
	.parse = tftp_parse,
	.tx_free = tftp_tx_free,
	.state_free = tftp_state_free,
	.ops = { .buffer = tftp_buffer },
	.eve = tftp_eve,
};
