/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/engine.h"

#include "rules/engine_impl.h"
#include "rules/flowvars.h"
#include "rules/memory.h"
#include "rules/multi.h"
#include "rules/regex.h"
#include "rules/threshold.h"

#include <stdlib.h>
#include <string.h>

#define ALERTS_PER_PACKET 15 /* Suricata's packet-alert-max */

static bool
candidates_init(struct candidates *c, size_t n_rules)
{
	c->bits = calloc(n_rules / 64 + 1, sizeof(*c->bits));
	c->list = calloc(n_rules + 1, sizeof(*c->list));
	c->n = 0;
	return c->bits && c->list;
}

static void
candidates_release(struct candidates *c)
{
	free(c->bits);
	free(c->list);
}

void
candidates_add(struct candidates *c, uint32_t rule)
{
	uint64_t bit = 1ULL << (rule % 64);

	if (c->bits[rule / 64] & bit)
		return;
	c->bits[rule / 64] |= bit;
	c->list[c->n++] = rule;
}

void
candidates_clear(struct candidates *c)
{
	for (uint32_t i = 0; i < c->n; i++)
		c->bits[c->list[i] / 64] = 0;
	c->n = 0;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Few come in almost any order; many are rare. */
static void
sort(uint32_t *list, uint32_t n)
{
	if (n > 24) {
		qsort(list, n, sizeof(*list), by_number);
		return;
	}
	for (uint32_t i = 1; i < n; i++) {
		uint32_t v = list[i], k = i;

		for (; k > 0 && list[k - 1] > v; k--)
			list[k] = list[k - 1];
		list[k] = v;
	}
}

bool
candidates_take(struct candidates *c, uint32_t *cursor, uint32_t *rule)
{
	if (*cursor == 0)
		sort(c->list, c->n);
	if (*cursor == c->n) {
		candidates_clear(c);
		return false;
	}
	*rule = c->list[(*cursor)++];
	return true;
}

struct engine *
engine_new(const struct ruleset *rules, struct rule_memory *memory)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e || !rules->groups)
		goto fail;
	e->rs = rules;
	e->g = rules->groups;
	e->memory = memory;
	e->multi = multi_scratch_new();
	e->regex = regex_scratch_new();
	e->tx_matched = calloc(rules->n_rules + 1, sizeof(*e->tx_matched));
	e->tx_files = calloc(rules->n_rules + 1, sizeof(*e->tx_files));
	e->src_memo = calloc(rules->n_addrsets, sizeof(*e->src_memo));
	e->dst_memo = calloc(rules->n_addrsets, sizeof(*e->dst_memo));
	e->views = calloc(rules->n_views, sizeof(*e->views));
	e->transforms = malloc(ENGINE_TRANSFORM_BYTES);
	e->decoded = malloc(CHECK_DECODE_MAX);
	if (!e->multi || !e->regex || !e->tx_matched || !e->tx_files || !e->src_memo || !e->dst_memo || !e->views || !e->transforms ||
			!e->decoded)
		goto fail;
	if (!candidates_init(&e->found, rules->n_rules) || !candidates_init(&e->tx_found, rules->n_rules) ||
			!candidates_init(&e->tx_payload, rules->n_rules) || groups_fit(e->g, e->multi) < 0)
		goto fail;
	return e;
fail:
	engine_free(e);
	return NULL;
}

void
engine_free(struct engine *e)
{
	if (!e)
		return;
	candidates_release(&e->found);
	candidates_release(&e->tx_found);
	candidates_release(&e->tx_payload);
	multi_scratch_free(e->multi);
	regex_scratch_free(e->regex);
	free(e->tx_matched);
	free(e->tx_files);
	free(e->src_memo);
	free(e->dst_memo);
	free(e->views);
	free(e->transforms);
	free(e->decoded);
	free(e);
}

const struct ruleset *
engine_rules(const struct engine *e)
{
	return e->rs;
}

/* ---- candidates ---- */

static void
on_hit(void *arg, uint32_t id, size_t end)
{
	struct engine     *e = arg;
	const struct scan *s = e->scan;
	uint64_t           at = e->scan_base + end;

	if (at <= e->scan_after)
		return;
	for (uint32_t i = s->first[id]; i < s->first[id + 1]; i++) {
		const struct scan_entry *entry = &s->entries[i];

		if (at >= entry->low && (at <= entry->high || entry->high == UINT16_MAX))
			candidates_add(e->scan_to, entry->rule);
	}
}

