/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/group.h"

#include "lib/arena.h"
#include "rules/app.h"
#include "rules/multi.h"
#include "rules/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NARROW_PORTS 64 /* a set of more ports than this is looked at for every packet */
#define HEAD_MAX 256    /* a literal that must end before this is looked for at the start alone */
#define SMALL_MAX 512   /* rules for payloads up to this are looked for in such alone */
#define TX_SCANS_MAX 64 /* struct rule_state has a bit for each */

/* A growing list of rule numbers. */
struct list {
	uint32_t *at;
	size_t    n, cap;
};

struct maker {
	const struct ruleset *rs;
	struct groups        *g;
	const char           *cache;
	struct list           direct; /* rules that packets and streams call */
	struct list           by_tx[APPPROTO_COUNT][DIR_COUNT]; /* rules that transactions call */
	uint64_t             *scan_keys; /* hash of what each of g->scans holds, to share equal ones */
	size_t                cap_scans;
};

static int
list_add(struct list *l, uint32_t v)
{
	if (l->n == l->cap) {
		size_t    cap = l->cap ? l->cap * 2 : 16;
		uint32_t *at = realloc(l->at, cap * sizeof(*at));

		if (!at)
			return -ENOMEM;
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = v;
	return 0;
}

static uint32_t *
list_keep(struct maker *mk, const struct list *l)
{
	uint32_t *p = arena_get(mk->rs->keep, l->n * sizeof(*p) + 1);

	if (p && l->n)
		memcpy(p, l->at, l->n * sizeof(*p));
	return p;
}

/* ---- searches ---- */

static int
by_literal(const void *a, const void *b)
{
	const struct rule *x = *(struct rule *const *)a, *y = *(struct rule *const *)b;
	size_t             len = x->literal_len < y->literal_len ? x->literal_len : y->literal_len;
	int                order = memcmp(x->literal, y->literal, len);

	if (order == 0)
		order = (int)x->literal_len - (int)y->literal_len;
	if (order == 0)
		order = (int)x->literal_nocase - (int)y->literal_nocase;
	if (order == 0)
		order = x->index < y->index ? -1 : x->index > y->index;
	return order;
}

static bool
same_literal(const struct rule *x, const struct rule *y)
{
	return x->literal_len == y->literal_len && x->literal_nocase == y->literal_nocase &&
			memcmp(x->literal, y->literal, x->literal_len) == 0;
}

/* Fill the search from rules in order of their literals. */
static int
fill_scan(struct maker *mk, struct scan *s, struct rule **rules, size_t n)
{
	struct scan_entry    *entries = arena_get(mk->rs->keep, n * sizeof(*entries));
	uint32_t             *first = arena_get(mk->rs->keep, (n + 1) * sizeof(*first));
	struct multi_literal *literals = malloc(n * sizeof(*literals));
	int                   rc = -ENOMEM;

	if (!entries || !first || !literals)
		goto out;
	for (size_t i = 0; i < n; i++) {
		const struct rule *r = rules[i];

		if (i == 0 || !same_literal(r, rules[i - 1])) {
			first[s->n_literals] = (uint32_t)i;
			literals[s->n_literals++] = (struct multi_literal){ r->literal, r->literal_len, r->literal_nocase };
			if (r->literal_len > s->max_len)
				s->max_len = r->literal_len;
		}
		if (r->quick.size_high > s->max_size)
			s->max_size = r->quick.size_high;
		if (r->literal_high > s->max_end)
			s->max_end = r->literal_high;
		entries[i] = (struct scan_entry){ r->index, r->literal_low, r->literal_high };
	}
	first[s->n_literals] = (uint32_t)n;
	s->entries = entries;
	s->first = first;
	rc = multi_new(&s->multi, literals, s->n_literals, mk->cache);
out:
	free(literals);
	return rc;
}

static int
add_scan(struct maker *mk, struct scan *s, uint64_t key)
{
	struct groups *g = mk->g;

	if (g->n_scans == mk->cap_scans) {
		size_t        cap = mk->cap_scans ? mk->cap_scans * 2 : 64;
		struct scan **scans = realloc(g->scans, cap * sizeof(*scans));
		uint64_t     *keys;

		if (!scans)
			return -ENOMEM;
		g->scans = scans;
		keys = realloc(mk->scan_keys, cap * sizeof(*keys));
		if (!keys)
			return -ENOMEM;
		mk->scan_keys = keys;
		mk->cap_scans = cap;
	}
	mk->scan_keys[g->n_scans] = key;
	g->scans[g->n_scans++] = s;
	return 0;
}

/* One search over these rules, shared with any other place that has just the same. NULL in *out: no rules. */
static int
make_scan(struct maker *mk, const struct scan **out, const struct list *l)
{
	uint64_t      key = XXH3_64bits(l->at, l->n * sizeof(*l->at));
	struct rule **rules;
	struct scan  *s;
	int           rc = -ENOMEM;

	*out = NULL;
	if (l->n == 0)
		return 0;
	for (size_t i = 0; i < mk->g->n_scans; i++) {
		if (mk->scan_keys[i] == key) {
			*out = mk->g->scans[i];
			return 0;
		}
	}
	s = arena_zero(mk->rs->keep, sizeof(*s));
	rules = malloc(l->n * sizeof(*rules));
	if (!s || !rules)
		goto out;
	for (size_t i = 0; i < l->n; i++)
		rules[i] = mk->rs->rules[l->at[i]];
	qsort(rules, l->n, sizeof(*rules), by_literal);
	rc = fill_scan(mk, s, rules, l->n);
	if (rc == 0)
		rc = add_scan(mk, s, key);
	if (rc < 0)
		multi_free(s->multi);
	else
		*out = s;
out:
	free(rules);
	return rc;
}

/* ---- places for packets and streams ---- */

/* What a place will hold. */
struct draft {
	struct list packet_head, packet_small, packet, stream_head, stream, plain;
};

static void
draft_release(struct draft *d)
{
	free(d->packet_head.at);
	free(d->packet_small.at);
	free(d->packet.at);
	free(d->stream_head.at);
	free(d->stream.at);
	free(d->plain.at);
}

/* Does the rule begin with a literal of the payload? */
static bool
has_payload_literal(const struct ruleset *rs, const struct rule *r)
{
	return r->literal && rs->views[r->parts[r->fast_part].view].kind == VIEW_PAYLOAD;
}

static int
draft_add(struct draft *d, const struct ruleset *rs, const struct rule *r, enum group_l4 l4)
{
	bool on_packet = l4 != GROUP_TCP || r->flags & RULE_ON_PACKET;
	bool on_stream = l4 == GROUP_TCP && r->flags & RULE_ON_STREAM;
	bool head = r->literal_high < HEAD_MAX, small = r->quick.size_high <= SMALL_MAX;
	int  rc = 0;

	if (!has_payload_literal(rs, r))
		return list_add(&d->plain, r->index);
	if (on_packet)
		rc = list_add(head ? &d->packet_head : small ? &d->packet_small : &d->packet, r->index);
	if (rc == 0 && on_stream)
		rc = list_add(head ? &d->stream_head : &d->stream, r->index);
	return rc;
}

static int
make_place(struct maker *mk, struct place *p, const struct draft *d)
{
	int rc = make_scan(mk, &p->packet_head, &d->packet_head);

	if (rc == 0)
		rc = make_scan(mk, &p->packet_small, &d->packet_small);
	if (rc == 0)
		rc = make_scan(mk, &p->packet, &d->packet);
	if (rc == 0)
		rc = make_scan(mk, &p->stream_head, &d->stream_head);
	if (rc == 0)
		rc = make_scan(mk, &p->stream, &d->stream);
	p->n_plain = (uint32_t)d->plain.n;
	p->plain = d->plain.n ? list_keep(mk, &d->plain) : NULL;
	return rc == 0 && d->plain.n && !p->plain ? -ENOMEM : rc;
}

enum home { HOME_ALL, HOME_APP, HOME_DPORT, HOME_SPORT, HOME_NOWHERE };

static bool
narrow(const struct ruleset *rs, uint16_t set)
{
	return set && rs->portsets[set].n_ports <= NARROW_PORTS;
}

/* Where a rule stands on one side. */
static enum home
home_of(const struct ruleset *rs, const struct rule *r, enum group_l4 l4, int dir)
{
	static const uint8_t masks[] = {
		[GROUP_TCP] = L4_TCP, [GROUP_UDP] = L4_UDP, [GROUP_OTHER] = L4_ALL & ~(L4_TCP | L4_UDP),
	};

	if (!(r->l4 & masks[l4]) || !(r->dirs >> dir & 1))
		return HOME_NOWHERE;
	if (l4 != GROUP_OTHER && !(r->flags & RULE_BOTH_WAYS)) {
		if (narrow(rs, r->dport))
			return HOME_DPORT;
		if (narrow(rs, r->sport))
			return HOME_SPORT;
	}
	if (r->apps)
		return l4 == GROUP_OTHER ? HOME_NOWHERE : HOME_APP; /* protocols are of flows of TCP and UDP */
	return HOME_ALL;
}

/* A rule of a port. */
struct at_port {
	uint32_t rule;
	uint16_t port;
};

static int
by_port(const void *a, const void *b)
{
	const struct at_port *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* The rules of home `home` on a side, once for each of their ports, in order of port. */
static struct at_port *
list_ports(const struct maker *mk, enum home home, enum group_l4 l4, int dir, size_t *n)
{
	const struct ruleset *rs = mk->rs;
	struct at_port       *list = NULL;
	size_t                cap = 0;

	*n = 0;
	for (size_t i = 0; i < mk->direct.n; i++) {
		const struct rule    *r = rs->rules[mk->direct.at[i]];
		const struct portset *set;

		if (home_of(rs, r, l4, dir) != home)
			continue;
		set = &rs->portsets[home == HOME_DPORT ? r->dport : r->sport];
		for (uint32_t k = 0; k < set->n; k++) {
			for (unsigned port = set->ranges[k].low; port <= set->ranges[k].high; port++) {
				if (*n == cap) {
					struct at_port *more = realloc(list, (cap = cap ? cap * 2 : 256) * sizeof(*list));

					if (!more) {
						free(list);
						return NULL;
					}
					list = more;
				}
				list[(*n)++] = (struct at_port){ r->index, (uint16_t)port };
			}
		}
	}
	if (*n)
		qsort(list, *n, sizeof(*list), by_port);
	return list;
}

struct port_maker {
	struct place *places;
	uint64_t     *keys; /* hash of the rules of each, to share equal ones */
	size_t        n;
};

#define PORT_PLACES_MAX 8192

/* Index of the place with just these rules. */
static int
port_place(struct maker *mk, struct port_maker *pm, const struct at_port *list, size_t n, enum group_l4 l4)
{
	struct draft d = { 0 };
	uint64_t     key = 0;
	int          rc = 0;

	for (size_t i = 0; i < n; i++)
		key = XXH3_64bits_withSeed(&list[i].rule, sizeof(list[i].rule), key);
	for (size_t i = 1; i < pm->n; i++)
		if (pm->keys[i] == key)
			return (int)i;
	if (pm->n == PORT_PLACES_MAX)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = draft_add(&d, mk->rs, mk->rs->rules[list[i].rule], l4);
	if (rc == 0)
		rc = make_place(mk, &pm->places[pm->n], &d);
	draft_release(&d);
	pm->keys[pm->n] = key;
	return rc < 0 ? rc : (int)pm->n++;
}

static int
make_port_table(struct maker *mk, struct port_maker *pm, const uint16_t **out, enum home home, enum group_l4 l4,
		int dir)
{
	size_t          n;
	struct at_port *list = list_ports(mk, home, l4, dir, &n);
	uint16_t       *table;
	int             rc = 0;

	if (n == 0) {
		free(list);
		return 0;
	}
	table = arena_zero(mk->rs->keep, 65536 * sizeof(*table));
	if (!list || !table)
		rc = -ENOMEM;
	for (size_t i = 0, k; rc == 0 && i < n; i = k) {
		int id;

		for (k = i; k < n && list[k].port == list[i].port; k++)
			;
		id = port_place(mk, pm, list + i, k - i, l4);
		rc = id < 0 ? id : 0;
		table[list[i].port] = (uint16_t)id;
	}
	*out = table;
	free(list);
	return rc;
}

static int
make_ports(struct maker *mk, struct side *side, enum group_l4 l4, int dir)
{
	struct port_maker pm = { .n = 1 };
	int               rc = -ENOMEM;

	pm.places = calloc(PORT_PLACES_MAX, sizeof(*pm.places));
	pm.keys = calloc(PORT_PLACES_MAX, sizeof(*pm.keys));
	if (pm.places && pm.keys)
		rc = make_port_table(mk, &pm, &side->by_dport, HOME_DPORT, l4, dir);
	if (rc == 0)
		rc = make_port_table(mk, &pm, &side->by_sport, HOME_SPORT, l4, dir);
	if (rc == 0) {
		struct place *kept = arena_get(mk->rs->keep, pm.n * sizeof(*kept));

		if (kept)
			memcpy(kept, pm.places, pm.n * sizeof(*kept));
		side->ports = kept;
		rc = kept ? 0 : -ENOMEM;
	}
	free(pm.places);
	free(pm.keys);
	return rc;
}

/* Share out the rules that are not tied to ports: [0] those for all, else by protocol. */
static int
share_out(struct maker *mk, struct draft *drafts, enum group_l4 l4, int dir)
{
	const struct ruleset *rs = mk->rs;
	int                   rc = 0;

	for (size_t i = 0; rc == 0 && i < mk->direct.n; i++) {
		const struct rule *r = rs->rules[mk->direct.at[i]];
		enum home          home = home_of(rs, r, l4, dir);

		if (home == HOME_ALL)
			rc = draft_add(&drafts[0], rs, r, l4);
		for (uint64_t apps = home == HOME_APP ? r->apps : 0; rc == 0 && apps; apps &= apps - 1)
			rc = draft_add(&drafts[__builtin_ctzll(apps)], rs, r, l4);
	}
	return rc;
}

static int
make_side(struct maker *mk, enum group_l4 l4, int dir)
{
	struct side *side = &mk->g->sides[l4][dir];
	struct draft drafts[APPPROTO_COUNT] = { 0 };
	int          rc = share_out(mk, drafts, l4, dir);

	if (rc == 0)
		rc = make_place(mk, &side->all, &drafts[0]);
	for (unsigned app = APPPROTO_FAILED + 1; rc == 0 && app < APPPROTO_COUNT; app++)
		rc = make_place(mk, &side->app[app], &drafts[app]);
	for (unsigned app = 0; app < APPPROTO_COUNT; app++)
		draft_release(&drafts[app]);
	if (rc == 0 && l4 != GROUP_OTHER)
		rc = make_ports(mk, side, l4, dir);
	return rc;
}

/* ---- transactions ---- */

static int
by_state(const void *a, const void *b)
{
	const struct tx_scan *x = a, *y = b;

	return x->state != y->state ? (int)x->state - (int)y->state : (int)x->view - (int)y->view;
}

static int
by_plain_state(const void *a, const void *b)
{
	const struct tx_plain *x = a, *y = b;

	if (x->state != y->state)
		return (int)x->state - (int)y->state;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* The state at which the first part of the rule that looks at the transaction can be asked. */
static uint8_t
first_state(const struct maker *mk, const struct rule *r, unsigned app, int dir)
{
	for (unsigned i = 0; i < r->n_parts; i++)
		if (mk->rs->views[r->parts[i].view].kind > VIEW_HEADER)
			return groups_state(mk->g, r->parts[i].view, app, dir);
	return 0;
}

/* The search of one view; nothing when no rule begins there. */
static int
make_tx_scan(struct maker *mk, struct tx_side *side, struct tx_scan *to, unsigned view, struct list *rules)
{
	int rc = make_scan(mk, &to->scan, rules);

	if (rc < 0 || !to->scan)
		return rc;
	to->view = (uint16_t)view;
	to->flags = mk->rs->views[view].flags;
	side->n_scans++;
	return 0;
}

static int
make_tx_plain(struct maker *mk, struct tx_side *side, const struct list *l, unsigned app, int dir)
{
	struct tx_plain *plain = arena_get(mk->rs->keep, l->n * sizeof(*plain) + 1);

	if (!plain)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++) {
		uint8_t state = first_state(mk, mk->rs->rules[l->at[i]], app, dir);

		if (state != STATE_NONE)
			plain[side->n_plain++] = (struct tx_plain){ l->at[i], state };
	}
	if (side->n_plain)
		qsort(plain, side->n_plain, sizeof(*plain), by_plain_state);
	side->plain = plain;
	return 0;
}

static int
make_tx_side(struct maker *mk, unsigned app, int dir)
{
	const struct ruleset *rs = mk->rs;
	struct tx_side       *side = &mk->g->txs[app][dir];
	struct tx_scan       *scans = arena_zero(rs->keep, TX_SCANS_MAX * sizeof(*scans));
	struct list          *views = calloc(rs->n_views, sizeof(*views));
	struct list           plain = { 0 };
	int                   rc = scans && views ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < mk->by_tx[app][dir].n; i++) {
		const struct rule *r = rs->rules[mk->by_tx[app][dir].at[i]];
		unsigned           view;

		view = r->literal ? r->parts[r->fast_part].view : 0;
		if (r->literal && groups_state(mk->g, view, app, dir) == STATE_NONE)
			continue;
		rc = list_add(r->literal ? &views[view] : &plain, r->index);
	}
	for (unsigned view = 0; rc == 0 && view < rs->n_views; view++) {
		if (!views[view].n)
			continue;
		if (side->n_scans == TX_SCANS_MAX) {
			/* beyond the bits of a transaction's state: ask these rules always */
			for (size_t i = 0; rc == 0 && i < views[view].n; i++)
				rc = list_add(&plain, views[view].at[i]);
			continue;
		}
		scans[side->n_scans].state = groups_state(mk->g, view, app, dir);
		rc = make_tx_scan(mk, side, &scans[side->n_scans], view, &views[view]);
	}
	if (rc == 0)
		rc = make_tx_plain(mk, side, &plain, app, dir);
	if (rc == 0 && side->n_scans)
		qsort(scans, side->n_scans, sizeof(*scans), by_state);
	side->scans = scans;
	for (size_t i = 0; views && i < rs->n_views; i++)
		free(views[i].at);
	free(views);
	free(plain.at);
	return rc;
}

static int
make_states(struct maker *mk)
{
	uint8_t *states = arena_get(mk->rs->keep, mk->rs->n_views * APPPROTO_COUNT * DIR_COUNT);

	if (!states)
		return -ENOMEM;
	mk->g->states = states;
	for (size_t view = 0; view < mk->rs->n_views; view++)
		for (unsigned app = 0; app < APPPROTO_COUNT; app++)
			for (int dir = 0; dir < DIR_COUNT; dir++)
				*states++ = view_state(&mk->rs->views[view], app, dir);
	return 0;
}

/* Rules of the header alone: found by the smaller address set that they name. */
static int
make_header_only(struct maker *mk)
{
	const struct ruleset  *rs = mk->rs;
	struct addrindex_item *src = malloc((rs->n_rules + 1) * sizeof(*src)), *dst = malloc((rs->n_rules + 1) * sizeof(*dst));
	struct list            rest = { 0 };
	size_t                 n_src = 0, n_dst = 0;
	int                    rc = src && dst ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < rs->n_rules; i++) {
		const struct rule *r = rs->rules[i];
		bool               one_way = !(r->flags & RULE_BOTH_WAYS);

		if (!(r->flags & RULE_HEADER_ONLY))
			continue;
		mk->g->any_header_only = true;
		if (one_way && addrindex_fits(&rs->addrsets[r->src]))
			src[n_src++] = (struct addrindex_item){ r->index, &rs->addrsets[r->src] };
		else if (one_way && addrindex_fits(&rs->addrsets[r->dst]))
			dst[n_dst++] = (struct addrindex_item){ r->index, &rs->addrsets[r->dst] };
		else
			rc = list_add(&rest, r->index);
	}
	if (rc == 0)
		rc = addrindex_init(&mk->g->header_src, rs->keep, src, n_src);
	if (rc == 0)
		rc = addrindex_init(&mk->g->header_dst, rs->keep, dst, n_dst);
	mk->g->header_only = list_keep(mk, &rest);
	mk->g->n_header_only = (uint32_t)rest.n;
	free(rest.at);
	free(src);
	free(dst);
	return rc == 0 && !mk->g->header_only ? -ENOMEM : rc;
}

