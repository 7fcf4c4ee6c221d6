/* SPDX-License-Identifier: Apache-2.0 */
/* decode-event, stream-event, app-layer-event, app-layer-protocol. */
#include "rules/events.h"

#include "rules/app.h"
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum verdict
packet_match(struct match *m, const struct check *c)
{
	const uint32_t *event = (const void *)c->arg;

	return packet_has_event(m->packet, *event) ? CHECK_YES : CHECK_NO;
}

static int
add_packet_event(struct build *b, int event, const char *name)
{
	uint32_t *arg;

	if (event < 0)
		return build_error(b, "unknown event: %s", name);
	arg = build_packet(b, packet_match, sizeof(*arg));
	if (!arg)
		return -ENOMEM;
	*arg = (uint32_t)event;
	build_need_packet(b);
	return 0;
}

static int
decode_setup(struct build *b, const struct option *o)
{
	/* pkthdr rules: such packets may have no IP header that could be read */
	return add_packet_event(b, events_decode(o->value), o->value);
}

static int
stream_setup(struct build *b, const struct option *o)
{
	return add_packet_event(b, events_stream(o->value), o->value);
}

/* decode-event and stream-event in one: "decoder.ipv4.pkt_too_small", "stream.pkt_invalid_ack". */
static int
engine_setup(struct build *b, const struct option *o)
{
	if (strncmp(o->value, "decoder.", 8) == 0)
		return add_packet_event(b, events_decode(o->value + 8), o->value);
	return add_packet_event(b, strncmp(o->value, "stream.", 7) == 0 ? events_stream(o->value + 7) : -1, o->value);
}

static enum verdict
tx_match(struct match *m, const struct check *c)
{
	const uint32_t *event = (const void *)c->arg;

	return m->tx->events >> *event & 1 ? CHECK_YES : CHECK_NO;
}

static enum verdict
flow_match(struct match *m, const struct check *c)
{
	const uint32_t *event = (const void *)c->arg;

	return m->flow && m->flow->app_events >> *event & 1 ? CHECK_YES : CHECK_NO;
}

/* Protocols that share a list of events (HTTP/2 and DNS over it). */
static uint64_t
apps_with(const char *const *events)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < APPPROTO_COUNT; i++)
		if (app_get(i) && app_get(i)->events == events)
			mask |= 1ULL << i;
	return mask;
}

/* "http.event": the event of a transaction of that protocol. "http" alone is its first. */
static int
add_tx_event(struct build *b, const char *name)
{
	const char       *dot = strchr(name, '.');
	char              proto[32];
	uint64_t          mask;
	uint32_t         *arg;
	int               event = -1;
	const struct app *app = NULL;

	if (!dot || (size_t)(dot - name) >= sizeof(proto))
		return build_error(b, "unknown event: %s", name);
	memcpy(proto, name, (size_t)(dot - name));
	proto[dot - name] = '\0';
	mask = appproto_mask(proto);
	for (unsigned i = 0; i < APPPROTO_COUNT && event < 0; i++) {
		app = mask >> i & 1 ? app_get(i) : NULL;
		event = app && app->events ? app_event(app, dot + 1) : -1;
	}
	if (event < 0)
		return build_error(b, "unknown event: %s", name);
	arg = build_tx(b, (struct build_where){ .any = true }, tx_match, sizeof(*arg));
	if (!arg)
		return -ENOMEM;
	*arg = (uint32_t)event;
	return build_apps(b, mask & apps_with(app->events));
}

static int
app_event_setup(struct build *b, const struct option *o)
{
	int       event = events_flow(o->value);
	uint32_t *arg;

	if (event < 0)
		return add_tx_event(b, o->value);
	arg = build_packet(b, flow_match, sizeof(*arg));
	if (!arg)
		return -ENOMEM;
	*arg = (uint32_t)event;
	return 0;
}

/* ---- app-layer-protocol ---- */

enum side { SIDE_FINAL, SIDE_DIRECTION, SIDE_EITHER, SIDE_TO_SERVER, SIDE_TO_CLIENT, SIDE_ORIGINAL };

