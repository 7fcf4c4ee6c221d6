/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sensor/decode/icmp.h"

#define NS 1000000000ull
#define NONE UINT32_MAX
#define PROBES_MAX 64u      /* slots that a search looks at; a fuller neighbourhood evicts */
#define WHEEL_SLOTS 1024u   /* seconds; what is due later is looked at again */
#define ID_BITS 53          /* what a double of JSON readers holds */

enum { IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17, IP_ESP = 50, IP_ICMP6 = 58, IP_SCTP = 132 };
enum timeout_class { CLASS_TCP, CLASS_UDP, CLASS_ICMP, CLASS_OTHER, CLASS_COUNT };

/* The two ends of a packet as the table sees them. */
struct flow_key {
	struct addr src, dst;
	uint16_t    sport, dport;
	uint16_t    vlan[PACKET_VLAN_MAX];
	uint8_t     ip_proto, depth;
};

/* High half: tag, low half: index of the flow + 1. Zero: free. The tag's low bits are its home. */
struct flow_table {
	struct flow_settings settings;
	uint32_t             timeouts_s[CLASS_COUNT][3];
	uint64_t            *slots;
	uint32_t             mask;
	struct flow         *flows;
	uint32_t             n_flows; /* high-water mark of the array */
	uint32_t             free;    /* list through wheel_next */
	uint32_t             wheel[WHEEL_SLOTS];
	uint64_t             wheel_s; /* second that the wheel stands at, 0: not started */
	flow_end_fn         *end;
	void                *arg;
	struct flow_counters counters;
};

const struct flow_settings flow_defaults = {
	.max_flows = 1u << 20,
	.use_vlan = true,
	.tcp = { 60, 600, 60 },
	.udp = { 30, 300, 30 },
	.icmp = { 30, 300, 30 },
	.other = { 30, 300, 30 },
};

static void *
map(size_t size)
{
	void *m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);

	return m == MAP_FAILED ? NULL : m;
}

static void
set_timeouts(uint32_t out[3], const struct flow_timeouts *t)
{
	out[FLOW_NEW] = t->fresh_s;
	out[FLOW_ESTABLISHED] = t->established_s;
	out[FLOW_CLOSED] = t->closed_s;
}

struct flow_table *
flow_table_new(const struct flow_settings *settings, flow_end_fn *end, void *arg)
{
	struct flow_table *t = calloc(1, sizeof(*t));
	uint32_t           n_slots = 1024;

	if (!t)
		return NULL;
	t->settings = *settings;
	while (n_slots < 2 * (uint64_t)settings->max_flows && n_slots < 1u << 31)
		n_slots *= 2;
	t->mask = n_slots - 1;
	t->slots = map(n_slots * sizeof(*t->slots));
	t->flows = map(settings->max_flows * sizeof(*t->flows));
	t->free = NONE;
	t->end = end;
	t->arg = arg;
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		t->wheel[i] = NONE;
	set_timeouts(t->timeouts_s[CLASS_TCP], &settings->tcp);
	set_timeouts(t->timeouts_s[CLASS_UDP], &settings->udp);
	set_timeouts(t->timeouts_s[CLASS_ICMP], &settings->icmp);
	set_timeouts(t->timeouts_s[CLASS_OTHER], &settings->other);
	if (!t->slots || !t->flows) {
		flow_table_free(t);
		return NULL;
	}
	return t;
}

void
flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	if (t->slots && t->flows)
		flow_end_all(t);
	if (t->slots)
		munmap(t->slots, ((size_t)t->mask + 1) * sizeof(*t->slots));
	if (t->flows)
		munmap(t->flows, t->settings.max_flows * sizeof(*t->flows));
	free(t);
}

/* ---- keys ---- */

