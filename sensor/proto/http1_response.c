/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto.h"
#include "sensor/proto/http1.h"

#include <errno.h>
#include <string.h>

/* ---- the status line ---- */

/* Browsers show what does not begin with HTTP as a body. */
static bool
is_status_line(struct bytes line)
{
	struct bytes text = http1_trim(line);

	return text.left >= 4 && bytes_is_nocase(bytes_of(text.at, 4), "http");
}

static struct http1_span
take_word(struct bytes line, size_t *at)
{
	size_t start;

	while (*at < line.left && http1_is_space(line.at[*at]))
		(*at)++;
	start = *at;
	while (*at < line.left && !http1_is_space(line.at[*at]))
		(*at)++;
	return (struct http1_span){ (uint32_t)start, (uint32_t)(*at - start) };
}

static uint16_t
read_status(struct bytes code)
{
	uint16_t v = 0;

	if (code.left != 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (code.at[i] < '0' || code.at[i] > '9')
			return 0;
		v = (uint16_t)(v * 10 + (code.at[i] - '0'));
	}
	return v;
}

static bool
is_protocol(struct bytes p)
{
	return bytes_is(p, "HTTP/1.1") || bytes_is(p, "HTTP/1.0") || bytes_is(p, "HTTP/0.9");
}

static void
split_line(struct http1_tx *t, struct bytes line)
{
	const struct http1_head *h = &t->head[DIR_TOCLIENT];
	size_t                   at = 0, end = line.left;

	t->response_protocol = take_word(line, &at);
	t->code = take_word(line, &at);
	while (at < end && http1_is_space(line.at[at]))
		at++;
	while (end > at && http1_is_space(line.at[end - 1]))
		end--;
	t->reason = (struct http1_span){ (uint32_t)at, (uint32_t)(end - at) };
	t->status = read_status(http1_part(h, t->code));
	if (!is_protocol(http1_part(h, t->response_protocol)))
		http1_event(t, HTTP1_EVENT_RESPONSE_INVALID_PROTOCOL);
	if (t->status < 100 || t->status > 999)
		http1_event(t, HTTP1_EVENT_RESPONSE_INVALID_STATUS);
}

/* The transaction that a response belongs to: the oldest that waits for one, or a new one without request. */
static struct http1_tx *
match(struct http1_conn *c)
{
	struct tx       *tx;
	struct http1_tx *t;

	TAILQ_FOREACH(tx, &c->env->flow->txs, link)
		if (tx->id >= c->state->next_response &&
				tx->progress[DIR_TOCLIENT] < HTTP1_RESPONSE_COMPLETE)
			return (struct http1_tx *)tx;
	t = http1_tx_begin(c);
	if (!t)
		return NULL;
	t->no_request = true;
	t->tx.progress[DIR_TOSERVER] = HTTP1_REQUEST_COMPLETE;
	http1_event(t, HTTP1_EVENT_UNABLE_TO_MATCH_RESPONSE_TO_REQUEST);
	return t;
}

/* Everything from here to the end of the stream is the body. */
static int
all_is_body(struct http1_conn *c, struct http1_tx *t, struct bytes line)
{
	c->state->side[DIR_TOCLIENT].step = HTTP1_STEP_CLOSE;
	t->tx.progress[DIR_TOCLIENT] = HTTP1_RESPONSE_BODY;
	http1_body_open(c->env, t, DIR_TOCLIENT);
	http1_body_data(c->env, t, DIR_TOCLIENT, line);
	return 1;
}

int
http1_response_line(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];
	struct bytes       line, text;
	struct http1_tx   *t;

	do {
		if (!http1_take_line(c, dir, b, &line))
			return 0;
		text = http1_chomp(line);
	} while (http1_trim(line).left == 0);
	t = side->tx ? side->tx : match(c);
	side->tx = t;
	if (!t) {
		side->step = HTTP1_STEP_IGNORE;
		return 1;
	}
	t->tx.updated[dir] = true;
	if (c->state->side[DIR_TOSERVER].tx == t &&
			c->state->side[DIR_TOSERVER].step == HTTP1_STEP_OLD)
		http1_request_is_old(c);
	if (t->is_old)
		return all_is_body(c, t, line);
	if (!is_status_line(line)) {
		if (b->left && (b->at[0] | 0x20) == 'h')
			return 1; /* junk before the real one */
		return all_is_body(c, t, line);
	}
	if (pbuf_add(t->pool, &t->head[dir].line, text.at, text.left) == 0)
		split_line(t, text);
	t->tx.progress[dir] = HTTP1_RESPONSE_LINE;
	side->step = HTTP1_STEP_HEAD;
	return 1;
}

/* ---- the head ---- */

static bool
has_header(const struct http1_tx *t, const char *name)
{
	return http1_head_find(&t->head[DIR_TOCLIENT], name);
}