struct protocol {
	uint64_t mask; /* bit per enum appproto */
	uint8_t  side;
	bool     negated;
};

static bool
is_in(const struct protocol *p, enum appproto app)
{
	return p->mask >> app & 1;
}

static enum verdict
protocol_match(struct match *m, const struct check *c)
{
	const struct protocol   *p = (const void *)c->arg;
	const struct flow_facts *f = m->flow;
	enum appproto            app;
	bool                     yes;

	if (!f)
		return CHECK_NO;
	if (p->side == SIDE_EITHER) {
		if (f->app_in[0] == APPPROTO_UNKNOWN && f->app_in[1] == APPPROTO_UNKNOWN)
			return CHECK_NO;
		yes = is_in(p, f->app_in[0]) || is_in(p, f->app_in[1]);
		return yes != p->negated ? CHECK_YES : CHECK_NO;
	}
	app = p->side == SIDE_FINAL	 ? f->app
	      : p->side == SIDE_ORIGINAL  ? f->app_original
	      : p->side == SIDE_DIRECTION ? f->app_in[m->dir]
					  : f->app_in[p->side == SIDE_TO_CLIENT];
	if (app == APPPROTO_UNKNOWN && !is_in(p, APPPROTO_UNKNOWN))
		return CHECK_NO;
	return is_in(p, app) != p->negated ? CHECK_YES : CHECK_NO;
}

static int
read_side(struct build *b, struct lex_word w, uint8_t *out)
{
	static const char *const names[] = { "final", "direction", "either", "to_server", "to_client",
		"original" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (lex_is(w, names[i]) || (i == SIDE_TO_SERVER && lex_is(w, "toserver")) ||
				(i == SIDE_TO_CLIENT && lex_is(w, "toclient"))) {
			*out = (uint8_t)i;
			return 0;
		}
	}
	return build_error(b, "unknown side: %.*s", (int)w.len, w.at);
}

static int
protocol_setup(struct build *b, const struct option *o)
{
	struct lex_word  list = { o->value, o->len }, name, side;
	struct protocol *p = build_packet(b, protocol_match, sizeof(*p));
	char             text[32];

	if (!p)
		return -ENOMEM;
	build_asks_protocol(b);
	p->negated = o->negated;
	p->side = SIDE_DIRECTION;
	lex_piece(&list, &name);
	if (list.at) {
		lex_piece(&list, &side);
		if (read_side(b, side, &p->side) < 0)
			return -EINVAL;
	}
	if (name.len >= sizeof(text))
		return build_error(b, "unknown protocol: %s", o->value);
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	if (strcmp(text, "failed") == 0)
		p->mask = 1ULL << APPPROTO_FAILED;
	else if (strcmp(text, "unknown") == 0)
		p->mask = 1ULL << APPPROTO_UNKNOWN;
	else
		p->mask = appproto_mask(text);
	return p->mask ? 0 : build_error(b, "unknown protocol: %s", text);
}

const struct keyword kw_decode_event = {
	.name = "decode-event",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = decode_setup,
	.help = "decode-event:name - the decoder found this wrong with the packet",
};

const struct keyword kw_engine_event = {
	.name = "engine-event",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = engine_setup,
	.help = "engine-event:decoder.name or stream.name - as decode-event and stream-event",
};

const struct keyword kw_stream_event = {
	.name = "stream-event",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = stream_setup,
	.help = "stream-event:name - TCP tracking found this wrong with the packet",
};

const struct keyword kw_app_layer_event = {
	.name = "app-layer-event",
	.kind = KEYWORD_TX,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = app_event_setup,
	.help = "app-layer-event:protocol.name - its parser found this wrong",
};

const struct keyword kw_app_layer_protocol = {
	.name = "app-layer-protocol",
	.kind = KEYWORD_PACKET,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_NEGATABLE | KEYWORD_HEADER,
	.setup = protocol_setup,
	.help = "app-layer-protocol:[!]name[,final|original|direction|either|to_server|to_client] - protocol recognised",
};