/* The type that answers an ICMP type; itself when none does. */
static uint8_t
icmp_answer(uint8_t ip_proto, uint8_t type)
{
	static const uint8_t pairs4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 }, { 10, 9 } };
	static const uint8_t pairs6[][2] = { { 128, 129 }, { 130, 131 }, { 133, 134 }, { 135, 136 },
		{ 139, 140 }, { 141, 142 }, { 144, 145 } };
	const uint8_t(*pairs)[2] = ip_proto == IP_ICMP ? pairs4 : pairs6;
	size_t n = ip_proto == IP_ICMP ? sizeof(pairs4) / 2 : sizeof(pairs6) / 2;

	for (size_t i = 0; i < n; i++) {
		if (pairs[i][0] == type)
			return pairs[i][1];
		if (pairs[i][1] == type)
			return pairs[i][0];
	}
	return type;
}

/* An error belongs to the flow it speaks of, and makes none. */
static bool
key_of_quote(struct flow_key *k, const struct packet *p)
{
	struct icmp_quote q;

	if (!icmp_quoted(&q, p))
		return false;
	k->src = q.src;
	k->dst = q.dst;
	k->sport = q.sport;
	k->dport = q.dport;
	k->ip_proto = q.ip_proto;
	if (q.ip_proto != IP_TCP && q.ip_proto != IP_UDP && q.ip_proto != IP_SCTP)
		k->sport = k->dport = 0;
	return true;
}

static bool
key_of(struct flow_key *k, const struct flow_table *t, const struct packet *p, bool *existing_only)
{
	*existing_only = false;
	if (p->fragment || !p->ip_version)
		return false;
	k->src = p->src;
	k->dst = p->dst;
	k->sport = p->sport;
	k->dport = p->dport;
	k->ip_proto = p->ip_proto;
	k->depth = p->depth;
	for (unsigned i = 0; i < PACKET_VLAN_MAX; i++)
		k->vlan[i] = t->settings.use_vlan ? p->vlan[i] : 0;
	switch (p->ip_proto) {
	case IP_TCP:
	case IP_UDP:
	case IP_SCTP:
	case IP_ESP:
		return p->l4_hdr.left > 0;
	case IP_ICMP:
		if (icmp_is_error(p)) {
			*existing_only = true;
			return key_of_quote(k, p);
		}
		/* fall through */
	case IP_ICMP6:
		k->sport = p->icmp_type;
		k->dport = icmp_answer(p->ip_proto, p->icmp_type);
		return p->l4_hdr.left > 0;
	default:
		return false;
	}
}

/* The same for both directions: each end is hashed alone and the two are added. */
static uint64_t
key_hash(const struct flow_key *k, uint64_t seed)
{
	struct {
		uint8_t  addr[16];
		uint16_t port;
		uint16_t vlan[PACKET_VLAN_MAX];
		uint8_t  ip_proto, depth, family, zero[5];
	} end = { .ip_proto = k->ip_proto, .depth = k->depth, .family = k->src.family };
	uint64_t h;

	memcpy(end.vlan, k->vlan, sizeof(end.vlan));
	memcpy(end.addr, k->src.b, 16);
	end.port = k->sport;
	h = XXH3_64bits_withSeed(&end, sizeof(end), seed);
	memcpy(end.addr, k->dst.b, 16);
	end.port = k->dport;
	return h + XXH3_64bits_withSeed(&end, sizeof(end), seed);
}

/* Is this the flow of the key, and in which direction? */
static bool
flow_is(const struct flow *f, const struct flow_key *k, uint8_t *dir)
{
	const struct flow_facts *x = &f->facts;

	if (x->ip_proto != k->ip_proto || f->depth != k->depth ||
			memcmp(f->vlan, k->vlan, sizeof(f->vlan)) != 0)
		return false;
	if (x->port[0] == k->sport && x->port[1] == k->dport && addr_eq(&x->addr[0], &k->src) &&
			addr_eq(&x->addr[1], &k->dst)) {
		*dir = DIR_TOSERVER;
		return true;
	}
	if (x->port[0] == k->dport && x->port[1] == k->sport && addr_eq(&x->addr[0], &k->dst) &&
			addr_eq(&x->addr[1], &k->src)) {
		*dir = DIR_TOCLIENT;
		return true;
	}
	return false;
}

