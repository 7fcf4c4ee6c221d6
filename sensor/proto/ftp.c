/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/ftp.h"

#include "lib/json.h"
#include "rules/app/ftp.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/proto/ftp_data.h"
#include "sensor/proto/line.h"
#include "sensor/settings.h"
#include "sensor/tx.h"

#include <ctype.h>

#define LINE_MAX_LEN 4096u
#define REPLIES_MAX 256u  /* lines kept of one transaction */
#define COMMAND_MAX 32u

enum verb_kind { VERB_OTHER, VERB_PORT, VERB_EPRT, VERB_PASV, VERB_EPSV, VERB_RETR, VERB_STOR,
	VERB_AUTH };

static const struct verb {
	const char    *name;
	enum verb_kind kind;
} verbs[] = {
	{ "PORT", VERB_PORT },
	{ "EPRT", VERB_EPRT },
	{ "PASV", VERB_PASV },
	{ "EPSV", VERB_EPSV },
	{ "RETR", VERB_RETR },
	{ "STOR", VERB_STOR },
	{ "STOU", VERB_STOR },
	{ "APPE", VERB_STOR },
	{ "AUTH", VERB_AUTH },
};

struct reply {
	struct reply *next;
	uint16_t      len;
	uint8_t       text_at; /* 0: a line without a code in front, else where its text begins */
	uint8_t       line[];
};

struct ftp_tx {
	struct tx     tx;
	struct pbuf   command, data;
	struct reply *replies, **replies_end;
	uint16_t      n_replies;
	uint16_t      port; /* of the data connection that this command arranged */
	uint8_t       kind; /* enum verb_kind */
	bool          command_cut, reply_cut;
	bool          replied;
};

struct ftp {
	bool     skipping[2];
	bool     passive;
	bool     switched; /* to TLS: no line after this one is ours */
	uint16_t port;      /* where the next data connection goes, 0: not known */
	uint16_t multiline; /* code of the reply whose last line is still to come */
	unsigned n_open;
};

static const char *const openings[] = { "USER ", "PASS ", "PORT ", "AUTH TLS", "AUTH SSL", "FEAT\r",
	"SYST\r", "PASV\r", "EPSV\r", "EPRT " };

/* A server's "220 " opens SMTP as well, so there the port or the word FTP decides. */
static enum proto_probe
probe_server(struct bytes data, bool on_port)
{
	if (data.left < 4)
		return memcmp("220", data.at, data.left < 3 ? data.left : 3) == 0 ? PROBE_MORE : PROBE_NO;
	if (!bytes_starts(&data, "220 ", 4) && !bytes_starts(&data, "220-", 4))
		return PROBE_NO;
	if (on_port || memmem(data.at, data.left, "FTP", 3))
		return PROBE_YES;
	return PROBE_NO;
}

static enum proto_probe
ftp_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	enum proto_probe best = PROBE_NO;

	if (dir == DIR_TOCLIENT)
		return probe_server(data, sport == 21 || dport == 21);
	if (sport == 110 || dport == 110) /* POP3 knows USER, too */
		return PROBE_NO;
	for (unsigned i = 0; i < sizeof(openings) / sizeof(*openings); i++) {
		size_t len = strlen(openings[i]);

		if (strncasecmp(openings[i], (const char *)data.at,
				    len < data.left ? len : data.left) != 0)
			continue;
		if (data.left >= len)
			return PROBE_YES;
		best = PROBE_MORE;
	}
	return best;
}

static struct ftp_tx *
new_tx(struct ftp *ftp, struct proto_env *env)
{
	struct ftp_tx *tx = tx_begin(env, sizeof(*tx), FTP_COMPLETE);

	if (!tx)
		return NULL;
	tx->replies_end = &tx->replies;
	ftp->n_open++;
	return tx;
}

static void
complete(struct ftp *ftp, struct ftp_tx *tx)
{
	tx_complete(&tx->tx, DIR_TOSERVER);
	tx_complete(&tx->tx, DIR_TOCLIENT);
	ftp->n_open--;
}

static struct ftp_tx *
oldest_open(struct proto_env *env)
{
	struct tx *tx;

	TAILQ_FOREACH (tx, &env->flow->txs, link)
		if (!tx_is_complete(tx, DIR_TOCLIENT))
			return (struct ftp_tx *)tx;
	return NULL;
}

