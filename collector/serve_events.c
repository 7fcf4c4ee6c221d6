/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCAP_HEAD 24         /* bytes of a capture file before its first packet */
#define PCAP_MAX (64u << 20) /* of an answer */
#define MOMENTS_MAX 10000    /* of a timeline */

/* ---- events ---- */

int
put_event_members(struct json *j, struct store_reader *r, const struct store_event *e)
{
	static const char *const types[] = {NULL, "alert", "loss", "context", "observed"};
	const struct event      *v = &e->event;
	char                     sensor[65], site[65], epoch[24];
	int err = store_sensor_name(r, e->sensor, sensor, sizeof(sensor));

	if (!err)
		err = store_site_name(r, e->site, site, sizeof(site));
	if (err)
		return err;
	snprintf(epoch, sizeof(epoch), "%llu", (unsigned long long)v->epoch);
	put_id(j, "id", e->id);
	json_str(j, "kind", v->type < 5 ? types[v->type] : "other");
	json_str(j, "sensor", sensor);
	json_str(j, "site", site);
	json_str(j, "epoch", epoch);
	json_u64(j, "seq", v->seq);
	json_time(j, "time", v->ts_ns);
	json_time(j, "received", e->received_ns);
	json_u64(j, "severity", v->severity);
	json_u64(j, "gid", v->gid);
	json_u64(j, "sid", v->sid);
	json_u64(j, "rev", v->rev);
	json_u64(j, "suppressed", v->suppressed);
	put_id(j, "alert", e->alert);
	json_bool(j, "has_packets", v->packets.left > PCAP_HEAD);
	if (v->eve.left)
		json_raw(j, "eve", (const char *)v->eve.at, v->eve.left);
	else
		json_nil(j, "eve");
	return 0;
}

struct listing {
	struct call *c;
	uint64_t     left, last;
	bool         more;
	int          err;
};

static bool
event_item(void *arg, const struct store_event *e)
{
	struct listing *l = arg;

	l->more = l->left == 0;
	if (l->more)
		return false;
	l->left--;
	l->last = e->id;
	json_obj(&l->c->out, NULL);
	l->err = put_event_members(&l->c->out, l->c->reader, e);
	json_obj_end(&l->c->out);
	return l->err == 0;
}

/* Names to numbers; *any false: a name that nothing has, so nothing fits. */
static int
read_names(struct call *c, struct store_filter *f, bool *any)
{
	const char *sensor = call_text(c, "sensor"), *site = call_text(c, "site");
	int         err = 0;

	*any = true;
	if (sensor) {
		err = store_sensor_id(c->reader, &f->sensor, sensor);
		*any = f->sensor != 0;
	}
	if (!err && site) {
		err = store_site_id(c->reader, &f->site, site);
		*any = *any && f->site != 0;
	}
	return err;
}

static bool
read_filter(struct call *c, struct store_filter *f, uint64_t *from)
{
	uint64_t sid = 0, after = 0;
	bool     any = true;
	int      err;

	call_u64(c, "incident", &f->incident);
	call_u64(c, "alert", &f->alert);
	if (call_u64(c, "sid", &sid) && (sid == 0 || sid > UINT32_MAX))
		call_fail(c, 400, "bad_request", "sid is a number of a rule");
	f->sid = (uint32_t)sid;
	call_prefix(c, "src", &f->src);
	call_prefix(c, "dst", &f->dst);
	call_prefix(c, "ip", &f->ip);
	call_time(c, "since", &f->since_ns);
	call_time(c, "until", &f->until_ns);
	call_u64(c, "after", &after);
	call_u64(c, "cursor", &after);
	*from = after + 1;
	if (c->status)
		return false;
	err = read_names(c, f, &any);
	if (err)
		call_store_failed(c, err);
	return !err && any;
}

