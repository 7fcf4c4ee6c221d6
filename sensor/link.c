/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/dns.h>
#include <event2/event.h>

#include "lib/addr.h"
#include "lib/batch.h"
#include "lib/clock.h"
#include "lib/endpoint.h"
#include "lib/fault.h"
#include "lib/frame.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/spool.h"
#include "lib/tls.h"
#include "lib/version.h"

#define GREETING_S 15           /* from the first packet of TCP to WELCOME */
#define RETRY_FIRST_MS 250u
#define RETRY_LAST_MS 60000u
#define BODY_MAX (256u << 10)   /* of what a collector sends */
#define BATCH_EVENTS 1000u      /* we are content with less than the protocol allows: */
#define BATCH_BYTES (1u << 20)  /* a smaller batch is acknowledged sooner */
#define WINDOW_USUAL 4u
#define WINDOW_MAX 16u
#define UNSENT_MAX (4u << 20)   /* bytes handed to TLS and not taken by the system */
#define DECLARE_EVERY_NS UINT64_C(1000000000)

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_GREETING, LINK_READY, LINK_LEAVING };

struct link {
	struct link_settings s;
	struct evdns_base   *dns; /* NULL: no resolver is set up, names are looked up blocking */
	struct event        *retry, *deadline, *beat;
	struct bufferevent  *bev; /* owned; has the TLS session */
	struct ssl_st       *ssl; /* borrowed from bev */
	enum link_state      state;
	size_t               at;      /* which collector */
	unsigned             attempt; /* rounds without an acknowledgement */
	uint32_t             retry_floor_ms; /* what the last ERROR asked for */
	uint64_t             instance, heard_ns, declared_ns;
	uint64_t             current_epoch; /* as our HELLO had it */
	uint64_t             current_next;
	uint32_t             batch_events, batch_bytes, window, heartbeat_s;
	struct {
		uint64_t epoch, last;
	} in_flight[WINDOW_MAX]; /* batches that are not acknowledged, oldest first */
	uint32_t             n_in_flight;
	struct batch        *batch;
	struct spool_record  held; /* read from the spool, did not fit the last batch */
	struct buf           held_wire;
	bool                 has_held, hurry;
	struct buf           out;  /* a frame being made */
	struct buf           rest; /* its second half, when a fault point lies between */
	struct log_limit     log_down;
	struct link_stats    stats;
};

static void connect_next(struct link *l);

static struct timeval
after_ms(uint32_t ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (int)(ms % 1000) * 1000 };
}

/* ---- coming and going ---- */

/* Doubles from round to round, give or take a half, so that a fleet does not come back as
 * one. */
static uint32_t
patience_ms(struct link *l)
{
	uint32_t ms = RETRY_FIRST_MS << (l->attempt < 8 ? l->attempt : 8), chance = 0;

	if (ms > RETRY_LAST_MS)
		ms = RETRY_LAST_MS;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = (uint32_t)clock_mono_ns();
	ms = ms / 2 + chance % (ms + 1);
	return ms > l->retry_floor_ms ? ms : l->retry_floor_ms;
}

/* The next collector at once, or the first one again after a while. */
static void
schedule(struct link *l, bool was_ready)
{
	struct timeval wait = { 0 };

	l->at++;
	if (was_ready || l->at == l->s.n_collectors) {
		l->at = 0;
		wait = after_ms(patience_ms(l));
		l->attempt++;
	}
	event_add(l->retry, &wait);
}

static void
disconnect(struct link *l)
{
	if (l->bev)
		bufferevent_free(l->bev);
	l->bev = NULL;
	l->ssl = NULL;
	l->state = LINK_DOWN;
	l->stats.ready = false;
	l->n_in_flight = 0;
	l->has_held = false;
	buf_clear(&l->rest);
	evtimer_del(l->deadline);
	evtimer_del(l->beat);
	spool_rewind(l->s.spool); /* what was not acknowledged is sent again */
}

/* The connection is of no use any more. */
static void
drop(struct link *l, const char *why)
{
	bool     was_ready = l->state == LINK_READY;
	uint32_t held;

	if (l->state == LINK_LEAVING || l->state == LINK_DOWN)
		return;
	if (log_allowed(&l->log_down, clock_mono_ns(), &held))
		log_warn("no collector", "address=%s reason=%s held_back=%u",
				l->s.collectors[l->at], why, held);
	disconnect(l);
	schedule(l, was_ready);
	l->s.progress(l->s.progress_arg);
}

