/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/ssh.h"

#include "lib/json.h"
#include "rules/app/ssh.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>
#include <openssl/evp.h>

#define BANNER_MAX 255     /* RFC 4253, 4.2, with CR LF */
#define PREAMBLE_MAX 4096u /* bytes of lines that may come before a banner */
#define RECORD_MAX 35000u  /* RFC 4253, 6.1 */
#define HASSH_MAX 8192u    /* text that goes into one fingerprint */
#define MSG_KEXINIT 20
#define MSG_NEWKEYS 21

struct ssh_side {
	struct pbuf proto;
	struct pbuf software;
	struct pbuf hassh_string;
	char        hassh[2 * 16]; /* MD5 in hex, not terminated */
	bool        has_hassh;
};

struct ssh_tx {
	struct tx       tx;
	struct ssh_side side[2];
};

struct ssh {
	struct ssh_tx *tx;
	bool           begun;
	bool           encrypted[2];
	uint32_t       skip[2];     /* rest of a record that is not of interest */
	uint32_t       preamble[2]; /* bytes of lines before the banner */
};

static enum proto_probe
ssh_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	(void)dir, (void)sport, (void)dport;
	if (bytes_starts(&data, "SSH-", 4))
		return PROBE_YES;
	if (data.left < 4 && memcmp("SSH-", data.at, data.left) == 0)
		return PROBE_MORE;
	return PROBE_NO;
}

/* "SSH-" protoversion "-" softwareversion [SP comments] */
static void
parse_banner(struct ssh_tx *tx, struct proto_env *env, int dir, struct bytes line)
{
	struct ssh_side *side = &tx->side[dir];
	struct bytes     proto, software;

	bytes_skip(&line, 4);
	proto = bytes_cut(&line, bytes_find(&line, '-'));
	if (line.left == 0) {
		tx_event(&tx->tx, SSH_EVENT_INVALID_BANNER);
		return;
	}
	bytes_skip(&line, 1);
	software = bytes_cut(&line, bytes_find(&line, ' '));
	(void)pbuf_add(env->pool, &side->proto, proto.at, proto.left);
	(void)pbuf_add(env->pool, &side->software, software.at, software.left);
}

static struct bytes
without_cr(struct bytes line)
{
	if (line.left > 0 && line.at[line.left - 1] == '\r')
		line.left--;
	return line;
}

/* A line that is no banner: a server may greet first (RFC 4253, 4.2), nobody else may. */
static int
skip_preamble(struct ssh *ssh, int dir, size_t len)
{
	if (dir == DIR_TOSERVER)
		tx_event(&ssh->tx->tx, SSH_EVENT_INVALID_BANNER);
	ssh->preamble[dir] += (uint32_t)len;
	if (ssh->preamble[dir] <= PREAMBLE_MAX)
		return 0;
	tx_event(&ssh->tx->tx, SSH_EVENT_INVALID_BANNER);
	return -EBADMSG;
}

/* One line of the part before the records. Returns bytes taken; 0: more is needed. */
static int
take_banner(struct ssh *ssh, struct proto_env *env, int dir, struct bytes data)
{
	struct tx   *tx = &ssh->tx->tx;
	size_t       end = bytes_find(&data, '\n');
	bool         whole = end < data.left;
	bool         is_long = end > BANNER_MAX;
	struct bytes line = bytes_of(data.at, is_long ? BANNER_MAX : end);
	size_t       taken = whole ? end + 1 : data.left;
	int          err;

	if (tx->progress[dir] == SSH_BANNER_WAIT_EOL) {
		if (whole)
			tx_advance(tx, dir, SSH_BANNER_DONE);
		return (int)taken;
	}
	if (!whole && !is_long)
		return 0;
	if (!bytes_starts(&line, "SSH-", 4)) {
		err = skip_preamble(ssh, dir, taken);
		return err ? err : (int)taken;
	}
	if (is_long)
		tx_event(tx, SSH_EVENT_LONG_BANNER);
	parse_banner(ssh->tx, env, dir, without_cr(line));
	env->look_now[dir] = true;
	tx_advance(tx, dir, whole ? SSH_BANNER_DONE : SSH_BANNER_WAIT_EOL);
	return (int)taken;
}

