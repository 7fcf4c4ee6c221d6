/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that need the store, except batches: HELLO, ENROLL, HEARTBEAT, and the end. */
#include "collector/intake_priv.h"

#include "collector/ca.h"
#include "collector/figures.h"
#include "lib/clock.h"
#include "lib/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
copy_bytes(char *to, size_t len, struct bytes from)
{
	snprintf(to, len, "%.*s", (int)from.left, (const char *)from.at);
}

/* ---- HELLO ---- */

struct hello {
	struct work         work; /* first: see work_back() */
	uint64_t            instance;
	uint32_t            n_spans;
	struct message_span spans[MESSAGE_EPOCHS_MAX];
	uint32_t            interval_s;
	int64_t             clock_offset_ms;
	char                serial[TLS_SERIAL_MAX + 1], version[MESSAGE_NAME_MAX + 1];
	struct store_sensor sensor;
	uint64_t            position[MESSAGE_EPOCHS_MAX]; /* of spans; 0: not known */
	int                 refused; /* what the store says of the certificate */
};

static int
hello_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct hello *h = (struct hello *)j;
	int           err = store_sensor_by_cert(s, &h->sensor, h->serial);

	h->refused = err == -ENOENT || err == -EACCES ? err : 0;
	if (err)
		return h->refused ? 0 : err;
	h->sensor.heartbeat_ns = now_ns;
	h->sensor.gone_ns = 0;
	h->sensor.interval_s = h->interval_s;
	h->sensor.clock_offset_ms = h->clock_offset_ms;
	snprintf(h->sensor.version, sizeof(h->sensor.version), "%s", h->version);
	err = store_sensor_health(s, &h->sensor);
	for (uint32_t i = 0; i < h->n_spans && !err; i++)
		err = store_position(s, h->sensor.id, h->spans[i].epoch, &h->position[i]);
	return err;
}

/* Who else speaks for this sensor? The same program come back takes over; another one,
 * while the first is alive, is a copy of it. */
static bool
takes_over(struct conn *c, const struct hello *h)
{
	struct conn *o, *next;

	for (o = TAILQ_FIRST(&c->in->conns); o; o = next) {
		next = TAILQ_NEXT(o, link);
		if (o == c || o->state != CONN_LIVE || o->sensor.id != h->sensor.id)
			continue;
		if (o->instance != h->instance && clock_mono_ns() < o->deadline_ns)
			return false;
		o->replaced = true;
		conn_close(o, GONE_CLOSED);
	}
	return true;
}

static void
welcome(struct conn *c, const struct hello *h)
{
	struct message_welcome m = {
		.protocol = MESSAGE_PROTOCOL,
		.collector = bytes_str("tocsin"),
		.software = bytes_str(version()),
		.time_ns = clock_wall_ns(),
		.batch_events = BATCH_EVENTS,
		.batch_bytes = BATCH_BYTES,
		.window = WINDOW,
	};
	struct buf out = {0};

	for (uint32_t i = 0; i < h->n_spans; i++)
		if (h->position[i])
			m.positions[m.n_positions++] = (struct message_position){
				h->spans[i].epoch, h->position[i]};
	if (h->n_spans) {
		c->epoch = h->spans[h->n_spans - 1].epoch;
		c->position = h->position[h->n_spans - 1];
	}
	c->in->n_greeting--;
	c->state = CONN_LIVE;
	message_put_welcome(&out, &m);
	conn_send(c, &out);
	conn_heard(c);
	conn_resume(c);
}

static void
hello_finish(struct work *w)
{
	struct hello *h = (struct hello *)w;
	struct conn  *c = w->conn;

	if (c->state != CONN_ASKING)
		return;
	c->state = CONN_GREETING; /* in case it is refused */
	c->in->n_greeting++;
	if (w->err) {
		conn_error(
			c, MESSAGE_ERROR_STORE, RETRY_MS, "the store cannot be written");
	} else if (h->refused) {
		conn_refuse(c, h->refused == -EACCES ? REFUSED_REVOKED : REFUSED_UNKNOWN,
			h->refused == -EACCES ? "the certificate is revoked"
					      : "the certificate was not given out here");
	} else if (!takes_over(c, h)) {
		conn_refuse(c, REFUSED_CLONE, "this sensor is connected from elsewhere");
	} else {
		c->sensor = h->sensor;
		c->instance = h->instance;
		welcome(c, h);
	}
}

/* The connection waits for the writer's answer. */
static void
ask(struct conn *c, struct work *w)
{
	c->in->n_greeting--;
	c->state = CONN_ASKING;
	c->paused = true;
	work_add(c, w);
}