/* ---- sending ---- */

/* Hand the frame in l->out to TLS. */
static void
send_out(struct link *l)
{
	size_t half = l->out.len;

	if (fault_armed && l->state == LINK_READY) { /* on_written() sends the rest */
		half /= 2;
		buf_add(&l->rest, l->out.data + half, l->out.len - half);
	}
	bufferevent_write(l->bev, l->out.data, half);
}

static void
send_hello(struct link *l)
{
	struct message_hello m = {
		.protocol = MESSAGE_PROTOCOL,
		.sensor = bytes_str(l->s.name),
		.software = bytes_str(version()),
		.instance = l->instance,
		.time_ns = clock_wall_ns(),
		.heartbeat_s = l->s.heartbeat_s,
	};
	struct spool_span spans[MESSAGE_EPOCHS_MAX];

	m.n_spans = (uint32_t)spool_spans(l->s.spool, spans, MESSAGE_EPOCHS_MAX);
	for (uint32_t i = 0; i < m.n_spans; i++)
		m.spans[i] = (struct message_span){ spans[i].epoch, spans[i].first, spans[i].next };
	l->current_epoch = spans[m.n_spans - 1].epoch;
	l->current_next = spans[m.n_spans - 1].next;
	buf_clear(&l->out);
	if (message_put_hello(&l->out, &m) < 0) {
		drop(l, "no memory");
		return;
	}
	send_out(l);
	l->state = LINK_GREETING;
}

static void
send_heartbeat(struct link *l)
{
	struct message_heartbeat m = { 0 };
	struct spool_stats       st;

	if (l->s.figures)
		l->s.figures(l->s.figures_arg, &m);
	spool_stats(l->s.spool, &st);
	m.time_ns = clock_wall_ns();
	m.software = bytes_str(version());
	m.events = st.appended_total;
	m.events_lost = st.lost_total;
	m.spool_events = st.waiting;
	m.spool_bytes = st.bytes;
	m.spool_limit = st.max_bytes;
	m.epoch = st.epoch;
	m.next = st.next;
	buf_clear(&l->out);
	if (message_put_heartbeat(&l->out, &m) == 0)
		send_out(l);
}

/* The next event to send, from the spool or put aside from the last batch. */
static bool
next_event(struct link *l, struct spool_record *out)
{
	if (l->has_held) {
		l->has_held = false;
		*out = l->held;
		return true;
	}
	return spool_next(l->s.spool, out) == 1;
}

static void
hold(struct link *l, const struct spool_record *r)
{
	if (r->wire.at != l->held_wire.data) {
		buf_clear(&l->held_wire);
		buf_add(&l->held_wire, r->wire.at, r->wire.left);
		if (l->held_wire.failed) { /* read it again, later */
			drop(l, "no memory");
			return;
		}
	}
	l->held = *r;
	l->held.wire = bytes_of(l->held_wire.data, l->held_wire.len);
	l->has_held = true;
}

/* Returns how many events the batch got. */
static uint32_t
fill_batch(struct link *l)
{
	struct spool_record r;
	uint32_t            n = 0;

	while (l->state == LINK_READY && next_event(l, &r)) {
		if (n == 0)
			batch_start(l->batch, r.epoch, l->batch_events, l->batch_bytes);
		if (r.epoch != batch_epoch(l->batch) || batch_add(l->batch, r.seq, r.wire) < 0) {
			hold(l, &r);
			break;
		}
		n++;
	}
	return n;
}

static bool
send_batch(struct link *l)
{
	if (fill_batch(l) == 0 || l->state != LINK_READY)
		return false;
	buf_clear(&l->out);
	if (batch_put(l->batch, &l->out) < 0) {
		drop(l, "no memory");
		return false;
	}
	l->in_flight[l->n_in_flight].epoch = batch_epoch(l->batch);
	l->in_flight[l->n_in_flight].last = batch_last(l->batch);
	l->n_in_flight++;
	l->stats.batches++;
	send_out(l);
	return true;
}

/* Tell of losses when there is nothing else to tell, or it is long since the last
 * time. */
