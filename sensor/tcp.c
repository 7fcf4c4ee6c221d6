/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/tcp.h"

#include <stddef.h>

#include "rules/events.h"

#define WSCALE_UNKNOWN 14         /* midstream: the largest, so that no window is too small */
#define PAWS_IDLE_NS (24ull * 24 * 3600 * 1000000000) /* RFC 7323 section 5.5 */

static bool
refuse(struct packet *p, enum packet_event event)
{
	packet_event(p, event);
	return false;
}

static bool
after(uint32_t a, uint32_t b)
{
	return tcp_before(b, a);
}

static uint32_t
seq_end(const struct packet *p)
{
	return p->tcp_seq + (uint32_t)p->payload.left;
}

/* ---- acknowledgements, windows, timestamps ---- */

static bool
ack_is_valid(const struct tcp *t, struct packet *p)
{
	const struct tcp_side *peer = &t->side[!p->dir];

	if (!(p->tcp_flags & TCP_ACK) || t->async)
		return true;
	if (!after(p->tcp_ack, peer->last_ack) || !after(p->tcp_ack, peer->next_win))
		return true;
	if (t->state <= TCP_SYN_SENT)
		return true;
	return refuse(p, STREAM_PKT_INVALID_ACK);
}

static void
take_ack(struct tcp *t, const struct packet *p)
{
	struct tcp_side *peer = &t->side[!p->dir];

	peer->window = (uint32_t)p->tcp_win << peer->wscale;
	if (p->tcp_flags & TCP_ACK) {
		if (after(p->tcp_ack, peer->last_ack))
			peer->last_ack = p->tcp_ack;
		if (after(p->tcp_ack, peer->next_seq))
			peer->next_seq = p->tcp_ack;
	}
	if (after(peer->last_ack + peer->window, peer->next_win))
		peer->next_win = peer->last_ack + peer->window;
}

/* Protection against wrapped sequence numbers, RFC 7323 section 5. */
static bool
timestamp_is_valid(struct tcp *t, struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir];

	if (!side->has_ts || !t->side[!p->dir].has_ts || !p->tcp_has_ts)
		return true;
	if (side->last_ts && (int32_t)(p->tcp_tsval - side->last_ts) < 0 &&
			p->ts_ns < side->last_ts_ns + PAWS_IDLE_NS)
		return refuse(p, STREAM_PKT_INVALID_TIMESTAMP);
	if (!after(p->tcp_seq, side->next_seq)) {
		side->last_ts = p->tcp_tsval;
		side->last_ts_ns = p->ts_ns;
	}
	return true;
}

static void
take_payload(struct tcp *t, const struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir];

	if (after(seq_end(p), side->next_seq))
		side->next_seq = seq_end(p);
	if (t->async)
		side->last_ack = p->tcp_seq;
}

static bool
in_window(const struct tcp *t, const struct packet *p)
{
	return t->midstream || t->async || !after(seq_end(p), t->side[p->dir].next_win);
}

/* ---- opening ---- */

bool
tcp_opens(const struct tcp_settings *settings, struct packet *p)
{
	uint8_t flags = p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST);
	bool    pick_up = settings->midstream || settings->async_oneside;

	if (flags & TCP_RST)
		return refuse(p, STREAM_RST_BUT_NO_SESSION);
	if ((flags & TCP_SYN) && (flags & TCP_FIN))
		return refuse(p, STREAM_FIN_SYN);
	if (flags & TCP_FIN) {
		if (pick_up && p->payload.left)
			return true;
		return refuse(p, STREAM_FIN_BUT_NO_SESSION);
	}
	if (flags == TCP_SYN)
		return true;
	if (flags == (TCP_SYN | TCP_ACK))
		return pick_up;
	return (flags & TCP_ACK) && pick_up && (p->payload.left || settings->async_oneside ||
							     settings->midstream);
}

static void
side_open(struct tcp_side *side, uint32_t isn)
{
	side->isn = isn;
	side->next_seq = side->last_ack = isn + 1;
}

