/* SPDX-License-Identifier: Apache-2.0 */
/* A rule whose text is through: is it sound as a whole, which literal is looked for, and its final form. */
#include "rules/build_impl.h"

#include "lib/arena.h"
#include "rules/content.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static struct content *
content_of(struct node *n)
{
	return n->check.fn == content_match ? (struct content *)(void *)n->check.arg : NULL;
}

/* A check that starts where the one before ended makes that one try further places. */
static void
tie_relatives(struct row *row)
{
	struct node *before = NULL;

	for (struct node *n = row->first; n; n = n->next) {
		struct content *c = content_of(n);

		if (c && c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN))
			n->check.flags |= CHECK_RELATIVE;
		if (before && n->check.flags & CHECK_RELATIVE)
			before->check.flags |= CHECK_NEXT_RELATIVE;
		if (n->check.flags & CHECK_RETRIES)
			before = n;
	}
}

static bool
is_tx(const struct build_part *p)
{
	return p->spec.kind != VIEW_PAYLOAD && p->spec.kind != VIEW_HEADER && p->spec.kind != VIEW_FRAME;
}

static bool
is_empty(const struct build_part *p)
{
	return !p->row.first && !(p->flags & PART_ABSENT) && p->spec.kind != VIEW_HOOK;
}

/* Earliest state at which any protocol of the rule has the part; for the order of asking. */
static unsigned
earliest(const struct build *b, const struct build_part *p)
{
	unsigned best = STATE_NONE;

	for (unsigned app = 0; app < APPPROTO_COUNT; app++) {
		for (int dir = 0; dir < DIR_COUNT; dir++) {
			unsigned state;

			if (b->rule->apps && !(b->rule->apps >> app & 1))
				continue;
			if (!(b->rule->dirs >> dir & 1))
				continue;
			state = view_state(&p->spec, app, dir);
			best = state < best ? state : best;
		}
	}
	return best;
}

static const char *
part_name(const struct build_part *p)
{
	if (p->spec.kind == VIEW_BUFFER)
		return buffer_name(p->spec.id);
	return "transaction keyword";
}

/* Which protocols and directions are left when every part must be there? */
static int
restrict_to_parts(struct build *b)
{
	struct rule *r = b->rule;
	uint64_t     apps = b->header_apps;

	if (b->apps)
		apps = apps ? apps & b->apps : b->apps;
	if ((b->header_apps || b->apps) && !apps)
		return build_error(b, "a keyword is of another protocol than the rule");
	for (unsigned i = 0; i < b->n_parts; i++) {
		const struct build_part *p = &b->parts[i];
		uint64_t to_server, to_client, mask;

		if (!is_tx(p) || is_empty(p) || p->flags & PART_DECODED || p->spec.kind == VIEW_ANY)
			continue;
		to_server = view_apps(b->rs, &p->spec, DIR_TOSERVER);
		to_client = view_apps(b->rs, &p->spec, DIR_TOCLIENT);
		mask = to_server | to_client;
		apps = apps ? apps & mask : mask;
		if (!apps)
			return build_error(b, "%s is not of this rule's protocol", part_name(p));
		if (!(to_server & apps))
			b->dirs &= (uint8_t)~(1u << DIR_TOSERVER);
		if (!(to_client & apps))
			b->dirs &= (uint8_t)~(1u << DIR_TOCLIENT);
		if (!b->dirs)
			return build_error(b, "%s is not there in the direction of this rule", part_name(p));
	}
	r->apps = apps;
	r->dirs = b->dirs;
	return 0;
}

/* ---- the literal to look for ---- */

/* Buffers that hold one of a few values: a hit tells little. */
static unsigned
worth(enum buffer b)
{
	switch (b) {
	case BUF_NONE:
		return 4;
	case BUF_HTTP_METHOD:
	case BUF_HTTP_STAT_CODE:
	case BUF_HTTP_STAT_MSG:
	case BUF_HTTP_PROTOCOL:
	case BUF_HTTP_CONNECTION:
	case BUF_HTTP_ACCEPT_ENC:
	case BUF_HTTP_ACCEPT_LANG:
	case BUF_HTTP_ACCEPT:
	case BUF_HTTP_HEADER_NAMES:
		return 3;
	default:
		return 8;
	}
}

static unsigned
strength(const uint8_t *p, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len && i < 32; i++) {
		bool again = i && p[i] == p[i - 1];

		if (again || p[i] == 0x00 || p[i] == 0xff || p[i] == ' ')
			sum += 1;
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z')
			sum += 3;
		else
			sum += 4;
	}
	return sum;
}

/* What is looked for of it would be empty, see set_literal(). */
static bool
is_zeros(const struct content *c)
{
	for (unsigned i = 0; i < c->len; i++)
		if (c->pattern[i])
			return false;
	return true;
}

struct choice {
	struct content    *content;
	struct build_part *part;
	unsigned           score;
	bool               told; /* by fast_pattern */
};