static void
declare_losses(struct link *l)
{
	struct spool_stats st;
	uint64_t           now = clock_mono_ns();

	spool_stats(l->s.spool, &st);
	if (!st.losses_pending || (!l->hurry && now - l->declared_ns < DECLARE_EVERY_NS))
		return;
	l->declared_ns = now;
	if (spool_declare(l->s.spool, clock_wall_ns()) < 0)
		log_warn("cannot write losses to the spool", NULL);
}

static bool
may_send(const struct link *l)
{
	return l->state == LINK_READY && l->n_in_flight < l->window && l->rest.len == 0 &&
			link_unsent(l) < UNSENT_MAX;
}

void
link_pump(struct link *l)
{
	if (l->state == LINK_READY)
		declare_losses(l);
	while (may_send(l) && send_batch(l)) {
	}
}

/* ---- hearing ---- */

/* The collector has more of our current epoch than we ever wrote: our state is a copy or
 * was restored. */
static bool
is_ahead(const struct link *l, const struct message_position *p)
{
	return p->epoch == l->current_epoch && p->seq >= l->current_next;
}

static void
take_positions(struct link *l, const struct message_welcome *m)
{
	for (uint32_t i = 0; i < m->n_positions; i++) {
		const struct message_position *p = &m->positions[i];

		spool_ack(l->s.spool, p->epoch, p->seq);
		if (!is_ahead(l, p))
			continue;
		log_warn("the collector has more of us than we have: new epoch",
				"epoch=%llu theirs=%llu ours=%llu", (unsigned long long)p->epoch,
				(unsigned long long)p->seq, (unsigned long long)l->current_next - 1);
		if (spool_new_epoch(l->s.spool, clock_wall_ns()) < 0)
			drop(l, "cannot begin an epoch");
	}
}

static uint32_t
least(uint32_t theirs, uint32_t ours)
{
	return theirs && theirs < ours ? theirs : ours;
}

static const char *
hear_welcome(struct link *l, struct bytes body)
{
	struct message_welcome m;
	const char            *why;

	if (message_get_welcome(&m, body, &why) < 0)
		return why;
	if (m.protocol != MESSAGE_PROTOCOL)
		return "protocol version";
	l->batch_events = least(m.batch_events, BATCH_EVENTS);
	l->batch_bytes = least(m.batch_bytes, BATCH_BYTES);
	l->window = m.window ? least(m.window, WINDOW_MAX) : WINDOW_USUAL;
	l->heartbeat_s = least(m.heartbeat_s, l->s.heartbeat_s);
	l->state = LINK_READY;
	l->stats.connects++;
	l->stats.ready = true;
	l->retry_floor_ms = 0;
	evtimer_del(l->deadline);
	event_add(l->beat, &(struct timeval){ .tv_sec = l->heartbeat_s });
	take_positions(l, &m);
	log_notice("connected", "collector=%s", l->s.collectors[l->at]);
	send_heartbeat(l);
	return NULL;
}

static void
log_rejected(struct link *l, const struct message_ack *m)
{
	for (uint32_t i = 0; i < m->n_rejected; i++) {
		const struct message_rejected *r = &m->rejected[i];

		log_warn("collector put an event to its dead letters",
				"epoch=%llu seq=%llu reason=%.*s", (unsigned long long)m->epoch,
				(unsigned long long)r->seq, (int)r->reason.left,
				(const char *)r->reason.at);
	}
	l->stats.rejected += m->n_rejected;
}

static const char *
hear_ack(struct link *l, struct bytes body)
{
	struct message_ack m;
	const char        *why;
	uint32_t           n = 0;

	if (message_get_ack(&m, body, &why) < 0)
		return why;
	l->attempt = 0;
	log_rejected(l, &m);
	while (n < l->n_in_flight && (l->in_flight[n].epoch < m.epoch ||
			(l->in_flight[n].epoch == m.epoch && l->in_flight[n].last <= m.seq)))
		n++;
	l->n_in_flight -= n;
	memmove(l->in_flight, l->in_flight + n, l->n_in_flight * sizeof(*l->in_flight));
	spool_ack(l->s.spool, m.epoch, m.seq);
	return NULL;
}

