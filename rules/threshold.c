/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/threshold.h"

#include "rules/packet.h"
#include "rules/program.h"

#include <string.h>

#define SECOND 1000000000ULL

/* Whom the counter is for. The rule's id is part of it, so a reload goes on counting. */
static void
make_key(struct memory_key *key, const struct threshold *t, const struct rule *r, const struct packet *p,
		const struct flow_facts *flow)
{
	bool forward;

	memset(key, 0, sizeof(*key));
	key->kind = t->type == THRESHOLD_RATE ? MEMORY_RATE : MEMORY_THRESHOLD;
	key->id = r->info->sid;
	key->more = r->info->gid;
	switch (t->track) {
	case TRACK_SRC:
		key->a = p->src;
		break;
	case TRACK_DST:
		key->b = p->dst;
		break;
	case TRACK_BOTH: /* a pair, whoever speaks */
		forward = addr_cmp(&p->src, &p->dst) <= 0;
		key->a = forward ? p->src : p->dst;
		key->b = forward ? p->dst : p->src;
		break;
	case TRACK_FLOW:
		key->more |= flow ? flow->id << 32 : 0;
		break;
	default:
		break;
	}
}

/* Count this match in the window of the entry; a new window begins where the old one ended. */
static void
count(struct memory_entry *e, const struct threshold *t, uint64_t now_ns)
{
	if (e->count == 0 || now_ns > e->since_ns + t->seconds * SECOND) {
		e->since_ns = now_ns;
		e->count = 0;
	}
	e->count++;
	e->until_ns = e->since_ns + t->seconds * SECOND;
}

static bool
backoff(struct memory_entry *e, const struct threshold *t)
{
	/* `spare` of since_ns is not needed: there is no window, so it holds the next count to tell */
	if (e->count == 1)
		e->since_ns = t->count;
	if (e->count < e->since_ns)
		return false;
	e->since_ns *= t->multiplier;
	return true;
}

static bool
passes(struct memory_entry *e, const struct threshold *t, uint64_t now_ns)
{
	if (t->type == THRESHOLD_BACKOFF) {
		e->count++;
		e->until_ns = UINT64_MAX;
		return backoff(e, t);
	}
	count(e, t, now_ns);
	switch (t->type) {
	case THRESHOLD_LIMIT:
		return e->count <= t->count;
	case THRESHOLD_EVERY:
		if (e->count < t->count)
			return false;
		e->count = 0;
		return true;
	case THRESHOLD_BOTH:
		return e->count == t->count;
	default: /* THRESHOLD_FILTER */
		return e->count > t->count;
	}
}

static bool
suppressed(const struct threshold *t, const struct packet *p)
{
	if (!t->addresses)
		return true;
	if (t->track == TRACK_SRC)
		return addrset_has(t->addresses, &p->src);
	if (t->track == TRACK_DST)
		return addrset_has(t->addresses, &p->dst);
	return addrset_has(t->addresses, &p->src) || addrset_has(t->addresses, &p->dst);
}

static bool
is_suppressed(const struct rule *r, const struct packet *p)
{
	for (const struct threshold *t = r->suppress; t; t = t->next)
		if (suppressed(t, p))
			return true;
	return false;
}

/* Is the other action in force? It is for `timeout` seconds once there were more than `count` in `seconds`; while it
 * is, the entry's count stands at its largest. */
static bool
rate_is_high(struct memory_entry *e, const struct threshold *t, uint64_t now_ns)
{
	if (e->count == UINT32_MAX) {
		if (now_ns < e->since_ns + t->timeout * SECOND)
			return true;
		e->count = 0;
	}
	count(e, t, now_ns);
	if (e->count <= t->count)
		return false;
	e->count = UINT32_MAX;
	e->since_ns = now_ns;
	e->until_ns = now_ns + t->timeout * SECOND;
	return true;
}

bool
threshold_passes(struct rule_memory *memory, const struct rule *r, const struct packet *p,
		const struct flow_facts *flow, uint64_t now_ns, struct threshold_result *out)
{
	bool pass = true;

	*out = (struct threshold_result){ .action = r->info->action };
	if (is_suppressed(r, p))
		return false;
	for (const struct threshold *t = r->threshold; t && pass; t = t->next) {
		struct memory_key    key;
		struct memory_entry *e;

		make_key(&key, t, r, p, flow);
		e = memory_get(memory, &key, now_ns, true);
		if (t->type == THRESHOLD_RATE) {
			if (rate_is_high(e, t, now_ns))
				out->action = t->new_action;
			memory_put(memory, e);
			continue;
		}
		pass = passes(e, t, now_ns);
		if (pass) {
			out->held = e->held;
			e->held = 0;
		} else {
			e->held++;
		}
		memory_put(memory, e);
	}
	return pass;
}
