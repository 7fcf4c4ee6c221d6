/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/stream.h"

#include "collector/serve_priv.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define KEEPALIVE_S 15
#define EVENTS_MAX 500 /* in one portion */
#define INCIDENTS_MAX 200

struct watcher {
	TAILQ_ENTRY(watcher) link;
	struct streams        *all;
	struct evhttp_request *req;
	uint64_t               after, change; /* what it has */
	uint32_t               quiet_s;
	bool                   busy;   /* a portion is on its way */
	bool                   behind; /* there was more when that one was made */
	bool                   due;    /* for changes of incidents */
};

struct streams {
	struct store_reader *reader;
	struct json          line;
	uint32_t             n;
	TAILQ_HEAD(, watcher) watchers;
};

struct portion {
	struct watcher  *w;
	struct evbuffer *out;
	uint32_t         left;
	bool             more;
};

struct streams *
streams_new(struct store_reader *reader)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->reader = reader;
	TAILQ_INIT(&s->watchers);
	json_init_heap(&s->line);
	return s;
}

static void
forget(struct watcher *w)
{
	TAILQ_REMOVE(&w->all->watchers, w, link);
	w->all->n--;
	free(w);
}

void
streams_free(struct streams *s)
{
	struct watcher *w;

	if (!s)
		return;
	while ((w = TAILQ_FIRST(&s->watchers))) {
		evhttp_connection_set_closecb(
			evhttp_request_get_connection(w->req), NULL, NULL);
		evhttp_send_reply_end(w->req);
		forget(w);
	}
	json_release(&s->line);
	free(s);
}

/* ---- one portion ---- */

static void
put_line(struct portion *p, struct json *j)
{
	json_obj_end(j);
	if (j->failed)
		return;
	evbuffer_add(p->out, j->buf, j->len);
	evbuffer_add(p->out, "\n", 1);
}

static bool
event_line(void *arg, const struct store_event *e)
{
	struct portion *p = arg;
	struct json    *j = &p->w->all->line;

	p->more = p->left == 0;
	if (p->more)
		return false;
	p->left--;
	json_reset(j);
	json_obj(j, NULL);
	json_str(j, "type", "event");
	put_event_members(j, p->w->all->reader, e);
	put_line(p, j);
	p->w->after = e->id;
	return true;
}

static bool
incident_line(void *arg, const struct incident *i)
{
	struct portion *p = arg;
	struct json    *j = &p->w->all->line;

	p->more = p->left == 0;
	if (p->more)
		return false;
	p->left--;
	json_reset(j);
	json_obj(j, NULL);
	json_str(j, "type", "incident");
	put_incident_members(j, p->w->all->reader, i);
	put_line(p, j);
	p->w->change = i->change;
	return true;
}

static int
fill(struct watcher *w, struct evbuffer *out)
{
	static const struct store_filter all;
	struct store_reader             *r = w->all->reader;
	struct portion                   p = {.w = w, .out = out, .left = EVENTS_MAX};
	int                              err = store_read_begin(r);

	if (err)
		return err;
	err = store_events(r, &all, w->after + 1, event_line, &p);
	w->behind = p.more;
	/* Every event changes its incident: once a second is news enough. */
	p = (struct portion){.w = w, .out = out, .left = INCIDENTS_MAX};
	if (!err && w->due)
		err = store_changed(r, w->change, incident_line, &p);
	w->behind |= p.more;
	w->due = p.more;
	store_read_end(r);
	return err;
}

static void feed(struct watcher *w);

/* The socket has taken it all. */
static void
portion_sent(struct evhttp_connection *evcon, void *arg)
{
	struct watcher *w = arg;

	(void)evcon;
	w->busy = false;
	if (w->behind)
		feed(w);
}

static void
send_portion(struct watcher *w, struct evbuffer *out)
{
	w->busy = true;
	w->quiet_s = 0;
	evhttp_send_reply_chunk_with_cb(w->req, out, portion_sent, w);
}

static void
feed(struct watcher *w)
{
	struct evbuffer *out;
	int              err;

	if (w->busy) {
		w->behind = true;
		return;
	}
	out = evbuffer_new();
	if (!out)
		return; /* the next commit tries again */
	err = fill(w, out);
	if (err)
		log_err("a stream cannot be fed", "error=%s reason=\"%s\"",
			strerror(-err), store_reader_error(w->all->reader));
	if (evbuffer_get_length(out))
		send_portion(w, out);
	evbuffer_free(out);
}

void
streams_feed(struct streams *s)
{
	struct watcher *w;

	TAILQ_FOREACH (w, &s->watchers, link)
		feed(w);
}

void
streams_tick(struct streams *s)
{
	static const char word[] = "{\"type\":\"keepalive\"}\n";
	struct watcher   *w;

	TAILQ_FOREACH (w, &s->watchers, link) {
		struct evbuffer *out;

		w->due = true;
		feed(w);
		if (++w->quiet_s < KEEPALIVE_S || w->busy)
			continue;
		out = evbuffer_new();
		if (!out)
			return;
		evbuffer_add(out, word, sizeof(word) - 1);
		send_portion(w, out);
		evbuffer_free(out);
	}
}

/* ---- coming and going ---- */

static void
gone(struct evhttp_connection *evcon, void *arg)
{
	struct watcher *w = arg;

	(void)evcon;
	request_gone(w->req);
	forget(w);
}

int
streams_newest(struct streams *s, uint64_t *out)
{
	return store_last_event(s->reader, out);
}

int
streams_add(struct streams *s, struct evhttp_request *req, uint64_t after)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);
	struct watcher           *w = calloc(1, sizeof(*w));
	int                       err;

	if (!w)
		return -ENOMEM;
	w->all = s;
	w->req = req;
	w->after = after;
	w->due = true;
	err = store_last_change(s->reader, &w->change);
	if (err) {
		free(w);
		return err;
	}
	TAILQ_INSERT_TAIL(&s->watchers, w, link);
	s->n++;
	evhttp_connection_set_closecb(evcon, gone, w);
	evhttp_connection_set_timeout(evcon, 0); /* it need not say any more */
	evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
		"application/x-ndjson");
	evhttp_send_reply_start(req, 200, "OK");
	feed(w);
	return 0;
}

uint32_t
streams_count(const struct streams *s)
{
	return s->n;
}
