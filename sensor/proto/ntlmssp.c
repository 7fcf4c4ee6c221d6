/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/ntlmssp.h"

#include "lib/json.h"

#include <stdio.h>

#define MSG_AUTHENTICATE 3
#define FLAG_UNICODE 0x00000001u
#define FLAG_VERSION 0x02000000u
#define TEXT_MAX 1024u

static size_t
utf8_put(uint8_t out[static 4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t
utf16_next(struct bytes *in)
{
	uint32_t     c = bytes_le16(in), low;
	struct bytes ahead = *in;

	if (c < 0xd800 || c > 0xdfff)
		return c;
	low = bytes_le16(&ahead);
	if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*in = ahead;
	return 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
}

void
ntlmssp_utf16(struct pbuf *out, struct pool *pool, struct bytes in)
{
	uint8_t utf8[4];

	while (in.left >= 2 && out->len < TEXT_MAX) {
		uint32_t c = utf16_next(&in);

		if (c == 0 || pbuf_add(pool, out, utf8, utf8_put(utf8, c)) < 0)
			return;
	}
}

/* A field: length, allocated length, offset from the start of the message. */
static bool
read_text(struct pbuf *out, struct pool *pool, struct bytes message, struct bytes *fields,
		bool unicode)
{
	uint16_t     len = bytes_le16(fields);
	struct bytes text = message;

	bytes_skip(fields, 2);
	bytes_skip(&text, bytes_le32(fields));
	text = bytes_cut(&text, len);
	if (!bytes_ok(&text))
		return len == 0; /* an empty one may point anywhere */
	if (unicode)
		ntlmssp_utf16(out, pool, text);
	else
		(void)pbuf_add(pool, out, text.at, text.left < TEXT_MAX ? text.left : TEXT_MAX);
	return true;
}

static enum ntlmssp_found
read_authenticate(struct ntlmssp *out, struct pool *pool, struct bytes message)
{
	struct bytes in = message, at;
	uint32_t     flags;
	bool         ok;

	bytes_skip(&in, 12 + 16); /* signature, type, the two answers to the challenge */
	at = in;
	bytes_skip(&in, 3 * 8 + 8);
	flags = bytes_le32(&in);
	if (!bytes_ok(&in))
		return NTLMSSP_MALFORMED;
	ok = read_text(&out->domain, pool, message, &at, flags & FLAG_UNICODE);
	ok = read_text(&out->user, pool, message, &at, flags & FLAG_UNICODE) && ok;
	ok = read_text(&out->host, pool, message, &at, flags & FLAG_UNICODE) && ok;
	if (flags & FLAG_VERSION) {
		out->major = bytes_u8(&in);
		out->minor = bytes_u8(&in);
		out->build = bytes_le16(&in);
		bytes_skip(&in, 3);
		out->revision = bytes_u8(&in);
		out->has_version = bytes_ok(&in);
	}
	return ok ? NTLMSSP_AUTH : NTLMSSP_MALFORMED;
}

enum ntlmssp_found
ntlmssp_read(struct ntlmssp *out, struct pool *pool, struct bytes blob)
{
	static const char signature[8] = "NTLMSSP";
	const uint8_t    *at = blob.left ? memmem(blob.at, blob.left, signature, 8) : NULL;
	struct bytes      message, in;

	if (!at)
		return NTLMSSP_NONE;
	bytes_skip(&blob, (size_t)(at - blob.at));
	message = in = blob;
	bytes_skip(&in, 8);
	if (bytes_le32(&in) != MSG_AUTHENTICATE)
		return NTLMSSP_NONE;
	ntlmssp_release(out, pool);
	return read_authenticate(out, pool, message);
}

void
ntlmssp_release(struct ntlmssp *n, struct pool *pool)
{
	pbuf_release(pool, &n->user);
	pbuf_release(pool, &n->domain);
	pbuf_release(pool, &n->host);
	n->has_version = false;
}

void
ntlmssp_eve(const struct ntlmssp *n, struct json *j)
{
	char version[48];

	json_obj(j, "ntlmssp");
	json_bytes(j, "domain", bytes_of(n->domain.data, n->domain.len));
	json_bytes(j, "user", bytes_of(n->user.data, n->user.len));
	json_bytes(j, "host", bytes_of(n->host.data, n->host.len));
	if (n->has_version) {
		snprintf(version, sizeof(version), "%u.%u build %u rev %u", n->major, n->minor,
				n->build, n->revision);
		json_str(j, "version", version);
	}
	json_obj_end(j);
}
