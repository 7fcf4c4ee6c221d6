/* SPDX-License-Identifier: Apache-2.0 */
/* Header blocks: decompression (RFC 7541, by nghttp2), fields, and what the pseudo-fields mean. */
#include "rules/packet.h"
#include "sensor/proto.h"
#include "sensor/proto/http1_uri.h"
#include "sensor/proto/http2.h"

#include <errno.h>

#define SIZE_UPDATE 0x20 /* RFC 7541 6.3: 001xxxxx */
#define DNS_TYPE "application/dns-message"

/* ---- nghttp2's memory is the pool's; a head of 16 bytes remembers the size ---- */

#define HEAD 16

static void *
mem_get(size_t size, void *pool)
{
	uint8_t *block = size <= POOL_BLOCK_MAX - HEAD ? pool_get(pool, size + HEAD) : NULL;

	if (!block)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + HEAD;
}

static void
mem_put(void *at, void *pool)
{
	size_t size;

	if (!at)
		return;
	memcpy(&size, (uint8_t *)at - HEAD, sizeof(size));
	pool_put(pool, (uint8_t *)at - HEAD, size + HEAD);
}

static void *
mem_zero(size_t n, size_t size, void *pool)
{
	void *at;

	if (__builtin_mul_overflow(n, size, &size) || !(at = mem_get(size, pool)))
		return NULL;
	return memset(at, 0, size);
}

static void *
mem_grow(void *at, size_t size, void *pool)
{
	void  *more = mem_get(size, pool);
	size_t had;

	if (!more || !at)
		return more;
	memcpy(&had, (uint8_t *)at - HEAD, sizeof(had));
	memcpy(more, at, had < size ? had : size);
	mem_put(at, pool);
	return more;
}

static nghttp2_hd_inflater *
inflater(struct http2_conn *c, struct http2_side *side)
{
	nghttp2_mem *mem = &c->state->mem;

	if (side->inflater)
		return side->inflater;
	*mem = (nghttp2_mem){ c->env->pool, mem_get, mem_put, mem_zero, mem_grow };
	if (nghttp2_hd_inflate_new2(&side->inflater, mem) != 0)
		return side->inflater = NULL;
	/* Which size the other side allows, and since when, is between the two; the encoder says what it
	 * uses (RFC 7541 4.2). */
	(void)nghttp2_hd_inflate_change_table_size(side->inflater, HTTP2_TABLE_MAX);
	return side->inflater;
}

void
http2_inflater_free(struct http2_side *side)
{
	if (side->inflater)
		nghttp2_hd_inflate_del(side->inflater);
	side->inflater = NULL;
}

/* ---- blocks ---- */

/* Changes of the table's size stand first in a block (RFC 7541 4.2). */
static void
note_size_updates(struct http2_conn *c, struct http2_tx *t, int dir, struct bytes b)
{
	while (b.left && (b.at[0] & 0xe0) == SIZE_UPDATE) {
		uint64_t size = bytes_u8(&b) & 0x1f;
		unsigned shift = 0;
		uint8_t  more = size == 0x1f ? 0x80 : 0;

		while (more && b.left && shift <= 56) {
			more = bytes_u8(&b);
			size += (uint64_t)(more & 0x7f) << shift;
			more &= 0x80;
			shift += 7;
		}
		if (more)
			http2_event(t, HTTP2_EVENT_HEADER_INTEGER_OVERFLOW);
		http2_note(c, t, dir, NUM_HTTP2_SIZE_UPDATE, size);
	}
}

static void
take_field(struct http2_conn *c, struct http2_tx *t, int into, const nghttp2_nv *nv)
{
	(void)http1_head_add(&t->http.head[into], c->env->pool, bytes_of(nv->name, nv->namelen),
			bytes_of(nv->value, nv->valuelen));
}

/* What cannot be decompressed leaves a table that nobody can know: begin with an empty one, so that
 * what does not refer to it is still read. */
static void
give_up_block(struct http2_side *side, struct http2_tx *t)
{
	http2_event(t, HTTP2_EVENT_INVALID_HEADER);
	http2_inflater_free(side);
}

void
http2_head_read(struct http2_conn *c, struct http2_tx *t, int dir, int into, struct bytes block)
{
	struct http2_side   *side = &c->state->side[dir];
	nghttp2_hd_inflater *hd = inflater(c, side);
	int                  flags = 0;

	if (!hd)
		return;
	note_size_updates(c, t, dir, block);
	while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
		nghttp2_nv nv;
		ssize_t    n;

		flags = 0;
		n = nghttp2_hd_inflate_hd2(hd, &nv, &flags, block.at, block.left, 1);
		if (n < 0 || (n == 0 && flags == 0)) {
			give_up_block(side, t);
			return;
		}
		bytes_skip(&block, (size_t)n);
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			take_field(c, t, into, &nv);
	}
	nghttp2_hd_inflate_end_headers(hd);
}

