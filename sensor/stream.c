/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/stream.h"

#include <string.h>

#include "rules/events.h"
#include "sensor/proto.h"
#include "sensor/reassembly.h"

#define REACH_BACK 256u /* bytes before the new ones that a match may start in */

/* One direction's bytes and how far everybody is. */
struct half {
	struct reassembly bytes;
	uint32_t          seq;    /* sequence number of ... */
	uint64_t          offset; /* ... this stream offset */
	uint64_t          parsed; /* the parser is done with what is before */
	uint64_t          seen;   /* the matcher too */
	uint64_t          urgent; /* bytes taken out of the sequence space */
	bool              look;   /* the matcher should not wait for a full chunk */
	bool              over_depth;
	bool              eof_told;
};

struct session {
	struct tcp  tcp; /* head: struct flow points at it */
	struct half half[2];
	bool        finishing; /* acknowledgements do not matter any more */
};

const struct stream_settings stream_defaults = {
	.policy = OVERLAP_BSD,
	.depth = 1u << 20,
	.chunk = { 2560, 2560 },
};

static struct session *
session_of(const struct flow *f)
{
	return (struct session *)f->tcp;
}

/* ---- sequence numbers and offsets ---- */

/* Signed: a segment may begin before what we follow. */
static int64_t
offset_of(const struct half *h, uint32_t seq)
{
	return (int64_t)h->offset + (int32_t)(seq - h->seq);
}

/* Follow the connection, so that the 31 bits around the anchor are enough. */
static void
move_anchor(struct half *h)
{
	uint64_t end = reassembly_end(&h->bytes);

	h->seq += (uint32_t)(end - h->offset);
	h->offset = end;
}

static void
set_anchor(struct half *h, uint32_t isn)
{
	h->seq = isn + 1;
	h->offset = 0;
}

/* Up to where the receiver acknowledged; a FIN is no byte. */
static uint64_t
acked_offset(const struct session *ss, int dir)
{
	const struct tcp_side *side = &ss->tcp.side[dir];
	int64_t                offset = offset_of(&ss->half[dir], side->last_ack);

	if (side->fin && !tcp_before(side->last_ack, side->fin_seq + 1))
		offset = offset_of(&ss->half[dir], side->fin_seq);
	return offset < 0 ? 0 : (uint64_t)offset;
}

static bool
at_once(const struct stream *s, const struct session *ss)
{
	return s->settings.tcp.inline_mode || ss->finishing;
}

/* Its FIN counts, and nothing before it is missing. */
static bool
has_ended(const struct stream *s, const struct session *ss, int dir)
{
	const struct tcp_side *side = &ss->tcp.side[dir];
	const struct half     *h = &ss->half[dir];

	if (ss->finishing)
		return true;
	if (!side->fin || offset_of(h, side->fin_seq) > (int64_t)reassembly_end(&h->bytes))
		return false;
	return at_once(s, ss) || tcp_before(side->fin_seq, side->last_ack);
}

/* Up to where bytes may be used now. */
static uint64_t
limit_of(const struct stream *s, const struct session *ss, int dir)
{
	const struct reassembly *r = &ss->half[dir].bytes;

	if (ss->finishing)
		return reassembly_top(r);
	return at_once(s, ss) ? reassembly_end(r) : r->acked;
}

/* ---- handing on ---- */

static void feed(struct stream *s, struct flow *f, int dir, uint64_t now_ns);

static void
drop_used(struct stream *s, struct flow *f, int dir)
{
	struct half *h = &session_of(f)->half[dir];
	uint64_t     seen = h->seen > REACH_BACK ? h->seen - REACH_BACK : 0;

	reassembly_drop(&h->bytes, s->pool, h->parsed < seen ? h->parsed : seen);
}

/* Offer what is in order and acknowledged. True: go on, there may be a hole behind it. */
static bool
feed_bytes(struct stream *s, struct flow *f, int dir, uint64_t limit, uint64_t now_ns)
{
	struct half *h = &session_of(f)->half[dir];
	struct bytes data = reassembly_bytes(&h->bytes, h->parsed, limit);
	size_t       used;

	if (!data.left)
		return true;
	if (applayer_is_deaf(f, dir)) {
		h->parsed += data.left;
		return true;
	}
	if (applayer_detect(s->app, f, dir, data, now_ns))
		feed(s, f, !dir, now_ns);
	used = applayer_data(s->app, f, dir, data, 0, 0, now_ns);
	h->parsed += used;
	if (applayer_take_trigger(f, dir))
		h->look = true;
	return used == data.left;
}

