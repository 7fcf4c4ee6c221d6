/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/websocket.h"

#include "lib/json.h"
#include "rules/app/websocket.h"
#include "rules/packet.h"
#include "sensor/appframe.h"
#include "sensor/inflate.h"
#include "sensor/proto.h"
#include "sensor/tx.h"

#include <errno.h>

#define PAYLOAD_MAX 65535u /* kept of a frame, of a message, and of what it decompresses to */

#define FIN 0x80
#define COMPRESSED 0x40
#define FLAGS 0xf0
#define MASKED 0x80
#define CONTROL 8 /* opcodes from here on stand between the fragments of a message */

struct websocket_tx {
	struct tx   tx; /* head first */
	uint8_t     dir;
	uint8_t     first; /* byte of the frame: flags and opcode */
	bool        masked;
	uint32_t    mask;
	struct pbuf payload;
};

struct side {
	/* the frame on its way */
	bool        in_frame;
	uint8_t     first;
	bool        masked;
	uint8_t     mask[4];
	uint64_t    len, left;
	struct pbuf payload; /* unmasked, as much as is kept */
	/* the message that its fragments make */
	struct pbuf     message;
	bool            in_message, compressed, too_long;
	struct inflate *inflate; /* goes on from message to message */
	bool            lost;
};

struct websocket {
	struct side side[2];
};

/* ---- decompression ---- */

struct sink {
	struct pool *pool;
	struct pbuf *out;
};

static int
collect(void *arg, struct bytes out)
{
	struct sink *s = arg;
	size_t       room = PAYLOAD_MAX - s->out->len;

	return pbuf_add(s->pool, s->out, out.at, out.left < room ? out.left : room);
}

static bool
feed(struct side *side, struct sink *s, struct bytes in)
{
	static const uint8_t tail[] = { 0, 0, 0xff, 0xff }; /* RFC 7692 7.2.2 */

	if (!side->inflate && inflate_new(&side->inflate, s->pool, INFLATE_DEFLATE) < 0)
		return false;
	return inflate_feed(side->inflate, in, collect, s) == 0 &&
			inflate_feed(side->inflate, bytes_of(tail, sizeof(tail)), collect, s) == 0 &&
			s->out->len > 0;
}

/* Decompress a message; what cannot be, stays as it is. A sender may begin anew with each message. */
static void
decompress(struct side *side, struct pool *pool, struct pbuf *message)
{
	struct pbuf  out = { 0 };
	struct sink  s = { pool, &out };
	struct bytes in = bytes_of(message->data, message->len);

	if (in.left == 0)
		return;
	if (!feed(side, &s, in)) {
		inflate_free(side->inflate);
		side->inflate = NULL;
		out.len = 0;
		if (!feed(side, &s, in)) {
			pbuf_release(pool, &out);
			return;
		}
	}
	pbuf_release(pool, message);
	*message = out;
}

/* ---- frames ---- */

static struct websocket_tx *
tell(struct proto_env *env, const struct side *side, int dir)
{
	struct websocket_tx *t = tx_begin(env, sizeof(*t), WEBSOCKET_COMPLETE);

	if (!t)
		return NULL;
	t->dir = (uint8_t)dir;
	t->first = side->first;
	t->masked = side->masked;
	for (unsigned i = 0; i < 4; i++)
		t->mask = t->mask << 8 | side->mask[i];
	for (int d = 0; d < DIR_COUNT; d++)
		tx_complete(&t->tx, d);
	t->tx.done_inspect[!dir] = true;
	return t;
}

/* Take the payload into the message. The frame keeps its own part, but the last one gets all. */
static void
join(struct side *side, struct pool *pool)
{
	if (!side->in_message) {
		side->in_message = true;
		side->compressed = side->first & COMPRESSED;
		side->too_long = false;
	}
	if (side->message.len + side->payload.len > PAYLOAD_MAX ||
			pbuf_add(pool, &side->message, side->payload.data, side->payload.len) < 0)
		side->too_long = true;
	if (!(side->first & FIN))
		return;
	side->in_message = false;
	pbuf_release(pool, &side->payload);
	side->payload = side->message;
	side->message = (struct pbuf){ 0 };
	if (side->compressed)
		decompress(side, pool, &side->payload);
}

static void
frame_end(struct websocket *ws, struct proto_env *env, int dir)
{
	struct side         *side = &ws->side[dir];
	bool                 control = (side->first & 15) >= CONTROL;
	struct websocket_tx *t;

	side->in_frame = false;
	if (!control)
		join(side, env->pool);
	t = tell(env, side, dir);
	if (!t) {
		pbuf_release(env->pool, &side->payload);
		return;
	}
	if (side->len > PAYLOAD_MAX)
		tx_event(&t->tx, WEBSOCKET_EVENT_SKIP_END_OF_PAYLOAD);
	if (!control && side->too_long)
		tx_event(&t->tx, WEBSOCKET_EVENT_REASSEMBLY_LIMIT_REACHED);
	t->payload = side->payload;
	side->payload = (struct pbuf){ 0 };
}

