/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/smtp.h"

#include "rules/app/smtp.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/proto/line.h"
#include "sensor/proto/mime.h"
#include "sensor/proto/smtp_tx.h"
#include "sensor/settings.h"
#include "sensor/tx.h"

#include <strings.h>

#define LINE_LEN_MAX 4096u
#define QUEUE_MAX 64u    /* commands whose reply is still to come; more are not matched */

enum verb { VERB_OTHER, VERB_HELO, VERB_MAIL, VERB_RCPT, VERB_DATA, VERB_BDAT, VERB_RSET,
	VERB_STARTTLS, VERB_QUIT, VERB_NOOP };

static const struct {
	const char *text;
	enum verb   verb;
} verbs[] = {
	{ "HELO", VERB_HELO },
	{ "EHLO", VERB_HELO },
	{ "MAIL FROM:", VERB_MAIL },
	{ "RCPT TO:", VERB_RCPT },
	{ "DATA", VERB_DATA },
	{ "BDAT", VERB_BDAT },
	{ "RSET", VERB_RSET },
	{ "STARTTLS", VERB_STARTTLS },
	{ "QUIT", VERB_QUIT },
	{ "NOOP", VERB_NOOP },
};

enum mode { MODE_COMMANDS, MODE_DATA, MODE_BDAT };

struct smtp {
	struct smtp_tx *tx;          /* the mail under way, NULL: none */
	struct pbuf     helo;
	struct pbuf     partial;     /* BDAT: a line that goes on in the next chunk */
	uint64_t        bdat_left;
	bool            bdat_last;
	bool            skipping[2];
	bool            mid_line;    /* of the message: the last piece did not end its line */
	bool            greeted;     /* the server's first reply was seen */
	bool            data_asked;  /* DATA is not answered yet */
	bool            switched;    /* to TLS */
	uint8_t         mode;
	uint8_t         queue[QUEUE_MAX]; /* ring of enum verb, oldest at queue_at */
	uint8_t         queue_at, n_queued;
};

static enum proto_probe
probe_server(struct bytes data, bool on_port)
{
	if (data.left < 4)
		return memcmp("220", data.at, data.left < 3 ? data.left : 3) == 0 ? PROBE_MORE : PROBE_NO;
	if (!bytes_starts(&data, "220 ", 4) && !bytes_starts(&data, "220-", 4))
		return PROBE_NO;
	return on_port || memmem(data.at, data.left, "SMTP", 4) ? PROBE_YES : PROBE_NO;
}

static bool
is_port(uint16_t port)
{
	return port == 25 || port == 587 || port == 465;
}

static enum proto_probe
smtp_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	static const char *const openings[] = { "EHLO ", "HELO ", "MAIL FROM:" };
	enum proto_probe         best = PROBE_NO;

	if (dir == DIR_TOCLIENT)
		return probe_server(data, is_port(sport) || is_port(dport));
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

static void
event(struct smtp *smtp, enum smtp_event e)
{
	if (smtp->tx)
		tx_event(&smtp->tx->tx, e);
}

/* ---- commands that wait for their reply ---- */

static void
queue_push(struct smtp *smtp, enum verb verb)
{
	if (smtp->n_queued < QUEUE_MAX)
		smtp->queue[(smtp->queue_at + smtp->n_queued++) % QUEUE_MAX] = (uint8_t)verb;
}

static enum verb
queue_pop(struct smtp *smtp)
{
	enum verb verb;

	if (smtp->n_queued == 0)
		return VERB_OTHER;
	verb = smtp->queue[smtp->queue_at];
	smtp->queue_at = (smtp->queue_at + 1) % QUEUE_MAX;
	smtp->n_queued--;
	return verb;
}

/* ---- the message ---- */

static void
note_mime_events(struct smtp *smtp)
{
	static const struct {
		unsigned        wrong;
		enum smtp_event event;
	} rows[] = {
		{ MIME_INVALID_BASE64, SMTP_EVENT_MIME_INVALID_BASE64 },
		{ MIME_INVALID_QP, SMTP_EVENT_MIME_INVALID_QP },
		{ MIME_LONG_LINE, SMTP_EVENT_MIME_LONG_LINE },
		{ MIME_LONG_ENC_LINE, SMTP_EVENT_MIME_LONG_ENC_LINE },
		{ MIME_LONG_HEADER_NAME, SMTP_EVENT_MIME_LONG_HEADER_NAME },
		{ MIME_LONG_HEADER_VALUE, SMTP_EVENT_MIME_LONG_HEADER_VALUE },
		{ MIME_LONG_BOUNDARY, SMTP_EVENT_MIME_LONG_BOUNDARY },
		{ MIME_LONG_FILENAME, SMTP_EVENT_MIME_LONG_FILENAME },
	};
	unsigned wrong = mime_wrong(smtp->tx->mime);

	for (unsigned i = 0; wrong != 0 && i < sizeof(rows) / sizeof(*rows); i++)
		if (wrong & rows[i].wrong)
			tx_event(&smtp->tx->tx, rows[i].event);
}

