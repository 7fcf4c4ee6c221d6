/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords whose effect lies outside detection here: they are checked and say nothing about a match. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"

#include <errno.h>
#include <string.h>

/* tag: asks for packets after the alert. Alerts carry their packets anyway, as the sensor's policy has it. */
static int
tag_setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;

	lex_piece(&list, &w);
	if (!lex_is(w, "session") && !lex_is(w, "host"))
		return build_error(b, "session or host, not %.*s", (int)w.len, w.at);
	return 0;
}

/* prefilter: which keyword to ask first is the engine's own choice. */
static int
prefilter_setup(struct build *b, const struct option *o)
{
	(void)b;
	(void)o;
	return 0;
}

const struct keyword kw_tag = {
	.name = "tag",
	.kind = KEYWORD_POST,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_HEADER,
	.setup = tag_setup,
	.help = "tag:session|host,N,packets|bytes|seconds - accepted",
};

const struct keyword kw_prefilter = {
	.name = "prefilter",
	.kind = KEYWORD_META,
	.arg = KEYWORD_ARG_NONE,
	.setup = prefilter_setup,
	.help = "prefilter - accepted: the engine chooses what to ask first",
};