/* The hole was acknowledged, so its bytes exist and we never saw them. */
static bool
feed_hole(struct stream *s, struct flow *f, int dir, uint64_t limit, uint64_t now_ns)
{
	struct half *h = &session_of(f)->half[dir];
	uint64_t     len = reassembly_hole(&h->bytes, limit);

	if (!len)
		return false;
	s->counters.gaps++;
	s->counters.gap_bytes += len;
	(void)applayer_data(s->app, f, dir, bytes_of(NULL, 0), PROTO_GAP, len, now_ns);
	reassembly_skip(&h->bytes, s->pool, len, h->seen);
	h->parsed = h->bytes.start;
	h->look = true;
	move_anchor(h);
	return true;
}

static void
feed_end(struct stream *s, struct flow *f, int dir, uint64_t now_ns)
{
	struct session *ss = session_of(f);
	struct half    *h = &ss->half[dir];
	uint64_t        end = reassembly_end(&h->bytes);
	struct bytes    rest = reassembly_bytes(&h->bytes, h->parsed, end);

	if (h->eof_told || applayer_wants_switch(f))
		return;
	if (!has_ended(s, ss, dir))
		return;
	h->eof_told = true;
	(void)applayer_data(s->app, f, dir, rest, PROTO_EOF, 0, now_ns);
	h->parsed = end;
	h->look = true;
	(void)applayer_take_trigger(f, dir);
}

static void
feed(struct stream *s, struct flow *f, int dir, uint64_t now_ns)
{
	struct session *ss = session_of(f);
	struct half    *h = &ss->half[dir];
	uint64_t        limit = limit_of(s, ss, dir);

	for (;;) {
		if (!feed_bytes(s, f, dir, limit, now_ns)) {
			/* bytes that are held for a protocol nobody recognised must not wait for ever */
			if (!applayer_is_waiting(f) ||
					!(ss->finishing || reassembly_hole(&h->bytes, limit)))
				break;
			applayer_fail(s->app, f);
		} else if (applayer_wants_switch(f) || !feed_hole(s, f, dir, limit, now_ns)) {
			break;
		}
	}
	if (h->parsed == reassembly_end(&h->bytes) || ss->finishing)
		feed_end(s, f, dir, now_ns);
	drop_used(s, f, dir);
}

void
stream_resume(struct stream *s, struct flow *f, uint64_t now_ns)
{
	for (int dir = 0; dir < 2; dir++)
		session_of(f)->half[dir].eof_told = false;
	feed(s, f, DIR_TOSERVER, now_ns);
	feed(s, f, DIR_TOCLIENT, now_ns);
}

/* ---- taking ---- */

static struct session *
session_new(struct stream *s, struct flow *f)
{
	struct session *ss = pool_zero(s->pool, sizeof(*ss));

	if (!ss) {
		s->counters.no_memory++;
		return NULL;
	}
	reassembly_init(&ss->half[0].bytes);
	reassembly_init(&ss->half[1].bytes);
	s->counters.sessions++;
	f->tcp = &ss->tcp;
	return ss;
}

/* With an urgent pointer the byte before it travels out of band: most receivers take it out. */
static struct bytes
without_urgent(struct stream *s, struct half *h, const struct packet *p, struct bytes data)
{
	if (s->settings.urgent_inline || !(p->tcp_flags & TCP_URG) || p->tcp_urg == 0 ||
			p->tcp_urg != data.left)
		return data;
	h->urgent++;
	h->seq++;
	data.left--;
	return data;
}

static void
note_overlap(struct stream *s, struct packet *p, unsigned result)
{
	if (result & REASSEMBLY_OVERLAP)
		s->counters.overlaps++;
	if (result & REASSEMBLY_DIFFERENT) {
		s->counters.overlaps_different++;
		packet_event(p, STREAM_REASSEMBLY_OVERLAP_DIFFERENT_DATA);
	}
	if (result & REASSEMBLY_FULL)
		s->counters.full++;
	if ((result & REASSEMBLY_OLD) && !(result & REASSEMBLY_OVERLAP))
		packet_event(p, STREAM_REASSEMBLY_SEGMENT_BEFORE_BASE_SEQ);
}