/* ---- slots ---- */

static struct flow *
slot_flow(struct flow_table *t, uint64_t slot)
{
	return &t->flows[(uint32_t)slot - 1];
}

static struct flow *
slots_find(struct flow_table *t, const struct flow_key *k, uint32_t tag, uint8_t *dir)
{
	for (uint32_t i = 0; i < PROBES_MAX; i++) {
		uint64_t slot = t->slots[(tag + i) & t->mask];

		if (!slot)
			return NULL;
		if (slot >> 32 == tag && flow_is(slot_flow(t, slot), k, dir))
			return slot_flow(t, slot);
	}
	return NULL;
}

/* The flow in the neighbourhood of `tag` that was quiet for longest. */
static struct flow *
slots_quietest(struct flow_table *t, uint32_t tag)
{
	struct flow *quietest = NULL;

	for (uint32_t i = 0; i < PROBES_MAX; i++) {
		uint64_t slot = t->slots[(tag + i) & t->mask];

		if (!slot)
			continue;
		struct flow *f = slot_flow(t, slot);
		if (!quietest || f->facts.last_ns < quietest->facts.last_ns)
			quietest = f;
	}
	return quietest;
}

static bool
slots_add(struct flow_table *t, uint32_t tag, uint32_t index)
{
	for (uint32_t i = 0; i < PROBES_MAX; i++) {
		uint64_t *slot = &t->slots[(tag + i) & t->mask];

		if (!*slot) {
			*slot = (uint64_t)tag << 32 | (index + 1);
			return true;
		}
	}
	return false;
}

/* Take a slot out and close the hole: what follows and may stand earlier moves up. */
static void
slots_remove(struct flow_table *t, const struct flow *f)
{
	uint32_t index = (uint32_t)(f - t->flows), at = f->tag & t->mask;

	while ((uint32_t)t->slots[at] != index + 1)
		at = (at + 1) & t->mask;
	for (uint32_t next = (at + 1) & t->mask; t->slots[next]; next = (next + 1) & t->mask) {
		uint32_t home = (uint32_t)(t->slots[next] >> 32) & t->mask;

		if (((next - home) & t->mask) >= ((next - at) & t->mask)) {
			t->slots[at] = t->slots[next];
			at = next;
		}
	}
	t->slots[at] = 0;
}

/* ---- timer wheel ---- */

static void
wheel_add(struct flow_table *t, struct flow *f, uint64_t due_s)
{
	uint32_t index = (uint32_t)(f - t->flows), slot;

	if (due_s <= t->wheel_s)
		due_s = t->wheel_s + 1;
	if (due_s > t->wheel_s + WHEEL_SLOTS - 1)
		due_s = t->wheel_s + WHEEL_SLOTS - 1;
	slot = due_s % WHEEL_SLOTS;
	f->wheel_slot = slot;
	f->wheel_prev = NONE;
	f->wheel_next = t->wheel[slot];
	if (f->wheel_next != NONE)
		t->flows[f->wheel_next].wheel_prev = index;
	t->wheel[slot] = index;
}

static void
wheel_remove(struct flow_table *t, struct flow *f)
{
	if (f->wheel_prev == NONE)
		t->wheel[f->wheel_slot] = f->wheel_next;
	else
		t->flows[f->wheel_prev].wheel_next = f->wheel_next;
	if (f->wheel_next != NONE)
		t->flows[f->wheel_next].wheel_prev = f->wheel_prev;
}

static uint64_t
due_ns(const struct flow_table *t, const struct flow *f)
{
	return f->facts.last_ns + t->timeouts_s[f->timeout_class][f->facts.state] * NS;
}