/* BYE and ERROR. */
static const char *
hear_bye(struct link *l, struct bytes body)
{
	struct message_bye m;
	const char        *why;

	if (message_get_bye(&m, body, &why) < 0)
		return why;
	l->retry_floor_ms = m.retry_ms < RETRY_LAST_MS ? m.retry_ms : RETRY_LAST_MS;
	if (m.code == MESSAGE_ERROR_REFUSED || m.code == MESSAGE_ERROR_CLONE)
		l->retry_floor_ms = RETRY_LAST_MS;
	if (m.code)
		log_err("collector refuses", "address=%s code=%u text=%.*s",
				l->s.collectors[l->at], m.code, (int)m.text.left,
				m.text.left ? (const char *)m.text.at : "");
	return m.code ? "refused" : "the collector stops";
}

static const struct {
	uint8_t         type;
	enum link_state from, upto; /* when it may come */
	const char *(*hear)(struct link *l, struct bytes body); /* NULL, or why to drop */
} hearing[] = {
	{ FRAME_WELCOME, LINK_GREETING, LINK_GREETING, hear_welcome },
	{ FRAME_ACK, LINK_READY, LINK_READY, hear_ack },
	{ FRAME_BYE, LINK_GREETING, LINK_READY, hear_bye },
	{ FRAME_ERROR, LINK_GREETING, LINK_READY, hear_bye },
};

static void
hear(struct link *l, const struct frame *f)
{
	const char *why = NULL;

	l->heard_ns = clock_mono_ns();
	for (size_t i = 0; i < sizeof(hearing) / sizeof(*hearing); i++) {
		if (hearing[i].type != f->type)
			continue;
		if (l->state < hearing[i].from || l->state > hearing[i].upto)
			why = "a message out of order";
		else
			why = hearing[i].hear(l, f->body);
	}
	if (why)
		drop(l, why);
}

/* Take one frame out of the input. 1: one was heard; 0: not whole yet; -1: dropped. */
static int
hear_one(struct link *l, struct evbuffer *in)
{
	size_t       have = evbuffer_get_length(in);
	uint8_t      head[FRAME_HEAD];
	int64_t      need;
	struct bytes all;
	struct frame f;

	evbuffer_copyout(in, head, sizeof(head));
	need = frame_peek(bytes_of(head, have < sizeof(head) ? have : sizeof(head)), BODY_MAX);
	if (need < 0) {
		drop(l, "a message too long");
		return -1;
	}
	if (need == 0 || have < (size_t)need)
		return 0;
	all = bytes_of(evbuffer_pullup(in, (ev_ssize_t)need), (size_t)need);
	if (frame_next(&f, &all, BODY_MAX) != 1)
		return 0;
	hear(l, &f);
	if (l->state == LINK_DOWN)
		return -1;
	evbuffer_drain(in, (size_t)need);
	return 1;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct link *l = arg;
	int          got;

	if (l->state == LINK_LEAVING) {
		evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
		return;
	}
	while ((got = hear_one(l, bufferevent_get_input(bev))) > 0) {
	}
	if (got < 0)
		return;
	link_pump(l);
	l->s.progress(l->s.progress_arg);
}

/* Everything was handed to the system. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct link *l = arg;

	if (l->rest.len) {
		fault_point("uplink-mid-frame");
		bufferevent_write(bev, l->rest.data, l->rest.len);
		buf_clear(&l->rest);
		return;
	}
	link_pump(l);
}

/* Why a connection failed: the name, the TLS, or the socket. */
static const char *
failure(struct link *l, char text[static 160])
{
	int           dns = bufferevent_socket_get_dns_error(l->bev);
	unsigned long tls = bufferevent_get_openssl_error(l->bev);

	if (dns)
		return evutil_gai_strerror(dns);
	if (tls || l->state != LINK_CONNECTING)
		return tls_why(l->ssl, tls, text);
	return evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR());
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct link *l = arg;
	char         text[160];

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		l->heard_ns = clock_mono_ns();
		send_hello(l);
		return;
	}
	drop(l, what & BEV_EVENT_EOF ? "closed by the other side" : failure(l, text));
}

/* ---- time ---- */

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop(arg, "no answer in time");
}