static void
side_options(struct tcp *t, const struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];

	side->has_ts = p->tcp_has_ts;
	side->last_ts = p->tcp_has_ts ? p->tcp_tsval : 0;
	side->last_ts_ns = p->ts_ns;
	peer->wscale = p->tcp_wscale == 0xff ? 0 : p->tcp_wscale;
	peer->window = p->tcp_win; /* never scaled in a SYN */
	peer->next_win = peer->last_ack + peer->window;
}

static enum tcp_verdict
open_by_syn(struct tcp *t, const struct packet *p)
{
	side_open(&t->side[p->dir], p->tcp_seq);
	side_options(t, p);
	t->state = TCP_SYN_SENT;
	t->tfo = p->tcp_has_tfo;
	if (t->tfo && p->payload.left) {
		t->side[p->dir].next_seq += (uint32_t)p->payload.left;
		return TCP_ACCEPT;
	}
	return TCP_NEUTRAL;
}

/* The first packet we see is the server's answer. */
static enum tcp_verdict
open_by_synack(struct tcp *t, struct packet *p, bool *swap)
{
	*swap = p->dir == DIR_TOSERVER;
	p->dir = DIR_TOCLIENT;
	t->midstream = true;
	side_open(&t->side[DIR_TOSERVER], p->tcp_ack - 1);
	side_open(&t->side[DIR_TOCLIENT], p->tcp_seq);
	side_options(t, p);
	t->side[DIR_TOCLIENT].wscale = WSCALE_UNKNOWN;
	t->side[DIR_TOCLIENT].window = 65535;
	t->side[DIR_TOCLIENT].next_win = p->tcp_seq + 1 + 65535;
	t->state = TCP_SYN_RECV;
	return TCP_NEUTRAL;
}

static enum tcp_verdict
open_by_ack(const struct tcp_settings *settings, struct tcp *t, const struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];

	t->midstream = true;
	t->async = settings->async_oneside;
	side_open(side, p->tcp_seq - 1);
	side_open(peer, p->tcp_ack - 1);
	side->wscale = peer->wscale = WSCALE_UNKNOWN;
	side->has_ts = peer->has_ts = p->tcp_has_ts;
	side->last_ts = p->tcp_has_ts ? p->tcp_tsval : 0;
	side->last_ts_ns = p->ts_ns;
	peer->last_ts_ns = p->ts_ns;
	side->window = peer->window = (uint32_t)p->tcp_win << WSCALE_UNKNOWN;
	side->next_win = side->last_ack + side->window;
	peer->next_win = peer->last_ack + peer->window;
	side->next_seq = seq_end(p);
	t->state = TCP_ESTABLISHED;
	return TCP_ACCEPT;
}

/* ---- handshake ---- */

/* Which of several initial numbers holds, only the other side's answer tells. */
static bool
remember_isn(struct tcp_side *side, uint32_t isn)
{
	for (unsigned i = 0; i < side->n_other_isn; i++)
		if (side->other_isn[i] == isn)
			return true;
	if (side->n_other_isn < TCP_ISN_MAX) {
		side->other_isn[side->n_other_isn++] = isn;
		return true;
	}
	side->latest_isn = isn; /* a flood: the real one may come at its end */
	return false;
}

/* The answer acknowledges one of them: then that is it. */
static bool
choose_isn(struct tcp_side *side, uint32_t ack)
{
	bool     known = side->n_other_isn == TCP_ISN_MAX && side->latest_isn + 1 == ack;

	for (unsigned i = 0; i < side->n_other_isn; i++)
		known |= side->other_isn[i] + 1 == ack;
	if (known) {
		side_open(side, ack - 1);
		side->next_win = side->last_ack + side->window;
	}
	return known;
}

