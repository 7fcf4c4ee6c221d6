/* SPDX-License-Identifier: Apache-2.0 */
/* flow: direction and state of the flow. Compiles to bits that the engine tests before anything else. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/program.h"

#include <errno.h>

static const struct {
	const char *word;
	uint8_t     flow; /* enum rule_flow */
	int8_t      dir;  /* -1: none */
} words[] = {
	{ "established", FLOW_IS_ESTABLISHED, -1 },
	{ "not_established", FLOW_NOT_ESTABLISHED, -1 },
	{ "stateless", FLOW_STATELESS, -1 },
	{ "to_server", FLOW_DIRECTED, DIR_TOSERVER },
	{ "toserver", FLOW_DIRECTED, DIR_TOSERVER },
	{ "from_client", FLOW_DIRECTED, DIR_TOSERVER },
	{ "to_client", FLOW_DIRECTED, DIR_TOCLIENT },
	{ "toclient", FLOW_DIRECTED, DIR_TOCLIENT },
	{ "from_server", FLOW_DIRECTED, DIR_TOCLIENT },
	{ "only_stream", FLOW_ONLY_STREAM, -1 },
	{ "no_stream", FLOW_NO_STREAM, -1 },
	{ "only_frag", FLOW_ONLY_FRAG, -1 },
	{ "no_frag", FLOW_NO_FRAG, -1 },
};

/* Pairs that exclude each other. */
static const uint8_t conflicts[] = {
	FLOW_IS_ESTABLISHED | FLOW_NOT_ESTABLISHED,
	FLOW_IS_ESTABLISHED | FLOW_STATELESS,
	FLOW_NOT_ESTABLISHED | FLOW_STATELESS,
	FLOW_ONLY_STREAM | FLOW_NO_STREAM,
	FLOW_ONLY_FRAG | FLOW_NO_FRAG,
};

static int
take(struct build *b, struct lex_word w)
{
	struct rule *r = build_rule(b);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!lex_is(w, words[i].word))
			continue;
		if (r->flow & words[i].flow)
			return build_error(b, "%.*s: said twice", (int)w.len, w.at);
		r->flow |= words[i].flow;
		return words[i].dir < 0 ? 0 : build_direction(b, words[i].dir);
	}
	return build_error(b, "unknown: %.*s", (int)w.len, w.at);
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word list = { o->value, o->len }, w;
	struct rule    *r = build_rule(b);

	while (lex_piece(&list, &w))
		if (take(b, w) < 0)
			return -EINVAL;
	for (size_t i = 0; i < sizeof(conflicts); i++)
		if ((r->flow & conflicts[i]) == conflicts[i])
			return build_error(b, "excludes itself: %s", o->value);
	if (r->flow & FLOW_NO_STREAM)
		build_need_packet(b);
	if (r->flow & FLOW_ONLY_STREAM)
		build_need_stream(b);
	return 0;
}

const struct keyword kw_flow = {
	.name = "flow",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_HEADER,
	.setup = setup,
	.help = "flow:[to_server|to_client],[established|not_established|stateless],[only_stream|no_stream],[only_frag|no_frag]",
};
