/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/context.h"

#include <stdlib.h>
#include <string.h>

#include "lib/event.h"
#include "lib/json.h"
#include "rules/app.h"
#include "rules/events.h"
#include "sensor/applayer.h"
#include "sensor/eve.h"
#include "sensor/report.h"

#define OBSERVED_ROOM 2048u /* an observation with the longest value, all of it escaped */
#define FIRST_STREAM_EVENT ((unsigned)STREAM_3WHS_ACK_DATA_INJECT)

struct context {
	struct context_settings settings;
	struct report          *report;
	struct observe         *observe; /* NULL: off */
	struct json             told;    /* observations of the next event, while there are any */
	bool                    telling;
	uint64_t                told_ns; /* latest of them */
	char                    text[EVENT_EVE_MAX];
};

/* ---- types ---- */

static const struct {
	const char *name;
	unsigned    kind;
} kinds[] = {
	{ "flow", CONTEXT_FLOW },
	{ "fileinfo", CONTEXT_FILEINFO },
	{ "anomaly", CONTEXT_ANOMALY },
	{ "stats", CONTEXT_STATS },
};

static bool
add_type(struct context_types *t, const char *name)
{
	enum appproto app = appproto_by_name(strcmp(name, "ftp_data") == 0 ? "ftp-data" : name);

	if (strcmp(name, "all") == 0) {
		*t = (struct context_types){ .apps = UINT64_MAX, .kinds = UINT32_MAX };
		return true;
	}
	if (strcmp(name, "alert") == 0) /* always there */
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			t->kinds |= kinds[i].kind;
			return true;
		}
	}
	if (strcmp(name, "http") == 0)
		t->apps |= appproto_mask(name);
	else if (app > APPPROTO_FAILED)
		t->apps |= UINT64_C(1) << app;
	else
		return false;
	return true;
}

bool
context_types_parse(struct context_types *out, const char *list, char word[static 32])
{
	*out = (struct context_types){ 0 };
	while (list && *list) {
		size_t len = strcspn(list, ", ");

		if (len) {
			size_t n = len < 31 ? len : 31;

			memcpy(word, list, n);
			word[n] = 0;
			if (!add_type(out, word))
				return false;
		}
		list += len + (list[len] != 0);
	}
	return true;
}

/* ---- life ---- */

static void tell(void *arg, const struct observation *o);

struct context *
context_new(const struct context_settings *settings, struct report *report)
{
	struct context *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->settings = *settings;
	c->report = report;
	c->settings.observe.tell = tell;
	c->settings.observe.arg = c;
	if (settings->observe.on && !(c->observe = observe_new(&c->settings.observe))) {
		free(c);
		return NULL;
	}
	return c;
}

void
context_free(struct context *c)
{
	if (!c)
		return;
	observe_free(c->observe);
	free(c);
}

/* ---- events ---- */

static bool
wants(const struct context *c, unsigned kind)
{
	return (c->settings.eve.kinds | c->settings.send.kinds) & kind;
}

static bool
wants_app(const struct context *c, enum appproto app)
{
	return (c->settings.eve.apps | c->settings.send.apps) >> app & 1;
}

static struct eve_about
about(const struct context *c, const struct packet *p, struct flow *f)
{
	return (struct eve_about){ .packet = p, .flow = f, .source = report_source(c->report, p->source) };
}

static void
end(struct context *c, const struct packet *p, const struct flow *f, bool line, bool send)
{
	struct event e = { .ts_ns = p->ts_ns, .type = EVENT_CONTEXT, .severity = SEV_INFO,
		.ip_proto = p->ip_proto, .src = p->src, .dst = p->dst, .sport = p->sport,
		.dport = p->dport, .flow_id = f ? f->facts.id : 0 };

	report_end(c->report, line, send ? &e : NULL);
}

static void
end_kind(struct context *c, const struct packet *p, const struct flow *f, unsigned kind)
{
	end(c, p, f, c->settings.eve.kinds & kind, c->settings.send.kinds & kind);
}

/* A packet that stands for the flow in this direction, with what is known of the one in hand. */
static void
stand_in(struct packet *out, const struct packet *p, uint64_t now_ns, const struct flow *f, int dir)
{
	flow_packet(out, f, dir, p ? p->ts_ns : now_ns);
	if (!p)
		return;
	out->number = p->number;
	out->pseudo = p->pseudo;
	out->rebuilt = p->rebuilt;
}