static int
make_frame_rules(struct maker *mk)
{
	struct list l = { 0 };
	int         rc = 0;

	for (size_t i = 0; rc == 0 && i < mk->rs->n_rules; i++)
		if (mk->rs->rules[i]->flags & RULE_FRAME)
			rc = list_add(&l, mk->rs->rules[i]->index);
	mk->g->frame_rules = list_keep(mk, &l);
	mk->g->n_frame_rules = (uint32_t)l.n;
	free(l.at);
	return rc == 0 && !mk->g->frame_rules ? -ENOMEM : rc;
}

/* Who calls which rule: the header alone and frames have lists of their own. */
static int
sort_out(struct maker *mk)
{
	uint64_t known = 0;
	int      rc = 0;

	for (unsigned app = 0; app < APPPROTO_COUNT; app++)
		known |= app_get(app) ? 1ULL << app : 0;
	for (size_t i = 0; rc == 0 && i < mk->rs->n_rules; i++) {
		const struct rule *r = mk->rs->rules[i];
		uint64_t           apps = r->apps ? r->apps & known : known;

		if (r->flags & (RULE_HEADER_ONLY | RULE_FRAME))
			continue;
		if (!(r->flags & RULE_TX) || has_payload_literal(mk->rs, r)) {
			rc = list_add(&mk->direct, r->index);
			continue;
		}
		for (; rc == 0 && apps; apps &= apps - 1)
			for (int dir = 0; rc == 0 && dir < DIR_COUNT; dir++)
				if (r->dirs >> dir & 1)
					rc = list_add(&mk->by_tx[__builtin_ctzll(apps)][dir], r->index);
	}
	return rc;
}

