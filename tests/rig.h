/* SPDX-License-Identifier: Apache-2.0 */
/* tests/rig.h - rules and handmade packets to alerts, so that a test reads like a table.
 *
 *	rig_open(&rig, "alert udp any any -> any any (content:\"abc\"; sid:1;)\n");
 *	assert_string_equal(rig_udp(&rig, "xxabcxx"), "1");
 *	rig_close(&rig);
 *
 * A rig is one rule set, one engine, one flow. What is between the packets
 * (time, addresses, the flow's facts) is set in its fields. Transactions are
 * made by hand too: struct rig_tx. For unit tests and fuzz targets.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/pool.h"
#include "rules/engine.h"
#include "rules/memory.h"
#include "rules/rule.h"
#include "rules/ruleset.h"
#include "rules/vars.h"

#define RIG_POOL (4u << 20)
#define RIG_SECOND 1000000000ull

struct rig {
	struct vars        *vars;
	struct ruleset     *rs;
	struct rule_memory *memory;
	struct engine      *engine;
	struct pool        *pool;
	struct flow_facts   flow;   /* of the packets; rig_packet() follows it */
	struct packet       packet; /* the next one; its bytes and direction are set when it is sent */
	uint64_t            now_ns;
	bool                no_flow;
	const struct alert *alerts; /* of the last packet */
	unsigned            n_alerts;
	char                sids[512]; /* the same as text: "1 2 3" in the order of alerts, "" for none */
};

static inline void
rig_must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "rig: %s\n", what);
	abort();
}

static inline void
rig_load_with(struct rig *r, const struct ruleset_options *options, const char *rules, size_t len)
{
	memset(r, 0, sizeof(*r));
	r->vars = vars_new();
	rig_must(r->vars != NULL, "no memory");
	rig_must(ruleset_new(&r->rs, r->vars, options) == 0, "no rule set");
	rig_must(ruleset_add_text(r->rs, "test.rules", rules, len) == 0, "rules not added");
}

/* Rules are loaded but not compiled; errors can be asked. */
static inline void
rig_load(struct rig *r, const char *rules, size_t len)
{
	rig_load_with(r, NULL, rules, len);
}

/* The rest: compile, and a packet and a flow to start from. */
static inline void
rig_ready(struct rig *r)
{
	rig_must(ruleset_compile(r->rs) == 0, "rules do not compile");
	r->memory = rule_memory_new(1u << 16);
	r->pool = pool_new(RIG_POOL);
	rig_must(r->memory && r->pool, "no memory");
	r->engine = engine_new(r->rs, r->memory);
	rig_must(r->engine != NULL, "no engine");
	r->now_ns = 1000 * RIG_SECOND;
	TAILQ_INIT(&r->flow.txs);
	r->flow.addr[0] = addr_v4((const uint8_t[]){ 10, 0, 0, 1 });
	r->flow.addr[1] = addr_v4((const uint8_t[]){ 192, 0, 2, 80 });
	r->flow.port[0] = 40000;
	r->flow.port[1] = 80;
	r->flow.state = FLOW_ESTABLISHED;
	r->flow.id = 7;
	r->packet.ip_version = 4;
	r->packet.ttl = 64;
	r->packet.tcp_flags = TCP_ACK | TCP_PSH;
	r->packet.tcp_wscale = 0xff;
}

/* Every rule must load. */
static inline void
rig_open(struct rig *r, const char *rules)
{
	rig_load(r, rules, strlen(rules));
	for (size_t i = 0; i < ruleset_n_errors(r->rs); i++) {
		const struct rule_error *e = ruleset_error(r->rs, i);

		if (e->warning)
			continue;
		fprintf(stderr, "line %u column %u: %s: %s\n", e->line, e->column, e->keyword, e->reason);
		rig_must(false, rules);
	}
	rig_ready(r);
}

static inline void
rig_close(struct rig *r)
{
	if (r->engine)
		engine_flow_release(r->engine, r->pool, &r->flow);
	rig_must(!r->pool || pool_used(r->pool) == 0, "some memory did not go back to the pool");
	engine_free(r->engine);
	rule_memory_free(r->memory);
	pool_free(r->pool);
	ruleset_free(r->rs);
	vars_free(r->vars);
}

/* The other flow from now on: what rules remember with the first is gone. */
static inline void
rig_next_flow(struct rig *r)
{
	engine_flow_release(r->engine, r->pool, &r->flow);
	r->flow.id++;
	r->flow.group[0] = r->flow.group[1] = 0;
	r->flow.inspected = 0;
	r->flow.no_alert = r->flow.no_log = r->flow.no_payload = false;
}

static inline const char *
rig_inspect(struct rig *r, struct stream_window stream)
{
	struct inspect in = { .packet = &r->packet, .flow = r->no_flow ? NULL : &r->flow, .stream = stream,
		.pool = r->pool, .now_ns = r->now_ns };
	size_t         at = 0;

	r->n_alerts = engine_inspect(r->engine, &in, &r->alerts);
	r->sids[0] = '\0';
	for (unsigned i = 0; i < r->n_alerts && at < sizeof(r->sids); i++)
		at += (size_t)snprintf(r->sids + at, sizeof(r->sids) - at, "%s%u", i ? " " : "",
				rule_info(r->alerts[i].rule)->sid);
	return r->sids;
}