static void
hex(char out[static 32], const uint8_t md5[static 16])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < 16; i++) {
		out[2 * i] = digits[md5[i] >> 4];
		out[2 * i + 1] = digits[md5[i] & 15];
	}
}

/* HASSH: key exchange, ciphers, MACs and compression of the sender's own direction. */
static int
take_kexinit(struct ssh_tx *tx, struct proto_env *env, int dir, struct bytes body)
{
	struct ssh_side *side = &tx->side[dir];
	struct bytes     lists[10];
	const uint8_t    used[] = { 0, dir == DIR_TOSERVER ? 2 : 3,
		dir == DIR_TOSERVER ? 4 : 5, dir == DIR_TOSERVER ? 6 : 7 };
	uint8_t          md5[EVP_MAX_MD_SIZE];

	bytes_skip(&body, 16); /* cookie */
	for (unsigned i = 0; i < 10; i++)
		lists[i] = bytes_cut(&body, bytes_be32(&body));
	if (!bytes_ok(&body))
		return -EBADMSG;
	pbuf_release(env->pool, &side->hassh_string);
	for (unsigned i = 0; i < 4; i++) {
		struct bytes list = lists[used[i]];

		if (side->hassh_string.len + list.left + 1 > HASSH_MAX)
			return -EBADMSG;
		if ((i > 0 && pbuf_add(env->pool, &side->hassh_string, ";", 1) < 0) ||
				pbuf_add(env->pool, &side->hassh_string, list.at, list.left) < 0)
			return 0;
	}
	side->has_hassh = EVP_Digest(side->hassh_string.data, side->hassh_string.len, md5, NULL,
			EVP_md5(), NULL);
	if (side->has_hassh)
		hex(side->hassh, md5);
	return 0;
}

static void
begin_encryption(struct ssh *ssh, struct proto_env *env, int dir)
{
	ssh->encrypted[dir] = true;
	if (ssh->encrypted[!dir])
		env->flow->no_payload = true;
}

static void
mark_record(struct proto_env *env, int dir, const uint8_t *at, uint32_t len)
{
	appframe_mark(env, dir, APPFRAME_SSH_RECORD_PDU, at, 4 + (uint64_t)len);
	appframe_mark(env, dir, APPFRAME_SSH_RECORD_HDR, at, 6);
	if (len > 2)
		appframe_mark(env, dir, APPFRAME_SSH_RECORD_DATA, at + 6, len - 2);
}

/* One binary packet before encryption. Returns bytes taken, 0: more is needed. */
static int
take_record(struct ssh *ssh, struct proto_env *env, int dir, struct bytes data)
{
	struct bytes in = data;
	uint32_t     len = bytes_be32(&in);
	uint8_t      padding = bytes_u8(&in);
	uint8_t      msg = bytes_u8(&in);

	if (!bytes_ok(&in))
		return 0;
	if (len < 2 || len > RECORD_MAX || padding > len - 2) {
		tx_event(&ssh->tx->tx, SSH_EVENT_INVALID_RECORD);
		return -EBADMSG;
	}
	if (msg == MSG_KEXINIT) {
		if (data.left < 4 + (size_t)len)
			return 0;
		mark_record(env, dir, data.at, len);
		if (take_kexinit(ssh->tx, env, dir, bytes_cut(&in, len - 2 - padding)) < 0)
			tx_event(&ssh->tx->tx, SSH_EVENT_INVALID_RECORD);
		tx_advance(&ssh->tx->tx, dir, SSH_FINISHED);
		return (int)(4 + len);
	}
	mark_record(env, dir, data.at, len);
	if (msg == MSG_NEWKEYS)
		begin_encryption(ssh, env, dir);
	ssh->skip[dir] = len - 2;
	return 6;
}

static int
take_skipped(struct ssh *ssh, int dir, struct bytes data)
{
	uint32_t n = data.left < ssh->skip[dir] ? (uint32_t)data.left : ssh->skip[dir];

	ssh->skip[dir] -= n;
	return (int)n;
}

