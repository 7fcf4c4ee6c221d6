/* SPDX-License-Identifier: Apache-2.0 */
/* content: a literal in the current buffer. Its modifiers are in content_modifiers.c. */
#include "rules/content.h"

#include "lib/arena.h"
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/literal.h"

#include <errno.h>
#include <string.h>

static int
setup(struct build *b, const struct option *o)
{
	uint8_t        *bytes = arena_get(build_arena(b), o->len + 1);
	const char     *why = NULL;
	struct content *c;
	long            len;

	if (!bytes)
		return -ENOMEM;
	len = literal_parse(bytes, o->value, o->len, &why);
	if (len < 0)
		return build_error(b, "%s", why);
	if (len == 0 || len > UINT16_MAX)
		return build_error(b, len ? "content is too long" : "content is empty");
	c = build_buffer(b, content_match, sizeof(*c) + (size_t)len);
	if (!c)
		return -ENOMEM;
	c->flags = o->negated ? CONTENT_NEGATED : 0;
	c->len = (uint16_t)len;
	memcpy(c->pattern, bytes, (size_t)len);
	return 0;
}

/* uricontent: the oldest form of http.uri; content. */
static int
uri_setup(struct build *b, const struct option *o)
{
	int rc = setup(b, o);

	return rc < 0 ? rc : build_move_last(b, BUF_HTTP_URI);
}

const struct keyword kw_uricontent = {
	.name = "uricontent",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_NEGATABLE | KEYWORD_QUOTES_NEEDED | KEYWORD_RAW,
	.setup = uri_setup,
	.help = "uricontent:[!]\"text\" - as http.uri; content:[!]\"text\"",
};

const struct keyword kw_content = {
	.name = "content",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_NEGATABLE | KEYWORD_QUOTES_NEEDED | KEYWORD_RAW,
	.setup = setup,
	.help = "content:[!]\"text|0d 0a|\" - these bytes are (not) in the buffer",
};