static void
on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;
	uint64_t     silent_ns = clock_mono_ns() - l->heard_ns;

	(void)fd;
	(void)what;
	if (silent_ns > UINT64_C(3000000000) * l->heartbeat_s) {
		drop(l, "the collector is silent");
		return;
	}
	if (l->rest.len == 0)
		send_heartbeat(l);
	link_pump(l);
	event_add(l->beat, &(struct timeval){ .tv_sec = l->heartbeat_s });
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	connect_next(arg);
}

/* Of a name's addresses only the first is tried: ask for one family, then for the
 * other. */
static int
family(const struct link *l, const char *host)
{
	struct addr a;

	if (addr_parse(&a, host, strlen(host)) == 0)
		return AF_UNSPEC;
	return l->attempt % 2 ? AF_INET6 : AF_INET;
}

static void
connect_next(struct link *l)
{
	struct endpoint to;

	if (l->state != LINK_DOWN)
		return;
	l->state = LINK_CONNECTING;
	l->ssl = tls_session(l->s.tls);
	l->bev = l->ssl ? bufferevent_openssl_socket_new(l->s.base, -1, l->ssl,
					  BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE)
			: NULL;
	if (!l->bev || endpoint_parse(&to, l->s.collectors[l->at]) < 0) {
		drop(l, "no memory");
		return;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(l->bev, 1);
	bufferevent_setcb(l->bev, on_read, on_written, on_event, l);
	bufferevent_enable(l->bev, EV_READ | EV_WRITE);
	event_add(l->deadline, &(struct timeval){ .tv_sec = GREETING_S });
	if (bufferevent_socket_connect_hostname(l->bev, l->dns, family(l, to.host), to.host,
			    to.port) < 0)
		drop(l, "cannot connect");
}

/* ---- life ---- */

int
link_new(struct link **out, const struct link_settings *s)
{
	struct link    *l = calloc(1, sizeof(*l));
	struct endpoint to;
	int             err = -ENOMEM;

	*out = NULL;
	if (!l)
		return -ENOMEM;
	l->s = *s;
	l->log_down = (struct log_limit){ .burst = 3, .every_ms = 60000 };
	for (size_t i = 0; i < s->n_collectors; i++) {
		if (endpoint_parse(&to, s->collectors[i]) < 0 || !to.host[0]) {
			log_err("not HOST:PORT", "collector=%s", s->collectors[i]);
			err = -EINVAL;
			goto fail;
		}
	}
	if (getrandom(&l->instance, sizeof(l->instance), 0) != sizeof(l->instance))
		goto fail;
	l->batch = batch_new();
	l->retry = evtimer_new(s->base, on_retry, l);
	l->deadline = evtimer_new(s->base, on_deadline, l);
	l->beat = evtimer_new(s->base, on_beat, l);
	if (!l->batch || !l->retry || !l->deadline || !l->beat)
		goto fail;
	l->dns = evdns_base_new(s->base,
			EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	*out = l;
	return 0;
fail:
	link_free(l);
	return err;
}

void
link_free(struct link *l)
{
	if (!l)
		return;
	if (l->bev)
		bufferevent_free(l->bev);
	if (l->retry)
		event_free(l->retry);
	if (l->deadline)
		event_free(l->deadline);
	if (l->beat)
		event_free(l->beat);
	if (l->dns)
		evdns_base_free(l->dns, 0);
	batch_free(l->batch);
	buf_release(&l->held_wire);
	buf_release(&l->out);
	buf_release(&l->rest);
	free(l);
}

void
link_start(struct link *l)
{
	connect_next(l);
}

void
link_hurry(struct link *l)
{
	l->hurry = true;
	link_pump(l);
}

void
link_bye(struct link *l)
{
	evtimer_del(l->retry);
	evtimer_del(l->beat);
	if (l->state == LINK_READY) {
		if (!l->rest.len)
			send_heartbeat(l); /* these figures stay while we are away */
		buf_clear(&l->out);
		buf_add(&l->out, l->rest.data, l->rest.len); /* a frame is not left half */
		buf_clear(&l->rest);
		if (message_put_bye(&l->out, &(struct message_bye){ 0 }) == 0)
			bufferevent_write(l->bev, l->out.data, l->out.len);
	}
	l->state = LINK_LEAVING;
}

size_t
link_unsent(const struct link *l)
{
	return l->bev ? evbuffer_get_length(bufferevent_get_output(l->bev)) : 0;
}

const struct link_stats *
link_stats(const struct link *l)
{
	return &l->stats;
}