/* An interim response: the real one is still to come, for the same request. */
static int
interim(struct http1_conn *c, struct http1_tx *t)
{
	if (t->seen_continue)
		http1_event(t, HTTP1_EVENT_100_CONTINUE_ALREADY_SEEN);
	t->seen_continue = true;
	http1_head_release(&t->head[DIR_TOCLIENT], t->pool);
	t->head[DIR_TOCLIENT].response = true;
	t->response_protocol = t->code = t->reason = (struct http1_span){ 0, 0 };
	t->tx.progress[DIR_TOCLIENT] = HTTP1_RESPONSE_STARTED;
	c->state->side[DIR_TOCLIENT].step = HTTP1_STEP_LINE;
	return 1;
}

static struct bytes
request_value(const struct http1_head *h, const char *name)
{
	const struct http1_field *f = http1_head_find(h, name);

	return f ? http1_value(h, f) : bytes_of(NULL, 0);
}

/* The request goes on as HTTP/2's first stream: method, target, host and settings, a line each. */
static void
carry_request(struct http1_conn *c, const struct http1_tx *t)
{
	const struct http1_head *h = &t->head[DIR_TOSERVER];
	struct bytes parts[] = { http1_part(h, t->method), http1_part(h, t->target),
		request_value(h, "host"), request_value(h, "http2-settings") };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		(void)pbuf_add(c->env->pool, &c->env->carried, parts[i].at, parts[i].left);
		(void)pbuf_add(c->env->pool, &c->env->carried, "\n", 1);
	}
}

/* The connection speaks something else from here on, in both directions. */
static int
leave(struct http1_conn *c, struct http1_tx *t, enum appproto next)
{
	http1_message_end(c, DIR_TOCLIENT);
	if (c->state->side[DIR_TOSERVER].tx == t)
		http1_message_end(c, DIR_TOSERVER);
	c->state->side[DIR_TOSERVER].step = HTTP1_STEP_WAIT;
	c->state->side[DIR_TOCLIENT].step = HTTP1_STEP_WAIT;
	if (next == APPPROTO_HTTP2)
		carry_request(c, t);
	if (c->env->switch_to)
		c->env->switch_to(c->env, next);
	return 0;
}

static enum appproto
upgrade(const struct http1_tx *t)
{
	const struct http1_field *f = http1_head_find(&t->head[DIR_TOCLIENT], "upgrade");
	struct bytes              to = f ? http1_value(&t->head[DIR_TOCLIENT], f) : bytes_of(NULL, 0);

	if (bytes_is_nocase(to, "h2c"))
		return APPPROTO_HTTP2;
	if (bytes_is_nocase(to, "websocket"))
		return APPPROTO_WEBSOCKET;
	return APPPROTO_UNKNOWN;
}

/* A refused CONNECT: the client goes on with ordinary requests. */
static void
resume_requests(struct http1_conn *c, struct http1_tx *t)
{
	if (c->state->side[DIR_TOSERVER].tx == t)
		http1_message_end(c, DIR_TOSERVER);
}

int
http1_response_head(struct http1_conn *c, struct http1_tx *t)
{
	struct http1_side *side = &c->state->side[DIR_TOCLIENT];
	bool               sized = has_header(t, "content-length") || has_header(t, "transfer-encoding");

	if (t->is_connect && t->status >= 200 && t->status <= 299)
		return leave(c, t, APPPROTO_UNKNOWN);
	if (t->is_connect)
		resume_requests(c, t);
	if (t->status == 101 && !sized)
		return leave(c, t, upgrade(t));
	if (t->status >= 100 && t->status <= 199 && !sized)
		return interim(c, t);
	if (t->is_head || ((t->status == 204 || t->status == 304) && !sized)) {
		side->step = HTTP1_STEP_END;
		return 1;
	}
	side->step = http1_transfer(t, DIR_TOCLIENT, &side->left);
	if (side->step == HTTP1_STEP_END && !has_header(t, "content-length"))
		side->step = HTTP1_STEP_CLOSE;
	t->tx.progress[DIR_TOCLIENT] = HTTP1_RESPONSE_BODY;
	http1_body_open(c->env, t, DIR_TOCLIENT);
	return 1;
}

/* ---- after the message ---- */

/* What follows in the same go and does not look like a response is still body to some browsers. */
int
http1_response_end(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_tx *t = c->state->side[dir].tx;
	struct bytes     text = http1_trim(*b);

	if (b->left == 0 || is_status_line(*b)) {
		http1_message_end(c, dir);
		return b->left > 0;
	}
	if (text.left < 4 && !c->eof && strncasecmp((const char *)text.at, "HTTP", text.left) == 0)
		return 0; /* perhaps one */
	http1_event(t, HTTP1_EVENT_RESPONSE_BODY_UNEXPECTED);
	http1_body_data(c->env, t, dir, *b);
	bytes_skip(b, b->left);
	return 0;
}
