/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/ftp_data.h"

#include "lib/json.h"
#include "rules/app/ftp_data.h"
#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

struct ftp_data_tx {
	struct tx              tx;
	struct file           *file;
	struct ftp_data_cookie cookie;
};

struct ftp_data {
	struct ftp_data_cookie cookie; /* first: the sensor puts it there */
	struct ftp_data_tx    *tx;
	bool                   begun;
};

static enum proto_probe
ftp_data_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	(void)data, (void)dir, (void)sport, (void)dport;
	return PROBE_NO;
}

/* The file travels where the first bytes do. */
static bool
begin(struct ftp_data *state, struct proto_env *env, int dir)
{
	struct ftp_data_tx *tx;

	if (state->begun)
		return state->tx != NULL;
	state->begun = true;
	tx = tx_begin(env, sizeof(*tx), FTP_DATA_COMPLETE);
	if (!tx)
		return false;
	tx->cookie = state->cookie;
	tx->file = file_open(env, &tx->tx, dir, bytes_of(tx->cookie.name, tx->cookie.name_len));
	tx_advance(&tx->tx, DIR_TOSERVER, FTP_DATA_STARTED);
	tx_advance(&tx->tx, DIR_TOCLIENT, FTP_DATA_STARTED);
	state->tx = tx;
	return true;
}

static int
ftp_data_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct ftp_data *own = state;
	struct file     *file;

	if (data.left == 0 && !own->begun)
		return 0;
	if (!begin(own, env, dir))
		return (int)data.left;
	file = own->tx->file;
	if (file && file->dir == dir) {
		if (flags & PROTO_GAP)
			file_gap(env, file, gap);
		file_append(env, file, data);
		if (flags & PROTO_EOF)
			file_close(env, file, file->gaps ? FILE_TRUNCATED : FILE_CLOSED);
	}
	own->tx->tx.updated[dir] = true;
	if (flags & PROTO_EOF)
		tx_complete(&own->tx->tx, dir);
	return (int)data.left;
}

static void
ftp_data_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct ftp_data *own = state;

	if (own->tx && &own->tx->tx == tx)
		own->tx = NULL;
	tx_end(env, tx, sizeof(struct ftp_data_tx));
}

static void
ftp_data_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on the transaction */
}

static bool
ftp_data_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct ftp_data_tx *own = (struct ftp_data_tx *)tx;

	if (b != BUF_FTPDATA_COMMAND)
		return file_buffer(tx, b, dir, index, out);
	*out = (struct view){ .data = bytes_str(own->cookie.command), .ended = true };
	return index == 0 && out->data.left > 0;
}

static void
ftp_data_eve(struct tx *tx, struct json *j)
{
	struct ftp_data_tx *own = (struct ftp_data_tx *)tx;

	json_obj(j, "ftp_data");
	if (own->cookie.name_len > 0)
		json_bytes(j, "filename", bytes_of(own->cookie.name, own->cookie.name_len));
	json_str(j, "command", own->cookie.command);
	json_obj_end(j);
}

const struct proto ftp_data_proto = {
	.id = APPPROTO_FTP_DATA,
	.over = PROTO_TCP,
	.deep = 1,
	.gaps = 1,
	.state_size = sizeof(struct ftp_data),
	.probe = ftp_data_probe,
	.parse = ftp_data_parse,
	.tx_free = ftp_data_tx_free,
	.state_free = ftp_data_state_free,
	.ops = { .buffer = ftp_data_buffer },
	.eve = ftp_data_eve,
};
