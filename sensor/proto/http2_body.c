/* SPDX-License-Identifier: Apache-2.0 */
/* DATA: bodies, by the code of HTTP/1, and DNS messages in them (RFC 8484). */
#include "lib/bytes.h"
#include "rules/base64.h"
#include "rules/packet.h"
#include "sensor/proto.h"
#include "sensor/proto/dns.h"
#include "sensor/proto/http2.h"

#define DNS_MAX 65535

/* ---- bodies ---- */

/* HTTP/1's code tells in HTTP/1's events. */
static void
translate_events(struct http2_tx *t, uint64_t before)
{
	static const struct {
		uint8_t from, to;
	} rows[] = {
		{ HTTP1_EVENT_GZIP_DECOMPRESSION_FAILED, HTTP2_EVENT_FAILED_DECOMPRESSION },
		{ HTTP1_EVENT_COMPRESSION_BOMB, HTTP2_EVENT_COMPRESSION_BOMB },
		{ HTTP1_EVENT_RANGE_INVALID, HTTP2_EVENT_INVALID_RANGE },
	};
	uint64_t told = t->http.tx.events;

	t->http.tx.events = before;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (told >> rows[i].from & 1)
			http2_event(t, rows[i].to);
}

static void
add_dns(struct http2_conn *c, struct http2_tx *t, int dir, struct bytes data)
{
	struct pbuf *wire = &t->more[dir].wire;

	if (wire->len + data.left > DNS_MAX)
		http2_event(t, dir == DIR_TOSERVER ? HTTP2_EVENT_DNS_REQUEST_TOO_LONG
						   : HTTP2_EVENT_DNS_RESPONSE_TOO_LONG);
	else
		(void)pbuf_add(c->env->pool, wire, data.at, data.left);
}

void
http2_body_data(struct http2_conn *c, struct http2_tx *t, int dir, struct bytes data)
{
	uint64_t events = t->http.tx.events;

	if (data.left == 0 || t->more[dir].ended)
		return;
	if (t->http.tx.progress[dir] < HTTP2_BODY)
		t->http.tx.progress[dir] = HTTP2_BODY;
	t->http.tx.events = 0;
	http1_body_data(c->env, &t->http, dir, data);
	translate_events(t, events);
	if (t->is_dns)
		add_dns(c, t, dir, data);
}

/* ---- DNS ---- */

static void
dns_free(struct dns_tx *dns, struct pool *pool)
{
	if (!dns)
		return;
	dns_message_release(&dns->message, pool);
	pool_put(pool, dns, sizeof(*dns));
}

static void
read_dns(struct http2_conn *c, struct http2_tx *t, int dir)
{
	struct http2_more *more = &t->more[dir];
	struct dns_tx     *dns;

	if (more->dns || more->wire.len == 0 || !(dns = pool_zero(c->env->pool, sizeof(*dns))))
		return;
	dns->dir = (uint8_t)dir;
	dns->tx.id = t->http.tx.id;
	if (dns_message_read(&dns->message, c->env->pool, bytes_of(more->wire.data, more->wire.len)) < 0 ||
			dns->message.wrong & DNS_WRONG_RECORD) {
		dns_free(dns, c->env->pool);
		return;
	}
	more->dns = dns;
}

size_t
http2_base64url(struct bytes text, uint8_t *out, size_t cap)
{
	uint8_t group[64]; /* a multiple of four, so that each piece can be decoded alone */
	size_t  n = 0;

	while (text.left && n < cap) {
		struct bytes piece = bytes_cut(&text, text.left < sizeof(group) ? text.left : sizeof(group));

		for (size_t i = 0; i < piece.left; i++)
			group[i] = piece.at[i] == '-' ? '+' : piece.at[i] == '_' ? '/' : piece.at[i];
		n += base64_decode(BASE64_RFC2045, bytes_of(group, piece.left), out + n, cap - n);
	}
	return n;
}

void
http2_dns_query(struct http2_conn *c, struct http2_tx *t, struct bytes path)
{
	uint8_t wire[1024];
	size_t  n;

	while (path.left && !bytes_starts(&path, "?dns=", 5) && !bytes_starts(&path, "&dns=", 5))
		bytes_skip(&path, 1);
	bytes_skip(&path, 5);
	n = http2_base64url(bytes_of(path.at, bytes_find(&path, '&')), wire, sizeof(wire));
	(void)pbuf_add(c->env->pool, &t->more[DIR_TOSERVER].wire, wire, n);
}

/* ---- the end ---- */

void
http2_body_end(struct http2_conn *c, struct http2_tx *t, int dir)
{
	uint64_t events = t->http.tx.events;

	if (t->more[dir].ended)
		return;
	t->more[dir].ended = true;
	t->http.tx.events = 0;
	http1_body_close(c->env, &t->http, dir);
	translate_events(t, events);
	if (t->is_dns)
		read_dns(c, t, dir);
	t->http.tx.progress[dir] = HTTP2_COMPLETE;
	t->http.tx.updated[dir] = true;
}

void
http2_body_release(struct http2_more *more, struct pool *pool)
{
	dns_free(more->dns, pool);
	pbuf_release(pool, &more->wire);
	pbuf_release(pool, &more->notes);
}
