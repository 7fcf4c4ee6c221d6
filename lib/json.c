/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"

#include "lib/addr.h"
#include "lib/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char hex_digits[] = "0123456789abcdef";

void
json_init(struct json *j, char *buf, size_t cap)
{
	*j = (struct json){ .buf = buf, .cap = cap };
}

void
json_init_heap(struct json *j)
{
	*j = (struct json){ .grows = true };
}

void
json_release(struct json *j)
{
	if (j->grows)
		free(j->buf);
	*j = (struct json){ 0 };
}

void
json_reset(struct json *j)
{
	j->len = 0;
	j->failed = false;
	j->depth = 0;
	j->comma = 0;
}

/* Make sure of `n` bytes and a NUL after them. NULL when that failed, now or before. */
static char *
room(struct json *j, size_t n)
{
	size_t cap;
	char  *buf;

	if (!j->failed && n < j->cap - j->len)
		return j->buf + j->len;
	if (j->failed || !j->grows || n >= SIZE_MAX / 4) {
		j->failed = true;
		return NULL;
	}
	cap = 2 * j->cap > j->len + n + 1 ? 2 * j->cap : j->len + n + 256;
	buf = realloc(j->buf, cap);
	if (!buf) {
		j->failed = true;
		return NULL;
	}
	j->buf = buf;
	j->cap = cap;
	return j->buf + j->len;
}

static void
put(struct json *j, const void *text, size_t len)
{
	char *to = room(j, len);

	if (!to)
		return;
	if (len)
		memcpy(to, text, len);
	j->len += len;
}

static void
put_char(struct json *j, char c)
{
	put(j, &c, 1);
}

/* Escape letter of the bytes that JSON has a short form for, 'u' for the other control
 * bytes, 0 for what is written as it is. Bytes from 0x80 on are looked at as UTF-8. */
static char
escape_of(uint8_t c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return c < 0x20 || c == 0x7f ? 'u' : 0;
	}
}

static void
put_escape(struct json *j, uint8_t c, char letter)
{
	char esc[6] = { '\\', letter, '0', '0', hex_digits[c >> 4], hex_digits[c & 15] };

	put(j, esc, letter == 'u' ? 6 : 2);
}

/* How many bytes from the front can be copied unchanged. */
static size_t
plain_run(struct bytes s)
{
	struct bytes rest = s;

	while (rest.left) {
		size_t n = rest.at[0] < 0x80 ? !escape_of(rest.at[0])
					     : utf8_first(rest, NULL);

		if (n == 0)
			break;
		bytes_skip(&rest, n);
	}
	return s.left - rest.left;
}

static void
put_string(struct json *j, struct bytes s)
{
	put_char(j, '"');
	while (s.left && !j->failed) {
		struct bytes run = bytes_cut(&s, plain_run(s));

		put(j, run.at, run.left);
		if (s.left) {
			uint8_t c = bytes_u8(&s);

			put_escape(j, c, c < 0x80 ? escape_of(c) : 'u');
		}
	}
	put_char(j, '"');
}

/* What stands before every value: the comma where one is due, then the key. */
static void
put_key(struct json *j, const char *key)
{
	uint32_t bit = UINT32_C(1) << j->depth;

	if (j->comma & bit)
		put_char(j, ',');
	j->comma |= bit;
	if (key) {
		put_string(j, bytes_str(key));
		put_char(j, ':');
	}
}

static void
open_level(struct json *j, const char *key, char bracket)
{
	put_key(j, key);
	put_char(j, bracket);
	if (j->depth + 1 >= JSON_DEPTH_MAX) {
		j->failed = true;
		return;
	}
	j->depth++;
	j->comma &= ~(UINT32_C(1) << j->depth);
}

static void
close_level(struct json *j, char bracket)
{
	if (j->failed)
		return;
	assert(j->depth > 0);
	j->depth--;
	put_char(j, bracket);
}

void
json_obj(struct json *j, const char *key)
{
	open_level(j, key, '{');
}

void
json_obj_end(struct json *j)
{
	close_level(j, '}');
}

void
json_arr(struct json *j, const char *key)
{
	open_level(j, key, '[');
}

