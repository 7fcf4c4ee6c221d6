/* SPDX-License-Identifier: Apache-2.0 */
/* What a flow has come to: flow.age, flow.pkts, flow.bytes and their forms for one direction. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

enum which { WHICH_TOSERVER, WHICH_TOCLIENT, WHICH_BOTH, WHICH_EITHER, WHICH_COUNT };

static const char *const which_names[WHICH_COUNT] = { "toserver", "toclient", "both", "either" };

struct flow_count {
	struct condition want;
	uint8_t          which; /* enum which */
	bool             bytes; /* else packets */
};

static enum verdict
match_count(struct match *m, const struct check *c)
{
	const struct flow_count *f = (const void *)c->arg;
	const uint64_t          *n;
	bool                     to_server, to_client, holds;

	if (!m->flow)
		return CHECK_NO;
	n = f->bytes ? m->flow->bytes : m->flow->packets;
	to_server = condition_holds(&f->want, n[DIR_TOSERVER]);
	to_client = condition_holds(&f->want, n[DIR_TOCLIENT]);
	holds = f->which == WHICH_TOSERVER ? to_server
			: f->which == WHICH_TOCLIENT ? to_client
			: f->which == WHICH_BOTH     ? to_server && to_client
						     : to_server || to_client;
	return holds ? CHECK_YES : CHECK_NO;
}

static enum verdict
match_age(struct match *m, const struct check *c)
{
	const struct condition *want = (const void *)c->arg;

	if (!m->flow)
		return CHECK_NO;
	return condition_holds(want, (m->flow->last_ns - m->flow->first_ns) / 1000000000) ? CHECK_YES
											  : CHECK_NO;
}

static int
age_setup(struct build *b, const struct option *o)
{
	struct condition *want = build_packet(b, match_age, sizeof(*want));

	if (!want)
		return -ENOMEM;
	return condition_parse(want, o->value, UINT32_MAX) < 0
			? build_error(b, "not a number of seconds: %s", o->value)
			: 0;
}

static int
count_setup(struct build *b, const char *text, int which, bool bytes)
{
	struct flow_count *f = build_packet(b, match_count, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->which = (uint8_t)which;
	f->bytes = bytes;
	return condition_parse(&f->want, text, UINT64_MAX - 1) < 0 ? build_error(b, "not a count: %s", text) : 0;
}

/* "toserver,>100" */
static int
directed_setup(struct build *b, const struct option *o, bool bytes)
{
	const char *comma = strchr(o->value, ',');
	size_t      len = comma ? (size_t)(comma - o->value) : 0;

	while (len && o->value[len - 1] == ' ')
		len--;
	for (int i = 0; i < WHICH_COUNT; i++)
		if (comma && strlen(which_names[i]) == len && strncmp(which_names[i], o->value, len) == 0)
			return count_setup(b, comma + 1 + strspn(comma + 1, " "), i, bytes);
	return build_error(b, "needs toserver, toclient, both or either, and a count: %s", o->value);
}

#define DIRECTED(id, text, in_bytes)                                           \
	static int id##_setup(struct build *b, const struct option *o)         \
	{                                                                      \
		return directed_setup(b, o, in_bytes);                         \
	}                                                                      \
	const struct keyword kw_##id = {                                       \
		.name = text,                                                  \
		.kind = KEYWORD_PACKET,                                        \
		.arg = KEYWORD_ARG_NEEDED,                                     \
		.setup = id##_setup,                                           \
		.help = text ":toserver|toclient|both|either,[<|>|…]N",        \
	}

#define ONE_WAY(id, text, to, in_bytes)                                        \
	static int id##_setup(struct build *b, const struct option *o)         \
	{                                                                      \
		return count_setup(b, o->value, to, in_bytes);                 \
	}                                                                      \
	const struct keyword kw_##id = {                                       \
		.name = text,                                                  \
		.kind = KEYWORD_PACKET,                                        \
		.arg = KEYWORD_ARG_NEEDED,                                     \
		.setup = id##_setup,                                           \
		.help = text ":[<|>|…]N - of that direction so far",           \
	}

DIRECTED(flow_pkts, "flow.pkts", false);
DIRECTED(flow_bytes, "flow.bytes", true);
ONE_WAY(flow_pkts_toserver, "flow.pkts_toserver", WHICH_TOSERVER, false);
ONE_WAY(flow_pkts_toclient, "flow.pkts_toclient", WHICH_TOCLIENT, false);
ONE_WAY(flow_bytes_toserver, "flow.bytes_toserver", WHICH_TOSERVER, true);
ONE_WAY(flow_bytes_toclient, "flow.bytes_toclient", WHICH_TOCLIENT, true);

const struct keyword kw_flow_age = {
	.name = "flow.age",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = age_setup,
	.help = "flow.age:[<|>|…]N - seconds from the first packet to this one",
};
