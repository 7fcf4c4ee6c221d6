/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/http2.h"

#include "rules/packet.h"
#include "sensor/appframe.h"
#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/settings.h"

#include <errno.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_LEN 24
#define FRAME_HEAD 9
#define SETTING_LEN 6
#define SETTINGS_MAX 64 /* settings of one frame that are looked at */

#define RESET_WAIT_MAX 100

#define FLAG_END_STREAM 1
#define FLAG_ACK 1
#define FLAG_END_HEADERS 4
#define FLAG_PADDED 8
#define FLAG_PRIORITY 0x20

_Static_assert((int)HTTP2_COMPLETE == (int)HTTP1_RESPONSE_COMPLETE &&
				(int)HTTP2_BODY == (int)HTTP1_RESPONSE_BODY &&
				(int)HTTP2_HEADERS == (int)HTTP1_RESPONSE_HEADERS,
		"bodies are HTTP/1's, whose stages they ask");

struct frame {
	uint32_t     len, stream;
	uint8_t      type, flags;
	struct bytes payload;
};

/* ---- transactions ---- */

static struct http2_tx **
bucket(struct http2_state *s, uint32_t stream)
{
	return &s->buckets[stream / 2 % HTTP2_BUCKETS];
}

static struct http2_tx *
find(struct http2_state *s, uint32_t stream)
{
	struct http2_tx *t = *bucket(s, stream);

	while (t && t->stream != stream)
		t = t->next;
	return t;
}

static struct http2_tx *
tx_new(struct http2_conn *c, uint32_t stream)
{
	struct http2_state *s = c->state;
	struct http2_tx    *t, **head = bucket(s, stream);

	if (s->n_streams >= HTTP2_STREAMS_MAX) {
		if (*head)
			http2_event(*head, HTTP2_EVENT_TOO_MANY_STREAMS);
		return NULL;
	}
	t = pool_zero(c->env->pool, sizeof(*t));
	if (!t)
		return NULL;
	t->stream = stream;
	t->http.pool = c->env->pool;
	t->http.settings = &s->settings;
	t->http.tx.id = c->env->next_tx++;
	t->http.tx.complete_at[0] = t->http.tx.complete_at[1] = HTTP2_COMPLETE;
	TAILQ_INIT(&t->http.tx.files);
	TAILQ_INSERT_TAIL(&c->env->flow->txs, &t->http.tx, link);
	t->next = *head;
	*head = t;
	s->n_streams++;
	return t;
}

/* Nothing (more) comes on either side. */
static void
tx_over(struct http2_conn *c, struct http2_tx *t)
{
	http2_body_end(c, t, DIR_TOSERVER);
	http2_body_end(c, t, DIR_TOCLIENT);
}

/* The transaction that a frame belongs to. Frames of the connection have one each, and so has what comes
 * after the end of a stream. */
static struct http2_tx *
tx_of(struct http2_conn *c, const struct frame *f)
{
	bool             opens = f->type == HTTP2_FRAME_HEADERS || f->type == HTTP2_PUSH_PROMISE;
	struct http2_tx *t = f->stream ? find(c->state, f->stream) : NULL;

	if (t)
		return t;
	t = tx_new(c, f->stream);
	if (!t)
		return NULL;
	if (f->stream == 0 || (!opens && f->stream <= c->state->last_stream))
		tx_over(c, t);
	else if (f->stream > c->state->last_stream)
		c->state->last_stream = f->stream;
	return t;
}

static void
http2_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct http2_state *s = state;
	struct http2_tx    *t = (struct http2_tx *)tx, **at = bucket(s, t->stream);

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	s->n_streams--;
	for (int d = 0; d < DIR_COUNT; d++) {
		http1_head_release(&t->http.head[d], env->pool);
		http1_body_release(&t->http.body[d], env->pool);
		http2_body_release(&t->more[d], env->pool);
	}
	file_list_release(env, tx);
	pbuf_release(env->pool, &t->http.uri);
	pbuf_release(env->pool, &t->http.host);
	pool_put(env->pool, t, sizeof(*t));
}

static void
http2_state_free(void *state, struct proto_env *env)
{
	struct http2_state *s = state;

	for (int d = 0; d < DIR_COUNT; d++) {
		http2_inflater_free(&s->side[d]);
		pbuf_release(env->pool, &s->side[d].block);
	}
}