static void
begin_message(struct smtp *smtp, struct proto_env *env, enum mode mode)
{
	smtp->mode = (uint8_t)mode;
	smtp->mid_line = false;
	if (!smtp->tx)
		return;
	if (!smtp->tx->mime)
		smtp->tx->mime = mime_new(env, &smtp->tx->tx, DIR_TOSERVER);
	tx_advance(&smtp->tx->tx, DIR_TOSERVER, SMTP_DATA);
	tx_advance(&smtp->tx->tx, DIR_TOCLIENT, SMTP_DATA);
}

static void
end_tx(struct smtp *smtp)
{
	if (!smtp->tx)
		return;
	tx_complete(&smtp->tx->tx, DIR_TOSERVER);
	tx_complete(&smtp->tx->tx, DIR_TOCLIENT);
	smtp->tx = NULL;
}

static void
end_message(struct smtp *smtp, struct proto_env *env, bool whole)
{
	smtp->mode = MODE_COMMANDS;
	smtp->data_asked = false;
	smtp->partial.len = 0;
	if (!smtp->tx)
		return;
	mime_end(smtp->tx->mime, env, whole);
	note_mime_events(smtp);
	end_tx(smtp);
}

static void
take_piece(struct smtp *smtp, struct proto_env *env, struct bytes piece)
{
	if (!smtp->tx)
		return;
	mime_take(smtp->tx->mime, env, piece);
	note_mime_events(smtp);
	smtp->tx->tx.updated[DIR_TOSERVER] = true;
}

/* A line with its end, or what is too long to wait for it. False: wait. */
static bool
next_piece(struct bytes *data, struct bytes *piece, bool all)
{
	size_t end = bytes_find(data, '\n');

	if (end < data->left)
		*piece = bytes_cut(data, end + 1);
	else if (data->left >= LINE_LEN_MAX || (all && data->left > 0))
		*piece = bytes_cut(data, data->left);
	else
		return false;
	return true;
}

/* One line of DATA, its dot taken off (RFC 5321, 4.5.2). False: wait. */
static bool
take_data(struct smtp *smtp, struct proto_env *env, struct bytes *data, bool eof)
{
	struct bytes piece;

	if (!next_piece(data, &piece, eof))
		return false;
	if (!smtp->mid_line && piece.at[0] == '.') {
		if (bytes_is(piece, ".\r\n") || bytes_is(piece, ".\n")) {
			end_message(smtp, env, true);
			queue_push(smtp, VERB_OTHER); /* is answered, too */
			return true;
		}
		bytes_skip(&piece, 1);
	}
	smtp->mid_line = piece.left == 0 || piece.at[piece.left - 1] != '\n';
	take_piece(smtp, env, piece);
	return true;
}

/* A line that crosses chunks is put together, so that no boundary hides there. */
static void
take_chunk_piece(struct smtp *smtp, struct proto_env *env, struct bytes piece)
{
	bool ends = piece.at[piece.left - 1] == '\n';

	if (smtp->partial.len == 0 && ends) {
		take_piece(smtp, env, piece);
		return;
	}
	if (pbuf_add(env->pool, &smtp->partial, piece.at, piece.left) < 0)
		return;
	if (!ends && smtp->partial.len < LINE_LEN_MAX)
		return;
	take_piece(smtp, env, bytes_of(smtp->partial.data, smtp->partial.len));
	smtp->partial.len = 0;
}

static bool
take_bdat(struct smtp *smtp, struct proto_env *env, struct bytes *data)
{
	size_t       n = data->left < smtp->bdat_left ? data->left : (size_t)smtp->bdat_left;
	struct bytes chunk = bytes_cut(data, n), piece;

	smtp->bdat_left -= n;
	while (next_piece(&chunk, &piece, true))
		take_chunk_piece(smtp, env, piece);
	if (smtp->bdat_left > 0)
		return false;
	smtp->mode = MODE_COMMANDS;
	if (!smtp->bdat_last)
		return true;
	if (smtp->partial.len > 0)
		take_piece(smtp, env, bytes_of(smtp->partial.data, smtp->partial.len));
	end_message(smtp, env, true);
	return true;
}

/* ---- commands ---- */

