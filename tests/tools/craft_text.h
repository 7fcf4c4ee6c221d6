/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/craft_text.h - bytes as a scenario of craft writes them.
 *
 * A text is a row of items: "string" with C's escapes, 0x and hex digits, $name of a `let`, or
 * function(items). An item may be followed by *N, N times. Functions: see text_functions.
 */
#ifndef TESTS_TOOLS_CRAFT_TEXT_H
#define TESTS_TOOLS_CRAFT_TEXT_H

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TEXT_MAX 65536u
#define LETS_MAX 64

struct text {
	size_t  len;
	uint8_t at[TEXT_MAX];
};

struct lets {
	int      n;
	char     name[LETS_MAX][24];
	char    *source[LETS_MAX];
	uint32_t random; /* of noise() */
	unsigned round;  /* of the innermost repeat, from 1 */
};

_Noreturn static void __attribute__((format(printf, 1, 2)))
die(const char *format, ...)
{
	va_list args;

	fputs("craft: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void
text_add(struct text *t, const void *data, size_t len)
{
	if (len > TEXT_MAX - t->len)
		die("more than %u bytes", TEXT_MAX);
	memcpy(t->at + t->len, data, len);
	t->len += len;
}

static void
text_u8(struct text *t, unsigned v)
{
	text_add(t, &(uint8_t){ (uint8_t)v }, 1);
}

static void
text_u16(struct text *t, unsigned v)
{
	text_u8(t, v >> 8);
	text_u8(t, v);
}

static void
text_u32(struct text *t, uint32_t v)
{
	text_u16(t, v >> 16);
	text_u16(t, v);
}

/* ---- functions: from the bytes of their argument to others ---- */

static void
text_len8(struct text *out, const struct text *in, struct lets *lets)
{
	(void)lets;
	text_u8(out, (unsigned)in->len);
	text_add(out, in->at, in->len);
}

static void
text_len16(struct text *out, const struct text *in, struct lets *lets)
{
	(void)lets;
	text_u16(out, (unsigned)in->len);
	text_add(out, in->at, in->len);
}

static void
text_len24(struct text *out, const struct text *in, struct lets *lets)
{
	text_u8(out, (unsigned)(in->len >> 16));
	text_len16(out, in, lets);
}

/* A DNS name without compression; one that ends in a dot is left open for a pointer. */
static void
text_dns(struct text *out, const struct text *in, struct lets *lets)
{
	size_t at = 0;

	(void)lets;
	while (at < in->len) {
		const uint8_t *dot = memchr(in->at + at, '.', in->len - at);
		size_t         len = dot ? (size_t)(dot - in->at) - at : in->len - at;

		text_u8(out, (unsigned)len);
		text_add(out, in->at + at, len);
		at += len + 1;
	}
	if (in->len == 0 || in->at[in->len - 1] != '.')
		text_u8(out, 0);
}

static void
text_b64(struct text *out, const struct text *in, struct lets *lets)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	(void)lets;
	for (size_t i = 0; i < in->len; i += 3) {
		size_t   left = in->len - i;
		uint32_t v = (uint32_t)in->at[i] << 16 | (left > 1 ? (uint32_t)in->at[i + 1] << 8 : 0) |
			     (left > 2 ? in->at[i + 2] : 0);

		text_u8(out, (unsigned)digit[v >> 18]);
		text_u8(out, (unsigned)digit[v >> 12 & 63]);
		text_u8(out, left > 1 ? (unsigned)digit[v >> 6 & 63] : '=');
		text_u8(out, left > 2 ? (unsigned)digit[v & 63] : '=');
	}
}

static void
text_deflate(struct text *out, const struct text *in, int window)
{
	uint8_t  buf[TEXT_MAX];
	z_stream z = { .next_in = (uint8_t *)in->at,
		.avail_in = (unsigned)in->len,
		.next_out = buf,
		.avail_out = sizeof(buf) };

	if (deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
			deflate(&z, Z_FINISH) != Z_STREAM_END)
		die("zlib does not pack");
	text_add(out, buf, z.total_out);
	deflateEnd(&z);
}

static void
text_gzip(struct text *out, const struct text *in, struct lets *lets)
{
	(void)lets;
	text_deflate(out, in, 15 + 16);
}

static void
text_zlib(struct text *out, const struct text *in, struct lets *lets)
{
	(void)lets;
	text_deflate(out, in, 15);
}

static void
text_raw(struct text *out, const struct text *in, struct lets *lets)
{
	(void)lets;
	text_deflate(out, in, -15);
}

/* chunk("text"): one chunk of HTTP/1.1. */
static void
text_chunk(struct text *out, const struct text *in, struct lets *lets)
{
	char size[16];

	(void)lets;
	text_add(out, size, (size_t)snprintf(size, sizeof(size), "%zx\r\n", in->len));
	text_add(out, in->at, in->len);
	text_add(out, "\r\n", 2);
}

/* length("text"): how long it is, in decimal. */
static void
text_length(struct text *out, const struct text *in, struct lets *lets)
{
	char size[16];

	(void)lets;
	text_add(out, size, (size_t)snprintf(size, sizeof(size), "%zu", in->len));
}

/* dnp(block): the bytes and their checksum, as IEEE 1815 wants it after the header and each 16 bytes. */
static void
text_dnp(struct text *out, const struct text *in, struct lets *lets)
{
	unsigned crc = 0;

	(void)lets;
	for (size_t i = 0; i < in->len; i++) {
		crc ^= in->at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1;
	}
	text_add(out, in->at, in->len);
	text_u8(out, ~crc);
	text_u8(out, ~crc >> 8);
}

/* records(handshake): in TLS records of 16 bytes each. */
static void
text_records(struct text *out, const struct text *in, struct lets *lets)
{
	(void)lets;
	for (size_t at = 0; at < in->len; at += 16) {
		size_t len = in->len - at < 16 ? in->len - at : 16;

		text_add(out, "\x16\x03\x01", 3);
		text_u16(out, (unsigned)len);
		text_add(out, in->at + at, len);
	}
}

/* noise("50"): so many letters and digits that look random and are the same each time. */
static void
text_noise(struct text *out, const struct text *in, struct lets *lets)
{
	char number[16] = "";

	memcpy(number, in->at, in->len < 15 ? in->len : 15);
	for (unsigned long n = strtoul(number, NULL, 10); n > 0; n--) {
		lets->random = lets->random * 1664525u + 1013904223u;
		text_u8(out, (unsigned)"abcdefghijklmnopqrstuvwxyz234567"[lets->random >> 27]);
	}
}

/* round(): the number of the round in a repeat, in decimal. */
static void
text_round(struct text *out, const struct text *in, struct lets *lets)
{
	char number[16];

	(void)in;
	text_add(out, number, (size_t)snprintf(number, sizeof(number), "%u", lets->round));
}

static const struct {
	const char *name;
	void (*fn)(struct text *out, const struct text *in, struct lets *lets);
} text_functions[] = {
	{ "len8", text_len8 },	 /* with a length of so many bits before it, network order */
	{ "len16", text_len16 },
	{ "len24", text_len24 },
	{ "dns", text_dns },
	{ "b64", text_b64 },
	{ "gzip", text_gzip },
	{ "zlib", text_zlib },
	{ "raw", text_raw },	 /* deflate without zlib's header */
	{ "chunk", text_chunk },
	{ "length", text_length },
	{ "dnp", text_dnp },
	{ "records", text_records },
	{ "noise", text_noise },
	{ "round", text_round },
};

/* ---- the reader ---- */

static const char *text_items(struct text *out, const char *p, struct lets *lets);

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* After the backslash. */
static const char *
text_escape(struct text *out, const char *p)
{
	static const char from[] = "nrt0\\\"", to[] = "\n\r\t\0\\\"";
	const char       *found = *p ? strchr(from, *p) : NULL;

	if (*p == 'x' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
		text_u8(out, (unsigned)(hex_digit(p[1]) << 4 | hex_digit(p[2])));
		return p + 3;
	}
	if (!found)
		die("unknown escape: \\%.10s", p);
	text_u8(out, (unsigned char)to[found - from]);
	return p + 1;
}

static const char *
text_string(struct text *out, const char *p)
{
	while (*p != '"') {
		if (*p == '\0')
			die("a string without an end");
		if (*p == '\\')
			p = text_escape(out, p + 1);
		else
			text_u8(out, (unsigned char)*p++);
	}
	return p + 1;
}

static const char *
text_hex(struct text *out, const char *p)
{
	for (; hex_digit(*p) >= 0; p += 2) {
		if (hex_digit(p[1]) < 0)
			die("half a byte: %.10s", p);
		text_u8(out, (unsigned)(hex_digit(*p) << 4 | hex_digit(p[1])));
	}
	return p;
}

static size_t
text_word(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	return n;
}

static const char *
text_let(struct text *out, const char *p, struct lets *lets)
{
	size_t len = text_word(p);

	for (int i = lets->n - 1; i >= 0; i--) {
		if (strlen(lets->name[i]) == len && memcmp(lets->name[i], p, len) == 0) {
			text_items(out, lets->source[i], lets);
			return p + len;
		}
	}
	die("no let of that name: %.20s", p);
}

static const char *
text_call(struct text *out, const char *p, struct lets *lets)
{
	size_t      len = text_word(p);
	struct text in = { 0 };

	for (size_t i = 0; i < sizeof(text_functions) / sizeof(text_functions[0]); i++) {
		if (strlen(text_functions[i].name) != len || memcmp(text_functions[i].name, p, len) != 0)
			continue;
		p = text_items(&in, p + len + 1, lets);
		if (*p != ')')
			die("a function without an end");
		text_functions[i].fn(out, &in, lets);
		return p + 1;
	}
	die("neither text nor function: %.20s", p);
}

static const char *
text_item(struct text *out, const char *p, struct lets *lets)
{
	if (*p == '"')
		return text_string(out, p + 1);
	if (p[0] == '0' && p[1] == 'x')
		return text_hex(out, p + 2);
	if (*p == '$')
		return text_let(out, p + 1, lets);
	return text_call(out, p, lets);
}

/* All items up to the end or a closing parenthesis, which is returned. */
static const char *
text_items(struct text *out, const char *p, struct lets *lets)
{
	for (p += strspn(p, " \t"); *p && *p != ')'; p += strspn(p, " \t")) {
		size_t start = out->len, len;

		p = text_item(out, p, lets);
		len = out->len - start;
		if (*p != '*')
			continue;
		for (unsigned long n = strtoul(p + 1, (char **)&p, 10); n > 1; n--)
			text_add(out, out->at + start, len);
	}
	return p;
}

#endif
