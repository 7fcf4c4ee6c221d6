/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/http1_body.h"

#include "sensor/file.h"
#include "sensor/inflate.h"
#include "sensor/proto.h"
#include "sensor/proto/http1.h"
#include "sensor/proto/http1_form.h"
#include "sensor/settings.h"

#include <errno.h>

#define BOMB_LEN (1u << 20) /* decoded bytes from which the ratio counts */
#define BOMB_RATIO 2048
#define TRIM_LEN 4096 /* moving memory for less is not worth it */

/* ---- setting up ---- */

#define IDENTITY -1
#define STRANGE -2

/* enum inflate_kind, IDENTITY or STRANGE. As browsers do, the names are found inside other text, too. */
static int
coding(struct bytes word)
{
	if (http1_contains(word, "gzip"))
		return INFLATE_GZIP;
	if (http1_contains(word, "deflate"))
		return INFLATE_DEFLATE;
	if (bytes_is_nocase(word, "br"))
		return INFLATE_BROTLI;
	return word.left == 0 || http1_contains(word, "identity") || http1_contains(word, "inflate") ||
					http1_contains(word, "none")
			? IDENTITY
			: STRANGE;
}

static void
add_layer(struct proto_env *env, struct http1_tx *t, struct http1_body *body, int kind)
{
	if (body->n_layers >= t->settings->http_layers || body->n_layers >= HTTP1_LAYERS_MAX) {
		http1_event(t, HTTP1_EVENT_TOO_MANY_ENCODING_LAYERS);
		return;
	}
	if (inflate_new(&body->layer[body->n_layers], env->pool, (enum inflate_kind)kind) == 0)
		body->n_layers++;
}

/* Content-Encoding names the codings in the order in which they were put on. */
static void
open_layers(struct proto_env *env, struct http1_tx *t, int dir)
{
	const struct http1_field *f = http1_head_find(&t->head[dir], "content-encoding");
	struct bytes              value;

	if (!f || t->settings->http_layers == 0)
		return;
	value = http1_value(&t->head[dir], f);
	while (value.left) {
		size_t       at = value.left;
		struct bytes word;
		int          kind;

		while (at > 0 && value.at[at - 1] != ',')
			at--;
		word = http1_trim(bytes_of(value.at + at, value.left - at));
		value.left = at ? at - 1 : 0;
		kind = coding(word);
		if (kind >= 0)
			add_layer(env, t, &t->body[dir], kind);
		else if (kind == STRANGE)
			http1_event(t, HTTP1_EVENT_ABNORMAL_CE_HEADER);
	}
}

static void
open_form(struct proto_env *env, struct http1_tx *t)
{
	static const char         multipart[] = "multipart/form-data";
	const struct http1_head  *h = &t->head[DIR_TOSERVER];
	const struct http1_field *f = http1_head_find(h, "content-type");
	struct bytes              value;

	if (!f || !bytes_is(http1_part(h, t->method), "POST"))
		return;
	value = http1_value(h, f);
	if (value.left < sizeof(multipart) - 1 ||
			!bytes_is_nocase(bytes_of(value.at, sizeof(multipart) - 1), multipart))
		return;
	t->body[DIR_TOSERVER].form = http1_form_new(env, value);
}

void
http1_body_open(struct proto_env *env, struct http1_tx *t, int dir)
{
	open_layers(env, t, dir);
	if (dir == DIR_TOSERVER)
		open_form(env, t);
}

/* ---- the file ---- */

/* A Content-Disposition names it, else the path does. */
static void
open_file(struct proto_env *env, struct http1_tx *t, int dir)
{
	const struct http1_head  *h = &t->head[dir];
	const struct http1_field *f = http1_head_find(h, "content-disposition");
	uint8_t                   name[FILE_NAME_MAX];
	size_t                    n = 0;

	if (dir == DIR_TOCLIENT && f)
		n = http1_parameter(name, sizeof(name), http1_value(h, f), "filename");
	t->body[dir].file = file_open(env, &t->tx, dir,
			n ? bytes_of(name, n) : bytes_of(t->uri.data, t->path_len));
}

static bool
is_upload(const struct http1_tx *t)
{
	struct bytes method = http1_part(&t->head[DIR_TOSERVER], t->method);

	return bytes_is(method, "POST") || bytes_is(method, "PUT");
}

static void
append_file(struct proto_env *env, struct http1_tx *t, int dir, struct bytes data)
{
	struct http1_body *body = &t->body[dir];

	if (body->form) {
		http1_form_data(env, t, body->form, data);
		return;
	}
	if (!body->file && body->total == data.left && (dir == DIR_TOCLIENT || is_upload(t)))
		open_file(env, t, dir);
	file_append(env, body->file, data);
}

/* ---- decoded bytes ---- */

static uint32_t
limit(const struct http1_tx *t, int dir)
{
	return dir == DIR_TOSERVER ? t->settings->http_request_limit : t->settings->http_response_limit;
}

bool
http1_body_is_due(const struct http1_tx *t, int dir, uint64_t size)
{
	uint8_t stage = dir == DIR_TOSERVER ? HTTP1_REQUEST_BODY : HTTP1_RESPONSE_BODY;

	return t->tx.progress[dir] > stage || t->body[dir].full || t->body[dir].broken ||
			size >= (dir == DIR_TOSERVER ? t->settings->http_request_least
						     : t->settings->http_response_least);
}