void
serve_events(struct call *c)
{
	struct store_filter f = {0};
	struct listing      l = {.c = c, .left = call_limit(c)};
	uint64_t            from;
	bool                any = read_filter(c, &f, &from);
	int                 err = 0;

	if (c->status)
		return;
	json_obj(&c->out, NULL);
	json_arr(&c->out, "items");
	if (any)
		err = store_events(c->reader, &f, from, event_item, &l);
	json_arr_end(&c->out);
	put_id(&c->out, "next", l.more ? l.last : 0);
	json_obj_end(&c->out);
	if (err || l.err)
		call_store_failed(c, err ? err : l.err);
}

/* Run `each` on the event in the path. */
static void
the_event(struct call *c, store_event_fn *each, void *arg)
{
	uint64_t id = call_number(c);
	int      err = id ? store_event(c->reader, id, each, arg) : 0;

	if (err == -ENOENT)
		call_fail(c, 404, "not_found",
			"there is no event %s, or its day was dropped", c->id);
	else if (err)
		call_store_failed(c, err);
}

void
serve_event(struct call *c)
{
	struct listing l = {.c = c, .left = 1};

	the_event(c, event_item, &l);
	if (l.err)
		call_store_failed(c, l.err);
}

/* ---- packets ---- */

struct pcap {
	struct buf *out;
	uint8_t     head[PCAP_HEAD];
	bool        full;
};

/* The first capture gives the head; packets of another kind of link cannot be in the same
 * file. */
static bool
add_packets(void *arg, const struct store_event *e)
{
	struct pcap *p = arg;
	struct bytes more = e->event.packets, head = bytes_cut(&more, PCAP_HEAD);

	if (!bytes_ok(&more) || more.left == 0)
		return true;
	if (p->out->len == 0) {
		memcpy(p->head, head.at, PCAP_HEAD);
		buf_add(p->out, head.at, head.left);
	} else if (memcmp(p->head, head.at, 4) != 0 ||
		   memcmp(p->head + 20, head.at + 20, 4) != 0) {
		return true;
	}
	buf_add(p->out, more.at, more.left);
	p->full = p->out->len > PCAP_MAX;
	return !p->full && !p->out->failed;
}

static void
answer_pcap(struct call *c, const struct pcap *p)
{
	if (c->status)
		return;
	if (p->out->failed)
		call_fail(c, 500, "store_failed", "no memory for these packets");
	else if (p->out->len == 0)
		call_fail(c, 404, "not_found", "no packets were kept with it");
	c->type = c->status ? c->type : "application/vnd.tcpdump.pcap";
}

void
serve_event_pcap(struct call *c)
{
	struct pcap p = {.out = &c->raw};

	the_event(c, add_packets, &p);
	answer_pcap(c, &p);
}

void
serve_incident_pcap(struct call *c)
{
	struct pcap         p = {.out = &c->raw};
	struct store_filter f = {.incident = call_number(c)};
	struct incident     i;
	int err = f.incident ? store_incident(c->reader, f.incident, &i) : 0;

	if (err == -ENOENT)
		call_fail(c, 404, "not_found", "there is no incident %s", c->id);
	else if (!err && f.incident)
		err = store_events(c->reader, &f, 0, add_packets, &p);
	if (err && err != -ENOENT)
		call_store_failed(c, err);
	answer_pcap(c, &p);
}

/* ---- the timeline ---- */

struct moment {
	uint64_t ns;
	uint32_t order; /* of what has the same time */
	char    *text;  /* the object; owned */
};

struct timeline {
	struct call         *c;
	struct store_reader *reader;
	struct moment       *at;
	size_t               n, cap, max;
	int                  err;
};

static bool
keep_moment(struct timeline *t, uint64_t ns, struct json *j)
{
	const char    *text = json_end(j);
	struct moment *more = t->at;

	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		more = realloc(t->at, t->cap * sizeof(*more));
		t->at = more ? more : t->at;
	}
	if (text && more)
		text = strdup(text);
	if (text && more)
		t->at[t->n] = (struct moment){ns, (uint32_t)t->n, (char *)text};
	else
		t->err = -ENOMEM;
	t->n += !t->err;
	json_release(j);
	return !t->err && t->n < t->max;
}