void
engine_scan(struct engine *e, const struct scan *s, struct bytes data, uint64_t base, struct candidates *to)
{
	e->scan = s;
	e->scan_base = base;
	e->scan_to = to;
	multi_scan(s->multi, e->multi, data, on_hit, e);
	e->scan_after = 0;
}

static bool
quick(const struct rule_quick *q, const struct packet *p)
{
	if ((p->tcp_flags & q->tcp_mask) != q->tcp_want)
		return false;
	if (q->icmp_type >= 0 && p->icmp_type != q->icmp_type)
		return false;
	return p->payload.left >= q->size_low && p->payload.left <= q->size_high;
}

static bool
has_stream(const struct inspect *in)
{
	return in->stream.data.left && in->stream.start + in->stream.data.left > in->stream.fresh;
}

/* The bytes of the stream to search: the fresh ones, and what a literal may have begun in before them. */
static void
scan_stream(struct engine *e, const struct scan *s)
{
	const struct stream_window *w = &e->in->stream;
	struct bytes                data = w->data;
	uint64_t                    old = w->fresh - w->start, skip = old > s->max_len ? old - s->max_len : 0;

	if (s->max_end < UINT16_MAX) {
		if (w->fresh >= s->max_end)
			return;
		data.left = data.left < s->max_end - w->start ? data.left : s->max_end - w->start;
	}
	bytes_skip(&data, skip);
	e->scan_after = w->fresh;
	engine_scan(e, s, data, w->start + skip, &e->found);
}

static void
scan_payload(struct engine *e, const struct scan *s)
{
	struct bytes data = e->in->packet->payload;

	if (data.left > s->max_end && s->max_end < UINT16_MAX)
		data.left = s->max_end;
	engine_scan(e, s, data, 0, &e->found);
}

static void
collect(struct engine *e, const struct place *p)
{
	const struct packet *pkt = e->in->packet;

	if (e->has_payload) {
		if (p->packet_head)
			scan_payload(e, p->packet_head);
		if (p->packet_small && pkt->payload.left <= p->packet_small->max_size)
			scan_payload(e, p->packet_small);
		if (p->packet)
			scan_payload(e, p->packet);
		if (p->stream_head && !pkt->in_stream)
			scan_payload(e, p->stream_head);
		if (p->stream && !pkt->in_stream)
			scan_payload(e, p->stream);
	}
	if (e->has_stream) {
		if (p->stream_head)
			scan_stream(e, p->stream_head);
		if (p->stream)
			scan_stream(e, p->stream);
	}
	for (uint32_t i = 0; i < p->n_plain; i++) {
		const struct rule *r = e->rs->rules[p->plain[i]];

		if (r->flags & RULE_PAYLOAD && !e->has_payload && !e->has_stream)
			continue;
		if (quick(&r->quick, pkt))
			candidates_add(&e->found, r->index);
	}
}

/* ---- one rule ---- */

static bool
has_address(const struct ruleset *rs, uint32_t *memo, uint32_t stamp, uint16_t set, const struct addr *a)
{
	if (set == 0)
		return true;
	if (memo[set] >> 1 != stamp)
		memo[set] = stamp << 1 | addrset_has(&rs->addrsets[set], a);
	return memo[set] & 1;
}

static bool
has_port(const struct ruleset *rs, uint16_t set, uint16_t port)
{
	return set == 0 || portset_has(&rs->portsets[set], port);
}

static bool
endpoints(struct engine *e, const struct rule *r)
{
	const struct packet *p = e->in->packet;

	if (has_port(e->rs, r->dport, p->dport) && has_port(e->rs, r->sport, p->sport) &&
			has_address(e->rs, e->src_memo, e->stamp, r->src, &p->src) &&
			has_address(e->rs, e->dst_memo, e->stamp, r->dst, &p->dst))
		return true;
	if (!(r->flags & RULE_BOTH_WAYS))
		return false;
	return has_port(e->rs, r->dport, p->sport) && has_port(e->rs, r->sport, p->dport) &&
			addrset_has(&e->rs->addrsets[r->src], &p->dst) && addrset_has(&e->rs->addrsets[r->dst], &p->src);
}