static enum verb_kind
kind_of(struct bytes name)
{
	for (unsigned i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (bytes_is_nocase(name, verbs[i].name))
			return verbs[i].kind;
	return VERB_OTHER;
}

/* Next decimal number of at most `max`, up to and without the byte `end` (0: whatever is no digit). */
static bool
take_number(struct bytes *in, char end, unsigned max, unsigned *out)
{
	bool any = false;

	*out = 0;
	while (in->left > 0 && isdigit(in->at[0])) {
		*out = 10 * *out + bytes_u8(in) - '0';
		any = true;
		if (*out > max)
			return false;
	}
	return any && (end == 0 || bytes_u8(in) == (uint8_t)end);
}

/* h1,h2,h3,h4,p1,p2 (RFC 959, 4.1.2). 0 when it is not that. */
static uint16_t
port_of_port(struct bytes arg)
{
	unsigned n[6] = { 0 };

	for (unsigned i = 0; i < 6; i++)
		if (!take_number(&arg, i < 5 ? ',' : 0, 255, &n[i]))
			return 0;
	return (uint16_t)(n[4] << 8 | n[5]);
}

/* |1|10.0.0.1|5678| with any delimiter (RFC 2428, 2); the address is not needed. */
static uint16_t
port_of_eprt(struct bytes arg)
{
	uint8_t  delimiter = bytes_u8(&arg);
	unsigned port;

	for (unsigned i = 0; i < 2; i++) {
		bytes_skip(&arg, bytes_find(&arg, delimiter));
		bytes_skip(&arg, 1);
	}
	return take_number(&arg, (char)delimiter, 65535, &port) ? (uint16_t)port : 0;
}

/* "Entering Passive Mode (h1,…,p2)." and "Entering Extended Passive Mode (|||port|)" */
static uint16_t
port_of_reply(struct bytes text, enum verb_kind kind)
{
	bytes_skip(&text, bytes_find(&text, '('));
	bytes_skip(&text, 1);
	return kind == VERB_PASV ? port_of_port(text) : port_of_eprt(text);
}

static void
announce_transfer(struct ftp *ftp, struct proto_env *env, struct ftp_tx *tx, struct bytes name)
{
	struct ftp_data_cookie cookie = { .upload = tx->kind == VERB_STOR };
	size_t                 len = tx->command.len;

	if (ftp->port == 0) {
		tx_event(&tx->tx, FTP_EVENT_FILE_BEFORE_PORT);
		return;
	}
	if (name.left == 0) {
		tx_event(&tx->tx, FTP_EVENT_FILE_WITHOUT_NAME);
		return;
	}
	memcpy(cookie.command, tx->command.data,
			len < sizeof(cookie.command) ? len : sizeof(cookie.command) - 1);
	cookie.name_len = name.left < FTP_DATA_NAME_MAX ? (uint16_t)name.left : FTP_DATA_NAME_MAX;
	memcpy(cookie.name, name.at, cookie.name_len);
	env->expect(env, &env->flow->addr[ftp->passive], ftp->port, APPPROTO_FTP_DATA, &cookie,
			sizeof(cookie));
	ftp->port = 0;
}

static void
act_on_command(struct ftp *ftp, struct proto_env *env, struct ftp_tx *tx, struct bytes arg)
{
	switch (tx->kind) {
	case VERB_PORT:
	case VERB_EPRT:
		tx->port = tx->kind == VERB_PORT ? port_of_port(arg) : port_of_eprt(arg);
		ftp->port = tx->port;
		ftp->passive = false;
		break;
	case VERB_RETR:
	case VERB_STOR:
		announce_transfer(ftp, env, tx, arg);
		break;
	default:
		break;
	}
}

static int
add_upper(struct pool *pool, struct pbuf *to, struct bytes word)
{
	char   text[COMMAND_MAX];
	size_t len = word.left < sizeof(text) ? word.left : sizeof(text);

	for (size_t i = 0; i < len; i++)
		text[i] = (char)toupper(word.at[i]);
	return pbuf_add(pool, to, text, len);
}

static void
take_command(struct ftp *ftp, struct proto_env *env, const struct line *line)
{
	struct bytes   arg = line->text, verb = line_word(&arg);
	struct tx     *last = TAILQ_LAST(&env->flow->txs, tx_list);
	struct ftp_tx *tx;

	if (ftp->n_open >= proto_settings(env)->ftp_txs) {
		if (last)
			tx_event(last, FTP_EVENT_TOO_MANY_TRANSACTIONS);
		return;
	}
	tx = new_tx(ftp, env);
	if (!tx)
		return;
	while (arg.left > 0 && arg.at[arg.left - 1] == ' ')
		arg.left--;
	tx->command_cut = line->cut;
	tx->kind = (uint8_t)kind_of(verb);
	(void)add_upper(env->pool, &tx->command, verb);
	(void)pbuf_add(env->pool, &tx->data, arg.at, arg.left);
	if (line->cut)
		tx_event(&tx->tx, FTP_EVENT_REQUEST_COMMAND_TOO_LONG);
	act_on_command(ftp, env, tx, arg);
	tx->tx.updated[DIR_TOSERVER] = true;
}

static void
keep_reply(struct ftp_tx *tx, struct proto_env *env, struct bytes line, size_t text_at)
{
	struct reply *r;

	if (tx->n_replies >= REPLIES_MAX) {
		tx->reply_cut = true;
		return;
	}
	r = pool_get(env->pool, sizeof(*r) + line.left);
	if (!r) {
		tx->reply_cut = true;
		return;
	}
	*r = (struct reply){ .len = (uint16_t)line.left, .text_at = (uint8_t)text_at };
	if (line.left > 0)
		memcpy(r->line, line.at, line.left);
	*tx->replies_end = r;
	tx->replies_end = &r->next;
	tx->n_replies++;
}

static void
act_on_reply(struct ftp *ftp, struct proto_env *env, struct ftp_tx *tx, unsigned code,
		struct bytes text)
{
	if ((tx->kind == VERB_PASV && code == 227) || (tx->kind == VERB_EPSV && code == 229)) {
		tx->port = port_of_reply(text, tx->kind);
		ftp->port = tx->port;
		ftp->passive = true;
	} else if (tx->kind == VERB_AUTH && code == 234) {
		env->switch_to(env, APPPROTO_TLS);
		ftp->switched = true;
	}
}

/* "220-first", any lines, "220 last" (RFC 959, 4.2). Does the reply end with this line? */
static bool
reply_ends(struct ftp *ftp, unsigned code, struct bytes line)
{
	bool dash = line.left > 3 && line.at[3] == '-';

	if (ftp->multiline != 0) {
		if (code != ftp->multiline || dash)
			return false;
		ftp->multiline = 0;
		return true;
	}
	if (code != 0 && dash) {
		ftp->multiline = (uint16_t)code;
		return false;
	}
	return true;
}

static void
take_reply(struct ftp *ftp, struct proto_env *env, const struct line *line)
{
	struct ftp_tx *tx = oldest_open(env);
	struct bytes   text = line->text;
	unsigned       code = line_code(text);
	bool           ends = reply_ends(ftp, code, text);
	size_t         text_at = !ends || code == 0 ? 0 : text.left > 3 ? 4 : 3;

	if (!tx)
		tx = new_tx(ftp, env);
	if (!tx)
		return;
	keep_reply(tx, env, text, text_at);
	tx->replied = true;
	if (line->cut) {
		tx->reply_cut = true;
		tx_event(&tx->tx, FTP_EVENT_RESPONSE_COMMAND_TOO_LONG);
	}
	tx->tx.updated[DIR_TOCLIENT] = true;
	if (!ends || (code >= 100 && code < 200))
		return;
	bytes_skip(&text, text_at);
	act_on_reply(ftp, env, tx, code, text);
	complete(ftp, tx);
}

static void
complete_all(struct ftp *ftp, struct proto_env *env)
{
	struct ftp_tx *tx;

	while ((tx = oldest_open(env)))
		complete(ftp, tx);
}

static int
ftp_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct ftp *ftp = state;
	size_t      all = data.left;
	struct line line;

	(void)gap;
	while (!ftp->switched && line_take(&line, &data, LINE_MAX_LEN, &ftp->skipping[dir])) {
		appframe_mark(env, dir, dir == DIR_TOSERVER ? APPFRAME_FTP_COMMAND_LINE : APPFRAME_FTP_RESPONSE_LINE,
				line.text.at, line.text.left);
		if (dir == DIR_TOSERVER)
			take_command(ftp, env, &line);
		else
			take_reply(ftp, env, &line);
	}
	if ((flags & PROTO_EOF) && dir == DIR_TOCLIENT)
		complete_all(ftp, env);
	return (int)(all - data.left);
}

