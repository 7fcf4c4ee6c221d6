/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms that rewrite text byte by byte: dotprefix, strip_whitespace, compress_whitespace,
 * to_lowercase, to_uppercase, header_lowercase, strip_pseudo_headers, url_decode, xor. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <errno.h>
#include <string.h>

static bool
is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static long
dotprefix(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	(void)key;
	if (in.left + 1 > cap)
		return -1;
	out[0] = '.';
	if (in.left)
		memcpy(out + 1, in.at, in.left);
	return (long)in.left + 1;
}

static long
strip_whitespace(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	size_t n = 0;

	(void)key;
	for (size_t i = 0; i < in.left && n < cap; i++)
		if (!is_blank(in.at[i]))
			out[n++] = in.at[i];
	return (long)n;
}

/* A run of blanks becomes its first one. */
static long
compress_whitespace(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	size_t n = 0;
	bool   blank = false;

	(void)key;
	for (size_t i = 0; i < in.left && n < cap; i++) {
		bool now = is_blank(in.at[i]);

		if (!now || !blank)
			out[n++] = in.at[i];
		blank = now;
	}
	return (long)n;
}

static long
to_lowercase(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	size_t n = in.left < cap ? in.left : cap;

	(void)key;
	for (size_t i = 0; i < n; i++)
		out[i] = in.at[i] >= 'A' && in.at[i] <= 'Z' ? in.at[i] | 0x20 : in.at[i];
	return (long)n;
}

static long
to_uppercase(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	size_t n = in.left < cap ? in.left : cap;

	(void)key;
	for (size_t i = 0; i < n; i++)
		out[i] = in.at[i] >= 'a' && in.at[i] <= 'z' ? in.at[i] & 0xdf : in.at[i];
	return (long)n;
}

/* Names of headers alone: from the start of a line to its colon. */
static long
header_lowercase(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	size_t n = in.left < cap ? in.left : cap;
	bool   name = true;

	(void)key;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = in.at[i];

		if (name && c == ':')
			name = false;
		else if (c == '\n')
			name = true;
		out[i] = name && c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	}
	return (long)n;
}

/* HTTP/2 pseudo headers are lines that begin with a colon. */
static long
strip_pseudo_headers(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	size_t n = 0;

	(void)key;
	while (in.left) {
		size_t       len = bytes_find(&in, '\n');
		struct bytes line = bytes_cut(&in, len < in.left ? len + 1 : len);

		if (line.at[0] == ':' || n + line.left > cap)
			continue;
		memcpy(out + n, line.at, line.left);
		n += line.left;
	}
	return (long)n;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static long
url_decode(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	size_t n = 0;

	(void)key;
	for (size_t i = 0; i < in.left && n < cap; i++) {
		uint8_t c = in.at[i];

		if (c == '%' && i + 2 < in.left && hex_digit(in.at[i + 1]) >= 0 &&
				hex_digit(in.at[i + 2]) >= 0) {
			c = (uint8_t)(hex_digit(in.at[i + 1]) << 4 | hex_digit(in.at[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		out[n++] = c;
	}
	return (long)n;
}

struct xor_key {
	uint8_t len;
	uint8_t byte[255];
};

static long
xor_with(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	const struct xor_key *k = key;
	size_t                n = in.left < cap ? in.left : cap;

	for (size_t i = 0; i < n; i++)
		out[i] = in.at[i] ^ k->byte[i % k->len];
	return (long)n;
}

static int
xor_setup(struct build *b, const struct option *o)
{
	struct xor_key k = { 0 };

	if (o->len == 0 || o->len % 2 || o->len / 2 > sizeof(k.byte))
		return build_error(b, "needs an even number of hex digits, at most 510: %s", o->value);
	for (size_t i = 0; i < o->len; i += 2) {
		int high = hex_digit((uint8_t)o->value[i]), low = hex_digit((uint8_t)o->value[i + 1]);

		if (high < 0 || low < 0)
			return build_error(b, "not a hex digit in %s", o->value);
		k.byte[k.len++] = (uint8_t)(high << 4 | low);
	}
	return build_transform(b, xor_with, &k, sizeof(k));
}

#define SIMPLE(fn, text)                                                \
	static int fn##_setup(struct build *b, const struct option *o)  \
	{                                                               \
		(void)o;                                                \
		return build_transform(b, fn, NULL, 0);                 \
	}                                                               \
	const struct keyword kw_##fn = {                                \
		.name = #fn,                                            \
		.kind = KEYWORD_TRANSFORM,                              \
		.arg = KEYWORD_ARG_NONE,                                \
		.setup = fn##_setup,                                    \
		.help = #fn " - " text,                                 \
	}

SIMPLE(dotprefix, "puts a dot before the buffer, so that a domain matches whole labels");
SIMPLE(strip_whitespace, "takes all blanks out");
SIMPLE(compress_whitespace, "makes each run of blanks one");
SIMPLE(to_lowercase, "ASCII letters to lower case");
SIMPLE(to_uppercase, "ASCII letters to upper case");
SIMPLE(header_lowercase, "header names to lower case, values stay");
SIMPLE(strip_pseudo_headers, "takes HTTP/2 pseudo headers (:path, …) out");
SIMPLE(url_decode, "decodes %XX and +");

const struct keyword kw_xor = {
	.name = "xor",
	.kind = KEYWORD_TRANSFORM,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_QUOTED,
	.setup = xor_setup,
	.help = "xor:\"HEX\" - XORs the buffer with the key, repeated",
};