static void
maker_release(struct maker *mk)
{
	free(mk->direct.at);
	for (unsigned app = 0; app < APPPROTO_COUNT; app++)
		for (int dir = 0; dir < DIR_COUNT; dir++)
			free(mk->by_tx[app][dir].at);
	free(mk->scan_keys);
}

int
groups_new(struct groups **out, const struct ruleset *rs, const char *cache)
{
	struct maker mk = { .rs = rs, .cache = cache };
	int          rc;

	*out = NULL;
	mk.g = calloc(1, sizeof(*mk.g));
	if (!mk.g)
		return -ENOMEM;
	rc = make_states(&mk);
	if (rc == 0)
		rc = sort_out(&mk);
	if (rc == 0)
		rc = make_header_only(&mk);
	if (rc == 0)
		rc = make_frame_rules(&mk);
	for (unsigned l4 = 0; rc == 0 && l4 < GROUP_L4_COUNT; l4++)
		for (int dir = 0; rc == 0 && dir < DIR_COUNT; dir++)
			rc = make_side(&mk, l4, dir);
	for (unsigned app = 0; rc == 0 && app < APPPROTO_COUNT; app++)
		for (int dir = 0; rc == 0 && dir < DIR_COUNT && app_get(app); dir++)
			rc = make_tx_side(&mk, app, dir);
	maker_release(&mk);
	if (rc < 0)
		groups_free(mk.g);
	else
		*out = mk.g;
	return rc;
}

void
groups_free(struct groups *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_scans; i++)
		multi_free(g->scans[i]->multi);
	free(g->scans);
	free(g);
}

int
groups_fit(const struct groups *g, struct multi_scratch *s)
{
	for (size_t i = 0; i < g->n_scans; i++)
		if (multi_scratch_fit(s, g->scans[i]->multi) < 0)
			return -ENOMEM;
	return 0;
}
