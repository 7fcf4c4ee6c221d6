/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/http1.h"

#include "sensor/file.h"
#include "sensor/appframe.h"
#include "sensor/proto.h"
#include "sensor/settings.h"

#include <errno.h>
#include <string.h>

/* ---- transactions ---- */

/* Where one side is not seen at all, requests would wait for ever: the oldest is given up. */
static void
limit_txs(struct flow_facts *flow)
{
	struct tx *tx, *oldest = NULL;
	unsigned   n = 0;

	TAILQ_FOREACH(tx, &flow->txs, link) {
		bool waits = tx->progress[DIR_TOCLIENT] < tx->complete_at[DIR_TOCLIENT];

		n += waits;
		oldest = !oldest && waits ? tx : oldest;
	}
	if (n < HTTP1_TX_MAX)
		return;
	for (int d = 0; d < DIR_COUNT; d++)
		oldest->progress[d] = oldest->complete_at[d];
	oldest->done_inspect[DIR_TOCLIENT] = true;
}

struct http1_tx *
http1_tx_begin(struct http1_conn *c)
{
	struct http1_tx *t;

	limit_txs(c->env->flow);
	t = pool_zero(c->env->pool, sizeof(*t));
	if (!t)
		return NULL;
	t->pool = c->env->pool;
	t->settings = proto_settings(c->env);
	t->head[DIR_TOCLIENT].response = true;
	t->tx.id = c->env->next_tx++;
	t->tx.complete_at[DIR_TOSERVER] = HTTP1_REQUEST_COMPLETE;
	t->tx.complete_at[DIR_TOCLIENT] = HTTP1_RESPONSE_COMPLETE;
	TAILQ_INIT(&t->tx.files);
	TAILQ_INSERT_TAIL(&c->env->flow->txs, &t->tx, link);
	return t;
}

static void
http1_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct http1_state *s = state;
	struct http1_tx    *t = (struct http1_tx *)tx;

	for (int d = 0; d < DIR_COUNT; d++) {
		if (s->side[d].tx == t) /* given up while on its way */
			s->side[d] = (struct http1_side){ .step = HTTP1_STEP_IGNORE };
		http1_head_release(&t->head[d], env->pool);
		http1_body_release(&t->body[d], env->pool);
	}
	file_list_release(env, tx);
	pbuf_release(env->pool, &t->uri);
	pbuf_release(env->pool, &t->host);
	pool_put(env->pool, t, sizeof(*t));
}

static void
http1_state_free(void *state, struct proto_env *env)
{
	(void)state, (void)env;
}

void
http1_message_end(struct http1_conn *c, int dir)
{
	struct http1_side *side = &c->state->side[dir];
	struct http1_tx   *t = side->tx;

	side->tx = NULL;
	side->step = HTTP1_STEP_LINE;
	if (!t)
		return;
	http1_body_close(c->env, t, dir);
	t->tx.progress[dir] = t->tx.complete_at[dir];
	t->tx.updated[dir] = true;
	if (dir == DIR_TOCLIENT)
		c->state->next_response = t->tx.id + 1;
}

/* ---- lines and heads ---- */

bool
http1_take_line(struct http1_conn *c, int dir, struct bytes *b, struct bytes *line)
{
	struct http1_side *side = &c->state->side[dir];
	size_t n = http1_line_len(*b, dir == DIR_TOCLIENT, side->line_end == HTTP1_END_CR, c->eof);

	if (n == 0 && b->left < HTTP1_LINE_MAX)
		return false;
	*line = bytes_cut(b, n == 0 || n > HTTP1_LINE_MAX ? HTTP1_LINE_MAX : n);
	if (line->at[line->left - 1] == '\r')
		side->line_end = HTTP1_END_CR;
	else
		side->line_end = line->left > 1 && line->at[line->left - 2] == '\r' ? HTTP1_END_CRLF
										    : HTTP1_END_LF;
	return true;
}

#define NO_EVENT HTTP1_EVENT_COUNT