void
http2_note(struct http2_conn *c, struct http2_tx *t, int dir, enum number n, uint64_t value)
{
	struct http2_note note = { .value = value, .number = (uint8_t)n };

	if (t->more[dir].notes.len < HTTP2_NOTES_MAX * sizeof(note))
		(void)pbuf_add(c->env->pool, &t->more[dir].notes, &note, sizeof(note));
}

/* ---- header blocks ---- */

static void
block_end(struct http2_conn *c, struct http2_tx *t, int dir, int into, struct bytes block, bool last)
{
	http2_head_read(c, t, dir, into, block);
	http2_head_end(c, t, into);
	if (last)
		http2_body_end(c, t, into);
}

/* The first part of a block: all of it, or CONTINUATION follows. A promised request is the other
 * direction's, and complete. */
static void
block_begin(struct http2_conn *c, struct http2_tx *t, int dir, const struct frame *f, struct bytes part)
{
	struct http2_side *side = &c->state->side[dir];
	bool               promise = f->type == HTTP2_PUSH_PROMISE;

	if (f->flags & FLAG_END_HEADERS) {
		block_end(c, t, dir, promise ? DIR_TOSERVER : dir, part, promise || f->flags & FLAG_END_STREAM);
		return;
	}
	side->in_block = true;
	side->block.len = 0;
	side->stream = t->stream;
	side->block_type = f->type;
	side->block_flags = f->flags;
	(void)pbuf_add(c->env->pool, &side->block, part.at, part.left);
}

static void
on_continuation(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	struct http2_side *side = &c->state->side[dir];
	bool               promise = side->block_type == HTTP2_PUSH_PROMISE;

	if (!side->in_block || (!promise && side->stream != f->stream)) {
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_DATA);
		return;
	}
	if (side->block.len + f->payload.left > HTTP2_FRAME_MAX ||
			pbuf_add(c->env->pool, &side->block, f->payload.at, f->payload.left) < 0) {
		http2_event(t, HTTP2_EVENT_REASSEMBLY_LIMIT_REACHED);
		http2_inflater_free(side);
		side->in_block = false;
	}
	if (!(f->flags & FLAG_END_HEADERS) || !side->in_block)
		return;
	side->in_block = false;
	t = find(c->state, side->stream);
	if (t)
		block_end(c, t, dir, promise ? DIR_TOSERVER : dir,
				bytes_of(side->block.data, side->block.len),
				promise || side->block_flags & FLAG_END_STREAM);
	pbuf_release(c->env->pool, &side->block);
}

/* Take padding off. False: it does not fit. */
static bool
unpad(struct frame *f)
{
	uint8_t pad = f->flags & FLAG_PADDED ? bytes_u8(&f->payload) : 0;

	if (!bytes_ok(&f->payload) || pad > f->payload.left)
		return false;
	f->payload.left -= pad;
	return true;
}

static void
on_headers(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	if (!unpad(f)) {
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_DATA);
		return;
	}
	if (f->flags & FLAG_PRIORITY) {
		bytes_skip(&f->payload, 4);
		http2_note(c, t, dir, NUM_HTTP2_PRIORITY, bytes_u8(&f->payload));
	}
	if (!bytes_ok(&f->payload)) {
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_DATA);
		return;
	}
	if (t->more[dir].ended)
		http2_event(t, HTTP2_EVENT_STREAM_ID_REUSE);
	block_begin(c, t, dir, f, f->payload);
}

static void
on_push_promise(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	struct frame     promised = { .type = HTTP2_PUSH_PROMISE };
	struct http2_tx *to;

	if (!unpad(f) || f->payload.left < 4) {
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_DATA);
		return;
	}
	promised.stream = bytes_be32(&f->payload) & INT32_MAX;
	to = promised.stream ? tx_of(c, &promised) : NULL;
	if (to)
		block_begin(c, to, dir, f, f->payload);
}

/* ---- other frames ---- */

static void
on_priority(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	bytes_skip(&f->payload, 4);
	http2_note(c, t, dir, NUM_HTTP2_PRIORITY, bytes_u8(&f->payload));
	if (!bytes_ok(&f->payload))
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_LENGTH);
}

