/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: bytes in, frames out of them, and how it ends. */
#include "collector/intake_priv.h"

#include "collector/figures.h"
#include "collector/store_read.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ending ---- */

static void
leave_greeting(struct conn *c)
{
	if (c->state <= CONN_GREETING)
		c->in->n_greeting--;
}

static void
conn_free(struct conn *c)
{
	TAILQ_REMOVE(&c->in->conns, c, link);
	free(c);
}

/* A peer without a certificate that got none either had no business here. */
static void
judge(struct conn *c)
{
	if (c->state == CONN_GREETING && !c->name[0] && !c->enrolled)
		intake_refused(
			c->in, REFUSED_NO_CERT, c->peer, "", "it shows no certificate");
}

void
conn_close(struct conn *c, const char *why)
{
	bool live = c->state == CONN_LIVE || (c->state == CONN_CLOSING && c->sensor.id);

	if (c->state == CONN_GONE)
		return;
	judge(c);
	leave_greeting(c);
	if (c->state != CONN_HANDSHAKE)
		SSL_shutdown(c->ssl);
	bufferevent_free(c->bev);
	c->bev = NULL;
	c->state = CONN_GONE;
	figure_add(c->in->set.figures, FIGURE_CONNECTIONS, -1);
	if (live && !c->replaced)
		work_gone(c, why);
	if (c->n_work == 0)
		conn_free(c);
}

void
conn_work_done(struct conn *c)
{
	c->n_work--;
	if (c->n_work == 0 && c->state == CONN_GONE)
		conn_free(c);
}

void
conn_send(struct conn *c, struct buf *out)
{
	if (c->bev && c->state != CONN_GONE)
		bufferevent_write(c->bev, out->data, out->len);
	buf_release(out);
}

/* No more is read; when what is written has gone, so does the connection. */
static void
close_after(struct conn *c, struct buf *out)
{
	if (c->state == CONN_GONE) {
		buf_release(out);
		return;
	}
	leave_greeting(c);
	c->state = CONN_CLOSING;
	c->deadline_ns = clock_mono_ns() + GREETING_S * SECOND_NS;
	bufferevent_disable(c->bev, EV_READ);
	conn_send(c, out);
}

void
conn_error(struct conn *c, enum message_error code, uint32_t retry_ms, const char *text)
{
	struct message_bye m = {
		.code = code, .retry_ms = retry_ms, .text = bytes_str(text)};
	struct buf out = {0};

	message_put_error(&out, &m);
	close_after(c, &out);
}

void
conn_bye(struct conn *c)
{
	struct message_bye m = {
		.retry_ms = 1000, .text = bytes_str("the collector stops")};
	struct buf out = {0};

	message_put_bye(&out, &m);
	close_after(c, &out);
}

void
conn_refuse(struct conn *c, enum refusal why, const char *text)
{
	intake_refused(c->in, why, c->peer, c->name, text);
	c->enrolled =
		true; /* it is counted: not once more as a peer without a certificate */
	conn_error(c, why == REFUSED_CLONE ? MESSAGE_ERROR_CLONE : MESSAGE_ERROR_REFUSED,
		60000, text);
}

/* What it sent makes no sense. */
static void
conn_drop(struct conn *c, const char *why)
{
	uint32_t held;

	figure_add(c->in->set.figures, FIGURE_DROPPED, 1);
	if (log_allowed(&c->in->limits[LOG_DROPPED], clock_mono_ns(), &held))
		log_warn("a peer was dropped",
			"peer=%s sensor=%s reason=\"%s\" held_back=%u", c->peer, c->name,
			why, held);
	conn_error(c, MESSAGE_ERROR_PROTOCOL, 0, why);
}

/* ---- frames ---- */

void
conn_heard(struct conn *c)
{
	c->deadline_ns = clock_mono_ns() + 3ull * c->sensor.interval_s * SECOND_NS;
}

static int
greeting(struct conn *c, const struct frame *f, const char **why)
{
	if (f->type == FRAME_ENROLL)
		return work_enroll(c, f->body, why);
	if (f->type != FRAME_HELLO) {
		*why = "the first frame is no HELLO";
		return -EBADMSG;
	}
	if (!c->name[0]) {
		conn_refuse(
			c, REFUSED_NO_CERT, "HELLO without a certificate: enrol first");
		return 0;
	}
	return work_hello(c, f->body, why);
}

static int
live(struct conn *c, const struct frame *f, const char **why)
{
	conn_heard(c);
	switch (f->type) {
	case FRAME_BATCH:
		return work_batch(c, f->body, why);
	case FRAME_HEARTBEAT:
		return work_heartbeat(c, f->body, why);
	case FRAME_ENROLL:
		return work_enroll(c, f->body, why);
	case FRAME_BYE:
		conn_close(c, GONE_CLOSED);
		return 0;
	case FRAME_HELLO:
		*why = "a second HELLO";
		return -EBADMSG;
	default:
		return 0; /* of a later version */
	}
}

/* Is it to be read from now? */
static bool
may_read(const struct conn *c)
{
	return !c->paused && (c->state == CONN_GREETING || c->state == CONN_LIVE);
}

static void
pause_if_full(struct conn *c)
{
	bool full = c->state == CONN_ASKING || c->in->draining ||
		    c->n_batches >= WINDOW || c->in->queued > QUEUED_MAX;

	if (c->state == CONN_GONE || c->state == CONN_CLOSING || c->paused || !full)
		return;
	c->paused = true;
	bufferevent_disable(c->bev, EV_READ);
}