static void
head_events(struct http1_tx *t, int dir)
{
	static const struct {
		uint16_t odd;
		uint8_t  event[2];
	} rows[] = {
		{ HTTP1_ODD_FOLDING, { HTTP1_EVENT_INVALID_REQUEST_FIELD_FOLDING,
				HTTP1_EVENT_INVALID_RESPONSE_FIELD_FOLDING } },
		{ HTTP1_ODD_NO_COLON, { HTTP1_EVENT_REQUEST_FIELD_MISSING_COLON,
				HTTP1_EVENT_RESPONSE_FIELD_MISSING_COLON } },
		{ HTTP1_ODD_NAME, { HTTP1_EVENT_REQUEST_HEADER_INVALID, NO_EVENT } },
		{ HTTP1_ODD_BLANK, { HTTP1_EVENT_REQUEST_INVALID_LWS_AFTER_NAME,
				HTTP1_EVENT_RESPONSE_INVALID_LWS_AFTER_NAME } },
		{ HTTP1_ODD_EMPTY_NAME, { HTTP1_EVENT_REQUEST_INVALID_EMPTY_NAME,
				HTTP1_EVENT_RESPONSE_INVALID_EMPTY_NAME } },
		{ HTTP1_ODD_REPEATED, { HTTP1_EVENT_REQUEST_HEADER_REPETITION,
				HTTP1_EVENT_RESPONSE_HEADER_REPETITION } },
		{ HTTP1_ODD_TOO_MANY, { HTTP1_EVENT_REQUEST_TOO_MANY_HEADERS,
				HTTP1_EVENT_RESPONSE_TOO_MANY_HEADERS } },
		{ HTTP1_ODD_LENGTH, { HTTP1_EVENT_DUPLICATE_CONTENT_LENGTH_FIELD_IN_REQUEST,
				HTTP1_EVENT_DUPLICATE_CONTENT_LENGTH_FIELD_IN_RESPONSE } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (t->head[dir].odd & rows[i].odd && rows[i].event[dir] != NO_EVENT)
			http1_event(t, rows[i].event[dir]);
}

static void
order_head(struct http1_conn *c, struct http1_tx *t, int dir)
{
	http1_head_order(&t->head[dir], c->env->pool);
	head_events(t, dir);
	t->tx.updated[dir] = true;
}

static void
too_long(struct http1_tx *t, int dir)
{
	http1_event(t, dir == DIR_TOSERVER ? HTTP1_EVENT_REQUEST_FIELD_TOO_LONG
					   : HTTP1_EVENT_RESPONSE_FIELD_TOO_LONG);
}

/* Is this the empty line that ends a head? After a line that ended with LF alone, blanks or two CRs count
 * as nothing, too. */
static bool
is_end(struct bytes line, uint8_t line_end)
{
	struct bytes text = http1_chomp(line);

	if (text.left == 0 && (line.left < 2 || (line.left == 2 && line.at[0] == '\r')))
		return true;
	if (line_end != HTTP1_END_LF)
		return false;
	return text.left == 0 ? line.left == 3
			      : http1_trim(text).left == 0 && line.left == text.left + 1;
}

/* Take header lines up to the empty one. 1: it is there, 0: wants more. */
static int
take_head(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];
	struct bytes       line;
	uint8_t            line_end = side->line_end;

	while (http1_take_line(c, dir, b, &line)) {
		if (line.left >= HTTP1_LINE_MAX)
			too_long(side->tx, dir);
		http1_head_line(&side->tx->head[dir], c->env->pool, line);
		if (is_end(line, line_end)) {
			if (http1_chomp(line).left || line.left == 3) /* an odd one may have company */
				bytes_skip(b, bytes_starts(b, "\r\n", 2) ? 2 : bytes_starts(b, "\n", 1));
			return 1;
		}
		line_end = side->line_end;
	}
	return c->eof;
}

static int
step_head(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_tx *t = c->state->side[dir].tx;

	if (!take_head(c, dir, b))
		return 0;
	order_head(c, t, dir);
	t->tx.progress[dir] = dir == DIR_TOSERVER ? HTTP1_REQUEST_HEADERS : HTTP1_RESPONSE_HEADERS;
	return dir == DIR_TOSERVER ? http1_request_head(c, t) : http1_response_head(c, t);
}

static int
step_trailer(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_tx *t = c->state->side[dir].tx;

	t->tx.progress[dir] = dir == DIR_TOSERVER ? HTTP1_REQUEST_TRAILER : HTTP1_RESPONSE_TRAILER;
	if (!take_head(c, dir, b))
		return 0;
	order_head(c, t, dir);
	c->state->side[dir].step = HTTP1_STEP_END;
	return 1;
}

/* ---- recognition ---- */

/* Methods that no other protocol with such lines has; the others need an HTTP/1.x at the line's end. */
static const char *const methods[] = { "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "CONNECT ",
	"TRACE ", "PATCH ", "GET\t", "POST\t", "HEAD\t" };

static bool
is_prefix(struct bytes b, const char *s)
{
	size_t n = strlen(s);

	return memcmp(b.at, s, b.left < n ? b.left : n) == 0;
}

/* Any upper-case word and a first line that ends in HTTP/1.x. */
static enum proto_probe
probe_line(struct bytes b)
{
	size_t       end = bytes_find(&b, '\n'), word = 0;
	struct bytes line = http1_chomp(bytes_of(b.at, end));

	while (word < line.left && ((line.at[word] >= 'A' && line.at[word] <= 'Z') ||
						   line.at[word] == '_' || line.at[word] == '-'))
		word++;
	if (word < 3 || (word < line.left && line.at[word] != ' '))
		return PROBE_NO;
	if (end == b.left)
		return b.left < HTTP1_LINE_MAX ? PROBE_MORE : PROBE_NO;
	return line.left > word + 9 && memcmp(line.at + line.left - 9, " HTTP/1.", 8) == 0 ? PROBE_YES
											    : PROBE_NO;
}

static enum proto_probe
probe_start(struct bytes b, int dir)
{
	if (dir == DIR_TOCLIENT) {
		if (!is_prefix(b, "HTTP/") && !is_prefix(b, "ICY "))
			return PROBE_NO;
		return b.left >= 4 ? PROBE_YES : PROBE_MORE;
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (is_prefix(b, methods[i]))
			return b.left >= strlen(methods[i]) ? PROBE_YES : PROBE_MORE;
	return probe_line(b);
}

/* ---- the loop ---- */

/* A server may answer, or a client ask, at the beginning of a packet as well as of a line. */
static int
step_resync(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];

	if (side->in_line && b->left && probe_start(*b, dir) == PROBE_YES)
		side->in_line = false;
	while (b->left) {
		size_t           end;
		enum proto_probe p = side->in_line ? PROBE_NO : probe_start(*b, dir);

		if (p == PROBE_MORE && !c->eof)
			return 0;
		if (p == PROBE_YES) {
			side->step = HTTP1_STEP_LINE;
			side->line_end = HTTP1_END_CRLF;
			return 1;
		}
		end = bytes_find(b, '\n');
		side->in_line = end == b->left;
		bytes_skip(b, end + !side->in_line);
	}
	return 0;
}

static int
step_wait(struct http1_conn *c, int dir, struct bytes *b)
{
	(void)b;
	if (c->eof)
		http1_message_end(c, dir);
	return 0;
}

static int
step_ignore(struct http1_conn *c, int dir, struct bytes *b)
{
	(void)c, (void)dir;
	bytes_skip(b, b->left);
	return 0;
}

/* A message begins, or ends, at `at`. */
static void
mark_message(struct proto_env *env, int dir, const struct http1_tx *before, const struct http1_tx *now,
		const uint8_t *at)
{
	enum appframe_kind kind = dir == DIR_TOSERVER ? APPFRAME_HTTP1_REQUEST : APPFRAME_HTTP1_RESPONSE;

	if (before && before != now)
		appframe_end(env, dir, kind, at);
	else if (!before && now)
		appframe_mark(env, dir, kind, at, APPFRAME_UNTIL_END);
}

static int
run(struct http1_conn *c, int dir, struct bytes *b)
{
	static http1_step_fn *const steps[2][HTTP1_STEPS] = {
#define SHARED                                                                              \
	[HTTP1_STEP_HEAD] = step_head, [HTTP1_STEP_LENGTH] = http1_length,                  \
	[HTTP1_STEP_CLOSE] = http1_close, [HTTP1_STEP_CHUNK_SIZE] = http1_chunk_size,       \
	[HTTP1_STEP_CHUNK_DATA] = http1_chunk_data, [HTTP1_STEP_CHUNK_END] = http1_chunk_end, \
	[HTTP1_STEP_TRAILER] = step_trailer, [HTTP1_STEP_WAIT] = step_wait,                 \
	[HTTP1_STEP_IGNORE] = step_ignore, [HTTP1_STEP_RESYNC] = step_resync
		{ SHARED, [HTTP1_STEP_LINE] = http1_request_line,
			[HTTP1_STEP_OLD] = http1_request_old,
			[HTTP1_STEP_END] = http1_request_end },
		{ SHARED, [HTTP1_STEP_LINE] = http1_response_line,
			[HTTP1_STEP_END] = http1_response_end },
#undef SHARED
	};
	struct http1_side *side = &c->state->side[dir];
	int                rc;

	do {
		const struct http1_tx *before = side->tx;
		const uint8_t         *at = b->at;

		rc = steps[dir][side->step](c, dir, b);
		mark_message(c->env, dir, before, side->tx, before ? b->at : at);
	} while (rc > 0);
	return rc;
}

/* Missing bytes are harmless inside a body of known length and between messages; elsewhere the thread is
 * lost and has to be found again. */
static void
take_gap(struct http1_conn *c, int dir, uint64_t gap)
{
	struct http1_side *side = &c->state->side[dir];

	if (side->step == HTTP1_STEP_IGNORE || side->step == HTTP1_STEP_WAIT)
		return;
	if (side->tx && side->step == HTTP1_STEP_CLOSE) {
		http1_body_gap(c->env, side->tx, dir, gap);
		return;
	}
	if (side->tx && side->step == HTTP1_STEP_LENGTH && gap <= side->left) {
		http1_body_gap(c->env, side->tx, dir, gap);
		side->left -= gap;
		return;
	}
	http1_message_end(c, dir);
	side->step = HTTP1_STEP_RESYNC;
	side->in_line = true;
}

static int
http1_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct http1_conn c = { .state = state, .env = env, .eof = flags & PROTO_EOF };
	struct bytes      b = data;
	int               rc;

	if (flags & PROTO_GAP) {
		take_gap(&c, dir, gap);
		return 0;
	}
	rc = run(&c, dir, &b);
	if (rc < 0)
		return rc;
	if (c.eof && c.state->side[dir].tx && c.state->side[dir].step != HTTP1_STEP_WAIT)
		http1_message_end(&c, dir);
	return (int)(data.left - b.left);
}

/* ---- the row ---- */

static enum proto_probe
http1_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	struct bytes b = data;

	(void)sport, (void)dport;
	while (b.left && (b.at[0] == '\r' || b.at[0] == '\n' || b.at[0] == ' '))
		bytes_skip(&b, 1);
	if (b.left == 0)
		return data.left < 16 ? PROBE_MORE : PROBE_NO;
	return probe_start(b, dir);
}

const struct proto http1_proto = {
	.id = APPPROTO_HTTP1,
	.over = PROTO_TCP,
	.gaps = 1,
	.ports = { 80, 8080, 8000, 3128, 8008, 8888 },
	.state_size = sizeof(struct http1_state),
	.probe = http1_probe,
	.parse = http1_parse,
	.tx_free = http1_tx_free,
	.state_free = http1_state_free,
	.ops = { .buffer = http1_buffer },
	.eve = http1_eve,
};