static bool
flow_state(struct engine *e, const struct rule *r)
{
	const struct flow_facts *f = e->in->flow;
	const struct packet     *p = e->in->packet;
	bool                     established = f && f->state != FLOW_NEW;

	if (r->flow & FLOW_IS_ESTABLISHED && !established)
		return false;
	if (r->flow & FLOW_NOT_ESTABLISHED && (!f || established))
		return false;
	if (r->flow & FLOW_DIRECTED && !f)
		return false;
	if (r->flow & FLOW_ONLY_FRAG && !p->rebuilt)
		return false;
	return !(r->flow & FLOW_NO_FRAG && p->rebuilt);
}

bool
engine_header(struct engine *e, const struct rule *r)
{
	const struct packet *p = e->in->packet;
	unsigned             version = p->ip_version == 4 ? 1 : p->ip_version == 6 ? 2 : 4;

	if (!(r->l4 & e->l4) || !(r->ip_versions & version))
		return false;
	if (r->flags & RULE_PROTOCOL_ONLY && !e->detected)
		return false;
	if (r->apps && !(e->in->flow && r->apps >> e->in->flow->app & 1))
		return false;
	if (r->flow && !flow_state(e, r))
		return false;
	if (!(r->dirs >> p->dir & 1) && e->in->flow)
		return false;
	if (!quick(&r->quick, p) || !endpoints(e, r))
		return false;
	e->m.rule = r;
	e->m.view = (struct view){ .ended = true };
	e->m.on_stream = false;
	return !r->packet || check_run(&e->m, r->packet);
}

bool
engine_part(struct engine *e, const struct rule *r, const struct part *p, const struct view *v, bool present)
{
	e->m.rule = r;
	e->m.present = present;
	if (present) {
		if (p->flags & PART_ABSENT && !(p->flags & PART_OR_ELSE))
			return false;
		e->m.view = *v;
		if (!check_run(&e->m, p->checks))
			return false;
	} else if (!(p->flags & PART_ABSENT)) {
		return false;
	}
	if (p + 1 < r->parts + r->n_parts && p[1].flags & PART_DECODED) {
		e->m.view = (struct view){ .data = e->m.decoded, .ended = true };
		return check_run(&e->m, p[1].checks);
	}
	return true;
}

static bool
payload(struct engine *e, const struct rule *r, const struct part *p)
{
	const struct inspect *in = e->in;
	const struct packet  *pkt = in->packet;
	struct view           v = { .ended = true };

	if (e->l4 == L4_TCP && r->flags & RULE_ON_STREAM && e->has_stream) {
		v.data = in->stream.data;
		v.start = in->stream.start;
		e->m.on_stream = true;
		if (engine_part(e, r, p, &v, true))
			return true;
	}
	e->m.on_stream = false;
	if (r->flow & FLOW_ONLY_STREAM || !e->has_payload)
		return false;
	if (e->l4 == L4_TCP && !(r->flags & RULE_ON_PACKET) && pkt->in_stream)
		return false;
	v.data = pkt->payload;
	v.start = 0;
	return engine_part(e, r, p, &v, true);
}

/* `b` cut off where `end` begins, when that lies in it. */
static struct bytes
up_to(struct bytes b, const uint8_t *end)
{
	if (end && end >= b.at && end <= b.at + b.left)
		b.left = (size_t)(end - b.at);
	return b;
}

/* IPv6 with its extension headers. */
static struct bytes
header_of(const struct packet *p, enum buffer b)
{
	bool icmp = p->ip_proto == 1, icmp6 = p->ip_proto == 58, tcp = p->ip_proto == 6, udp = p->ip_proto == 17;

	if (b == BUF_ETHER_HDR)
		return p->eth;
	if (b == BUF_IP_SRC || b == BUF_IP_DST)
		return bytes_of(b == BUF_IP_SRC ? p->src.b : p->dst.b, p->ip_version == 6 ? 16 : p->ip_version ? 4 : 0);
	if (b == BUF_IPV4_HDR && p->ip_version == 4)
		return p->ip_hdr;
	if (b == BUF_IPV6_HDR && p->ip_version == 6)
		return up_to(p->ip, p->l4_hdr.left ? p->l4_hdr.at : p->payload.at);
	if ((b == BUF_TCP_HDR && tcp) || (b == BUF_UDP_HDR && udp) || (b == BUF_ICMPV4_HDR && icmp) ||
			(b == BUF_ICMPV6_HDR && icmp6))
		return p->l4_hdr;
	return bytes_of(NULL, 0);
}