/* A SYN while the handshake runs. */
static bool
syn_again(struct tcp *t, struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir];

	if (t->state == TCP_SYN_SENT) {
		if (p->dir == DIR_TOCLIENT) { /* both open at once */
			t->four_way = true;
			side_open(side, p->tcp_seq);
			side_options(t, p);
			return true;
		}
		if (p->tcp_seq == side->isn)
			return true;
		if (!remember_isn(side, p->tcp_seq))
			return refuse(p, STREAM_3WHS_SYN_FLOOD);
		return true;
	}
	if (t->state == TCP_SYN_RECV) {
		if (p->dir == DIR_TOCLIENT)
			return refuse(p, STREAM_3WHS_SYN_TOCLIENT_ON_SYN_RECV);
		if (p->tcp_seq != side->isn)
			return refuse(p, STREAM_3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV);
		return true;
	}
	if (t->state != TCP_ESTABLISHED)
		return refuse(p, STREAM_SHUTDOWN_SYN_RESEND);
	if (p->dir == DIR_TOCLIENT)
		return refuse(p, STREAM_EST_SYN_TOCLIENT);
	if (p->tcp_seq != side->isn)
		return refuse(p, STREAM_EST_SYN_RESEND_DIFF_SEQ);
	return refuse(p, STREAM_EST_SYN_RESEND);
}

/* RFC 793 figure 8: each side answers the other's SYN. */
static bool
synack_four_way(struct tcp *t, struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];

	if (p->tcp_ack != peer->isn + 1)
		return refuse(p, STREAM_4WHS_SYNACK_WITH_WRONG_ACK);
	if (p->tcp_seq != side->isn)
		return refuse(p, STREAM_4WHS_SYNACK_WITH_WRONG_SYN);
	t->state = TCP_SYN_RECV; /* after one of the two; the other may be a plain ACK */
	take_ack(t, p);
	return true;
}

static bool
synack_first(struct tcp *t, struct packet *p)
{
	struct tcp_side *client = &t->side[DIR_TOSERVER], *server = &t->side[DIR_TOCLIENT];

	if (t->four_way)
		return synack_four_way(t, p);
	if (p->dir == DIR_TOSERVER)
		return refuse(p, STREAM_3WHS_SYNACK_IN_WRONG_DIRECTION);
	if (p->tcp_ack != client->next_seq) {
		if (t->tfo && p->tcp_ack == client->isn + 1)
			packet_event(p, STREAM_3WHS_SYNACK_TFO_DATA_IGNORED);
		else if (!choose_isn(client, p->tcp_ack))
			return refuse(p, STREAM_3WHS_SYNACK_WITH_WRONG_ACK);
	}
	client->last_ack = client->next_seq = p->tcp_ack;
	side_open(server, p->tcp_seq);
	side_options(t, p);
	server->next_win = server->last_ack + server->window;
	if (p->tcp_wscale == 0xff) /* both must want it */
		server->wscale = client->wscale = 0;
	if (!server->has_ts)
		client->has_ts = false;
	t->state = TCP_SYN_RECV;
	return true;
}

static bool
synack(struct tcp *t, struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];

	if (t->state == TCP_SYN_SENT)
		return synack_first(t, p);
	if (t->state == TCP_SYN_RECV) {
		if (p->dir == DIR_TOSERVER)
			return t->four_way ? synack_four_way(t, p)
					   : refuse(p, STREAM_3WHS_SYNACK_TOSERVER_ON_SYN_RECV);
		if (p->tcp_ack != peer->isn + 1) {
			packet_event(p, STREAM_3WHS_SYNACK_RESEND_WITH_DIFF_ACK);
			return refuse(p, STREAM_3WHS_SYNACK_RESEND_WITH_DIFFERENT_ACK);
		}
		if (p->tcp_seq == side->isn)
			return true;
		packet_event(p, STREAM_3WHS_SYNACK_RESEND_WITH_DIFF_SEQ);
		if (!remember_isn(side, p->tcp_seq))
			return refuse(p, STREAM_3WHS_SYNACK_FLOOD);
		return true;
	}
	if (t->state != TCP_ESTABLISHED)
		return false;
	if (p->dir == DIR_TOSERVER)
		return refuse(p, STREAM_EST_SYNACK_TOSERVER);
	if (p->tcp_ack != peer->last_ack && p->tcp_ack != peer->isn + 1) {
		packet_event(p, STREAM_EST_SYNACK_RESEND_WITH_DIFF_ACK);
		return refuse(p, STREAM_EST_SYNACK_RESEND_WITH_DIFFERENT_ACK);
	}
	if (p->tcp_seq != side->isn)
		return refuse(p, STREAM_EST_SYNACK_RESEND_WITH_DIFF_SEQ);
	return refuse(p, STREAM_EST_SYNACK_RESEND);
}