/* Cut to the depth up to which we follow; false: all of it is beyond. */
static bool
within_depth(struct stream *s, struct flow *f, struct packet *p, uint64_t offset, struct bytes *data)
{
	struct half        *h = &session_of(f)->half[p->dir];
	const struct proto *proto = applayer_proto(f);
	uint64_t            depth = s->settings.depth;

	if (!depth || (proto && proto->deep) || offset + data->left <= depth)
		return true;
	if (!h->over_depth) {
		h->over_depth = true;
		s->counters.depth_reached++;
		packet_event(p, STREAM_REASSEMBLY_DEPTH_REACHED);
	}
	if (offset >= depth)
		return false;
	data->left = (size_t)(depth - offset);
	return true;
}

static void
take_data(struct stream *s, struct flow *f, struct packet *p)
{
	struct session *ss = session_of(f);
	struct half    *h = &ss->half[p->dir];
	struct bytes    data = p->payload;
	uint32_t        seq = p->tcp_seq + (p->tcp_flags & TCP_SYN ? 1 : 0);
	int64_t         offset = offset_of(h, seq);
	unsigned        result;

	if (!data.left || (p->tcp_flags & TCP_RST)) /* a reset's bytes are an error text at most */
		return;
	if (offset < 0) {
		size_t before = (size_t)-offset;

		if (before >= data.left)
			return;
		bytes_skip(&data, before);
		offset = 0;
	}
	if (!within_depth(s, f, p, (uint64_t)offset, &data))
		return;
	result = reassembly_add(&h->bytes, s->pool, s->settings.policy, (uint64_t)offset,
			without_urgent(s, h, p, data));
	s->counters.segments++;
	note_overlap(s, p, result);
	p->in_stream = !(result & REASSEMBLY_FULL);
	move_anchor(h);
	if (at_once(s, ss))
		reassembly_ack(&h->bytes, s->pool, reassembly_end(&h->bytes));
}

static void
anchor_if_new(struct session *ss, uint8_t state_before)
{
	if (state_before < TCP_ESTABLISHED)
		for (int dir = 0; dir < 2; dir++)
			if (reassembly_top(&ss->half[dir].bytes) == 0)
				set_anchor(&ss->half[dir], ss->tcp.side[dir].isn);
}

/* Picked up in the middle, the first packet may be the server's: then its bytes tell. */
static bool
is_reversed(const struct packet *p)
{
	const struct proto *found;

	if (p->tcp_flags & TCP_SYN || !p->payload.left || p->dir != DIR_TOSERVER)
		return false;
	return proto_detect(&found, PROTO_TCP, p->payload, DIR_TOSERVER, p->sport, p->dport) != PROBE_YES &&
	       proto_detect(&found, PROTO_TCP, p->payload, DIR_TOCLIENT, p->sport, p->dport) == PROBE_YES;
}

/* The server took the SYN without the data of a fast open: the client must send them again (RFC 7413), and
 * may well send others. */
static void
forget_syn_data(struct stream *s, struct session *ss, uint8_t before)
{
	const struct tcp_side *client = &ss->tcp.side[DIR_TOSERVER];
	struct half           *h = &ss->half[DIR_TOSERVER];

	if (before != TCP_SYN_SENT || ss->tcp.state != TCP_SYN_RECV || !ss->tcp.tfo)
		return;
	if (client->last_ack != client->isn + 1 || h->parsed || h->seen)
		return;
	reassembly_release(&h->bytes, s->pool);
	reassembly_init(&h->bytes);
}

static void
update_facts(struct flow *f, const struct session *ss)
{
	if (ss->tcp.state >= TCP_ESTABLISHED)
		flow_set_state(f, FLOW_ESTABLISHED);
	if (ss->tcp.state == TCP_CLOSED)
		flow_set_state(f, FLOW_CLOSED);
	f->facts.midstream = ss->tcp.midstream;
	for (int dir = 0; dir < 2; dir++)
		f->facts.stream_bytes[dir] = ss->tcp.side[dir].next_seq - ss->tcp.side[dir].isn;
}