static int
weigh(struct build *b, struct choice *best, struct build_part *p, struct content *c)
{
	bool told = c->flags & CONTENT_FAST;

	if (c->flags & CONTENT_NEGATED) {
		if (told && c->flags & (CONTENT_DISTANCE | CONTENT_WITHIN | CONTENT_OFFSET | CONTENT_DEPTH))
			return build_error(b, "fast_pattern on a negated content with a place");
		return 0;
	}
	if (told && best->told)
		return build_error(b, "fast_pattern twice in a rule");
	if (p->flags & (PART_DECODED | PART_ABSENT) || p->spec.kind == VIEW_HEADER || p->spec.kind == VIEW_FRAME ||
			is_zeros(c))
		return 0;
	if (told || !best->told) {
		unsigned score = strength(c->pattern, c->len) * worth(p->spec.kind == VIEW_BUFFER ? p->spec.id : BUF_NONE);

		if (told || !best->content || score > best->score)
			*best = (struct choice){ c, p, score, told };
	}
	return 0;
}

static int
choose_literal(struct build *b, struct choice *best)
{
	for (unsigned i = 0; i < b->n_parts; i++) {
		for (struct node *n = b->parts[i].row.first; n; n = n->next) {
			struct content *c = content_of(n);

			if (c && weigh(b, best, &b->parts[i], c) < 0)
				return -EINVAL;
		}
	}
	return 0;
}

/* The furthest offset behind which the literal cannot end: from its own place, or within a chain of contents that
 * begins at one; LONG_MAX: anywhere. */
static long
last_end(const struct row *row, const struct content *literal)
{
	long cursor = LONG_MAX;

	for (struct node *n = row->first; n; n = n->next) {
		struct content *c = content_of(n);
		uint32_t        vars = CONTENT_OFFSET_VAR | CONTENT_DEPTH_VAR | CONTENT_DISTANCE_VAR | CONTENT_WITHIN_VAR;
		long            end = LONG_MAX;

		if (!c) {
			cursor = LONG_MAX; /* may have moved on */
			continue;
		}
		if (c->flags & CONTENT_NEGATED)
			continue;
		if (!(c->flags & vars) && c->flags & CONTENT_DEPTH)
			end = c->depth + (c->flags & CONTENT_OFFSET ? c->offset : 0);
		else if (!(c->flags & vars) && c->flags & CONTENT_WITHIN && cursor != LONG_MAX)
			end = cursor + c->within + (c->flags & CONTENT_DISTANCE ? c->distance : 0);
		if (c == literal)
			return end;
		cursor = end;
	}
	return LONG_MAX;
}

static void
set_literal(struct rule *r, const struct content *c, const uint8_t *pattern, long high)
{
	bool chop = c->flags & CONTENT_FAST_CHOP;
	long low = 0;

	r->literal = pattern + (chop ? c->chop_at : 0);
	r->literal_len = chop ? c->chop_len : c->len;
	while (r->literal_len && *r->literal == 0) {
		r->literal++; /* the search takes none that begins with a zero byte; its end is the same */
		r->literal_len--;
	}
	if (r->literal_len == 0) {
		r->literal = NULL;
		return;
	}
	r->literal_nocase = c->flags & CONTENT_NOCASE;
	r->literal_low = 0;
	r->literal_high = UINT16_MAX;
	if (!chop && c->flags & CONTENT_OFFSET && !(c->flags & CONTENT_OFFSET_VAR))
		low = c->offset + c->len;
	if (low < UINT16_MAX)
		r->literal_low = (uint16_t)low;
	if (high >= 0 && high < UINT16_MAX)
		r->literal_high = (uint16_t)high;
}

/* ---- the final form ---- */

static const struct check *
copy_row(uint8_t **to, const struct row *row, const struct content *fast, const uint8_t **pattern)
{
	const struct check *first = (const void *)*to;

	for (struct node *n = row->first; n; n = n->next) {
		memcpy(*to, &n->check, n->check.size);
		if (fast && content_of(n) == fast)
			*pattern = ((const struct content *)(const void *)((struct check *)(void *)*to)->arg)->pattern;
		*to += n->check.size;
	}
	memset(*to, 0, sizeof(struct check));
	*to += sizeof(struct check);
	return first;
}

/* Indices of the parts in the order in which they are asked. */
static unsigned
order_parts(const struct build *b, uint8_t order[RULE_PARTS_MAX])
{
	unsigned n = 0, state[RULE_PARTS_MAX];

	for (unsigned i = 0; i < b->n_parts; i++) {
		const struct build_part *p = &b->parts[i];
		unsigned at = n, s;

		if (is_empty(p) || p->flags & PART_DECODED)
			continue;
		s = is_tx(p) ? earliest(b, p) + 1 : 0;
		for (; at > 0 && state[at - 1] > s; at--) {
			state[at] = state[at - 1];
			order[at] = order[at - 1];
		}
		state[at] = s;
		order[at] = (uint8_t)i;
		n++;
	}
	/* what base64_decode left is asked right behind the part that has it */
	for (unsigned i = 0; i < b->n_parts; i++) {
		unsigned at = 0;

		if (!(b->parts[i].flags & PART_DECODED) || is_empty(&b->parts[i]))
			continue;
		while (at < n && order[at] != b->parts[i].after)
			at++;
		if (at == n)
			continue;
		memmove(order + at + 2, order + at + 1, n - at - 1);
		order[at + 1] = (uint8_t)i;
		n++;
	}
	return n;
}