static bool
add_moment(struct timeline *t, uint64_t ns, const char *kind, uint64_t id,
	const char *actor, const char *text)
{
	struct json j;

	json_init_heap(&j);
	json_obj(&j, NULL);
	json_time(&j, "time", ns);
	json_str(&j, "kind", kind);
	json_str(&j, "text", text);
	put_id(&j, "id", id);
	put_word(&j, "actor", actor);
	json_obj_end(&j);
	return keep_moment(t, ns, &j);
}

/* "RULE  a → b", and for many of the same how many there were and until when. */
static bool
alert_moment(void *arg, const struct alert *a)
{
	char text[CASE_TEXT_MAX + 120], addr[ADDR_TEXT_MAX], count[48] = "";

	if (a->events > 1)
		snprintf(count, sizeof(count), " ×%llu", (unsigned long long)a->events);
	snprintf(text, sizeof(text), "%s%s (%s %s)", a->signature, count,
		part_name((enum part)a->key.part), addr_format(&a->key.addr, addr));
	return add_moment(arg, a->first_ns, "event", a->first_event, NULL, text);
}

static const char *
args_text(const char *args, char *out, size_t len)
{
	json_t     *a = json_loads(args, 0, NULL), *v;
	const char *key;
	size_t      at = 0;

	*out = '\0';
	json_object_foreach(a, key, v) if (json_is_string(v) && at < len) at +=
		(size_t)snprintf(
			out + at, len - at, ", %s %s", key, json_string_value(v));
	json_decref(a);
	return out;
}

static bool
action_moment(void *arg, const struct store_action *a, const char *changes)
{
	char    args[1024], text[1200];
	json_t *c = json_loads(changes, 0, NULL);
	json_t *state = json_object_get(c, "state");
	bool    more;

	snprintf(text, sizeof(text), "%s%s%s", a->verb,
		args_text(a->args, args, sizeof(args)), a->undone ? " (undone)" : "");
	more = add_moment(arg, a->time_ns, "action", a->id, a->who, text);
	if (state && more) {
		snprintf(text, sizeof(text), "%s → %s",
			json_string_value(json_array_get(state, 0)),
			json_string_value(json_array_get(state, 1)));
		more = add_moment(arg, a->time_ns, "state", a->id, a->who, text);
	}
	json_decref(c);
	return more;
}

static int
moment_cmp(const void *x, const void *y)
{
	const struct moment *a = x, *b = y;

	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void
answer_timeline(struct call *c, struct timeline *t, uint64_t limit)
{
	if (t->n)
		qsort(t->at, t->n, sizeof(*t->at), moment_cmp);
	json_obj(&c->out, NULL);
	json_arr(&c->out, "items");
	for (size_t i = 0; i < t->n && i < limit; i++)
		json_raw(&c->out, NULL, t->at[i].text, strlen(t->at[i].text));
	json_arr_end(&c->out);
	json_nil(&c->out, "next");
	json_obj_end(&c->out);
	for (size_t i = 0; i < t->n; i++)
		free(t->at[i].text);
	free(t->at);
}

void
serve_timeline(struct call *c)
{
	struct timeline t = {.c = c, .reader = c->reader, .max = MOMENTS_MAX};
	struct incident i;
	uint64_t        id = call_number(c), limit = call_limit(c);
	char            text[CASE_TEXT_MAX + 16];
	int             err = id ? store_incident(c->reader, id, &i) : 0;

	if (err == -ENOENT)
		call_fail(c, 404, "not_found", "there is no incident %s", c->id);
	else if (err)
		call_store_failed(c, err);
	if (c->status)
		return;
	err = store_alerts(c->reader, id, 0, alert_moment, &t);
	snprintf(text, sizeof(text), "opened: %s", i.title);
	add_moment(&t, i.created_ns, "state", i.id, NULL, text);
	if (!err)
		err = store_actions(c->reader, id, action_moment, &t);
	answer_timeline(c, &t, limit);
	if (err || t.err)
		call_store_failed(c, err ? err : t.err);
}