/* The packet takes protocol, addresses and ports of the flow. */
static inline void
rig_packet(struct rig *r, uint8_t ip_proto, int dir, const void *payload, size_t len)
{
	struct packet *p = &r->packet;

	p->ip_proto = r->flow.ip_proto = ip_proto;
	p->dir = (uint8_t)dir;
	p->in_flow = !r->no_flow;
	p->src = r->flow.addr[dir];
	p->dst = r->flow.addr[!dir];
	p->ip_version = p->src.family;
	p->sport = ip_proto == 6 || ip_proto == 17 ? r->flow.port[dir] : 0;
	p->dport = ip_proto == 6 || ip_proto == 17 ? r->flow.port[!dir] : 0;
	p->payload = bytes_of(payload, len);
	p->in_stream = false;
	p->number++;
	p->ts_ns = r->now_ns;
}

/* One datagram from the client; the alerts as text. */
static inline const char *
rig_udp_bytes(struct rig *r, const void *payload, size_t len)
{
	rig_packet(r, 17, DIR_TOSERVER, payload, len);
	return rig_inspect(r, (struct stream_window){ 0 });
}

static inline const char *
rig_udp(struct rig *r, const char *payload)
{
	return rig_udp_bytes(r, payload, strlen(payload));
}

/* One segment whose bytes are not in the stream (yet). */
static inline const char *
rig_tcp(struct rig *r, int dir, const char *payload)
{
	rig_packet(r, 6, dir, payload, strlen(payload));
	return rig_inspect(r, (struct stream_window){ 0 });
}

/* A packet without bytes, while the stream shows `text`, of which `fresh` bytes at the end are new. `start` is the
 * stream offset of its first byte. */
static inline const char *
rig_stream(struct rig *r, int dir, const char *text, size_t start, size_t fresh)
{
	size_t len = strlen(text);

	rig_packet(r, 6, dir, "", 0);
	return rig_inspect(r, (struct stream_window){ .data = bytes_of(text, len), .start = start,
			.fresh = start + len - fresh });
}

/* Do these options of a rule match the payload of a datagram? */
static inline bool
rig_matches(const char *options, const void *payload, size_t len)
{
	char       rule[4096];
	struct rig r;
	bool       fired;

	snprintf(rule, sizeof(rule), "alert udp any any -> any any (%s sid:1;)", options);
	rig_open(&r, rule);
	fired = strcmp(rig_udp_bytes(&r, payload, len), "1") == 0;
	rig_close(&r);
	return fired;
}

/* ---- transactions ---- */

#define RIG_BUFFERS_MAX 16

struct rig_buffer {
	enum buffer buffer; /* BUF_NONE ends the list */
	int         dir;
	struct view view;   /* the n-th of one kind is index n */
};

struct rig_number {
	enum number number; /* NUM_NONE ends the list */
	int         dir;
	uint64_t    value;
};

struct rig_tx {
	struct tx         tx; /* must be first */
	struct rig_buffer buffers[RIG_BUFFERS_MAX];
	struct rig_number numbers[RIG_BUFFERS_MAX];
};

static inline bool
rig_tx_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out)
{
	struct rig_buffer *row = ((struct rig_tx *)tx)->buffers;

	for (; row < ((struct rig_tx *)tx)->buffers + RIG_BUFFERS_MAX && row->buffer; row++) {
		if (row->buffer != b || row->dir != dir || index-- > 0)
			continue;
		*out = row->view;
		return true;
	}
	return false;
}

static inline bool
rig_tx_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out)
{
	struct rig_number *row = ((struct rig_tx *)tx)->numbers;

	for (; row < ((struct rig_tx *)tx)->numbers + RIG_BUFFERS_MAX && row->number; row++) {
		if (row->number != n || row->dir != dir || index-- > 0)
			continue;
		*out = row->value;
		return true;
	}
	return false;
}

static const struct app_ops rig_ops = { .buffer = rig_tx_buffer, .number = rig_tx_number };

/* A transaction at the end of the flow's list, without progress; complete_at is `complete`. */
static inline void
rig_tx_init(struct rig *r, struct rig_tx *t, enum appproto app, uint8_t complete)
{
	memset(t, 0, sizeof(*t));
	TAILQ_INIT(&t->tx.files);
	t->tx.complete_at[0] = t->tx.complete_at[1] = complete;
	r->flow.app = r->flow.app_in[0] = r->flow.app_in[1] = app;
	r->flow.ops = &rig_ops;
	TAILQ_INSERT_TAIL(&r->flow.txs, &t->tx, link);
}

static inline void
rig_tx_release(struct rig *r, struct rig_tx *t)
{
	engine_tx_release(r->engine, r->pool, &t->tx);
	TAILQ_REMOVE(&r->flow.txs, &t->tx, link);
}

/* Add a buffer. `text` is borrowed. */
static inline struct rig_buffer *
rig_tx_set(struct rig_tx *t, enum buffer b, int dir, const char *text)
{
	struct rig_buffer *row = t->buffers;

	while (row->buffer)
		row++;
	*row = (struct rig_buffer){ b, dir, { .data = bytes_of(text, strlen(text)), .ended = true } };
	return row;
}

/* A packet without bytes of its own, once the transaction is that far. */
static inline const char *
rig_tx_at(struct rig *r, struct rig_tx *t, int dir, uint8_t progress)
{
	t->tx.progress[dir] = progress;
	t->tx.updated[dir] = true;
	r->flow.fed[dir] = true;
	rig_packet(r, 6, dir, "", 0);
	return rig_inspect(r, (struct stream_window){ 0 });
}

#endif