bool
engine_payload(struct engine *e, const struct rule *r, const struct part *p)
{
	if (e->rs->views[p->view].kind == VIEW_HEADER) {
		struct view v = { .data = header_of(e->in->packet, e->rs->views[p->view].id), .ended = true };

		e->m.on_stream = false;
		return !e->in->packet->pseudo && v.data.left && engine_part(e, r, p, &v, engine_transform(e, &e->rs->views[p->view], &v));
	}
	return payload(e, r, p);
}

void
engine_fire(struct engine *e, const struct rule *r, struct tx *tx)
{
	struct alert *a;

	e->n_fired++;
	e->m.rule = r;
	e->m.tx = tx;
	if (r->post)
		check_run(&e->m, r->post);
	if (e->n_alerts == ENGINE_ALERTS_MAX)
		return;
	a = &e->alerts[e->n_alerts++];
	*a = (struct alert){ .rule = r, .tx = tx, .dir = e->m.dir, .on_stream = e->m.on_stream };
}

/* A rule that came up for the packet: all of it, or up to where its transaction parts begin. */
static void
try_rule(struct engine *e, const struct rule *r)
{
	if (r->flags & RULE_TX) {
		candidates_add(&e->tx_payload, r->index);
		return;
	}
	if (!engine_header(e, r))
		return;
	for (unsigned i = 0; i < r->n_parts; i++)
		if (!(r->parts[i].flags & PART_DECODED) && !engine_payload(e, r, &r->parts[i]))
			return;
	engine_fire(e, r, NULL);
}

/* Rules that ask nothing but the header: once for each direction of a flow, or each packet without one. */
static void
header_only(struct engine *e)
{
	const struct groups *g = e->g;
	struct flow_facts   *f = e->in->flow;
	const uint32_t      *list;
	uint32_t             n, cursor = 0, rule;

	if (f) {
		if (f->group[e->m.dir] == e->rs->generation)
			return;
		f->group[e->m.dir] = e->rs->generation;
	}
	for (uint32_t i = 0; i < g->n_header_only; i++)
		candidates_add(&e->found, g->header_only[i]);
	list = addrindex_get(&g->header_src, &e->in->packet->src, &n);
	for (uint32_t i = 0; i < n; i++)
		candidates_add(&e->found, list[i]);
	list = addrindex_get(&g->header_dst, &e->in->packet->dst, &n);
	for (uint32_t i = 0; i < n; i++)
		candidates_add(&e->found, list[i]);
	while (candidates_take(&e->found, &cursor, &rule))
		if (engine_header(e, e->rs->rules[rule]))
			engine_fire(e, e->rs->rules[rule], NULL);
}

/* ---- one packet ---- */

static uint8_t
l4_of(const struct packet *p)
{
	switch (p->ip_proto) {
	case 6:
		return L4_TCP;
	case 17:
		return L4_UDP;
	case 1:
		return L4_ICMP;
	case 58:
		return L4_ICMP6;
	case 132:
		return L4_SCTP;
	default:
		return L4_OTHER;
	}
}

/* What bytes are there to look at? When a flow turns to ciphertext, the packet that tells is looked at, and what
 * waits of the stream in each direction, once. */
static void
note_bytes(struct engine *e, const struct inspect *in)
{
	struct flow_facts *f = in->flow;
	uint8_t            last = (uint8_t)(FLOW_LAST_WINDOW << (in->packet->dir & 1));

	e->has_payload = in->packet->payload.left > 0;
	e->has_stream = has_stream(in);
	if (!f || !f->no_payload)
		return;
	e->has_payload &= !(f->inspected & FLOW_LAST_PACKET);
	f->inspected |= FLOW_LAST_PACKET;
	if (e->has_stream) {
		e->has_stream = !(f->inspected & last);
		f->inspected |= last;
	}
}