static void
ftp_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct ftp_tx *own = (struct ftp_tx *)tx;
	struct ftp    *ftp = state;

	if (!tx_is_complete(tx, DIR_TOCLIENT))
		ftp->n_open--;
	while (own->replies) {
		struct reply *r = own->replies;

		own->replies = r->next;
		pool_put(env->pool, r, sizeof(*r) + r->len);
	}
	pbuf_release(env->pool, &own->command);
	pbuf_release(env->pool, &own->data);
	tx_end(env, tx, sizeof(*own));
}

static void
ftp_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env; /* everything hangs on transactions */
}

/* The index-th reply; `coded`: of those with a code. */
static const struct reply *
reply_at(const struct ftp_tx *tx, unsigned index, bool coded)
{
	const struct reply *r = tx->replies;

	for (; r; r = r->next) {
		if (coded && r->text_at == 0)
			continue;
		if (index-- == 0)
			return r;
	}
	return NULL;
}

static bool
reply_view(const struct reply *r, enum buffer b, struct view *out)
{
	if (!r)
		return false;
	if (b == BUF_FTP_COMPLETION_CODE)
		out->data = bytes_of(r->line, 3);
	else
		out->data = bytes_of(r->line + r->text_at, r->len - r->text_at);
	out->start = 0;
	out->ended = true;
	return true;
}