/* One frame, if a whole one is there. */
static bool
take_frame(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	uint32_t         body_max =
                c->state == CONN_LIVE ? FRAME_BODY_MAX : FRAME_BODY_MAX_GREETING;
	uint8_t    head[FRAME_HEAD];
	ev_ssize_t got = evbuffer_copyout(in, head, sizeof(head));
	int64_t whole = frame_peek(bytes_of(head, got > 0 ? (size_t)got : 0), body_max);
	struct frame f;
	struct bytes bytes;
	const char  *why = "a frame above the limit";
	int          err = whole < 0 ? -EBADMSG : 0;

	if (!err && (whole == 0 || (size_t)whole > evbuffer_get_length(in)))
		return false;
	if (!err) {
		bytes = bytes_of(evbuffer_pullup(in, whole), (size_t)whole);
		frame_next(&f, &bytes, body_max);
		figure_add(c->in->set.figures, FIGURE_BYTES, whole);
		err = c->state == CONN_LIVE ? live(c, &f, &why) : greeting(c, &f, &why);
	}
	if (err)
		conn_drop(c, why);
	if (!err && c->state != CONN_GONE)
		evbuffer_drain(in, (size_t)whole);
	return !err;
}

static void
take_frames(struct conn *c)
{
	/* A BYE frees the connection: hold on to it until we are through. */
	c->n_work++;
	while (may_read(c) && take_frame(c))
		pause_if_full(c);
	conn_work_done(c);
}

void
conn_resume(struct conn *c)
{
	if (!c->paused || c->in->draining || c->n_batches >= WINDOW ||
		c->in->queued > QUEUED_MAX / 2 ||
		(c->state != CONN_LIVE && c->state != CONN_GREETING))
		return;
	c->paused = false;
	bufferevent_enable(c->bev, EV_READ);
	take_frames(c);
}

/* ---- the bufferevent ---- */

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	take_frames(arg);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->state == CONN_CLOSING)
		conn_close(c, c->in->draining ? GONE_RESTART : GONE_CLOSED);
}

/* The handshake is over: who is it? */
static void
on_handshake(struct conn *c)
{
	uint32_t sensor;
	bool     good;
	int      err;

	c->state = CONN_GREETING;
	c->deadline_ns = clock_mono_ns() + GREETING_S * SECOND_NS;
	if (!tls_has_peer(c->ssl))
		return;
	if (tls_peer_sensor(c->ssl, c->name) < 0) {
		conn_refuse(c, REFUSED_CERT, "the certificate names no sensor");
		return;
	}
	tls_peer_serial(c->ssl, c->serial);
	err = store_cert_state(c->in->reader, c->serial, &sensor, &good);
	if (err)
		conn_error(c, MESSAGE_ERROR_STORE, RETRY_MS, "the store cannot be read");
	else if (!sensor)
		conn_refuse(c, REFUSED_UNKNOWN,
			"the certificate is not one that was given out");
	else if (!good)
		conn_refuse(c, REFUSED_REVOKED, "the certificate is revoked");
}

/* A handshake failed: was it for the certificate? */
static void
on_bad_handshake(struct conn *c)
{
	unsigned long error = bufferevent_get_openssl_error(c->bev);
	long          verified = SSL_get_verify_result(c->ssl);
	char          text[160];

	tls_why(c->ssl, error, text);
	if (verified != X509_V_OK)
		intake_refused(c->in,
			verified == X509_V_ERR_CERT_REVOKED ? REFUSED_REVOKED
							    : REFUSED_CERT,
			c->peer, "", text);
	else
		figure_add(c->in->set.figures, FIGURE_DROPPED, 1);
}

static const char *
how_it_ended(short what, int err)
{
	if (what & BEV_EVENT_EOF || err == ECONNRESET || err == EPIPE || err == 0)
		return GONE_CLOSED;
	return GONE_LOST;
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;
	int          err = EVUTIL_SOCKET_ERROR();

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		on_handshake(c);
		return;
	}
	if (c->state == CONN_HANDSHAKE)
		on_bad_handshake(c);
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		conn_close(c, how_it_ended(what, err));
}

struct conn *
conn_new(struct intake *in, int fd, const char *peer)
{
	struct conn   *c = calloc(1, sizeof(*c));
	struct ssl_st *ssl = c ? tls_session(in->tls) : NULL;

	if (!ssl) {
		free(c);
		return NULL;
	}
	c->bev = bufferevent_openssl_socket_new(in->set.base, fd, ssl,
		BUFFEREVENT_SSL_ACCEPTING,
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!c->bev) {
		SSL_free(ssl);
		free(c);
		return NULL;
	}
	c->in = in;
	c->ssl = ssl;
	c->deadline_ns = clock_mono_ns() + GREETING_S * SECOND_NS;
	c->sensor.interval_s = FLEET_INTERVAL_S;
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, FRAME_BODY_MAX + FRAME_HEAD);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	TAILQ_INSERT_TAIL(&in->conns, c, link);
	in->n_greeting++;
	figure_add(in->set.figures, FIGURE_CONNECTIONS, 1);
	figure_add(in->set.figures, FIGURE_CONNECTIONS_TOTAL, 1);
	return c;
}