/* ---- meaning ---- */

static struct bytes
value_of(const struct http2_tx *t, int dir, const char *name)
{
	const struct http1_field *f = http1_head_find(&t->http.head[dir], name);

	return f ? http1_value(&t->http.head[dir], f) : bytes_of(NULL, 0);
}

static struct http1_span
add_word(struct http2_conn *c, struct pbuf *line, struct bytes word, const char *after)
{
	struct http1_span s = { line->len, (uint32_t)word.left };

	if (word.left == 0)
		return s;
	if (pbuf_add(c->env->pool, line, word.at, word.left) < 0 ||
			pbuf_add(c->env->pool, line, after, strlen(after)) < 0)
		s.len = 0;
	return s;
}

static void
lower_host(struct http2_conn *c, struct http2_tx *t, struct bytes host)
{
	for (size_t i = 0; i < host.left; i++) {
		uint8_t byte = host.at[i] >= 'A' && host.at[i] <= 'Z' ? host.at[i] | 0x20 : host.at[i];

		if (pbuf_add(c->env->pool, &t->http.host, &byte, 1) < 0)
			return;
	}
}

static void
set_host(struct http2_conn *c, struct http2_tx *t)
{
	struct bytes     authority = value_of(t, DIR_TOSERVER, ":authority");
	struct bytes     host = value_of(t, DIR_TOSERVER, "host");
	struct http1_uri u = { 0 };

	if (authority.left && bytes_find(&authority, '@') < authority.left)
		http2_event(t, HTTP2_EVENT_USERINFO_IN_URI);
	if (authority.left && host.left &&
			(authority.left != host.left || memcmp(authority.at, host.at, host.left) != 0))
		http2_event(t, HTTP2_EVENT_AUTHORITY_HOST_MISMATCH);
	http1_uri_authority(&u, authority.left ? authority : host);
	lower_host(c, t, u.host);
}

/* RFC 8484: ?dns=… in a GET, else the body. */
static void
set_dns(struct http2_conn *c, struct http2_tx *t, struct bytes path)
{
	if (!bytes_is_nocase(value_of(t, DIR_TOSERVER, "content-type"), DNS_TYPE) &&
			!bytes_is_nocase(value_of(t, DIR_TOSERVER, "accept"), DNS_TYPE))
		return;
	t->is_dns = true;
	c->env->flow->app = APPPROTO_DOH2;
	http2_dns_query(c, t, path);
}

static void
end_request(struct http2_conn *c, struct http2_tx *t)
{
	struct http1_head *h = &t->http.head[DIR_TOSERVER];
	struct bytes       path = value_of(t, DIR_TOSERVER, ":path");

	t->http.method = add_word(c, &h->line, value_of(t, DIR_TOSERVER, ":method"), " ");
	t->http.target = add_word(c, &h->line, path, " ");
	t->http.protocol = add_word(c, &h->line, bytes_str("HTTP/2"), "\r\n");
	(void)pbuf_add(c->env->pool, &t->http.uri, path.at, path.left);
	t->http.path_len = (uint32_t)bytes_find(&path, '?');
	if (t->http.path_len > t->http.uri.len)
		t->http.path_len = t->http.uri.len;
	set_host(c, t);
	set_dns(c, t, path);
}

static void
end_response(struct http2_conn *c, struct http2_tx *t)
{
	struct http1_head *h = &t->http.head[DIR_TOCLIENT];
	struct bytes       code = value_of(t, DIR_TOCLIENT, ":status");

	t->http.response_protocol = add_word(c, &h->line, bytes_str("HTTP/2"), " ");
	t->http.code = add_word(c, &h->line, code, "\r\n");
	t->http.status = 0;
	for (size_t i = 0; i < code.left && i < 3; i++)
		t->http.status = (uint16_t)(t->http.status * 10 + (code.at[i] - '0') % 10);
}

void
http2_head_end(struct http2_conn *c, struct http2_tx *t, int dir)
{
	if (t->http.tx.progress[dir] < HTTP2_HEADERS) { /* a second one is a trailer */
		if (dir == DIR_TOSERVER)
			end_request(c, t);
		else
			end_response(c, t);
		http1_body_open(c->env, &t->http, dir);
		t->http.tx.progress[dir] = HTTP2_HEADERS;
	}
	t->http.tx.updated[dir] = true;
}