static void
on_rst_stream(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	http2_note(c, t, dir, NUM_HTTP2_ERRORCODE, bytes_be32(&f->payload));
	if (!bytes_ok(&f->payload))
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_LENGTH);
	/* what the server has sent already still comes; it is waited for while few streams are open */
	http2_body_end(c, t, dir);
	if (dir == DIR_TOCLIENT || c->state->n_streams > RESET_WAIT_MAX)
		tx_over(c, t);
}

static void
on_settings(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	if (f->payload.left % SETTING_LEN != 0)
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_LENGTH);
	for (unsigned i = 0; f->payload.left >= SETTING_LEN && i < SETTINGS_MAX; i++) {
		uint64_t id = bytes_be16(&f->payload);
		uint32_t value = bytes_be32(&f->payload);

		http2_note(c, t, dir, NUM_HTTP2_SETTINGS, id << 32 | value);
	}
}

static void
on_goaway(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	bytes_skip(&f->payload, 4);
	http2_note(c, t, dir, NUM_HTTP2_ERRORCODE, bytes_be32(&f->payload));
	if (!bytes_ok(&f->payload))
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_LENGTH);
}

static void
on_window_update(struct http2_conn *c, struct http2_tx *t, int dir, struct frame *f)
{
	http2_note(c, t, dir, NUM_HTTP2_WINDOW, bytes_be32(&f->payload) & INT32_MAX);
	if (!bytes_ok(&f->payload))
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_LENGTH);
}

static void
take_frame(struct http2_conn *c, int dir, struct frame *f)
{
	static void (*const takers[])(struct http2_conn *, struct http2_tx *, int, struct frame *) = {
		[HTTP2_FRAME_HEADERS] = on_headers,
		[HTTP2_PRIORITY] = on_priority,
		[HTTP2_RST_STREAM] = on_rst_stream,
		[HTTP2_SETTINGS] = on_settings,
		[HTTP2_PUSH_PROMISE] = on_push_promise,
		[HTTP2_GOAWAY] = on_goaway,
		[HTTP2_WINDOW_UPDATE] = on_window_update,
		[HTTP2_CONTINUATION] = on_continuation,
	};
	bool             is_ack = f->type == HTTP2_SETTINGS && f->flags & FLAG_ACK && f->len == 0;
	struct http2_tx *t = is_ack ? NULL : tx_of(c, f); /* an answer without content is no transaction */

	if (!t)
		return;
	http2_note(c, t, dir, NUM_HTTP2_FRAMETYPE, f->type);
	if (++t->n_frames == HTTP2_FRAMES_MAX)
		http2_event(t, HTTP2_EVENT_TOO_MANY_FRAMES);
	t->http.tx.updated[dir] = true;
	if (f->type < sizeof(takers) / sizeof(*takers) && takers[f->type])
		takers[f->type](c, t, dir, f);
}

/* ---- the stream of frames ---- */

static bool
frame_head(struct bytes *b, struct frame *f)
{
	f->len = bytes_be24(b);
	f->type = bytes_u8(b);
	f->flags = bytes_u8(b);
	f->stream = bytes_be32(b) & INT32_MAX;
	f->payload = bytes_of(NULL, 0);
	return bytes_ok(b);
}

/* DATA may be long and is taken as it comes. Returns false when its padding length is not there yet. */
static bool
data_begin(struct http2_conn *c, int dir, struct frame *f, struct bytes *b)
{
	struct http2_side *side = &c->state->side[dir];
	struct http2_tx   *t;
	bool               padded = f->flags & FLAG_PADDED && f->len > 0;
	uint8_t            pad = padded ? bytes_u8(b) : 0;

	if (!bytes_ok(b))
		return false;
	side->data_left = f->len - padded;
	side->pad_left = pad < side->data_left ? pad : side->data_left;
	side->data_left -= side->pad_left;
	side->data_last = f->flags & FLAG_END_STREAM;
	side->stream = f->stream;
	take_frame(c, dir, f);
	t = find(c->state, f->stream);
	if (t && f->stream == 0)
		http2_event(t, HTTP2_EVENT_DATA_STREAM_ZERO);
	if (t && padded && pad > f->len - 1)
		http2_event(t, HTTP2_EVENT_INVALID_FRAME_DATA);
	return true;
}