/* ---- oddities ---- */

static void
anomaly(struct context *c, const struct packet *p, struct flow *f, const struct eve_anomaly *what)
{
	struct eve_about a = about(c, p, f);

	eve_anomaly(report_begin(c->report), &a, what);
	end_kind(c, p, f, CONTEXT_ANOMALY);
}

void
context_packet(struct context *c, const struct packet *p, struct flow *f)
{
	if (!wants(c, CONTEXT_ANOMALY))
		return;
	for (unsigned w = 0; w < PACKET_EVENT_WORDS; w++) {
		for (uint64_t bits = p->events[w]; bits; bits &= bits - 1) {
			unsigned           event = w * 64 + (unsigned)__builtin_ctzll(bits);
			bool               stream = event >= FIRST_STREAM_EVENT;
			struct eve_anomaly what = { .type = stream ? "stream" : "decode",
				.prefix = stream ? "stream." : "decoder.",
				.event = events_packet_name(event) };

			anomaly(c, p, f, &what);
		}
	}
}

static void
tx_anomalies(struct context *c, const struct packet *p, struct flow *f, const struct tx *tx)
{
	const struct app *app = app_get(f->facts.app);

	for (uint64_t bits = app && app->events ? tx->events : 0; bits; bits &= bits - 1) {
		struct eve_anomaly what = { .type = "applayer", .prefix = "", .layer = "proto_parser", .tx = tx,
			.event = app->events[__builtin_ctzll(bits)] };

		anomaly(c, p, f, &what);
	}
}

static void
flow_anomalies(struct context *c, const struct packet *p, struct flow *f)
{
	for (uint64_t bits = f->facts.app_events; bits; bits &= bits - 1) {
		struct eve_anomaly what = { .type = "applayer", .prefix = "", .layer = "proto_detect",
			.event = events_flow_name((unsigned)__builtin_ctzll(bits)) };

		anomaly(c, p, f, &what);
	}
}

/* ---- the look-back feed ---- */

static void
tell_begin(struct context *c, uint64_t ts_ns)
{
	json_init(&c->told, c->text, sizeof(c->text));
	json_obj(&c->told, NULL);
	json_time_eve(&c->told, "timestamp", ts_ns);
	json_str(&c->told, "event_type", "observed");
	json_arr(&c->told, "observed");
	c->told_ns = ts_ns;
	c->telling = true;
}

static void
tell_end(struct context *c)
{
	struct event e = { .ts_ns = c->told_ns, .type = EVENT_OBSERVED, .severity = SEV_INFO };
	const char  *text;

	if (!c->telling)
		return;
	json_arr_end(&c->told);
	json_obj_end(&c->told);
	c->telling = false;
	text = json_end(&c->told);
	if (!text)
		return;
	e.eve = bytes_of(text, c->told.len);
	report_send(c->report, &e);
}

/* Many observations in one event. */
static void
tell(void *arg, const struct observation *o)
{
	struct context *c = arg;
	struct json    *j = &c->told;

	if (!o) {
		tell_end(c);
		return;
	}
	if (!c->telling)
		tell_begin(c, o->last_ns);
	json_obj(j, NULL);
	json_str(j, "kind", observe_kind_name(o->kind));
	json_bytes(j, "value", o->value);
	json_time_eve(j, "first", o->first_ns);
	json_time_eve(j, "last", o->last_ns);
	json_u64(j, "count", o->count);
	json_obj_end(j);
	if (o->last_ns > c->told_ns)
		c->told_ns = o->last_ns;
	if (j->len > sizeof(c->text) - OBSERVED_ROOM)
		tell_end(c);
}

/* Where a protocol says what the feed wants. */
static const struct {
	enum appproto     app;
	enum buffer       buffer;
	enum observe_kind kind;
} sources[] = {
	{ APPPROTO_DNS, BUF_DNS_QUERY, OBSERVE_DOMAIN },
	{ APPPROTO_HTTP1, BUF_HTTP_HOST, OBSERVE_DOMAIN },
	{ APPPROTO_HTTP2, BUF_HTTP_HOST, OBSERVE_DOMAIN },
	{ APPPROTO_TLS, BUF_TLS_SNI, OBSERVE_SNI },
	{ APPPROTO_TLS, BUF_JA3_HASH, OBSERVE_JA3 },
	{ APPPROTO_TLS, BUF_JA4_HASH, OBSERVE_JA4 },
	{ APPPROTO_QUIC, BUF_QUIC_SNI, OBSERVE_SNI },
	{ APPPROTO_QUIC, BUF_JA3_HASH, OBSERVE_JA3 },
	{ APPPROTO_QUIC, BUF_JA4_HASH, OBSERVE_JA4 },
};