/* A greeting, and what comes unasked, is no answer: it can be read in EVE but not matched. */
static bool
ftp_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct ftp_tx *own = (struct ftp_tx *)tx;

	(void)dir;
	switch (b) {
	case BUF_FTP_COMMAND:
		return index == 0 && view_whole(out, &own->command);
	case BUF_FTP_COMMAND_DATA:
		return index == 0 && view_whole(out, &own->data);
	case BUF_FTP_REPLY:
	case BUF_FTP_COMPLETION_CODE:
		return own->command.len > 0 &&
				reply_view(reply_at(own, index, b == BUF_FTP_COMPLETION_CODE), b, out);
	default:
		return false;
	}
}

static bool
is_passive(const struct ftp_tx *tx)
{
	return tx->kind == VERB_PASV || tx->kind == VERB_EPSV;
}

static bool
is_active(const struct ftp_tx *tx)
{
	return tx->kind == VERB_PORT || tx->kind == VERB_EPRT;
}

static bool
ftp_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct ftp_tx *own = (struct ftp_tx *)tx;

	(void)dir;
	if (index > 0)
		return false;
	switch (n) {
	case NUM_FTP_DYNAMIC_PORT:
		*out = own->port;
		return own->port != 0;
	case NUM_FTP_MODE:
		*out = is_active(own) ? FTP_MODE_ACTIVE : FTP_MODE_PASSIVE;
		return is_active(own) || is_passive(own);
	case NUM_FTP_REPLY_RECEIVED:
		*out = own->replied;
		return own->command.len > 0;
	default:
		return false;
	}
}

static void
eve_replies(const struct ftp_tx *tx, struct json *j)
{
	const struct reply *r;

	if (reply_at(tx, 0, true)) {
		json_arr(j, "completion_code");
		for (r = tx->replies; r; r = r->next)
			if (r->text_at > 0)
				json_bytes(j, NULL, bytes_of(r->line, 3));
		json_arr_end(j);
	}
	if (tx->replies) {
		json_arr(j, "reply");
		for (r = tx->replies; r; r = r->next)
			json_bytes(j, NULL, bytes_of(r->line + r->text_at, r->len - r->text_at));
		json_arr_end(j);
	}
}

static void
ftp_eve(struct tx *tx, struct json *j)
{
	struct ftp_tx *own = (struct ftp_tx *)tx;

	json_obj(j, "ftp");
	if (own->command.len > 0)
		json_bytes(j, "command", bytes_of(own->command.data, own->command.len));
	if (own->data.len > 0) {
		json_bytes(j, "command_data", bytes_of(own->data.data, own->data.len));
		json_bool(j, "command_truncated", own->command_cut);
	}
	eve_replies(own, j);
	if (own->port != 0)
		json_u64(j, "dynamic_port", own->port);
	if (is_active(own) || is_passive(own))
		json_str(j, "mode", is_active(own) ? "active" : "passive");
	json_str(j, "reply_received", own->replied ? "yes" : "no");
	json_bool(j, "reply_truncated", own->reply_cut);
	json_obj_end(j);
}

const struct proto ftp_proto = {
	.id = APPPROTO_FTP,
	.over = PROTO_TCP,
	.ports = { 21 },
	.state_size = sizeof(struct ftp),
	.probe = ftp_probe,
	.parse = ftp_parse,
	.tx_free = ftp_tx_free,
	.state_free = ftp_state_free,
	.ops = { .buffer = ftp_buffer, .number = ftp_number },
	.eve = ftp_eve,
};
