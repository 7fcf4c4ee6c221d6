/* SPDX-License-Identifier: Apache-2.0 */
/* urilen: length of the URI, normalised unless `raw` is said. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

struct urilen {
	struct condition want;
	uint32_t         buffer; /* enum buffer */
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct urilen *u = (const void *)c->arg;
	struct view          v;

	if (!m->flow->ops->buffer(m->tx, u->buffer, m->dir, 0, &v))
		return CHECK_NO;
	return condition_holds(&u->want, v.data.left) ? CHECK_YES : CHECK_NO;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, number, kind = { "norm", 4 };
	struct urilen  *u;
	enum buffer     buffer = BUF_HTTP_URI;
	char            text[64];

	lex_piece(&list, &number);
	if (list.at)
		lex_piece(&list, &kind);
	if (lex_is(kind, "raw"))
		buffer = BUF_HTTP_URI_RAW;
	else if (!lex_is(kind, "norm"))
		return build_error(b, "raw or norm, not %.*s", (int)kind.len, kind.at);
	u = build_tx(b, (struct build_where){ .buffer = buffer }, match, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->buffer = buffer;
	if (number.len >= sizeof(text))
		return build_error(b, "not a length or range of lengths: %s", o->value);
	memcpy(text, number.at, number.len);
	text[number.len] = '\0';
	if (condition_parse(&u->want, text, UINT16_MAX) < 0)
		return build_error(b, "not a length or range of lengths: %s", o->value);
	return 0;
}

const struct keyword kw_urilen = {
	.name = "urilen",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "urilen:[<|>]N or N<>M[,norm|raw] - length of the URI",
};
