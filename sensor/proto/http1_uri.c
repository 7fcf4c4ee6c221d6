/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/http1_uri.h"

#include <errno.h>
#include <string.h>

/* ---- split ---- */

static size_t
find_any(struct bytes b, const char *set)
{
	size_t n = 0;

	while (n < b.left && !(b.at[n] && strchr(set, b.at[n])))
		n++;
	return n;
}

void
http1_uri_authority(struct http1_uri *out, struct bytes text)
{
	size_t user = text.left, colon = text.left;

	while (user > 0 && text.at[user - 1] != '@')
		user--;
	bytes_skip(&text, user);
	colon = text.left;
	while (colon > 0 && text.at[colon - 1] != ':' && text.at[colon - 1] != ']')
		colon--;
	out->host = text;
	if (colon == 0 || text.at[colon - 1] == ']')
		return;
	out->host = bytes_cut(&text, colon - 1);
	bytes_skip(&text, 1);
	out->port = text;
}

/* Take "scheme:" off and, where one follows, the authority. */
static void
split_authority(struct http1_uri *out, struct bytes *b)
{
	size_t colon = find_any(*b, ":/?#");

	if (colon == 0 || colon == b->left || b->at[colon] != ':')
		return;
	bytes_skip(b, colon + 1);
	if (bytes_starts(b, "//", 2))
		bytes_skip(b, 2);
	else if (bytes_starts(b, "/", 1))
		return;
	http1_uri_authority(out, bytes_cut(b, find_any(*b, "/?#")));
}

struct http1_uri
http1_uri_split(struct bytes target)
{
	struct http1_uri u = { 0 };
	struct bytes     b = target;

	if (b.left && b.at[0] != '/')
		split_authority(&u, &b);
	u.path = bytes_cut(&b, find_any(b, "?#"));
	u.query = bytes_cut(&b, b.left && b.at[0] == '?' ? find_any(b, "#") : 0);
	u.fragment = b;
	return u;
}

