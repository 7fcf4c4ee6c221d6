/* SPDX-License-Identifier: Apache-2.0 */
/* What rules ask of HTTP/2: mostly what they ask of HTTP/1. */
#include "rules/packet.h"
#include "sensor/proto/dns.h"
#include "sensor/proto/http2.h"

static bool
give(struct view *out, struct bytes data)
{
	*out = (struct view){ .data = data, .ended = true };
	return true;
}

/* The host as it was sent. */
static bool
raw_host(const struct http1_head *h, struct view *out)
{
	const struct http1_field *f = http1_head_find(h, ":authority");

	if (!f)
		f = http1_head_find(h, "host");
	return f && give(out, http1_value(h, f));
}

static bool
field_name(const struct http1_head *h, unsigned index, struct view *out)
{
	const struct http1_field *f = http1_head_at(h, index);

	return f && give(out, http1_name(h, f));
}

static bool
line(const struct http1_head *h, const char *without, struct view *out)
{
	return give(out, h->line.len ? bytes_of(h->line.data, h->line.len) : bytes_str(without));
}

static bool
own_buffer(struct http2_tx *t, enum buffer b, int dir, unsigned index, struct view *out)
{
	const struct http1_head *h = &t->http.head[dir];

	switch (b) {
	case BUF_HTTP2_HEADER_NAME:
		return field_name(h, index, out);
	case BUF_HTTP_HEADER_RAW:
		return h->text.len && give(out, bytes_of(h->text.data, h->text.len));
	case BUF_HTTP_HOST_RAW:
		return raw_host(h, out);
	case BUF_HTTP_PROTOCOL:
		return give(out, bytes_str("HTTP/2"));
	case BUF_HTTP_STAT_MSG: /* there is none any more */
		return give(out, bytes_of(NULL, 0));
	case BUF_HTTP_REQUEST_LINE:
		return line(h, "HTTP/2\r\n", out);
	case BUF_HTTP_RESPONSE_LINE:
		return line(h, "HTTP/2 \r\n", out);
	default:
		return false;
	}
}

bool
http2_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct http2_tx *t = (struct http2_tx *)tx;

	if (own_buffer(t, b, dir, index, out))
		return index == 0 || b == BUF_HTTP2_HEADER_NAME;
	if (t->more[dir].dns && dns_buffer(&t->more[dir].dns->tx, b, dir, index, out))
		return true;
	return http1_buffer(tx, b, dir, index, out);
}

/* What asks DNS asks messages only. */
bool
http2_may_have(struct tx *tx, enum buffer b, int dir)
{
	struct http2_tx *t = (struct http2_tx *)tx;

	return t->more[dir].dns || b < BUF_DNS_QUERY || b > BUF_DNS_RESPONSE_RRNAME;
}

bool
http2_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct http2_tx   *t = (struct http2_tx *)tx;
	struct http2_more *more = &t->more[dir];

	for (uint32_t at = 0; at < more->notes.len; at += sizeof(struct http2_note)) {
		const struct http2_note *note = (const void *)(more->notes.data + at);

		if (note->number != n || index-- != 0)
			continue;
		*out = note->value;
		return true;
	}
	return more->dns && dns_number(&more->dns->tx, n, dir, index, out);
}