/* RFC 6455 5.2. False: the header is not all there. */
static bool
frame_begin(struct websocket *ws, struct proto_env *env, int dir, struct bytes *b)
{
	struct side  *side = &ws->side[dir];
	struct bytes  in = *b;
	uint8_t       first = bytes_u8(&in), second = bytes_u8(&in);
	uint64_t      len = second & 0x7f, head;
	struct bytes  mask;

	len = len == 126 ? bytes_be16(&in) : len == 127 ? bytes_be64(&in) : len;
	mask = bytes_cut(&in, second & MASKED ? 4 : 0);
	if (!bytes_ok(&in))
		return false;
	side->in_frame = true;
	side->first = first;
	side->masked = second & MASKED;
	memset(side->mask, 0, sizeof(side->mask));
	memcpy(side->mask, mask.at, mask.left);
	side->len = side->left = len & INT64_MAX;
	head = b->left - in.left;
	appframe_mark(env, dir, APPFRAME_WEBSOCKET_HEADER, b->at, head);
	appframe_mark(env, dir, APPFRAME_WEBSOCKET_PDU, b->at, head + side->len);
	appframe_mark(env, dir, APPFRAME_WEBSOCKET_DATA, in.at, side->len);
	*b = in;
	return true;
}

static void
frame_more(struct websocket *ws, struct proto_env *env, int dir, struct bytes *b)
{
	struct side *side = &ws->side[dir];
	size_t       n = b->left < side->left ? b->left : (size_t)side->left;
	struct bytes part = bytes_cut(b, n);
	uint32_t     from = side->payload.len, room = PAYLOAD_MAX - from;

	side->left -= n;
	if (pbuf_add(env->pool, &side->payload, part.at, n < room ? n : room) == 0 && side->masked)
		for (uint32_t i = from; i < side->payload.len; i++)
			side->payload.data[i] ^= side->mask[i & 3];
	if (side->left == 0)
		frame_end(ws, env, dir);
}

static void
take_gap(struct websocket *ws, struct proto_env *env, int dir, uint64_t gap)
{
	struct side *side = &ws->side[dir];

	if (!side->in_frame || gap > side->left) {
		side->lost = true;
		return;
	}
	side->left -= gap;
	side->len = PAYLOAD_MAX + 1ull; /* its end is skipped: what follows stands at another place */
	side->payload.len = 0;
	if (side->left == 0)
		frame_end(ws, env, dir);
}

static int
websocket_parse(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
		uint64_t gap)
{
	struct websocket *ws = state;
	struct side      *side = &ws->side[dir];
	struct bytes      b = data;

	if (flags & PROTO_GAP)
		take_gap(ws, env, dir, gap);
	if (side->lost)
		return (int)data.left;
	while (b.left) {
		if (!side->in_frame && !frame_begin(ws, env, dir, &b))
			break;
		frame_more(ws, env, dir, &b);
	}
	return (int)(data.left - b.left);
}

static void
websocket_tx_free(void *state, struct proto_env *env, struct tx *tx)
{
	struct websocket_tx *t = (struct websocket_tx *)tx;

	(void)state;
	pbuf_release(env->pool, &t->payload);
	tx_end(env, tx, sizeof(*t));
}

static void
websocket_state_free(void *state, struct proto_env *env)
{
	struct websocket *ws = state;

	for (int d = 0; d < DIR_COUNT; d++) {
		pbuf_release(env->pool, &ws->side[d].payload);
		pbuf_release(env->pool, &ws->side[d].message);
		inflate_free(ws->side[d].inflate);
	}
}

/* ---- what rules and EVE ask ---- */

static bool
websocket_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct websocket_tx *t = (struct websocket_tx *)tx;

	return b == BUF_WEBSOCKET_PAYLOAD && index == 0 && dir == t->dir && view_whole(out, &t->payload);
}

static bool
websocket_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct websocket_tx *t = (struct websocket_tx *)tx;

	if (index > 0 || dir != t->dir)
		return false;
	switch (n) {
	case NUM_WEBSOCKET_OPCODE:
		*out = t->first & 15;
		return true;
	case NUM_WEBSOCKET_FLAGS:
		*out = t->first & FLAGS;
		return true;
	case NUM_WEBSOCKET_MASK:
		*out = t->mask;
		return t->masked;
	default:
		return false;
	}
}

static void
websocket_eve(struct tx *tx, struct json *j)
{
	static const char *const names[16] = { "continuation", "text", "binary", [8] = "connection_close", "ping",
		"pong" };
	struct websocket_tx     *t = (struct websocket_tx *)tx;
	const char              *name = names[t->first & 15];

	json_obj(j, "websocket");
	json_bool(j, "fin", t->first & FIN);
	if (t->masked)
		json_u64(j, "mask", t->mask);
	if (name)
		json_str(j, "opcode", name);
	else
		json_u64(j, "opcode", t->first & 15);
	json_obj_end(j);
}

/* Nothing but an Upgrade tells it. */
static enum proto_probe
websocket_probe(struct bytes data, int dir, uint16_t sport, uint16_t dport)
{
	(void)data, (void)dir, (void)sport, (void)dport;
	return PROBE_NO;
}

const struct proto websocket_proto = {
	.id = APPPROTO_WEBSOCKET,
	.over = PROTO_TCP,
	.gaps = 1,
	.state_size = sizeof(struct websocket),
	.probe = websocket_probe,
	.parse = websocket_parse,
	.tx_free = websocket_tx_free,
	.state_free = websocket_state_free,
	.ops = { .buffer = websocket_buffer, .number = websocket_number },
	.eve = websocket_eve,
};