void
json_arr_end(struct json *j)
{
	close_level(j, ']');
}

void
json_str(struct json *j, const char *key, const char *s)
{
	if (!s)
		json_nil(j, key);
	else
		json_bytes(j, key, bytes_str(s));
}

void
json_bytes(struct json *j, const char *key, struct bytes s)
{
	put_key(j, key);
	put_string(j, s);
}

static void
put_u64(struct json *j, uint64_t v)
{
	char   digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(j, digits + at, sizeof(digits) - at);
}

void
json_u64(struct json *j, const char *key, uint64_t v)
{
	put_key(j, key);
	put_u64(j, v);
}

void
json_i64(struct json *j, const char *key, int64_t v)
{
	put_key(j, key);
	if (v < 0)
		put_char(j, '-');
	put_u64(j, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
json_double(struct json *j, const char *key, double v)
{
	char text[40];

	if (!isfinite(v)) {
		json_nil(j, key);
		return;
	}
	put_key(j, key);
	snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		snprintf(text, sizeof(text), "%.17g", v);
	put(j, text, strlen(text));
	if (!strpbrk(text, ".e"))
		put(j, ".0", 2);
}

void
json_bool(struct json *j, const char *key, bool v)
{
	put_key(j, key);
	put(j, v ? "true" : "false", v ? 4 : 5);
}

void
json_nil(struct json *j, const char *key)
{
	put_key(j, key);
	put(j, "null", 4);
}

void
json_hex(struct json *j, const char *key, struct bytes s, char sep)
{
	put_key(j, key);
	put_char(j, '"');
	for (size_t i = 0; i < s.left && !j->failed; i++) {
		char pair[3] = {sep, hex_digits[s.at[i] >> 4], hex_digits[s.at[i] & 15]};
		bool with_sep = sep && i;

		put(j, pair + !with_sep, 2u + with_sep);
	}
	put_char(j, '"');
}

void
json_base64(struct json *j, const char *key, struct bytes s)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	put_key(j, key);
	put_char(j, '"');
	while (s.left && !j->failed) {
		size_t       n = s.left < 3 ? s.left : 3;
		struct bytes part = bytes_cut(&s, n);
		uint32_t     v = (uint32_t)part.at[0] << 16;
		char         four[4];

		v |= n > 1 ? (uint32_t)part.at[1] << 8 : 0;
		v |= n > 2 ? part.at[2] : 0;
		for (size_t i = 0; i < 4; i++)
			four[i] = i <= n ? alphabet[v >> (18 - 6 * i) & 63] : '=';
		put(j, four, 4);
	}
	put_char(j, '"');
}

void
json_addr(struct json *j, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	json_str(j, key, addr_format(a, text));
}

/* `frac` is the part below the second, already in `digits` decimal places. */
static void
put_time(struct json *j, uint64_t ts_ns, uint32_t frac, int digits, const char *zone)
{
	time_t    s = (time_t)(ts_ns / 1000000000);
	struct tm tm;
	char      text[64];
	int       len;

	gmtime_r(&s, &tm);
	len = snprintf(text, sizeof(text), "\"%04d-%02d-%02dT%02d:%02d:%02d.%0*u%s\"",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		tm.tm_sec, digits, frac, zone);
	put(j, text, (size_t)len);
}

void
json_time_eve(struct json *j, const char *key, uint64_t ts_ns)
{
	put_key(j, key);
	put_time(j, ts_ns, (uint32_t)(ts_ns / 1000 % 1000000), 6, "+0000");
}

void
json_time(struct json *j, const char *key, uint64_t ts_ns)
{
	put_key(j, key);
	put_time(j, ts_ns, (uint32_t)(ts_ns / 1000000 % 1000), 3, "Z");
}

void
json_raw(struct json *j, const char *key, const char *raw, size_t len)
{
	put_key(j, key);
	put(j, raw, len);
}

void
json_members(struct json *j, const char *raw, size_t len)
{
	if (len)
		json_raw(j, NULL, raw, len);
}

const char *
json_end(struct json *j)
{
	char *end = room(j, 0);

	assert(j->failed || j->depth == 0);
	if (!end)
		return NULL;
	*end = '\0';
	return j->buf;
}