static uint32_t
interval_of(uint32_t wished_s)
{
	if (wished_s == 0)
		return FLEET_INTERVAL_S;
	return wished_s < INTERVAL_MIN_S   ? INTERVAL_MIN_S
	       : wished_s > INTERVAL_MAX_S ? INTERVAL_MAX_S
					   : wished_s;
}

static int64_t
offset_ms(uint64_t theirs_ns, uint64_t ours_ns)
{
	return theirs_ns ? ((int64_t)theirs_ns - (int64_t)ours_ns) / 1000000 : 0;
}

int
work_hello(struct conn *c, struct bytes body, const char **why)
{
	struct message_hello m = {0};
	struct hello        *h;

	if (message_get_hello(&m, body, why))
		return -EBADMSG;
	if (m.protocol < MESSAGE_PROTOCOL) {
		*why = "a version of the protocol that is no longer spoken";
		return -EBADMSG;
	}
	if (!bytes_is(m.sensor, c->name)) {
		conn_refuse(
			c, REFUSED_NAME, "HELLO has another name than the certificate");
		return 0;
	}
	h = calloc(1, sizeof(*h));
	if (!h) {
		conn_error(c, MESSAGE_ERROR_BUSY, RETRY_MS, "no memory");
		return 0;
	}
	h->work.job.work = hello_work;
	h->work.job.urgent = true;
	h->work.finish = hello_finish;
	h->instance = m.instance;
	h->n_spans = m.n_spans;
	memcpy(h->spans, m.spans, sizeof(h->spans));
	h->interval_s = interval_of(m.heartbeat_s);
	h->clock_offset_ms = offset_ms(m.time_ns, clock_wall_ns());
	snprintf(h->serial, sizeof(h->serial), "%s", c->serial);
	copy_bytes(h->version, sizeof(h->version), m.software);
	ask(c, &h->work);
	return 0;
}

/* ---- ENROLL ---- */

struct enroll {
	struct work         work; /* first: see work_back() */
	struct ca          *ca;
	bool                renewal; /* of the certificate that it shows */
	char                id[TOKEN_ID_LEN + 1], serial[TLS_SERIAL_MAX + 1];
	uint8_t             hash[32];
	struct buf          csr;
	struct store_sensor sensor;
	struct ca_issued    issued;
	const char         *refused; /* why, for people */
	bool                was_live;
};

/* Whose request it is. 0, or -errno of the store; what is wrong with the request is in
 * refused. */
static int
enroll_who(struct enroll *e, struct store *s)
{
	uint8_t  hash[32];
	uint32_t id;
	int      err;

	if (e->renewal) {
		err = store_sensor_by_cert(s, &e->sensor, e->serial);
		if (err == -ENOENT || err == -EACCES)
			e->refused = "the certificate that it shows is not good";
		return e->refused ? 0 : err;
	}
	err = store_token_get(s, e->id, hash, &id);
	if (err == -ENOENT || (!err && !token_same(hash, e->hash)))
		e->refused = "there is no such token";
	else if (err == -ETIME)
		e->refused = "the token has expired";
	else if (err == -EALREADY)
		e->refused = "the token was used already";
	if (e->refused || err)
		return e->refused ? 0 : err;
	err = store_token_use(s, e->id);
	return err ? err : store_sensor_by_id(s, &e->sensor, id);
}

static int
enroll_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct enroll *e = (struct enroll *)j;
	int            err;

	e->refused = NULL;
	buf_release(&e->issued.der); /* of a first try */
	err = enroll_who(e, s);
	if (err || e->refused)
		return err;
	err = ca_sign(e->ca, &e->issued, e->sensor.name,
		bytes_of(e->csr.data, e->csr.len), now_ns);
	if (err)
		return err;
	return store_cert_add(s, e->sensor.id, e->issued.serial, e->issued.until_ns);
}

static void
enroll_release(struct work *w)
{
	struct enroll *e = (struct enroll *)w;

	buf_release(&e->csr);
	buf_release(&e->issued.der);
}

static void
enrolled(struct conn *c, const struct enroll *e)
{
	struct message_enrolled m = {
		.sensor = bytes_str(e->sensor.name),
		.site = bytes_str(e->sensor.site_name),
		.cert = bytes_of(e->issued.der.data, e->issued.der.len),
		.ca = ca_cert(e->ca),
	};
	struct buf out = {0};

	c->enrolled = true;
	figure_add(c->in->set.figures, FIGURE_ENROLLED, 1);
	log_notice(e->renewal ? "a certificate was renewed" : "a sensor enrolled",
		"sensor=%s site=%s peer=%s serial=%s", e->sensor.name,
		e->sensor.site_name, c->peer, e->issued.serial);
	message_put_enrolled(&out, &m);
	conn_send(c, &out);
	conn_resume(c);
}

