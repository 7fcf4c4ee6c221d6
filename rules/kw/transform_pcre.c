/* SPDX-License-Identifier: Apache-2.0 */
/* Transform pcrexform: what the first group of an expression captured. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/regex.h"

#include <errno.h>
#include <string.h>

static long
pcrexform(const void *key, struct bytes in, uint8_t *out, size_t cap)
{
	const struct regex *re;
	struct regex_span   spans[REGEX_SPANS];
	size_t              len;

	memcpy(&re, key, sizeof(re));
	if (regex_match(re, NULL, in, 0, spans) < 2 || spans[1].from > spans[1].to)
		return 0;
	len = spans[1].to - spans[1].from;
	if (len > cap)
		return -1;
	memcpy(out, in.at + spans[1].from, len);
	return (long)len;
}

static int
setup(struct build *b, const struct option *o)
{
	const struct regex *re;
	char                why[160] = "";
	int                 err = regex_add(build_regexes(b), &re, o->value, o->len, 0, why, sizeof(why));

	if (err < 0)
		return err == -EINVAL ? build_error(b, "%s", why) : err;
	if (regex_captures(re) != 1)
		return build_error(b, "the expression needs one group");
	return build_transform(b, pcrexform, &re, sizeof(re));
}

const struct keyword kw_pcrexform = {
	.name = "pcrexform",
	.kind = KEYWORD_TRANSFORM,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_QUOTED | KEYWORD_RAW,
	.setup = setup,
	.help = "pcrexform:\"expression\" - the buffer becomes what its group captured",
};
