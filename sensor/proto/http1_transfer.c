/* SPDX-License-Identifier: Apache-2.0 */
/* How a body travels: by length, in chunks, or until the end of the stream (RFC 9112 6 and 7). */
#include "rules/packet.h"
#include "sensor/proto/http1.h"

static void
event(struct http1_tx *t, int dir, enum http1_event request, enum http1_event response)
{
	http1_event(t, dir == DIR_TOSERVER ? request : response);
}

/* The first digits in the value; false: there are none, or they are too many. */
static bool
read_length(struct bytes value, uint64_t *out)
{
	size_t i = 0, start;

	while (i < value.left && (value.at[i] < '0' || value.at[i] > '9'))
		i++;
	start = i;
	for (*out = 0; i < value.left && value.at[i] >= '0' && value.at[i] <= '9'; i++) {
		if (*out > INT64_MAX / 10 - 1)
			return false;
		*out = *out * 10 + (value.at[i] - '0');
	}
	return i > start;
}

static bool
is_chunked(struct http1_tx *t, int dir)
{
	const struct http1_head  *h = &t->head[dir];
	const struct http1_field *f = http1_head_find(h, "transfer-encoding");
	struct bytes              value;

	if (!f)
		return false;
	value = http1_value(h, f);
	if (!http1_contains(value, "chunked")) {
		event(t, dir, HTTP1_EVENT_INVALID_TRANSFER_ENCODING_VALUE_IN_REQUEST,
				HTTP1_EVENT_INVALID_TRANSFER_ENCODING_VALUE_IN_RESPONSE);
		return false;
	}
	if (dir == DIR_TOCLIENT && !bytes_is_nocase(value, "chunked"))
		http1_event(t, HTTP1_EVENT_RESPONSE_ABNORMAL_TRANSFER_ENCODING);
	if (dir == DIR_TOCLIENT && !bytes_is(http1_part(h, t->response_protocol), "HTTP/1.1"))
		http1_event(t, HTTP1_EVENT_RESPONSE_CHUNKED_OLD_PROTO);
	return true;
}

enum http1_step
http1_transfer(struct http1_tx *t, int dir, uint64_t *left)
{
	const struct http1_head  *h = &t->head[dir];
	const struct http1_field *f = http1_head_find(h, "content-length");

	*left = 0;
	if (is_chunked(t, dir))
		return HTTP1_STEP_CHUNK_SIZE;
	if (!f)
		return HTTP1_STEP_END;
	if (!read_length(http1_value(h, f), left)) {
		event(t, dir, HTTP1_EVENT_INVALID_CONTENT_LENGTH_FIELD_IN_REQUEST,
				HTTP1_EVENT_INVALID_CONTENT_LENGTH_FIELD_IN_RESPONSE);
		return dir == DIR_TOCLIENT ? HTTP1_STEP_CLOSE : HTTP1_STEP_END;
	}
	return *left ? HTTP1_STEP_LENGTH : HTTP1_STEP_END;
}

/* As much of the counted bytes as is there goes to the body. */
static void
take_counted(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];
	size_t             n = b->left < side->left ? b->left : (size_t)side->left;

	http1_body_data(c->env, side->tx, dir, bytes_cut(b, n));
	side->left -= n;
}

int
http1_length(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];

	take_counted(c, dir, b);
	if (side->left)
		return 0;
	side->step = HTTP1_STEP_END;
	return 1;
}

int
http1_close(struct http1_conn *c, int dir, struct bytes *b)
{
	http1_body_data(c->env, c->state->side[dir].tx, dir, bytes_cut(b, b->left));
	return 0;
}

/* Lines between chunks end with LF, for everybody. */
static bool
take_line(struct http1_conn *c, struct bytes *b, struct bytes *line)
{
	size_t n = http1_line_len(*b, false, false, c->eof);

	if (n == 0 && b->left < HTTP1_LINE_MAX)
		return false;
	*line = bytes_cut(b, n == 0 || n > HTTP1_LINE_MAX ? HTTP1_LINE_MAX : n);
	return true;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits after white space, up to anything else. false: none, or too large. */
static bool
read_chunk_size(struct bytes line, uint64_t *out, bool *extension)
{
	size_t i = 0, start, end;

	while (i < line.left && http1_is_space(line.at[i]))
		i++;
	start = i;
	for (*out = 0; i < line.left && hex(line.at[i]) >= 0; i++) {
		if (*out >> 56)
			return false;
		*out = *out << 4 | (uint64_t)hex(line.at[i]);
	}
	end = i;
	while (i < line.left && http1_is_blank(line.at[i]))
		i++;
	*extension = i < line.left && line.at[i] == ';';
	return end > start;
}

/* What cannot be a chunk's size: the rest of a response is taken as it is. */
static int
broken_chunk(struct http1_conn *c, int dir, struct bytes line)
{
	struct http1_side *side = &c->state->side[dir];

	event(side->tx, dir, HTTP1_EVENT_INVALID_REQUEST_CHUNK_LEN,
			HTTP1_EVENT_INVALID_RESPONSE_CHUNK_LEN);
	http1_body_data(c->env, side->tx, dir, line);
	side->step = HTTP1_STEP_CLOSE;
	return 1;
}

int
http1_chunk_size(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];
	bool               extension = false;
	struct bytes       line;

	do {
		if (!take_line(c, b, &line))
			return 0;
	} while (http1_trim(line).left == 0);
	if (!read_chunk_size(line, &side->left, &extension))
		return broken_chunk(c, dir, line);
	if (extension)
		event(side->tx, dir, HTTP1_EVENT_REQUEST_CHUNK_EXTENSION,
				HTTP1_EVENT_RESPONSE_CHUNK_EXTENSION);
	side->step = side->left ? HTTP1_STEP_CHUNK_DATA : HTTP1_STEP_TRAILER;
	return 1;
}

int
http1_chunk_data(struct http1_conn *c, int dir, struct bytes *b)
{
	struct http1_side *side = &c->state->side[dir];

	take_counted(c, dir, b);
	if (side->left)
		return 0;
	side->step = HTTP1_STEP_CHUNK_END;
	return 1;
}

/* The line end after a chunk; other bytes before it are nobody's. */
int
http1_chunk_end(struct http1_conn *c, int dir, struct bytes *b)
{
	struct bytes line;

	if (!take_line(c, b, &line))
		return 0;
	c->state->side[dir].step = HTTP1_STEP_CHUNK_SIZE;
	return 1;
}
