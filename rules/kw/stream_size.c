/* SPDX-License-Identifier: Apache-2.0 */
/* stream_size: how far a side of a TCP conversation has come, in bytes of sequence space. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

enum side { SIDE_SERVER, SIDE_CLIENT, SIDE_BOTH, SIDE_EITHER, SIDE_COUNT };

static const char *const side_names[SIDE_COUNT] = { "server", "client", "both", "either" };

struct stream_size {
	struct condition want;
	uint8_t          side; /* enum side */
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct stream_size *s = (const void *)c->arg;
	bool                      client, server, holds;

	if (!m->flow || m->flow->ip_proto != 6)
		return CHECK_NO;
	client = condition_holds(&s->want, m->flow->stream_bytes[DIR_TOSERVER]);
	server = condition_holds(&s->want, m->flow->stream_bytes[DIR_TOCLIENT]);
	holds = s->side == SIDE_SERVER ? server
			: s->side == SIDE_CLIENT ? client
			: s->side == SIDE_BOTH   ? client && server
						 : client || server;
	return holds ? CHECK_YES : CHECK_NO;
}

static int
side_by_name(const char *name, size_t len)
{
	for (int i = 0; i < SIDE_COUNT; i++)
		if (strlen(side_names[i]) == len && strncmp(side_names[i], name, len) == 0)
			return i;
	return -1;
}

/* "server,>,1024": the operator and the number stand apart, but read as one condition. */
static int
setup(struct build *b, const struct option *o)
{
	struct stream_size *s = build_packet(b, match, sizeof(*s));
	char                text[48];
	size_t              n = 0;
	const char         *comma = strchr(o->value, ',');
	size_t              len = comma ? (size_t)(comma - o->value) : 0;
	int                 side;

	if (!s)
		return -ENOMEM;
	while (len && o->value[len - 1] == ' ')
		len--;
	side = side_by_name(o->value, len);
	if (side < 0)
		return build_error(b, "needs server, client, both or either: %s", o->value);
	for (const char *at = comma; *at && n < sizeof(text) - 1; at++)
		if (*at != ',' && *at != ' ')
			text[n++] = *at;
	text[n] = '\0';
	if (condition_parse(&s->want, text, UINT32_MAX) < 0)
		return build_error(b, "not an operator and a size: %s", comma);
	s->side = (uint8_t)side;
	return 0;
}

const struct keyword kw_stream_size = {
	.name = "stream_size",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "stream_size:server|client|both|either,<|>|<=|>=|=|!=,N - bytes of a TCP stream so far",
};