static int
take_one(struct ssh *ssh, struct proto_env *env, int dir, struct bytes data)
{
	if (ssh->encrypted[dir])
		return (int)data.left;
	if (ssh->skip[dir] > 0)
		return take_skipped(ssh, dir, data);
	if (ssh->tx->tx.progress[dir] < SSH_BANNER_DONE)
		return take_banner(ssh, env, dir, data);
	return take_record(ssh, env, dir, data);
}

static bool
ssh_begin(struct ssh *ssh, struct proto_env *env)
{
	if (ssh->begun)
		return ssh->tx != NULL;
	ssh->begun = true;
	ssh->tx = tx_begin(env, sizeof(*ssh->tx), SSH_COMPLETE);
	if (!ssh->tx)
		return false;
	tx_advance(&ssh->tx->tx, DIR_TOSERVER, SSH_IN_PROGRESS);
	tx_advance(&ssh->tx->tx, DIR_TOCLIENT, SSH_IN_PROGRESS);
	return true;
}

static int
ssh_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct ssh *ssh = state;
	size_t      all = data.left;

	(void)gap;
	if (!ssh_begin(ssh, env))
		return (int)all;
	while (data.left > 0) {
		int n = take_one(ssh, env, dir, data);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		bytes_skip(&data, (size_t)n);
	}
	if (flags & PROTO_EOF)
		tx_complete(&ssh->tx->tx, dir);
	return (int)(all - data.left);
}

static void
ssh_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct ssh    *ssh = state;
	struct ssh_tx *own = (struct ssh_tx *)tx;

	for (unsigned i = 0; i < 2; i++) {
		pbuf_release(env->pool, &own->side[i].proto);
		pbuf_release(env->pool, &own->side[i].software);
		pbuf_release(env->pool, &own->side[i].hassh_string);
	}
	if (ssh->tx == own)
		ssh->tx = NULL;
	tx_end(env, tx, sizeof(*own));
}

static void
ssh_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on the transaction */
}

static bool
ssh_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct ssh_side *side = &((struct ssh_tx *)tx)->side[dir];

	if (index > 0)
		return false;
	switch (b) {
	case BUF_SSH_PROTO:
		return view_whole(out, &side->proto);
	case BUF_SSH_SOFTWARE:
		return view_whole(out, &side->software);
	case BUF_SSH_HASSH:
	case BUF_SSH_HASSH_SERVER:
		*out = (struct view){ .data = bytes_of(side->hassh, sizeof(side->hassh)),
			.ended = true };
		return side->has_hassh;
	case BUF_SSH_HASSH_STRING:
	case BUF_SSH_HASSH_SERVER_STRING:
		return side->has_hassh && view_whole(out, &side->hassh_string);
	default:
		return false;
	}
}

static void
eve_side(const struct ssh_side *side, struct json *j, const char *key)
{
	if (side->proto.len == 0)
		return;
	json_obj(j, key);
	json_bytes(j, "proto_version", bytes_of(side->proto.data, side->proto.len));
	json_bytes(j, "software_version", bytes_of(side->software.data, side->software.len));
	if (side->has_hassh) {
		json_obj(j, "hassh");
		json_bytes(j, "hash", bytes_of(side->hassh, sizeof(side->hassh)));
		json_bytes(j, "string",
				bytes_of(side->hassh_string.data, side->hassh_string.len));
		json_obj_end(j);
	}
	json_obj_end(j);
}

static void
ssh_eve(struct tx *tx, struct json *j)
{
	struct ssh_tx *own = (struct ssh_tx *)tx;

	json_obj(j, "ssh");
	eve_side(&own->side[DIR_TOSERVER], j, "client");
	eve_side(&own->side[DIR_TOCLIENT], j, "server");
	json_obj_end(j);
}

const struct proto ssh_proto = {
	.id = APPPROTO_SSH,
	.over = PROTO_TCP,
	.ports = { 22 },
	.state_size = sizeof(struct ssh),
	.probe = ssh_probe,
	.parse = ssh_parse,
	.tx_free = ssh_tx_free,
	.state_free = ssh_state_free,
	.ops = { .buffer = ssh_buffer },
	.eve = ssh_eve,
};
