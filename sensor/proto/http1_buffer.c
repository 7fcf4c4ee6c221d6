/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/packet.h"
#include "sensor/file.h"
#include "sensor/proto/http1.h"

#include <stddef.h>

static bool
give(struct bytes data, struct view *out)
{
	*out = (struct view){ .data = data, .ended = true };
	return data.left > 0;
}

static bool
give_pbuf(const struct pbuf *b, struct view *out)
{
	return give(bytes_of(b->data, b->len), out);
}

/* Buffers that are one header's value. */
static const char *
header_of(enum buffer b)
{
	switch (b) {
	case BUF_HTTP_USER_AGENT:
		return "user-agent";
	case BUF_HTTP_ACCEPT:
		return "accept";
	case BUF_HTTP_ACCEPT_ENC:
		return "accept-encoding";
	case BUF_HTTP_ACCEPT_LANG:
		return "accept-language";
	case BUF_HTTP_REFERER:
		return "referer";
	case BUF_HTTP_CONNECTION:
		return "connection";
	case BUF_HTTP_CONTENT_TYPE:
		return "content-type";
	case BUF_HTTP_CONTENT_LEN:
		return "content-length";
	case BUF_HTTP_SERVER:
		return "server";
	case BUF_HTTP_LOCATION:
		return "location";
	default:
		return NULL;
	}
}

static bool
give_value(const struct http1_head *h, const char *name, struct view *out)
{
	const struct http1_field *f = http1_head_find(h, name);

	if (!f)
		return false;
	*out = (struct view){ .data = http1_value(h, f), .ended = true };
	return true; /* an empty value is one, too */
}

static bool
request_buffer(struct http1_tx *t, enum buffer b, struct view *out)
{
	const struct http1_head  *h = &t->head[DIR_TOSERVER];
	const struct http1_field *f;

	switch (b) {
	case BUF_HTTP_METHOD:
		return give(http1_part(h, t->method), out);
	case BUF_HTTP_URI:
		return give_pbuf(&t->uri, out);
	case BUF_HTTP_URI_RAW:
		return give(http1_part(h, t->target), out);
	case BUF_HTTP_PROTOCOL:
		return give(http1_part(h, t->protocol), out);
	case BUF_HTTP_REQUEST_LINE:
		return give_pbuf(&h->line, out);
	case BUF_HTTP_HOST:
		return give_pbuf(&t->host, out);
	case BUF_HTTP_HOST_RAW:
		f = t->host_from_uri ? NULL : http1_head_find(h, "host");
		return f ? give(http1_value(h, f), out) : give_pbuf(&t->host, out);
	case BUF_HTTP_REQUEST_BODY:
		return http1_body_view(t, DIR_TOSERVER, out);
	default:
		return false;
	}
}

static bool
response_buffer(struct http1_tx *t, enum buffer b, unsigned index, struct view *out)
{
	const struct http1_head *h = &t->head[DIR_TOCLIENT];

	switch (b) {
	case BUF_HTTP_STAT_CODE:
		return give(http1_part(h, t->code), out);
	case BUF_HTTP_STAT_MSG:
		return give(http1_part(h, t->reason), out);
	case BUF_HTTP_PROTOCOL:
		return give(http1_part(h, t->response_protocol), out);
	case BUF_HTTP_RESPONSE_LINE:
		return give_pbuf(&h->line, out);
	case BUF_HTTP_RESPONSE_BODY:
		return http1_body_view(t, DIR_TOCLIENT, out);
	case BUF_FILE_DATA:
		return index == 0 && http1_body_view(t, DIR_TOCLIENT, out);
	default:
		return false;
	}
}

/* Buffers that both directions have alike. */
static bool
head_buffer(struct http1_tx *t, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct http1_head        *h = &t->head[dir];
	const struct http1_field *f;

	switch (b) {
	case BUF_HTTP_HEADER:
		return give(bytes_of(h->text.data, h->cookie), out);
	case BUF_HTTP_HEADER_RAW:
		return give_pbuf(&h->raw, out);
	case BUF_HTTP_HEADER_NAMES:
		return give_pbuf(http1_head_names(h, t->pool), out);
	case BUF_HTTP_START:
		return give_pbuf(http1_head_start(h, t->pool), out);
	case BUF_HTTP_COOKIE:
		return give_value(h, dir == DIR_TOSERVER ? "cookie" : "set-cookie", out);
	case BUF_HTTP_REQUEST_HEADER:
	case BUF_HTTP_RESPONSE_HEADER:
		f = http1_head_at(h, index);
		return f && give(http1_name_value(h, f), out);
	default:
		return false;
	}
}

static bool
file_is_due(struct http1_tx *t, int dir, unsigned index)
{
	const struct file *f = file_at(&t->tx, dir, index);

	return f && (f->state != FILE_OPEN || http1_body_is_due(t, dir, f->size));
}

bool
http1_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct http1_tx *t = (struct http1_tx *)tx;
	const char      *name = header_of(b);

	if (name)
		return index == 0 && give_value(&t->head[dir], name, out);
	if (b == BUF_FILE_NAME || b == BUF_FILE_MAGIC)
		return file_buffer(tx, b, dir, index, out);
	if (b == BUF_FILE_DATA && dir == DIR_TOSERVER)
		return file_is_due(t, dir, index) && file_buffer(tx, b, dir, index, out);
	if (index == 0 || b == BUF_HTTP_REQUEST_HEADER || b == BUF_HTTP_RESPONSE_HEADER)
		if (head_buffer(t, b, dir, index, out))
			return true;
	return index == 0 && (dir == DIR_TOSERVER ? request_buffer(t, b, out)
						  : response_buffer(t, b, index, out));
}