#define MULTI_MAX 8u /* values of one kind in a transaction */

static void
observe_tx(struct context *c, uint64_t now_ns, const struct flow *f, struct tx *tx)
{
	const struct proto *proto = applayer_proto(f);
	const struct file  *file;
	struct view         v;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i].app != f->facts.app || !proto)
			continue;
		for (unsigned k = 0; k < MULTI_MAX; k++) {
			if (!proto->ops.buffer(tx, sources[i].buffer, DIR_TOSERVER, k, &v))
				break;
			observe(c->observe, sources[i].kind, v.data, now_ns);
		}
	}
	TAILQ_FOREACH(file, &tx->files, link) {
		static const char digits[] = "0123456789abcdef";
		char              hex[64];

		if (!file->has_sha256)
			continue;
		for (unsigned k = 0; k < sizeof(hex); k++)
			hex[k] = digits[file->sha256[k / 2] >> (k % 2 ? 0 : 4) & 15];
		observe(c->observe, OBSERVE_HASH, bytes_of(hex, sizeof(hex)), now_ns);
	}
}

static void
observe_flow(struct context *c, uint64_t now_ns, const struct flow *f)
{
	for (int i = 0; i < 2; i++) {
		char text[ADDR_TEXT_MAX];

		observe(c->observe, OBSERVE_IP, bytes_str(addr_format(&f->facts.addr[i], text)), now_ns);
	}
}

void
context_flush(struct context *c, uint64_t now_ns, bool all)
{
	if (c->observe)
		observe_flush(c->observe, now_ns, all);
}

/* ---- transactions and flows ---- */

static void
files(struct context *c, const struct packet *p, uint64_t now_ns, struct flow *f, struct tx *tx)
{
	const struct file *file;

	TAILQ_FOREACH(file, &tx->files, link) {
		struct packet    q;
		struct eve_about a;

		stand_in(&q, p, now_ns, f, file->dir);
		a = about(c, &q, f);
		eve_fileinfo(report_begin(c->report), &a, tx, file);
		end_kind(c, &q, f, CONTEXT_FILEINFO);
	}
}

void
context_tx(struct context *c, const struct packet *p, uint64_t now_ns, struct flow *f, struct tx *tx)
{
	enum appproto app = f->facts.app;
	struct packet q;

	if (c->observe)
		observe_tx(c, p ? p->ts_ns : now_ns, f, tx);
	if (f->facts.no_log || tx->logged || (app == APPPROTO_TLS && tx->id)) /* those carry on the first */
		return;
	/* DNS has a transaction for each message, and shows it as it went */
	stand_in(&q, p, now_ns, f, app == APPPROTO_DNS && p ? p->dir : DIR_TOSERVER);
	if (wants_app(c, app)) {
		struct eve_about a = about(c, &q, f);

		eve_tx(report_begin(c->report), &a, tx);
		end(c, &q, f, c->settings.eve.apps >> app & 1, c->settings.send.apps >> app & 1);
	}
	if (wants(c, CONTEXT_FILEINFO))
		files(c, p, now_ns, f, tx);
	if (wants(c, CONTEXT_ANOMALY))
		tx_anomalies(c, &q, f, tx);
	tx->logged = true;
}

void
context_flow(struct context *c, const struct packet *p, uint64_t now_ns, struct flow *f)
{
	struct packet    q;
	struct eve_about a;

	if (c->observe)
		observe_flow(c, f->facts.last_ns, f);
	if (f->facts.no_log || !wants(c, CONTEXT_FLOW | CONTEXT_ANOMALY))
		return;
	stand_in(&q, p, now_ns, f, DIR_TOSERVER);
	q.number = 0; /* no one packet's matter */
	if (wants(c, CONTEXT_ANOMALY))
		flow_anomalies(c, &q, f);
	if (!wants(c, CONTEXT_FLOW))
		return;
	a = about(c, &q, f);
	eve_flow(report_begin(c->report), &a);
	end_kind(c, &q, f, CONTEXT_FLOW);
}