/* Look at the flows of one second: end what is due, move the others on. */
static void
wheel_turn(struct flow_table *t, uint32_t slot, uint64_t now_ns)
{
	uint32_t index = t->wheel[slot];

	t->wheel[slot] = NONE;
	while (index != NONE) {
		struct flow *f = &t->flows[index];
		uint64_t     due = due_ns(t, f);

		index = f->wheel_next;
		if (index != NONE)
			t->flows[index].wheel_prev = NONE;
		wheel_add(t, f, due / NS + 1);
		if (due <= now_ns)
			flow_remove(t, f, FLOW_END_TIMEOUT);
	}
}

void
flow_expire(struct flow_table *t, uint64_t now_ns)
{
	uint64_t now_s = now_ns / NS;

	if (now_s <= t->wheel_s)
		return;
	if (t->wheel_s == 0 || now_s - t->wheel_s > WHEEL_SLOTS)
		t->wheel_s = t->wheel_s == 0 ? now_s : now_s - WHEEL_SLOTS;
	while (t->wheel_s < now_s) {
		t->wheel_s++;
		wheel_turn(t, t->wheel_s % WHEEL_SLOTS, now_ns);
	}
}

/* ---- flows ---- */

static struct flow *
take_place(struct flow_table *t, uint32_t tag)
{
	struct flow *victim;

	if (t->free == NONE && t->n_flows == t->settings.max_flows) {
		victim = slots_quietest(t, tag);
		/* the neighbourhood may be empty in a small table: then any flow must do */
		flow_remove(t, victim ? victim : &t->flows[tag % t->n_flows], FLOW_END_EVICTED);
	}
	if (t->free != NONE) {
		struct flow *f = &t->flows[t->free];

		t->free = f->wheel_next;
		return f;
	}
	return &t->flows[t->n_flows++];
}

static enum timeout_class
class_of(uint8_t ip_proto)
{
	switch (ip_proto) {
	case IP_TCP:
		return CLASS_TCP;
	case IP_UDP:
		return CLASS_UDP;
	case IP_ICMP:
	case IP_ICMP6:
		return CLASS_ICMP;
	default:
		return CLASS_OTHER;
	}
}

static struct flow *
flow_add(struct flow_table *t, const struct flow_key *k, uint64_t hash, const struct packet *p)
{
	uint32_t     tag = (uint32_t)(hash >> 32);
	struct flow *f = take_place(t, tag);
	uint32_t     index = (uint32_t)(f - t->flows);
	uint64_t     id[3] = { hash, p->ts_ns, t->counters.created_total };

	memset(f, 0, sizeof(*f));
	f->facts.addr[0] = k->src;
	f->facts.addr[1] = k->dst;
	f->facts.port[0] = k->sport;
	f->facts.port[1] = k->dport;
	f->facts.ip_proto = k->ip_proto;
	f->facts.first_ns = f->facts.last_ns = p->ts_ns;
	f->facts.id = (XXH3_64bits_withSeed(id, sizeof(id), t->settings.seed) >> (64 - ID_BITS)) | 1;
	TAILQ_INIT(&f->facts.txs);
	f->tag = tag;
	memcpy(f->vlan, k->vlan, sizeof(f->vlan));
	f->depth = k->depth;
	f->timeout_class = class_of(k->ip_proto);
	f->first_packet = p->number;
	f->source = p->source;
	while (!slots_add(t, tag, index))
		flow_remove(t, slots_quietest(t, tag), FLOW_END_EVICTED);
	if (t->wheel_s == 0)
		t->wheel_s = p->ts_ns / NS;
	wheel_add(t, f, due_ns(t, f) / NS + 1);
	t->counters.created_total++;
	t->counters.live++;
	return f;
}