/* Which command; *arg gets what follows, without blanks in front. */
static enum verb
verb_of(struct bytes line, struct bytes *arg)
{
	for (unsigned i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		size_t len = strlen(verbs[i].text);

		if (line.left < len || strncasecmp(verbs[i].text, (const char *)line.at, len) != 0)
			continue;
		*arg = line;
		bytes_skip(arg, len);
		if (verbs[i].text[len - 1] != ':' && arg->left > 0 && arg->at[0] != ' ')
			continue;
		*arg = line_trim(*arg);
		return verbs[i].verb;
	}
	*arg = bytes_of(NULL, 0);
	return VERB_OTHER;
}

static bool
begin_tx(struct smtp *smtp, struct proto_env *env, enum verb verb)
{
	unsigned   n_open = 0;
	struct tx *tx;

	if (smtp->tx || verb == VERB_RSET || verb == VERB_QUIT || verb == VERB_NOOP)
		return smtp->tx != NULL;
	TAILQ_FOREACH (tx, &env->flow->txs, link)
		if (++n_open >= proto_settings(env)->smtp_txs) {
			tx_event(tx, SMTP_EVENT_TOO_MANY_TRANSACTIONS);
			return false;
		}
	smtp->tx = smtp_tx_new(env);
	if (!smtp->tx)
		return false;
	(void)pbuf_add(env->pool, &smtp->tx->helo, smtp->helo.data, smtp->helo.len);
	return true;
}

/* A field that may come once. */
static void
take_once(struct smtp *smtp, struct proto_env *env, struct pbuf *to, struct bytes arg)
{
	struct bytes word = line_word(&arg);

	if (to->len > 0)
		event(smtp, SMTP_EVENT_DUPLICATE_FIELDS);
	else
		(void)pbuf_add(env->pool, to, word.at, word.left);
}

static void
take_helo(struct smtp *smtp, struct proto_env *env, struct bytes arg)
{
	take_once(smtp, env, &smtp->helo, arg);
	if (smtp->tx->helo.len == 0)
		(void)pbuf_add(env->pool, &smtp->tx->helo, smtp->helo.data, smtp->helo.len);
}

/* BDAT size [LAST] (RFC 3030, 2) */
static void
start_bdat(struct smtp *smtp, struct proto_env *env, struct bytes arg)
{
	struct bytes number = line_word(&arg);
	uint64_t     size = 0;

	for (size_t i = 0; i < number.left; i++) {
		uint8_t c = number.at[i];

		if (c < '0' || c > '9' || size > UINT32_MAX) {
			event(smtp, SMTP_EVENT_INVALID_BDAT);
			return;
		}
		size = 10 * size + c - '0';
	}
	if (number.left == 0) {
		event(smtp, SMTP_EVENT_INVALID_BDAT);
		return;
	}
	smtp->bdat_left = size;
	smtp->bdat_last = bytes_is_nocase(line_trim(arg), "LAST");
	begin_message(smtp, env, MODE_BDAT);
}

static void
act_on_command(struct smtp *smtp, struct proto_env *env, enum verb verb, struct bytes arg)
{
	switch (verb) {
	case VERB_HELO:
		take_helo(smtp, env, arg);
		break;
	case VERB_MAIL:
		take_once(smtp, env, &smtp->tx->mail_from, arg);
		break;
	case VERB_RCPT:
		smtp_tx_add_rcpt(smtp->tx, env, line_word(&arg));
		break;
	case VERB_DATA:
		smtp->data_asked = true;
		break;
	case VERB_BDAT:
		start_bdat(smtp, env, arg);
		break;
	case VERB_RSET:
		end_tx(smtp);
		break;
	default:
		break;
	}
}

/* One command. False: wait. */
static bool
take_command(struct smtp *smtp, struct proto_env *env, struct bytes *data)
{
	struct line  line;
	struct bytes arg;
	enum verb    verb;

	if (!line_take(&line, data, LINE_LEN_MAX, &smtp->skipping[DIR_TOSERVER]))
		return false;
	appframe_mark(env, DIR_TOSERVER, APPFRAME_SMTP_COMMAND_LINE, line.text.at, line.text.left);
	verb = verb_of(line.text, &arg);
	queue_push(smtp, verb);
	if (!begin_tx(smtp, env, verb))
		return true;
	if (line.cut)
		event(smtp, SMTP_EVENT_MAX_COMMAND_LINE_LEN_EXCEEDED);
	smtp->tx->tx.updated[DIR_TOSERVER] = true;
	act_on_command(smtp, env, verb, arg);
	return true;
}