/* An ACK before any SYN/ACK: only the client's side passes here. */
static enum tcp_verdict
ack_in_syn_sent(const struct tcp_settings *settings, struct tcp *t, struct packet *p)
{
	struct tcp_side *client = &t->side[DIR_TOSERVER], *server = &t->side[DIR_TOCLIENT];

	if (!settings->async_oneside) {
		if (t->tfo && p->dir == DIR_TOSERVER && p->payload.left)
			return TCP_NEUTRAL;
		return TCP_REFUSE;
	}
	if (p->dir != DIR_TOSERVER || p->tcp_seq != client->next_seq) {
		packet_event(p, STREAM_3WHS_ASYNC_WRONG_SEQ);
		return TCP_REFUSE;
	}
	t->async = true;
	side_open(server, p->tcp_ack - 1);
	server->wscale = client->wscale = WSCALE_UNKNOWN;
	client->next_win = client->last_ack + ((uint32_t)p->tcp_win << WSCALE_UNKNOWN);
	t->state = TCP_ESTABLISHED;
	take_payload(t, p);
	return TCP_ACCEPT;
}

static enum tcp_verdict
establish(struct tcp *t, struct packet *p)
{
	t->state = TCP_ESTABLISHED;
	take_ack(t, p);
	take_payload(t, p);
	return TCP_ACCEPT;
}

static enum tcp_verdict
ack_in_syn_recv(struct tcp *t, struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];
	bool             right_seq = p->tcp_seq == side->next_seq;

	if (!timestamp_is_valid(t, p))
		return TCP_REFUSE;
	if (p->dir == DIR_TOCLIENT) {
		if (t->tfo || t->midstream || t->four_way)
			return establish(t, p);
		if (p->payload.left) {
			packet_event(p, STREAM_3WHS_ACK_DATA_INJECT);
			return TCP_REFUSE;
		}
		packet_event(p, STREAM_3WHS_ACK_IN_WRONG_DIR);
		return TCP_REFUSE;
	}
	if (p->tcp_ack != peer->next_seq)
		(void)choose_isn(peer, p->tcp_ack);
	bool right_ack = p->tcp_ack == peer->next_seq;
	if (right_seq && right_ack)
		return establish(t, p);
	if (t->midstream && right_ack)
		return establish(t, p);
	/* the ACK of the handshake was lost, data came first; or the server spoke at once */
	if (right_ack && after(p->tcp_seq, side->next_seq) && in_window(t, p))
		return establish(t, p);
	if (right_seq && after(p->tcp_ack, peer->next_seq) && ack_is_valid(t, p) && t->tfo)
		return establish(t, p);
	if (t->four_way)
		packet_event(p, right_seq ? STREAM_4WHS_INVALID_ACK : STREAM_4WHS_WRONG_SEQ);
	else if (right_seq)
		packet_event(p, STREAM_3WHS_RIGHT_SEQ_WRONG_ACK_EVASION);
	else
		packet_event(p, STREAM_3WHS_WRONG_SEQ_WRONG_ACK);
	return TCP_REFUSE;
}

/* ---- the connection stands, or is being closed ---- */