void
stream_packet(struct stream *s, struct flow *f, struct packet *p)
{
	struct session  *ss = session_of(f);
	enum tcp_verdict verdict;
	uint8_t          state;
	uint64_t         gaps;
	bool             swap;

	if (s->settings.check_checksum && p->bad_checksum) {
		s->counters.bad_checksum++;
		return;
	}
	if (!(p->tcp_flags & TCP_ACK) && p->tcp_ack != 0 && !(p->tcp_flags & TCP_RST))
		packet_event(p, STREAM_PKT_BROKEN_ACK);
	if (!ss && (!tcp_opens(&s->settings.tcp, p) || !(ss = session_new(s, f))))
		return;
	if (ss->tcp.state == TCP_NONE && is_reversed(p)) {
		flow_swap(f);
		p->dir ^= 1;
	}
	state = ss->tcp.state;
	verdict = tcp_packet(&s->settings.tcp, &ss->tcp, p, &swap);
	if (swap)
		flow_swap(f);
	anchor_if_new(ss, state);
	forget_syn_data(s, ss, state);
	update_facts(f, ss);
	if (verdict == TCP_REFUSE)
		s->counters.refused++;
	if (verdict != TCP_ACCEPT) {
		/* what comes again was seen in the stream; other refused packets are looked at one by one */
		p->in_stream = packet_has_event(p, STREAM_PKT_SPURIOUS_RETRANSMISSION);
		return;
	}
	gaps = s->counters.gaps;
	for (int dir = 0; dir < 2; dir++)
		reassembly_ack(&ss->half[dir].bytes, s->pool, acked_offset(ss, dir));
	if (!s->settings.tcp.inline_mode)
		feed(s, f, !p->dir, p->ts_ns);
	take_data(s, f, p);
	if (s->settings.tcp.inline_mode || ss->finishing || ss->tcp.async || ss->tcp.side[p->dir].fin)
		feed(s, f, p->dir, p->ts_ns);
	if (s->counters.gaps != gaps)
		packet_event(p, STREAM_REASSEMBLY_SEQ_GAP);
}

bool
stream_is_reuse(const struct flow *f, const struct packet *p)
{
	return f->tcp && tcp_is_reuse(f->tcp, p);
}

/* ---- the matcher's side ---- */

struct stream_window
stream_window(struct stream *s, struct flow *f, int dir)
{
	struct session      *ss = session_of(f);
	struct stream_window w = { 0 };
	struct half         *h;
	uint64_t             end, from;

	if (!ss)
		return w;
	h = &ss->half[dir];
	if (h->bytes.before_gap.len) {
		w.data = bytes_of(h->bytes.before_gap.data, h->bytes.before_gap.len);
		w.start = h->bytes.before_start;
		w.fresh = w.start;
		return w;
	}
	end = limit_of(s, ss, dir);
	end = end < reassembly_end(&h->bytes) ? end : reassembly_end(&h->bytes);
	if (h->seen < h->bytes.start)
		h->seen = h->bytes.start;
	if (h->seen >= end)
		return w;
	if (!h->look && !at_once(s, ss) && end - h->seen < s->settings.chunk[dir])
		return w;
	from = h->seen > REACH_BACK ? h->seen - REACH_BACK : 0;
	from = from > h->bytes.start ? from : h->bytes.start;
	w.data = reassembly_bytes(&h->bytes, from, end);
	w.start = from;
	w.fresh = h->seen;
	w.ended = h->eof_told;
	return w;
}

void
stream_inspected(struct stream *s, struct flow *f, int dir, const struct stream_window *w)
{
	struct half *h;

	if (!w->data.left)
		return;
	h = &session_of(f)->half[dir];
	if (h->bytes.before_gap.len) {
		reassembly_drop_before_gap(&h->bytes, s->pool);
		return;
	}
	h->seen = w->start + w->data.left;
	h->look = false;
	drop_used(s, f, dir);
}

/* ---- the end ---- */

void
stream_finish(struct stream *s, struct flow *f, uint64_t now_ns)
{
	struct session *ss = session_of(f);

	if (!ss)
		return;
	ss->finishing = true;
	for (int dir = 0; dir < 2; dir++)
		ss->half[dir].look = true;
	feed(s, f, DIR_TOSERVER, now_ns);
	feed(s, f, DIR_TOCLIENT, now_ns);
}

bool
stream_has_unseen(const struct flow *f, int dir)
{
	const struct session *ss = session_of(f);
	const struct half    *h;

	if (!ss)
		return false;
	h = &ss->half[dir];
	return h->bytes.before_gap.len || h->seen < reassembly_end(&h->bytes);
}

void
stream_release(struct stream *s, struct flow *f)
{
	struct session *ss = session_of(f);

	if (!ss)
		return;
	reassembly_release(&ss->half[0].bytes, s->pool);
	reassembly_release(&ss->half[1].bytes, s->pool);
	pool_put(s->pool, ss, sizeof(*ss));
	f->tcp = NULL;
}