/* ---- escapes ---- */

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `n` hex digits at `b`; -1 when there are not as many. */
static int
hex_number(struct bytes b, size_t n)
{
	int v = 0;

	if (b.left < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int d = hex_digit(b.at[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* U+0100..U+017F without their accents. */
static const char latin_extended[] =
		"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
		"lLlNnNnNnnNnOoOoOo\?\?RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/* The byte that systems with one byte a character take for a code point; '?' when there is none. */
static uint8_t
best_fit(uint32_t c)
{
	static const struct {
		uint16_t from, to;
		uint8_t  byte;
	} rows[] = {
		{ 0x02b9, 0x02b9, '\'' }, { 0x02ba, 0x02ba, '"' }, { 0x02bc, 0x02bc, '\'' },
		{ 0x02c4, 0x02c4, '^' }, { 0x02c6, 0x02c6, '^' }, { 0x02c8, 0x02c8, '\'' },
		{ 0x02cb, 0x02cb, '`' }, { 0x02cd, 0x02cd, '_' }, { 0x02da, 0x02da, 0xb0 },
		{ 0x02dc, 0x02dc, '~' }, { 0x0300, 0x0300, '`' }, { 0x0302, 0x0302, '^' },
		{ 0x0303, 0x0303, '~' }, { 0x030e, 0x030e, '"' }, { 0x0331, 0x0332, '_' },
		{ 0x037e, 0x037e, ';' }, { 0x2000, 0x2006, ' ' }, { 0x2010, 0x2015, '-' },
		{ 0x2017, 0x2017, '=' }, { 0x2018, 0x201b, '\'' }, { 0x201c, 0x201f, '"' },
		{ 0x2024, 0x2024, '.' }, { 0x2032, 0x2032, '\'' }, { 0x2035, 0x2035, '`' },
		{ 0x2039, 0x2039, '<' }, { 0x203a, 0x203a, '>' }, { 0x2044, 0x2044, '/' },
		{ 0x2212, 0x2212, '-' }, { 0x2215, 0x2215, '/' }, { 0x2216, 0x2216, '\\' },
		{ 0x2217, 0x2217, '*' }, { 0x2223, 0x2223, '|' }, { 0x2236, 0x2236, ':' },
		{ 0x223c, 0x223c, '~' }, { 0x2303, 0x2303, '^' }, { 0x2329, 0x2329, '<' },
		{ 0x232a, 0x232a, '>' }, { 0x2758, 0x2758, '|' }, { 0x3000, 0x3000, ' ' },
		{ 0x3008, 0x3008, '<' }, { 0x3009, 0x3009, '>' },
	};

	if (c < 0x100)
		return (uint8_t)c;
	if (c < 0x180)
		return (uint8_t)latin_extended[c - 0x100];
	if (c > 0xff00 && c < 0xff5f) /* full-width ASCII */
		return (uint8_t)(c - 0xfee0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (c >= rows[i].from && c <= rows[i].to)
			return rows[i].byte;
	return '?';
}

/* One byte, decoded; takes its escape off `b`, which is not empty. */
static uint8_t
take_byte(struct bytes *b)
{
	struct bytes after = *b;
	uint8_t      c = bytes_u8(&after);
	int          v;

	if (c != '%') {
		*b = after;
		return c;
	}
	if (after.left && (after.at[0] | 0x20) == 'u') {
		v = hex_number((struct bytes){ .at = after.at + 1, .left = after.left - 1 }, 4);
		if (v >= 0) {
			bytes_skip(b, 6);
			return best_fit((uint32_t)v);
		}
	} else if ((v = hex_number(after, 2)) >= 0) {
		bytes_skip(b, 3);
		return (uint8_t)v;
	}
	*b = after;
	return '%';
}

/* ---- the path ---- */

/* Escapes out, back-slashes to slashes, no empty segments. In place: never longer. */
static size_t
decode_path(uint8_t *out, struct bytes path)
{
	size_t n = 0;

	while (path.left) {
		uint8_t c = take_byte(&path);

		c = c == '\\' ? '/' : c;
		if (c == '/' && n && out[n - 1] == '/')
			continue;
		out[n++] = c;
	}
	return n;
}

/* Length of the UTF-8 sequence at `b`, also an overlong one, and its code point; 0: none there. */
static size_t
utf8_sequence(const uint8_t *b, size_t left, uint32_t *code)
{
	size_t   n = b[0] >= 0xf0 && b[0] < 0xf8 ? 4 : b[0] >= 0xe0 ? 3 : 2;
	uint32_t c = b[0] & (0xffu >> (n + 1));

	if (b[0] < 0xc0 || b[0] >= 0xf8 || left < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b[i] & 0x3f);
	}
	*code = c;
	return n;
}

static size_t
narrow(uint8_t *path, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t   take;

		if (path[i] < 0x80) {
			path[n++] = path[i++];
			continue;
		}
		take = utf8_sequence(path + i, len - i, &code);
		path[n++] = take ? best_fit(code) : '?';
		i += take ? take : 1;
	}
	return n;
}

/* Drop the last "/segment" of what is written so far. */
static size_t
drop_segment(const uint8_t *path, size_t n)
{
	while (n > 0 && path[n - 1] != '/')
		n--;
	return n ? n - 1 : 0;
}

/* RFC 3986 5.2.4, but a slash that ends a dot segment goes with it. */
static size_t
drop_dots(uint8_t *path, size_t len)
{
	size_t n = 0, i = 0;
	bool   dots = false, absolute = len > 0 && path[0] == '/';

	while (i < len) {
		size_t slash = path[i] == '/', end = i + slash;

		while (end < len && path[end] != '/')
			end++;
		const uint8_t *segment = path + i + slash;
		size_t         seg_len = end - i - slash;
		bool           up = seg_len == 2 && memcmp(segment, "..", 2) == 0;

		if (up)
			n = drop_segment(path, n);
		else if (!(seg_len == 1 && segment[0] == '.') && !(seg_len == 0 && dots)) {
			/* a relative path stays one when its first segments are gone */
			size_t from = n == 0 && !absolute ? i + slash : i;

			memmove(path + n, path + from, end - from);
			n += end - from;
		}
		dots = up || (seg_len == 1 && segment[0] == '.');
		i = end;
	}
	return n;
}

int
http1_uri_normalise(struct pool *pool, struct pbuf *out, const struct http1_uri *u,
		uint32_t *path_len)
{
	size_t   most = u->path.left + u->query.left + u->fragment.left, n;
	uint8_t *text = pool_get(pool, most ? most : 1);
	int      rc;

	if (!text)
		return -ENOMEM;
	n = decode_path(text, u->path);
	n = narrow(text, n);
	n = drop_dots(text, n);
	*path_len = (uint32_t)n;
	for (struct bytes b = u->query; b.left;)
		text[n++] = take_byte(&b);
	for (struct bytes b = u->fragment; b.left;)
		text[n++] = take_byte(&b);
	rc = pbuf_add(pool, out, text, n);
	pool_put(pool, text, most ? most : 1);
	return rc;
}