/* Events of the later states, and where FIN and the last acknowledgement lead. */
static const struct later {
	enum packet_event bad_ack, bad_seq, bad_fin;
	uint8_t           on_fin[2]; /* by direction of the FIN; 0: stays */
	uint8_t           on_ack;    /* when the outstanding FIN is acknowledged; 0: stays */
	uint8_t           ack_dir;   /* direction that acknowledges it */
} later[] = {
	[TCP_ESTABLISHED] = { STREAM_EST_INVALID_ACK, STREAM_EST_PACKET_OUT_OF_WINDOW,
		STREAM_FIN_OUT_OF_WINDOW, { TCP_CLOSE_WAIT, TCP_FIN_WAIT1 }, 0, 0 },
	[TCP_FIN_WAIT1] = { STREAM_FIN1_INVALID_ACK, STREAM_FIN1_ACK_WRONG_SEQ, STREAM_FIN1_FIN_WRONG_SEQ,
		{ TCP_CLOSING, 0 }, TCP_FIN_WAIT2, DIR_TOSERVER },
	[TCP_FIN_WAIT2] = { STREAM_FIN2_INVALID_ACK, STREAM_FIN2_ACK_WRONG_SEQ, STREAM_FIN2_FIN_WRONG_SEQ,
		{ TCP_TIME_WAIT, 0 }, 0, 0 },
	[TCP_CLOSING] = { STREAM_CLOSING_INVALID_ACK, STREAM_CLOSING_ACK_WRONG_SEQ,
		STREAM_CLOSING_ACK_WRONG_SEQ, { 0, 0 }, TCP_TIME_WAIT, DIR_TOSERVER },
	[TCP_CLOSE_WAIT] = { STREAM_CLOSEWAIT_INVALID_ACK, STREAM_CLOSEWAIT_ACK_OUT_OF_WINDOW,
		STREAM_CLOSEWAIT_FIN_OUT_OF_WINDOW, { 0, TCP_LAST_ACK }, 0, 0 },
	[TCP_LAST_ACK] = { STREAM_LASTACK_INVALID_ACK, STREAM_LASTACK_ACK_WRONG_SEQ,
		STREAM_LASTACK_ACK_WRONG_SEQ, { 0, 0 }, TCP_CLOSED, DIR_TOSERVER },
	[TCP_TIME_WAIT] = { STREAM_TIMEWAIT_INVALID_ACK, STREAM_TIMEWAIT_ACK_WRONG_SEQ,
		STREAM_TIMEWAIT_ACK_WRONG_SEQ, { 0, 0 }, TCP_CLOSED, DIR_TOCLIENT },
	[TCP_CLOSED] = { STREAM_PKT_INVALID_ACK, STREAM_PKT_INVALID_ACK, STREAM_PKT_INVALID_ACK,
		{ 0, 0 }, 0, 0 },
};

/* The receiver has all of it already. */
static bool
is_before_last_ack(const struct tcp *t, const struct packet *p)
{
	const struct tcp_side *side = &t->side[p->dir];

	if (t->async || !tcp_before(seq_end(p), side->last_ack))
		return false;
	/* acknowledged beyond what we saw: this fills the hole */
	return !(after(side->last_ack, side->next_seq) && after(seq_end(p), side->next_seq));
}

static void
acknowledge_fin(struct tcp *t, const struct packet *p, const struct later *l)
{
	const struct tcp_side *closer = &t->side[!p->dir];

	if (l->on_ack && p->dir == l->ack_dir && (p->tcp_flags & TCP_ACK) && closer->fin &&
			after(p->tcp_ack, closer->fin_seq))
		t->state = l->on_ack;
}

static enum tcp_verdict
data(struct tcp *t, struct packet *p)
{
	const struct later *l = &later[t->state];
	struct tcp_side    *side = &t->side[p->dir];

	if (!timestamp_is_valid(t, p))
		return TCP_REFUSE;
	if (!ack_is_valid(t, p)) {
		packet_event(p, l->bad_ack);
		return TCP_REFUSE;
	}
	if (is_before_last_ack(t, p)) {
		packet_event(p, t->state == TCP_CLOSE_WAIT ? STREAM_CLOSEWAIT_PKT_BEFORE_LAST_ACK
							   : STREAM_EST_PKT_BEFORE_LAST_ACK);
		return TCP_REFUSE;
	}
	if (p->payload.left == 1 && p->tcp_seq == side->next_seq && side->window == 0) {
		packet_event(p, STREAM_EST_ACK_ZWP_DATA);
		take_ack(t, p);
		return TCP_NEUTRAL;
	}
	if (!in_window(t, p)) {
		packet_event(p, l->bad_seq);
		return TCP_REFUSE;
	}
	if (p->payload.left && !after(seq_end(p), side->next_seq) && t->state == TCP_ESTABLISHED)
		packet_event(p, STREAM_PKT_RETRANSMISSION);
	take_payload(t, p);
	take_ack(t, p);
	acknowledge_fin(t, p, l);
	return TCP_ACCEPT;
}