/* Forget what the engine has seen, but for the window that a later match may reach back over. */
static void
trim(struct http1_tx *t, int dir)
{
	struct http1_body *body = &t->body[dir];
	uint32_t window = dir == DIR_TOSERVER ? t->settings->http_request_window
					      : t->settings->http_response_window;
	uint64_t keep_from = body->seen > window ? body->seen - window : 0;

	if (keep_from < body->start + TRIM_LEN)
		return;
	pbuf_cut(&body->data, keep_from - body->start);
	body->start = keep_from;
}

static void
append(struct proto_env *env, struct http1_tx *t, int dir, struct bytes data)
{
	struct http1_body *body = &t->body[dir];
	uint32_t           most = limit(t, dir);

	if (body->full || data.left == 0)
		return;
	if (!t->tx.updated[dir] && http1_body_is_due(t, dir, body->total))
		body->seen = body->total;
	if (most && data.left >= most - body->total) {
		data.left = (size_t)(most - body->total);
		body->full = true;
	}
	trim(t, dir);
	if (pbuf_add(env->pool, &body->data, data.at, data.left) < 0) {
		body->full = true;
		return;
	}
	body->total += data.left;
	t->tx.updated[dir] = true;
	append_file(env, t, dir, data);
}

/* ---- content codings ---- */

struct chain {
	struct proto_env *env;
	struct http1_tx  *t;
	int               dir;
	unsigned          layer; /* the one whose output comes */
};

static int feed(const struct chain *from, unsigned layer, struct bytes data);

static int
sink(void *arg, struct bytes out)
{
	const struct chain *c = arg;

	return feed(c, c->layer + 1, out);
}

/* A coding that fails before anything came out was none: its bytes go on as they came. */
static int
failed(const struct chain *c, struct bytes early)
{
	struct http1_body *body = &c->t->body[c->dir];

	if (inflate_started(body->layer[c->layer])) {
		http1_event(c->t, HTTP1_EVENT_GZIP_DECOMPRESSION_FAILED);
		body->broken = true;
		return -EBADMSG;
	}
	body->plain |= (uint8_t)(1u << c->layer);
	return feed(c, c->layer + 1, early);
}

/* Bytes into a layer; after the last one they are the body. */
static int
feed(const struct chain *from, unsigned layer, struct bytes data)
{
	struct http1_body *body = &from->t->body[from->dir];
	struct chain       c = { from->env, from->t, from->dir, layer };
	int                rc;

	if (layer >= body->n_layers) {
		append(c.env, c.t, c.dir, data);
		if (body->total > BOMB_LEN && body->total / BOMB_RATIO > body->wire_len) {
			http1_event(c.t, HTTP1_EVENT_COMPRESSION_BOMB);
			body->full = true;
		}
		return body->full ? -EFBIG : 0; /* nobody looks at more: save the work */
	}
	if (body->plain >> layer & 1)
		return feed(&c, layer + 1, data);
	rc = inflate_feed(body->layer[layer], data, sink, &c);
	return rc == -EBADMSG && !body->broken ? failed(&c, inflate_early(body->layer[layer])) : rc;
}

void
http1_body_data(struct proto_env *env, struct http1_tx *t, int dir, struct bytes data)
{
	struct http1_body *body = &t->body[dir];
	struct chain       c = { env, t, dir, 0 };

	body->wire_len += data.left;
	if (!body->broken && !body->full)
		(void)feed(&c, 0, data);
}

void
http1_body_gap(struct proto_env *env, struct http1_tx *t, int dir, uint64_t n)
{
	struct http1_body *body = &t->body[dir];

	body->wire_len += n;
	if (body->n_layers) /* nothing after a hole can be decoded */
		body->broken = true;
	file_gap(env, body->file, n);
	body->total += n;
	body->start = body->total;
	body->data.len = 0;
}

static void
release_layers(struct http1_body *body)
{
	for (unsigned i = 0; i < HTTP1_LAYERS_MAX; i++) {
		inflate_free(body->layer[i]);
		body->layer[i] = NULL;
	}
	body->n_layers = 0;
}

void
http1_body_close(struct proto_env *env, struct http1_tx *t, int dir)
{
	struct http1_body *body = &t->body[dir];
	bool               whole = !body->full;

	if (body->form)
		http1_form_close(env, t, body->form, whole);
	file_close(env, body->file, whole ? FILE_CLOSED : FILE_TRUNCATED);
	release_layers(body);
}

void
http1_body_release(struct http1_body *body, struct pool *pool)
{
	release_layers(body);
	http1_form_free(body->form, pool);
	body->form = NULL;
	pbuf_release(pool, &body->data);
}

bool
http1_body_view(struct http1_tx *t, int dir, struct view *out)
{
	const struct http1_body *body = &t->body[dir];

	if (body->data.len == 0 || !http1_body_is_due(t, dir, body->total))
		return false;
	*out = (struct view){ .data = bytes_of(body->data.data, body->data.len), .start = body->start,
		.ended = t->tx.progress[dir] >= t->tx.complete_at[dir] };
	return true;
}
