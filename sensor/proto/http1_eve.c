/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"
#include "rules/packet.h"
#include "sensor/proto/http1.h"

static void
eve_header(const struct http1_head *h, const char *name, struct json *j, const char *key)
{
	const struct http1_field *f = http1_head_find(h, name);

	if (f)
		json_bytes(j, key, http1_value(h, f));
}

static uint64_t
number(struct bytes *b)
{
	uint64_t v = 0;

	while (b->left && b->at[0] >= '0' && b->at[0] <= '9' && v < UINT32_MAX)
		v = v * 10 + (uint64_t)(bytes_u8(b) - '0');
	return v;
}

/* "bytes 2-4/10" (RFC 9110 14.4) */
static void
eve_range(const struct http1_head *h, struct json *j)
{
	const struct http1_field *f = http1_head_find(h, "content-range");
	struct bytes              raw, b;

	if (!f)
		return;
	raw = b = http1_value(h, f);
	json_obj(j, "content_range");
	json_bytes(j, "raw", raw);
	if (bytes_starts(&b, "bytes ", 6)) {
		bytes_skip(&b, 6);
		if (b.left && b.at[0] != '*') {
			json_u64(j, "start", number(&b));
			bytes_skip(&b, 1);
			json_u64(j, "end", number(&b));
		}
		bytes_skip(&b, bytes_find(&b, '/') + 1);
		if (b.left && b.at[0] != '*')
			json_u64(j, "size", number(&b));
	}
	json_obj_end(j);
}

static void
eve_part(const struct http1_head *h, struct http1_span s, struct json *j, const char *key)
{
	if (s.len)
		json_bytes(j, key, http1_part(h, s));
}

void
http1_eve_members(struct http1_tx *t, struct json *j)
{
	const struct http1_head *request = &t->head[DIR_TOSERVER], *response = &t->head[DIR_TOCLIENT];

	if (t->host.len)
		json_bytes(j, "hostname", bytes_of(t->host.data, t->host.len));
	if (t->port)
		json_u64(j, "http_port", t->port);
	eve_part(request, t->target, j, "url");
	eve_header(request, "user-agent", j, "http_user_agent");
	eve_header(request, "x-forwarded-for", j, "xff");
	eve_header(response, "content-type", j, "http_content_type");
	eve_range(response, j);
	eve_header(request, "referer", j, "http_refer");
	eve_part(request, t->method, j, "http_method");
	eve_part(request, t->protocol, j, "protocol");
	if (t->status)
		json_u64(j, "status", t->status);
	if (t->status >= 300 && t->status < 400)
		eve_header(response, "location", j, "redirect");
	json_u64(j, "length", t->body[DIR_TOCLIENT].wire_len);
}

void
http1_eve(struct tx *tx, struct json *j)
{
	json_obj(j, "http");
	http1_eve_members((struct http1_tx *)tx, j);
	json_obj_end(j);
}