static enum tcp_verdict
fin(struct tcp *t, struct packet *p)
{
	const struct later *l = &later[t->state];
	struct tcp_side    *side = &t->side[p->dir];
	bool                again = side->fin;

	if (!timestamp_is_valid(t, p))
		return TCP_REFUSE;
	if (!again && (tcp_before(p->tcp_seq, side->next_seq) ? tcp_before(seq_end(p), side->last_ack)
							      : !in_window(t, p))) {
		packet_event(p, l->bad_fin);
		return TCP_REFUSE;
	}
	if (!ack_is_valid(t, p)) {
		packet_event(p, t->state == TCP_ESTABLISHED ? STREAM_FIN_INVALID_ACK : l->bad_ack);
		return TCP_REFUSE;
	}
	take_payload(t, p);
	take_ack(t, p);
	if (!again) {
		side->fin = true;
		side->fin_seq = seq_end(p);
		if (!after(side->fin_seq + 1, side->next_seq))
			; /* acknowledged already */
		else
			side->next_seq = side->fin_seq + 1;
	}
	acknowledge_fin(t, p, l);
	if (later[t->state].on_fin[p->dir])
		t->state = later[t->state].on_fin[p->dir];
	return TCP_ACCEPT;
}

/* BSD takes a RST only at the very next sequence number; RFC 5961 asks everybody for that. */
static bool
reset_is_valid(const struct tcp *t, struct packet *p)
{
	const struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];

	if (t->state == TCP_SYN_SENT) {
		if (p->dir == DIR_TOCLIENT)
			return !(p->tcp_flags & TCP_ACK) || p->tcp_ack == peer->next_seq ||
			       p->tcp_ack == peer->isn + 1;
		return p->tcp_seq == side->isn; /* a kernel that knows nothing of the SYN sends isn + 1 */
	}
	if ((p->tcp_flags & TCP_ACK) && p->tcp_ack && !ack_is_valid(t, p))
		return refuse(p, STREAM_RST_INVALID_ACK);
	if (t->midstream || t->async)
		return !tcp_before(p->tcp_seq, side->last_ack);
	return p->tcp_seq == side->next_seq ||
	       (side->fin && p->tcp_seq == side->fin_seq) || p->tcp_seq == side->last_ack;
}

static enum tcp_verdict
reset(struct tcp *t, struct packet *p)
{
	if (!reset_is_valid(t, p))
		return TCP_REFUSE;
	if (p->payload.left)
		packet_event(p, STREAM_RST_WITH_DATA);
	t->state = TCP_CLOSED;
	t->reset = true;
	t->reset_dir = p->dir;
	if ((p->tcp_flags & TCP_ACK) && t->side[!p->dir].last_ack)
		take_ack(t, p);
	return TCP_ACCEPT;
}

/* ---- odd ones that no state takes ---- */

#define CONTROL (TCP_SYN | TCP_FIN | TCP_RST)

static bool
is_keep_alive(struct tcp *t, const struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];

	if (t->state < TCP_ESTABLISHED || p->payload.left > 1 || (p->tcp_flags & CONTROL))
		return false;
	if (p->tcp_ack != peer->last_ack || p->tcp_seq != side->next_seq - 1)
		return false;
	side->keep_alive = true;
	return true;
}

static bool
is_keep_alive_answer(struct tcp *t, const struct packet *p)
{
	struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];

	if (!peer->keep_alive || p->payload.left || (p->tcp_flags & CONTROL))
		return false;
	return p->tcp_ack == peer->last_ack && p->tcp_seq == side->next_seq;
}