static void
begin(struct engine *e, struct inspect *in)
{
	const struct packet *p = in->packet;
	enum group_l4        l4;

	e->in = in;
	e->l4 = l4_of(p);
	l4 = e->l4 == L4_TCP ? GROUP_TCP : e->l4 == L4_UDP ? GROUP_UDP : GROUP_OTHER;
	e->side = &e->g->sides[l4][p->dir & 1];
	e->stamp = (e->stamp + 1) & INT32_MAX;
	e->n_alerts = 0;
	note_bytes(e, in);
	e->detected = false;
	if (in->flow && in->flow->app_in[p->dir & 1] != APPPROTO_UNKNOWN) {
		uint8_t bit = (uint8_t)(FLOW_SAW_APP << (p->dir & 1));

		e->detected = !(in->flow->inspected & bit);
		in->flow->inspected |= bit;
	}
	e->m = (struct match){
		.packet = p,
		.flow = in->flow,
		.pool = in->pool,
		.memory = e->memory,
		.engine = e,
		.regex = e->regex,
		.decode_to = e->decoded,
		.now_ns = in->now_ns,
		.dir = p->dir & 1,
	};
}

static void
inspect_packet(struct engine *e)
{
	const struct side *s = e->side;
	const struct packet *p = e->in->packet;
	uint32_t           cursor = 0, rule;

	collect(e, &s->all);
	if (e->in->flow && e->in->flow->app > APPPROTO_FAILED)
		collect(e, &s->app[e->in->flow->app]);
	if (s->by_dport && s->by_dport[p->dport])
		collect(e, &s->ports[s->by_dport[p->dport]]);
	if (s->by_sport && s->by_sport[p->sport])
		collect(e, &s->ports[s->by_sport[p->sport]]);
	while (candidates_take(&e->found, &cursor, &rule))
		try_rule(e, e->rs->rules[rule]);
}

static int
by_rule(const void *a, const void *b)
{
	const struct alert *x = a, *y = b;

	return x->rule->index < y->rule->index ? -1 : x->rule->index > y->rule->index;
}

/* A pass rule that looks at more than one packet lets its whole flow pass; a drop rule, inline, ends it. */
static void
pass(struct engine *e, const struct alert *a)
{
	const struct rule *r = a->rule;
	bool               whole = r->flags & (RULE_TX | RULE_HEADER_ONLY | RULE_PROTOCOL_ONLY) || a->on_stream ||
			(r->apps && !(r->flags & (RULE_PAYLOAD | RULE_ON_PACKET)));

	if (e->in->flow && whole)
		e->in->flow->no_alert = true;
}

/* Thresholds and the like: may it alert, and with which action? */
static bool
limits_let(struct engine *e, struct alert *a)
{
	const struct inspect   *in = e->in;
	struct threshold_result result;
	bool                    let = threshold_passes(e->memory, a->rule, in->packet, in->flow, in->now_ns, &result);

	a->suppressed = result.held;
	a->action = result.action;
	return let;
}

/* In order; held back by thresholds, ended by a pass rule, cut to the limit. */
static unsigned
settle(struct engine *e)
{
	unsigned n = 0;

	if (e->n_alerts > 1)
		qsort(e->alerts, e->n_alerts, sizeof(*e->alerts), by_rule);
	for (unsigned i = 0; i < e->n_alerts; i++) {
		struct alert       a = e->alerts[i];
		const struct rule *r = a.rule;

		a.action = r->info->action;
		if ((r->threshold || r->suppress) && !limits_let(e, &a))
			continue;
		if (a.action == RULE_PASS) {
			if (r->flags & RULE_ALERTS)
				e->alerts[n++] = a;
			pass(e, &a);
			break;
		}
		if ((a.action == RULE_DROP || a.action == RULE_REJECT) && e->rs->inline_mode)
			pass(e, &a);
		if (r->flags & RULE_NOALERT || a.action == RULE_CONFIG)
			continue;
		if (n < ALERTS_PER_PACKET)
			e->alerts[n++] = a;
	}
	return n;
}

unsigned
engine_inspect(struct engine *e, struct inspect *in, const struct alert **out)
{
	*out = e->alerts;
	if (in->flow && in->flow->no_alert)
		return 0;
	begin(e, in);
	if (e->g->any_header_only)
		header_only(e);
	inspect_packet(e);
	if (in->flow && in->flow->frames[e->m.dir])
		engine_frames(e);
	if (in->flow && in->flow->ops && !TAILQ_EMPTY(&in->flow->txs))
		engine_txs(e);
	candidates_clear(&e->tx_payload);
	return e->n_alerts ? settle(e) : 0;
}

void
engine_flow_release(struct engine *e, struct pool *pool, struct flow_facts *flow)
{
	(void)e;
	flowvars_free(pool, flow);
}