static size_t
parse_client(struct smtp *smtp, struct proto_env *env, struct bytes data, bool eof)
{
	size_t all = data.left;
	bool   more = true;

	/* What comes after DATA without an answer is the message all the same. */
	if (smtp->data_asked && smtp->mode == MODE_COMMANDS && data.left > 0)
		begin_message(smtp, env, MODE_DATA);
	while (more && data.left > 0 && !smtp->switched) {
		switch (smtp->mode) {
		case MODE_DATA:
			more = take_data(smtp, env, &data, eof);
			break;
		case MODE_BDAT:
			more = take_bdat(smtp, env, &data);
			break;
		default:
			more = take_command(smtp, env, &data);
			if (!smtp->data_asked || smtp->mode != MODE_COMMANDS || data.left == 0)
				break;
			event(smtp, SMTP_EVENT_INVALID_PIPELINED_SEQUENCE); /* RFC 2920, 3.1 */
			begin_message(smtp, env, MODE_DATA);
		}
	}
	return all - data.left;
}

/* ---- replies ---- */

static void
act_on_reply(struct smtp *smtp, struct proto_env *env, enum verb verb, unsigned code)
{
	switch (verb) {
	case VERB_DATA:
		if (code == 354 && smtp->data_asked && smtp->mode == MODE_COMMANDS) {
			begin_message(smtp, env, MODE_DATA);
		} else if (code != 354) {
			event(smtp, SMTP_EVENT_DATA_COMMAND_REJECTED);
			if (smtp->mode == MODE_DATA)
				end_message(smtp, env, false);
		}
		smtp->data_asked = false;
		break;
	case VERB_STARTTLS:
		if (code == 220) {
			end_tx(smtp);
			env->switch_to(env, APPPROTO_TLS);
			smtp->switched = true;
		} else {
			event(smtp, SMTP_EVENT_TLS_REJECTED);
		}
		break;
	default:
		break;
	}
}

static void
take_reply(struct smtp *smtp, struct proto_env *env, const struct line *line)
{
	unsigned code = line_code(line->text);

	if (line->cut)
		event(smtp, SMTP_EVENT_MAX_REPLY_LINE_LEN_EXCEEDED);
	if (smtp->tx)
		smtp->tx->tx.updated[DIR_TOCLIENT] = true;
	if (code < 200 || code > 599) {
		event(smtp, SMTP_EVENT_INVALID_REPLY);
		return;
	}
	if (line->text.left > 3 && line->text.at[3] == '-')
		return; /* its last line counts */
	if (!smtp->greeted) {
		smtp->greeted = true;
		if (code == 220)
			return;
		event(smtp, SMTP_EVENT_NO_SERVER_WELCOME_MESSAGE);
	}
	act_on_reply(smtp, env, queue_pop(smtp), code);
}

static size_t
parse_server(struct smtp *smtp, struct proto_env *env, struct bytes data)
{
	size_t      all = data.left;
	struct line line;

	while (!smtp->switched &&
			line_take(&line, &data, LINE_LEN_MAX, &smtp->skipping[DIR_TOCLIENT])) {
		appframe_mark(env, DIR_TOCLIENT, APPFRAME_SMTP_RESPONSE_LINE, line.text.at, line.text.left);
		take_reply(smtp, env, &line);
	}
	return all - data.left;
}

static int
smtp_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct smtp *smtp = state;
	size_t       n;

	(void)gap;
	if (dir == DIR_TOCLIENT)
		return (int)parse_server(smtp, env, data);
	n = parse_client(smtp, env, data, flags & PROTO_EOF);
	if ((flags & PROTO_EOF) && smtp->tx) {
		if (smtp->mode != MODE_COMMANDS || smtp->tx->mime)
			end_message(smtp, env, false);
		end_tx(smtp);
	}
	return (int)n;
}

static void
free_tx(void *state, struct proto_env *env, struct tx *tx)
{
	struct smtp *smtp = state;

	if (smtp->tx && &smtp->tx->tx == tx)
		smtp->tx = NULL;
	smtp_tx_free((struct smtp_tx *)tx, env);
}

static void
smtp_state_free(void *state, struct proto_env *env)
{
	struct smtp *smtp = state;

	pbuf_release(env->pool, &smtp->helo);
	pbuf_release(env->pool, &smtp->partial);
}

const struct proto smtp_proto = {
	.id = APPPROTO_SMTP,
	.over = PROTO_TCP,
	.ports = { 25, 587 },
	.state_size = sizeof(struct smtp),
	.probe = smtp_probe,
	.parse = smtp_parse,
	.tx_free = free_tx,
	.state_free = smtp_state_free,
	.ops = { .buffer = smtp_buffer },
	.eve = smtp_eve,
};