static bool
is_bad_window_update(const struct tcp *t, struct packet *p)
{
	const struct tcp_side *side = &t->side[p->dir], *peer = &t->side[!p->dir];
	uint32_t               window = (uint32_t)p->tcp_win << peer->wscale;

	if (t->state < TCP_ESTABLISHED || t->midstream || p->payload.left || (p->tcp_flags & CONTROL))
		return false;
	if (window >= peer->window || !after(p->tcp_ack, peer->next_seq) ||
			!after(p->tcp_seq, side->next_seq))
		return false;
	packet_event(p, STREAM_PKT_BAD_WINDOW_UPDATE);
	return true;
}

static bool
is_spurious(const struct tcp *t, struct packet *p)
{
	const struct tcp_side *side = &t->side[p->dir];

	if (t->state < TCP_ESTABLISHED || t->async || p->payload.left == 0 || (p->tcp_flags & CONTROL))
		return false;
	if (after(seq_end(p), side->last_ack) || after(side->last_ack, side->next_seq))
		return false;
	packet_event(p, STREAM_PKT_SPURIOUS_RETRANSMISSION);
	return true;
}

/* An answer to the SYN that is no SYN itself must at least echo the SYN's timestamp. */
static bool
echo_is_valid(const struct tcp *t, struct packet *p)
{
	const struct tcp_side *client = &t->side[DIR_TOSERVER];

	if (p->dir == DIR_TOSERVER || (p->tcp_flags & TCP_SYN) || !p->tcp_has_ts)
		return true;
	return (client->has_ts && p->tcp_tsecr == client->last_ts) ||
	       refuse(p, STREAM_PKT_INVALID_TIMESTAMP);
}

/* ---- all together ---- */

static enum tcp_verdict
first_packet(const struct tcp_settings *settings, struct tcp *t, struct packet *p, bool *swap)
{
	switch (p->tcp_flags & (TCP_SYN | TCP_ACK)) {
	case TCP_SYN:
		return open_by_syn(t, p);
	case TCP_SYN | TCP_ACK:
		return open_by_synack(t, p, swap);
	default:
		return open_by_ack(settings, t, p);
	}
}

static enum tcp_verdict
by_flags(const struct tcp_settings *settings, struct tcp *t, struct packet *p)
{
	if (p->tcp_flags & TCP_RST)
		return reset(t, p);
	if ((p->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		return synack(t, p) ? TCP_NEUTRAL : TCP_REFUSE;
	if (p->tcp_flags & TCP_SYN)
		return syn_again(t, p) ? TCP_NEUTRAL : TCP_REFUSE;
	if (t->state == TCP_SYN_SENT)
		return ack_in_syn_sent(settings, t, p);
	if (t->state == TCP_SYN_RECV) {
		enum tcp_verdict v = ack_in_syn_recv(t, p);

		if (v != TCP_ACCEPT || !(p->tcp_flags & TCP_FIN))
			return v;
	}
	if (p->tcp_flags & TCP_FIN)
		return fin(t, p);
	return (p->tcp_flags & TCP_ACK) ? data(t, p) : TCP_REFUSE;
}

enum tcp_verdict
tcp_packet(const struct tcp_settings *settings, struct tcp *t, struct packet *p, bool *swap)
{
	*swap = false;
	if (t->state == TCP_NONE)
		return first_packet(settings, t, p, swap);
	if (is_keep_alive(t, p))
		return TCP_NEUTRAL;
	if (is_keep_alive_answer(t, p)) {
		t->side[!p->dir].keep_alive = false;
		return TCP_NEUTRAL;
	}
	t->side[0].keep_alive = t->side[1].keep_alive = false;
	if (is_bad_window_update(t, p))
		return TCP_REFUSE;
	if (is_spurious(t, p))
		return TCP_REFUSE;
	if (t->state == TCP_CLOSED)
		return TCP_REFUSE;
	if (t->state == TCP_SYN_SENT && !echo_is_valid(t, p))
		return TCP_REFUSE;
	return by_flags(settings, t, p);
}

bool
tcp_is_reuse(const struct tcp *t, const struct packet *p)
{
	if ((p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) != TCP_SYN)
		return false;
	if (p->dir == DIR_TOSERVER && p->tcp_seq == t->side[DIR_TOSERVER].isn)
		return false;
	return t->state >= TCP_LAST_ACK || t->state == TCP_NONE;
}
