/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: taken apart and checked here, stored by the writer, acknowledged after the
 * commit. */
#include "collector/intake_priv.h"

#include "collector/correlate.h"
#include "collector/eve.h"
#include "collector/figures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One event of it. */
struct item {
	struct event event;
	struct bytes wire;
	const char  *why; /* it is malformed; NULL: it is well */
};

struct batch_work {
	struct work   work; /* first: see work_back() */
	struct batch *batch;
	struct item  *items; /* their bytes are the batch's */
	uint32_t      n;
	size_t        bytes; /* of memory, about */
	bool          cut;   /* what follows the items cannot be told apart: */
	struct range  rest;  /* these numbers … */
	struct bytes  rest_bytes;
	uint32_t      sensor, site;
	char          ruleset[65];
	/* what the writer says */
	uint64_t    position, n_new, n_again, n_dead;
	const char *bad; /* drop the peer */
};

/* ---- in the intake's thread: what is in it ---- */

/* Why this event cannot be stored as it is. */
static const char *
fault_of(const struct event *e)
{
	if (e->ts_ns > INT64_MAX)
		return "ts_ns: beyond the year 2262";
	if (e->eve.left && !eve_ok(e->eve))
		return "eve: not JSON on one line";
	if (e->type == EVENT_LOSS &&
		(e->loss_first == 0 || e->loss_first > e->loss_last ||
			e->loss_last > INT64_MAX))
		return "loss_first, loss_last: no range";
	return NULL;
}

static int
add_item(struct batch_work *b, uint64_t seq, struct bytes wire)
{
	struct item *i = &b->items[b->n];

	if (b->n >= batch_count(b->batch))
		return -EBADMSG; /* the batch's own count has been checked: never */
	*i = (struct item){.wire = wire};
	if (event_decode(&i->event, wire, &i->why) == 0)
		i->why = fault_of(&i->event);
	i->event.epoch = batch_epoch(b->batch);
	i->event.seq = seq;
	b->bytes += wire.left;
	b->n++;
	return 0;
}

static int
take_apart(struct batch_work *b, struct bytes body, const char **why)
{
	uint64_t     seq;
	struct bytes wire;
	int          more;

	if (batch_get(b->batch, body, why))
		return -EBADMSG;
	b->items = calloc(batch_count(b->batch), sizeof(*b->items));
	if (!b->items) {
		*why = "no memory";
		return -ENOMEM;
	}
	b->bytes = batch_count(b->batch) * sizeof(*b->items);
	while ((more = batch_next(b->batch, &seq, &wire)) > 0)
		if (add_item(b, seq, wire))
			return -EBADMSG;
	b->cut = more < 0;
	b->rest = (struct range){seq, batch_last(b->batch)};
	b->rest_bytes = wire;
	return 0;
}

/* ---- in the writer's thread ---- */

static int
store_dead(struct store *s, struct batch_work *b, uint64_t seq, const char *why,
	struct bytes bytes, uint64_t now_ns)
{
	struct store_dead_letter d = {.sensor = b->sensor,
		.epoch = batch_epoch(b->batch),
		.seq = seq,
		.received_ns = now_ns,
		.reason = why,
		.bytes = bytes};

	b->n_dead++;
	return store_dead_letter_add(s, &d);
}

static int
store_loss_of(struct store *s, const struct batch_work *b, const struct event *e)
{
	struct store_loss l = {
		.sensor = b->sensor,
		.epoch = e->loss_epoch ? e->loss_epoch : e->epoch,
		.seq = e->seq,
		.first = e->loss_first,
		.last = e->loss_last,
		.count = e->loss_count,
		.cause = event_loss_name(e->loss_cause),
		.since_ns = e->ts_ns,
	};

	return store_loss_add(s, &l);
}

static int
store_item(struct store *s, struct batch_work *b, const struct item *i, uint64_t now_ns)
{
	struct store_event e = {.sensor = b->sensor,
		.site = b->site,
		.received_ns = now_ns,
		.wire = i->wire,
		.event = i->event};
	int                err = store_take(s, b->sensor, i->event.epoch, i->event.seq);

	if (err == 0)
		b->n_again++;
	if (err <= 0)
		return err;
	if (i->why)
		return store_dead(s, b, i->event.seq, i->why, i->wire, now_ns);
	b->n_new++;
	err = i->event.type == EVENT_LOSS ? store_loss_of(s, b, &i->event) : 0;
	if (!err)
		err = correlate_event(s, &correlate_defaults, &e, b->ruleset);
	return err ? err : store_event_add(s, &e);
}

