/* SPDX-License-Identifier: Apache-2.0 */
/* Transform from_base64: what the base64 text in the buffer stands for. */
#include "rules/base64.h"
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

struct from_base64 {
	uint32_t offset, bytes; /* of the text; bytes 0: to the end */
	uint8_t  mode;          /* enum base64_mode */
};

static long
from_base64(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	const struct from_base64 *k = key;
	size_t                    len;

	if (k->offset >= in.left)
		return -1;
	bytes_skip(&in, k->offset);
	if (k->bytes && k->bytes < in.left)
		in.left = k->bytes;
	len = base64_decode(k->mode, in, out, cap);
	return len ? (long)len : -1;
}

static int
mode_by_name(const char *name)
{
	static const char *const names[] = { [BASE64_RFC4648] = "rfc4648", [BASE64_RFC2045] = "rfc2045",
		[BASE64_STRICT] = "strict" };

	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static int
part_parse(struct build *b, struct from_base64 *k, char *part)
{
	char       *value;
	const char *word = strtok_r(part, " ", &value);
	uint64_t    n;
	int         mode;

	value = value ? value + strspn(value, " ") : NULL;
	if (!word || !value || !*value)
		return build_error(b, "needs pairs of a word and a value");
	if (strcmp(word, "mode") == 0) {
		mode = mode_by_name(value);
		if (mode < 0)
			return build_error(b, "mode is rfc4648, rfc2045 or strict: %s", value);
		k->mode = (uint8_t)mode;
		return 0;
	}
	if (number_parse(&n, value, strlen(value), UINT16_MAX) < 0)
		return build_error(b, "not a number: %s", value);
	if (strcmp(word, "bytes") == 0)
		k->bytes = (uint32_t)n;
	else if (strcmp(word, "offset") == 0)
		k->offset = (uint32_t)n;
	else
		return build_error(b, "knows bytes, offset and mode: %s", word);
	return 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct from_base64 k;
	char              *rest = o->value, *part;

	memset(&k, 0, sizeof(k)); /* the padding is part of the key */
	while (o->len && (part = strsep(&rest, ",")))
		if (part_parse(b, &k, part) < 0)
			return -EINVAL;
	return build_transform(b, from_base64, &k, sizeof(k));
}

const struct keyword kw_from_base64 = {
	.name = "from_base64",
	.kind = KEYWORD_TRANSFORM,
	.arg = KEYWORD_ARG_OPTIONAL,
	.setup = setup,
	.help = "from_base64[:bytes N, offset N, mode rfc4648|rfc2045|strict] - decodes base64",
};