static int
keep_parts(struct build *b, const struct choice *fast)
{
	uint8_t        order[RULE_PARTS_MAX];
	unsigned       n = order_parts(b, order);
	size_t         bytes = sizeof(struct part) * n;
	const uint8_t *pattern = NULL;
	struct part   *parts;
	uint8_t       *to;

	bytes += b->packet.bytes + b->post.bytes + 2 * sizeof(struct check);
	for (unsigned i = 0; i < n; i++)
		bytes += b->parts[order[i]].row.bytes + sizeof(struct check);
	to = arena_get(b->rs->keep, bytes);
	if (!to)
		return -ENOMEM;
	if (b->packet.first)
		b->rule->packet = copy_row(&to, &b->packet, NULL, NULL);
	parts = (void *)to;
	to += sizeof(*parts) * n;
	for (unsigned i = 0; i < n; i++) {
		struct build_part *p = &b->parts[order[i]];
		int                view = ruleset_view(b->rs, &p->spec);

		if (view < 0)
			return view;
		parts[i].view = (uint16_t)view;
		parts[i].flags = p->flags;
		parts[i].checks = copy_row(&to, &p->row, fast->content, &pattern);
		if (p == fast->part)
			b->rule->fast_part = (uint8_t)i;
	}
	if (b->post.first)
		b->rule->post = copy_row(&to, &b->post, NULL, NULL);
	b->rule->parts = parts;
	b->rule->n_parts = (uint8_t)n;
	if (pattern)
		set_literal(b->rule, fast->content, pattern, last_end(&fast->part->row, fast->content));
	return 0;
}

static bool
placed_in_payload(const struct build *b)
{
	for (unsigned i = 0; i < b->n_parts; i++)
		for (struct node *n = b->parts[i].row.first; n && !is_tx(&b->parts[i]); n = n->next) {
			struct content *c = content_of(n);

			if (c && c->flags & (CONTENT_DEPTH | CONTENT_OFFSET))
				return true;
		}
	return false;
}

/* Where a rule for TCP looks for its payload: in the stream, unless something ties it to packets. */
static int
set_where(struct build *b)
{
	struct rule *r = b->rule;
	bool         payload = false, tx = false, hook = false, others = false, frame = false;

	for (unsigned i = 0; i < b->n_parts; i++) {
		if (is_empty(&b->parts[i]))
			continue;
		frame |= b->parts[i].spec.kind == VIEW_FRAME;
		hook |= b->parts[i].spec.kind == VIEW_HOOK;
		others |= b->parts[i].spec.kind != VIEW_HOOK;
		payload |= b->parts[i].spec.kind == VIEW_PAYLOAD;
		tx |= is_tx(&b->parts[i]) && !(b->parts[i].flags & PART_DECODED);
	}
	r->flags |= (payload ? RULE_PAYLOAD : 0) | (tx ? RULE_TX : 0) | (hook && !others ? RULE_HOOK : 0);
	r->flags |= frame ? RULE_FRAME : 0;
	if (frame && tx)
		return build_error(b, "a frame and a keyword of transactions exclude each other");
	if (b->tcp_pkt && tx)
		return build_error(b, "tcp-pkt and a keyword of transactions exclude each other");
	if (b->tcp_pkt || (b->need_packet && !tx))
		r->flags |= RULE_ON_PACKET;
	else if (b->tcp_stream || b->need_stream || tx)
		r->flags |= RULE_ON_STREAM;
	else
		r->flags |= RULE_ON_STREAM | (placed_in_payload(b) ? RULE_ON_PACKET : 0);
	if (!payload && !tx && !b->asks_more && !r->apps && !(r->flow & ~FLOW_DIRECTED) &&
			((!r->flow && !r->sport && !r->dport) || b->asks_protocol) && !b->need_packet &&
			!b->tcp_pkt)
		r->flags |= b->asks_protocol ? RULE_PROTOCOL_ONLY : RULE_HEADER_ONLY;
	return 0;
}

int
build_finish(struct build *b)
{
	struct choice fast = { 0 };
	int           rc;

	b->rule->fast_part = 0xff;
	for (unsigned i = 0; i < b->n_parts; i++)
		tie_relatives(&b->parts[i].row);
	rc = restrict_to_parts(b);
	if (rc == 0)
		rc = set_where(b);
	if (rc == 0)
		rc = choose_literal(b, &fast);
	if (rc == 0)
		rc = keep_parts(b, &fast);
	return rc;
}
