/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms that decompress the buffer: gunzip, zlib_deflate. The output is bounded by the engine's
 * scratch and by max-size; what was unpacked before an error or the bound is what rules see. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <string.h>
#include <zlib.h>

#define MAX_SIZE_DEFAULT 1024 /* as the documentation of gunzip says */

struct inflate_key {
	uint32_t max_size;
	int      window_bits; /* of inflateInit2() */
};

static long
unpack(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	const struct inflate_key *k = key;
	z_stream                  z = { 0 };
	long                      len;
	int                       rc;

	if (in.left == 0 || in.left > UINT32_MAX || inflateInit2(&z, k->window_bits) != Z_OK)
		return -1;
	z.next_in = (Bytef *)(uintptr_t)in.at; /* zlib's type lacks the const, it does not write */
	z.avail_in = (uInt)in.left;
	z.next_out = out;
	z.avail_out = cap < k->max_size ? (uInt)cap : k->max_size;
	rc = inflate(&z, Z_FINISH);
	len = (long)z.total_out;
	inflateEnd(&z);
	return rc == Z_DATA_ERROR && len == 0 ? -1 : len;
}

static int
setup(struct build *b, const struct option *o, int window_bits)
{
	struct inflate_key k = { .max_size = MAX_SIZE_DEFAULT, .window_bits = window_bits };
	uint64_t           n;

	if (o->len) {
		const char *size = o->value + strlen("max-size");

		if (strncmp(o->value, "max-size", strlen("max-size")) != 0)
			return build_error(b, "knows max-size only: %s", o->value);
		size += strspn(size, " ");
		if (number_parse(&n, size, strlen(size), UINT32_MAX) < 0 || n == 0)
			return build_error(b, "not a size: %s", size);
		k.max_size = (uint32_t)n;
	}
	return build_transform(b, unpack, &k, sizeof(k));
}

static int
gunzip_setup(struct build *b, const struct option *o)
{
	return setup(b, o, 15 + 16); /* 16: a gzip header is wanted */
}

static int
zlib_setup(struct build *b, const struct option *o)
{
	return setup(b, o, 15);
}

const struct keyword kw_gunzip = {
	.name = "gunzip",
	.kind = KEYWORD_TRANSFORM,
	.arg = KEYWORD_ARG_OPTIONAL,
	.setup = gunzip_setup,
	.help = "gunzip[:max-size N] - unpacks gzip (RFC 1952)",
};

const struct keyword kw_zlib_deflate = {
	.name = "zlib_deflate",
	.kind = KEYWORD_TRANSFORM,
	.arg = KEYWORD_ARG_OPTIONAL,
	.setup = zlib_setup,
	.help = "zlib_deflate[:max-size N] - unpacks zlib (RFC 1950)",
};
