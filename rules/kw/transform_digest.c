/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms to the raw digest of the buffer: to_md5, to_sha1, to_sha256. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <openssl/evp.h>

static long
digest(const EVP_MD *md, struct bytes in, uint8_t *out, size_t cap)
{
	unsigned len = 0;

	if (cap < (size_t)EVP_MD_get_size(md) || EVP_Digest(in.at, in.left, out, &len, md, NULL) != 1)
		return -1;
	return (long)len;
}

static long
to_md5(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	(void)key;
	return digest(EVP_md5(), in, out, cap);
}

static long
to_sha1(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	(void)key;
	return digest(EVP_sha1(), in, out, cap);
}

static long
to_sha256(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	(void)key;
	return digest(EVP_sha256(), in, out, cap);
}

#define DIGEST(fn, text)                                                \
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

DIGEST(to_md5, "the 16 raw bytes of the buffer's MD5");
DIGEST(to_sha1, "the 20 raw bytes of the buffer's SHA-1");
DIGEST(to_sha256, "the 32 raw bytes of the buffer's SHA-256");