struct flow *
flow_get(struct flow_table *t, struct packet *p)
{
	struct flow_key k;
	struct flow    *f;
	bool            existing_only;
	uint64_t        hash;

	if (!key_of(&k, t, p, &existing_only))
		return NULL;
	hash = key_hash(&k, t->settings.seed);
	f = slots_find(t, &k, (uint32_t)(hash >> 32), &p->dir);
	if (!f && existing_only)
		return NULL;
	if (f && existing_only) /* the error travels against what it quotes */
		p->dir ^= 1;
	if (f && due_ns(t, f) < p->ts_ns) { /* the wheel turns by whole seconds */
		flow_remove(t, f, FLOW_END_TIMEOUT);
		f = NULL;
	}
	if (!f) {
		f = flow_add(t, &k, hash, p);
		p->dir = DIR_TOSERVER;
	}
	p->in_flow = true;
	return f;
}

void
flow_update(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_facts *x = &f->facts;

	(void)t;
	if (p->ts_ns > x->last_ns)
		x->last_ns = p->ts_ns;
	x->packets[p->dir]++;
	x->bytes[p->dir] += p->depth || p->rebuilt ? p->ip.left : p->len;
	x->seen[p->dir] = true;
	f->tcp_flags[p->dir] |= p->tcp_flags;
	if (x->ip_proto != IP_TCP && x->state == FLOW_NEW && x->seen[0] && x->seen[1])
		x->state = FLOW_ESTABLISHED;
}

void
flow_set_state(struct flow *f, enum flow_state state)
{
	if (state > f->facts.state)
		f->facts.state = (uint8_t)state;
}

void
flow_remove(struct flow_table *t, struct flow *f, enum flow_end reason)
{
	f->end = (uint8_t)reason;
	t->end(t->arg, f, reason);
	wheel_remove(t, f);
	slots_remove(t, f);
	f->wheel_next = t->free;
	t->free = (uint32_t)(f - t->flows);
	t->counters.ended_total[reason]++;
	t->counters.live--;
}

/* In the order of their places, which a replay repeats. */
void
flow_end_all(struct flow_table *t)
{
	for (uint32_t i = 0; i <= t->mask && t->counters.live; i++)
		while (t->slots[i])
			flow_remove(t, slot_flow(t, t->slots[i]), FLOW_END_SHUTDOWN);
}

void
flow_packet(struct packet *out, const struct flow *f, int dir, uint64_t ts_ns)
{
	static const uint8_t     header[20] = { [12] = 5 << 4, [13] = TCP_ACK };
	const struct flow_facts *x = &f->facts;

	*out = (struct packet){
		.ts_ns = ts_ns,
		.source = f->source,
		.ip_version = x->addr[0].family,
		.ip_proto = x->ip_proto,
		.src = x->addr[dir],
		.dst = x->addr[!dir],
		.sport = x->port[dir],
		.dport = x->port[!dir],
		.l4_hdr = bytes_of(header, sizeof(header)),
		.depth = f->depth,
		.tcp_flags = TCP_ACK,
		.tcp_wscale = 0xff,
		.dir = (uint8_t)dir,
		.in_flow = true,
		.pseudo = true,
	};
	for (unsigned i = 0; i < PACKET_VLAN_MAX && f->vlan[i]; i++)
		out->vlan[out->n_vlan++] = f->vlan[i];
}

void
flow_swap(struct flow *f)
{
	struct flow_facts *x = &f->facts;

#define SWAP(type, array)                   \
	do {                                \
		type swapped = (array)[0];  \
		(array)[0] = (array)[1];    \
		(array)[1] = swapped;       \
	} while (0)
	SWAP(struct addr, x->addr);
	SWAP(uint16_t, x->port);
	SWAP(bool, x->seen);
	SWAP(uint64_t, x->packets);
	SWAP(uint64_t, x->bytes);
	SWAP(uint64_t, x->stream_bytes);
	SWAP(enum appproto, x->app_in);
	SWAP(uint64_t, x->group);
	SWAP(uint8_t, f->tcp_flags);
#undef SWAP
}

const struct flow_counters *
flow_counters(const struct flow_table *t)
{
	return &t->counters;
}