static void
enroll_finish(struct work *w)
{
	struct enroll *e = (struct enroll *)w;
	struct conn   *c = w->conn;

	if (c->state != CONN_ASKING)
		return;
	c->state = e->was_live ? CONN_LIVE : CONN_GREETING;
	c->in->n_greeting += !e->was_live;
	c->deadline_ns = clock_mono_ns() + GREETING_S * SECOND_NS;
	if (e->refused)
		conn_refuse(c, REFUSED_TOKEN, e->refused);
	else if (w->err == -EBADMSG)
		conn_refuse(
			c, REFUSED_TOKEN, "the request for a certificate is malformed");
	else if (w->err)
		conn_error(
			c, MESSAGE_ERROR_STORE, RETRY_MS, "the store cannot be written");
	else
		enrolled(c, e);
}

int
work_enroll(struct conn *c, struct bytes body, const char **why)
{
	struct message_enroll m = {0};
	struct enroll        *e;

	if (message_get_enroll(&m, body, why))
		return -EBADMSG;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -EBADMSG;
	e->work.job.work = enroll_work;
	e->work.job.urgent = true;
	e->work.finish = enroll_finish;
	e->work.release = enroll_release;
	e->ca = c->in->set.ca;
	e->was_live = c->state == CONN_LIVE;
	e->renewal = c->name[0] && m.token.left == 0;
	snprintf(e->serial, sizeof(e->serial), "%s", c->serial);
	if (!e->renewal &&
		token_parse((const char *)m.token.at, m.token.left, e->id, e->hash)) {
		free(e);
		conn_refuse(c, REFUSED_TOKEN, "there is no such token");
		return 0;
	}
	buf_add(&e->csr, m.csr.at, m.csr.left);
	c->in->n_greeting += e->was_live; /* ask() takes it off */
	ask(c, &e->work);
	return 0;
}

/* ---- HEARTBEAT, and the end ---- */

struct pulse {
	struct work         work; /* first: see work_back() */
	struct store_sensor sensor;
};

static int
health_work(struct job *j, struct store *s, uint64_t now_ns)
{
	(void)now_ns;
	return store_sensor_health(s, &((struct pulse *)j)->sensor);
}

static void
health_finish(struct work *w)
{
	(void)w; /* the next one tells the same again */
}

static void
save_health(struct conn *c)
{
	struct pulse *h = calloc(1, sizeof(*h));

	if (!h)
		return;
	h->work.job.work = health_work;
	h->work.finish = health_finish;
	h->sensor = c->sensor;
	work_add(c, &h->work);
}

static bool
interface_down(const struct message_heartbeat *m)
{
	for (uint32_t i = 0; i < m->n_interfaces; i++)
		if (!m->interfaces[i].up)
			return true;
	return false;
}

static void
note_heartbeat(struct store_sensor *s, const struct message_heartbeat *m, uint64_t now_ns)
{
	uint64_t drops = m->kernel_drops + m->own_drops;

	/* Fewer than before: it started anew, and counts from 0. */
	if (drops > s->kernel_drops || (drops < s->kernel_drops && drops) ||
		interface_down(m))
		s->drops_ns = now_ns;
	s->heartbeat_ns = now_ns;
	s->kernel_drops = drops;
	s->packets = m->packets;
	s->packet_ns = m->last_packet_ns <= INT64_MAX ? m->last_packet_ns : 0;
	s->spool_depth = m->spool_events;
	s->clock_offset_ms = offset_ms(m->time_ns, now_ns);
	copy_bytes(s->ruleset, sizeof(s->ruleset), m->ruleset);
	if (m->software.left)
		copy_bytes(s->version, sizeof(s->version), m->software);
}

int
work_heartbeat(struct conn *c, struct bytes body, const char **why)
{
	struct message_heartbeat m = {0};
	struct message_ack       ack = {.epoch = c->epoch, .seq = c->position};
	struct buf               out = {0};

	if (message_get_heartbeat(&m, body, why))
		return -EBADMSG;
	note_heartbeat(&c->sensor, &m, clock_wall_ns());
	save_health(c);
	message_put_ack(&out, &ack);
	conn_send(c, &out);
	return 0;
}

void
work_gone(struct conn *c, const char *why)
{
	c->sensor.gone_ns = clock_wall_ns();
	snprintf(c->sensor.gone_why, sizeof(c->sensor.gone_why), "%s", why);
	save_health(c);
}