/* The next part of a DATA frame on its way, and the stream's end when it was the last. */
static void
data_more(struct http2_conn *c, int dir, struct bytes *b)
{
	struct http2_side *side = &c->state->side[dir];
	size_t             n = b->left < side->data_left ? b->left : side->data_left;
	struct bytes       part = bytes_cut(b, n);
	struct http2_tx   *t = side->stream ? find(c->state, side->stream) : NULL;

	side->data_left -= (uint32_t)n;
	if (t)
		http2_body_data(c, t, dir, part);
	if (side->data_left == 0 && side->data_last) {
		side->data_last = false;
		if (t)
			http2_body_end(c, t, dir);
	}
}

static void
skip_long(struct http2_conn *c, int dir, struct frame *f)
{
	struct http2_side *side = &c->state->side[dir];
	struct http2_tx   *t = tx_of(c, f);

	if (t)
		http2_event(t, HTTP2_EVENT_LONG_FRAME_DATA);
	http2_inflater_free(side); /* it may have been a header block */
	side->pad_left = f->len;
}

/* One step: a frame, or what has come of one. False: more bytes are needed. */
static bool
step(struct http2_conn *c, int dir, struct bytes *b)
{
	struct http2_side *side = &c->state->side[dir];
	struct bytes       in = *b;
	struct frame       f;

	if (side->data_left > 0 || side->data_last) {
		data_more(c, dir, b);
		return side->data_left == 0;
	}
	if (side->pad_left > 0) {
		size_t n = b->left < side->pad_left ? b->left : side->pad_left;

		bytes_skip(b, n);
		side->pad_left -= (uint32_t)n;
		return side->pad_left == 0;
	}
	if (!frame_head(&in, &f))
		return false;
	if (f.type == HTTP2_DATA) {
		if (!data_begin(c, dir, &f, &in))
			return false;
	} else if (f.len > HTTP2_FRAME_MAX) {
		skip_long(c, dir, &f);
	} else {
		f.payload = bytes_cut(&in, f.len);
		if (!bytes_ok(&in))
			return false;
		take_frame(c, dir, &f);
	}
	appframe_mark(c->env, dir, APPFRAME_HTTP2_PDU, b->at, FRAME_HEAD + (uint64_t)f.len);
	appframe_mark(c->env, dir, APPFRAME_HTTP2_HDR, b->at, FRAME_HEAD);
	appframe_mark(c->env, dir, APPFRAME_HTTP2_DATA, b->at + FRAME_HEAD, f.len);
	*b = in;
	return true;
}

/* ---- beginnings and ends ---- */

/* The client's preface. False: it may still be on its way. */
static bool
take_preface(struct http2_conn *c, struct bytes *b)
{
	struct frame     none = { 0 };
	struct http2_tx *t;

	if (bytes_starts(b, PREFACE, PREFACE_LEN)) {
		bytes_skip(b, PREFACE_LEN);
		return true;
	}
	if (b->left < PREFACE_LEN && memcmp(b->at, PREFACE, b->left) == 0)
		return false;
	t = tx_of(c, &none);
	if (t)
		http2_event(t, HTTP2_EVENT_INVALID_CLIENT_MAGIC);
	return true;
}

static struct bytes
take_line(struct bytes *b)
{
	struct bytes line = bytes_cut(b, bytes_find(b, '\n'));

	bytes_skip(b, 1);
	return line;
}

/* RFC 7540 3.2.1: the client's first settings, in base64url. */
static void
upgrade_settings(struct http2_conn *c, struct bytes text)
{
	uint8_t      wire[SETTING_LEN * SETTINGS_MAX];
	struct frame f = { .type = HTTP2_SETTINGS };

	f.payload = bytes_of(wire, http2_base64url(text, wire, sizeof(wire)));
	f.len = (uint32_t)f.payload.left;
	if (f.len == 0 || f.len % SETTING_LEN != 0) {
		struct http2_tx *t = find(c->state, 1);

		if (t)
			http2_event(t, HTTP2_EVENT_INVALID_HTTP1_SETTINGS);
	} else {
		take_frame(c, DIR_TOSERVER, &f);
	}
}

/* After an Upgrade stream 1 is the request that HTTP/1 read: method, target, host and settings, a line
 * each. */