static int
store_rest(struct store *s, struct batch_work *b, uint64_t now_ns)
{
	int err = store_take_range(s, b->sensor, batch_epoch(b->batch), b->rest);

	return err ? err
		   : store_dead(s, b, b->rest.first,
			     "the batch ends in the middle of an event", b->rest_bytes,
			     now_ns);
}

static int
batch_store(struct job *j, struct store *s, uint64_t now_ns)
{
	struct batch_work *b = (struct batch_work *)j;
	int                err = 0;

	b->n_new = b->n_again = b->n_dead = 0;
	b->bad = NULL;
	for (uint32_t i = 0; i < b->n && !err; i++)
		err = store_item(s, b, &b->items[i], now_ns);
	if (!err && b->cut)
		err = store_rest(s, b, now_ns);
	if (err == -ENOBUFS || err == -EINVAL) {
		b->bad = err == -EINVAL ? "sequence numbers are 1 to 2^63-1"
					: "too many holes in one epoch";
		err = 0; /* what was stored before stays; it is not acknowledged */
	}
	if (!err)
		err = store_position(s, b->sensor, batch_epoch(b->batch), &b->position);
	return err ? err
		   : store_sensor_stored(
			     s, b->sensor, batch_epoch(b->batch), b->position);
}

/* ---- back in the intake's thread ---- */

static void
acknowledge(struct conn *c, const struct batch_work *b)
{
	struct message_ack ack = {.epoch = batch_epoch(b->batch), .seq = b->position};
	struct buf         out = {0};

	for (uint32_t i = 0; i < b->n && ack.n_rejected < MESSAGE_REJECTED_MAX; i++)
		if (b->items[i].why)
			ack.rejected[ack.n_rejected++] = (struct message_rejected){
				b->items[i].event.seq, bytes_str(b->items[i].why)};
	c->epoch = ack.epoch;
	c->position = ack.seq;
	message_put_ack(&out, &ack);
	conn_send(c, &out);
}

static void
batch_finish(struct work *w)
{
	struct batch_work *b = (struct batch_work *)w;
	struct conn       *c = w->conn;
	struct figures    *f = c->in->set.figures;

	c->in->queued -= b->bytes;
	c->n_batches--;
	if (!w->err) {
		figure_add(f, FIGURE_BATCHES, 1);
		figure_add(f, FIGURE_EVENTS, (int64_t)b->n_new);
		figure_add(f, FIGURE_DUPLICATES, (int64_t)b->n_again);
		figure_add(f, FIGURE_DEAD, (int64_t)b->n_dead);
	}
	if (c->state != CONN_LIVE)
		return;
	if (w->err) {
		conn_error(
			c, MESSAGE_ERROR_STORE, RETRY_MS, "the store cannot be written");
	} else if (b->bad) {
		conn_error(c, MESSAGE_ERROR_PROTOCOL, RETRY_MS, b->bad);
	} else {
		acknowledge(c, b);
		conn_resume(c);
	}
}

static void
batch_release(struct work *w)
{
	struct batch_work *b = (struct batch_work *)w;

	batch_free(b->batch);
	free(b->items);
}

int
work_batch(struct conn *c, struct bytes body, const char **why)
{
	struct batch_work *b = calloc(1, sizeof(*b));
	int                err = b ? 0 : -ENOMEM;

	if (!err)
		b->batch = batch_new();
	if (!err && !b->batch)
		err = -ENOMEM;
	if (err)
		*why = "no memory";
	if (!err)
		err = take_apart(b, body, why);
	if (err) {
		if (b)
			batch_release(&b->work);
		free(b);
		return -EBADMSG;
	}
	b->work.job.work = batch_store;
	b->work.job.weight = b->n;
	b->work.finish = batch_finish;
	b->work.release = batch_release;
	b->sensor = c->sensor.id;
	b->site = c->sensor.site;
	snprintf(b->ruleset, sizeof(b->ruleset), "%s", c->sensor.ruleset);
	c->in->queued += b->bytes;
	c->n_batches++;
	work_add(c, &b->work);
	return 0;
}
