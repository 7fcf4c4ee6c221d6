/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms of a host name by the public suffix list: domain, tld. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <libpsl.h>
#include <string.h>

#define NAME_MAX_LEN 255 /* RFC 1035 section 2.3.4 */

/* What `part` of libpsl returns points into the name that it was given. */
static long
name_part(const char *(*part)(const psl_ctx_t *, const char *), struct bytes in, uint8_t *out,
		size_t cap)
{
	char        name[NAME_MAX_LEN + 1];
	const char *found;
	size_t      len;

	if (in.left == 0 || in.left > NAME_MAX_LEN || memchr(in.at, 0, in.left))
		return -1;
	memcpy(name, in.at, in.left);
	name[in.left] = '\0';
	found = part(psl_builtin(), name);
	if (!found || (len = strlen(found)) > cap)
		return -1;
	memcpy(out, found, len);
	return (long)len;
}

static long
domain(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	(void)key;
	return name_part(psl_registrable_domain, in, out, cap);
}

static long
tld(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	(void)key;
	return name_part(psl_unregistrable_domain, in, out, cap);
}

static int
domain_setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_transform(b, domain, NULL, 0);
}

static int
tld_setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_transform(b, tld, NULL, 0);
}

const struct keyword kw_domain = {
	.name = "domain",
	.kind = KEYWORD_TRANSFORM,
	.arg = KEYWORD_ARG_NONE,
	.setup = domain_setup,
	.help = "domain - the registrable domain of the host name in the buffer",
};

const struct keyword kw_tld = {
	.name = "tld",
	.kind = KEYWORD_TRANSFORM,
	.arg = KEYWORD_ARG_NONE,
	.setup = tld_setup,
	.help = "tld - the public suffix of the host name in the buffer",
};