static void
take_upgrade(struct http2_conn *c)
{
	static const char *const names[] = { ":method", ":path", ":authority" };
	struct pbuf             *carried = &c->env->carried;
	struct bytes             b = bytes_of(carried->data, carried->len);
	struct frame             f = { .type = HTTP2_FRAME_HEADERS, .stream = 1 };
	struct http2_tx         *t = tx_of(c, &f);

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct bytes value = take_line(&b);

		if (t && value.left)
			(void)http1_head_add(&t->http.head[DIR_TOSERVER], c->env->pool, bytes_str(names[i]), value);
	}
	if (t) {
		http2_head_end(c, t, DIR_TOSERVER);
		http2_body_end(c, t, DIR_TOSERVER);
	}
	upgrade_settings(c, take_line(&b));
	pbuf_release(c->env->pool, carried);
}

/* Bodies are looked at to their end, from their first byte on. */
static void
begin(struct http2_conn *c)
{
	struct proto_settings *s = &c->state->settings;

	c->state->begun = true;
	*s = *proto_settings(c->env);
	s->http_request_limit = s->http_response_limit = 0;
	s->http_request_least = s->http_response_least = 0;
	if (c->env->carried.len)
		take_upgrade(c);
}

/* Only in a DATA frame is it clear what is missing. */
static void
take_gap(struct http2_conn *c, int dir, uint64_t gap)
{
	struct http2_side *side = &c->state->side[dir];
	struct http2_tx   *t = side->stream ? find(c->state, side->stream) : NULL;

	if (gap > side->data_left) {
		side->lost = true;
		return;
	}
	side->data_left -= (uint32_t)gap;
	if (t && !t->more[dir].ended)
		http1_body_gap(c->env, &t->http, dir, gap);
}

static void
take_end(struct http2_conn *c, int dir)
{
	struct tx *tx;

	TAILQ_FOREACH(tx, &c->env->flow->txs, link)
		http2_body_end(c, (struct http2_tx *)tx, dir);
}

static int
http2_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags, uint64_t gap)
{
	struct http2_conn  c = { state, env };
	struct http2_side *side = &c.state->side[dir];
	struct bytes       b = data;

	if (!c.state->begun)
		begin(&c);
	if (flags & PROTO_GAP)
		take_gap(&c, dir, gap);
	if (side->lost)
		bytes_skip(&b, b.left);
	if (dir == DIR_TOSERVER && !side->begun && b.left)
		side->begun = take_preface(&c, &b);
	while ((side->begun || dir == DIR_TOCLIENT) && (b.left || side->data_last) && step(&c, dir, &b))
		;
	if (flags & PROTO_EOF)
		take_end(&c, dir);
	return (int)(data.left - b.left);
}

/* ---- the row ---- */

static enum proto_probe
probe_settings(struct bytes data)
{
	static const uint8_t least[] = { 0, 0, 0, HTTP2_SETTINGS, 0, 0, 0, 0, 0 };
	struct bytes         b = data;
	struct frame         f;

	for (size_t i = 0; i < data.left && i < FRAME_HEAD; i++)
		if (i != 2 && i != 4 && data.at[i] != least[i])
			return PROBE_NO;
	if (!frame_head(&b, &f))
		return PROBE_MORE;
	return f.len % SETTING_LEN == 0 && (f.flags == 0 || (f.flags == FLAG_ACK && f.len == 0)) ? PROBE_YES
												  : PROBE_NO;
}

static enum proto_probe
http2_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	(void)sport, (void)dport;
	if (dir == DIR_TOCLIENT)
		return probe_settings(data);
	if (bytes_starts(&data, PREFACE, PREFACE_LEN))
		return PROBE_YES;
	return data.left < PREFACE_LEN && memcmp(data.at, PREFACE, data.left) == 0 ? PROBE_MORE : PROBE_NO;
}

const struct proto http2_proto = {
	.id = APPPROTO_HTTP2,
	.over = PROTO_TCP,
	.gaps = 1,
	.state_size = sizeof(struct http2_state),
	.probe = http2_probe,
	.parse = http2_parse,
	.tx_free = http2_tx_free,
	.state_free = http2_state_free,
	.ops = { .buffer = http2_buffer, .number = http2_number, .may_have = http2_may_have },
	.eve = http2_eve,
};
