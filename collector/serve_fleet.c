/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve_priv.h"

#include "collector/fleet.h"
#include "collector/store.h"
#include "collector/writer.h"
#include "lib/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_VALID_S 86400
#define TOKEN_VALID_MAX_S (90 * 86400)
#define SECOND_NS 1000000000ull

/* ---- looking ---- */

static void
put_sensor(struct json *j, const struct store_sensor *s, uint64_t now_ns)
{
	enum health h = fleet_health(s, now_ns);
	char        epoch[24];

	snprintf(epoch, sizeof(epoch), "%llu", (unsigned long long)s->epoch);
	json_obj(j, NULL);
	json_str(j, "name", s->name);
	json_str(j, "uuid", s->uuid);
	json_str(j, "site", s->site_name);
	json_str(j, "state", s->state);
	json_str(j, "health", health_name(h));
	json_bool(j, "connected", s->heartbeat_ns && !s->gone_ns);
	json_time(j, "since", fleet_since(s, h));
	put_time(j, "last_heartbeat", s->heartbeat_ns);
	put_time(j, "last_event", s->event_ns);
	put_time(j, "last_packet", s->packet_ns);
	json_u64(j, "packets", s->packets);
	json_u64(j, "kernel_drops", s->kernel_drops);
	json_u64(j, "spool_depth", s->spool_depth);
	json_i64(j, "clock_offset_ms", s->clock_offset_ms);
	json_u64(j, "heartbeat_s", s->interval_s);
	put_word(j, "version", s->version);
	put_word(j, "ruleset", s->ruleset);
	json_str(j, "epoch", s->epoch ? epoch : NULL);
	json_u64(j, "seq", s->seq);
	json_u64(j, "duplicates", s->duplicates);
	put_time(j, "created", s->created_ns);
	put_time(j, "certificate_until", s->cert_until_ns);
	put_time(j, "revoked", s->revoked_ns);
	put_word(j, "revoked_reason", s->revoked_why);
	json_obj_end(j);
}

struct sensors {
	struct call *c;
	unsigned     n;
};

static bool
sensor_item(void *arg, const struct store_sensor *s)
{
	struct sensors *l = arg;

	l->n++;
	put_sensor(&l->c->out, s, l->c->now_ns);
	return true;
}

void
serve_sensors(struct call *c)
{
	struct sensors l = {.c = c};
	int            err;

	json_obj(&c->out, NULL);
	json_arr(&c->out, "items");
	err = store_sensors(c->reader, NULL, sensor_item, &l);
	json_arr_end(&c->out);
	json_nil(&c->out, "next");
	json_obj_end(&c->out);
	if (err)
		call_store_failed(c, err);
}

void
serve_sensor(struct call *c)
{
	struct sensors l = {.c = c};
	int            err = store_sensors(c->reader, c->id, sensor_item, &l);

	if (err)
		call_store_failed(c, err);
	else if (l.n == 0)
		call_fail(c, 404, "not_found", "there is no sensor %s", c->id);
}

/* ---- coverage ---- */

/* One site while the sensors are walked: it is seen when one of its sensors sees. */
struct site {
	char        name[65];
	bool        seen;
	enum health cause; /* of the sensor that was heard last */
	uint64_t    since;
	struct json sensors;
};

struct coverage {
	struct json *blind;
	struct site  site;
	uint64_t     now_ns, oldest_ns;
	unsigned     n_sites, n_blind;
};

static void
site_end(struct coverage *v)
{
	struct site *s = &v->site;

	if (!s->name[0])
		return;
	v->n_sites++;
	if (s->seen)
		return;
	v->n_blind++;
	v->oldest_ns = v->oldest_ns && v->oldest_ns < s->since ? v->oldest_ns : s->since;
	json_arr_end(&s->sensors);
	json_obj(v->blind, NULL);
	json_str(v->blind, "site", s->name);
	json_time(v->blind, "since", s->since);
	json_str(v->blind, "cause", health_name(s->cause));
	json_raw(v->blind, "sensors", s->sensors.buf, s->sensors.len);
	json_obj_end(v->blind);
}

static void
site_start(struct coverage *v, const char *name)
{
	struct json list = v->site.sensors;

	v->site = (struct site){.sensors = list};
	snprintf(v->site.name, sizeof(v->site.name), "%s", name);
	json_reset(&v->site.sensors);
	json_arr(&v->site.sensors, NULL);
}

static bool
cover(void *arg, const struct store_sensor *s)
{
	struct coverage *v = arg;
	enum health      h = fleet_health(s, v->now_ns);
	uint64_t         since = fleet_since(s, h);

	if (strcmp(s->state, "revoked") == 0)
		return true; /* a site without any other sensor is none of ours any more
			      */
	if (strcmp(v->site.name, s->site_name) != 0) {
		site_end(v);
		site_start(v, s->site_name);
	}
	json_str(&v->site.sensors, NULL, s->name);
	v->site.seen |= health_sees(h);
	if (since >= v->site.since) {
		v->site.since = since;
		v->site.cause = h;
	}
	return true;
}

static void
age_text(char *out, size_t len, uint64_t ns)
{
	unsigned long long m = ns / (60 * SECOND_NS);

	if (m >= 48 * 60)
		snprintf(out, len, "%llu d", m / 1440);
	else if (m >= 60)
		snprintf(out, len, "%llu h %llu m", m / 60, m % 60);
	else
		snprintf(out, len, "%llu m", m);
}

int
put_coverage(struct json *j, const char *key, struct store_reader *r, uint64_t now_ns)
{
	struct coverage v = {.blind = j, .now_ns = now_ns};
	char            text[160], age[40];
	int             err;

	json_init_heap(&v.site.sensors);
	json_obj(j, key);
	json_arr(j, "blind");
	err = store_sensors_by_site(r, cover, &v);
	site_end(&v);
	json_arr_end(j);
	json_u64(j, "sites", v.n_sites);
	json_u64(j, "covered", v.n_sites - v.n_blind);
	age_text(age, sizeof(age), now_ns > v.oldest_ns ? now_ns - v.oldest_ns : 0);
	if (v.n_blind)
		snprintf(text, sizeof(text), "coverage %u/%u sites; %u blind, oldest %s",
			v.n_sites - v.n_blind, v.n_sites, v.n_blind, age);
	else
		snprintf(
			text, sizeof(text), "coverage %u/%u sites", v.n_sites, v.n_sites);
	json_str(j, "text", text);
	json_obj_end(j);
	json_release(&v.site.sensors);
	return err;
}

void
serve_coverage(struct call *c)
{
	int err = put_coverage(&c->out, NULL, c->reader, c->now_ns);

	if (err)
		call_store_failed(c, err);
}

/* ---- what is missing, what was not understood ---- */

struct page {
	struct call *c;
	uint64_t     left, last;
	bool         more;
};

static bool
gap_item(void *arg, const struct store_gap *g)
{
	struct page *p = arg;
	struct json *j = &p->c->out;
	char         epoch[24];

	p->more = p->left == 0;
	if (p->more)
		return false;
	p->left--;
	snprintf(epoch, sizeof(epoch), "%llu", (unsigned long long)g->epoch);
	json_obj(j, NULL);
	json_str(j, "sensor", g->sensor);
	json_str(j, "site", g->site);
	json_str(j, "epoch", epoch);
	json_u64(j, "first", g->first);
	json_u64(j, "last", g->last);
	json_u64(j, "count", g->count);
	json_str(j, "cause", g->cause);
	put_time(j, "since", g->since_ns);
	json_obj_end(j);
	return true;
}

void
serve_gaps(struct call *c)
{
	struct page p = {
		.c = c, .left = call_text(c, "limit") ? call_limit(c) : CALL_LIMIT_MAX};
	int err;

	if (c->status)
		return;
	json_obj(&c->out, NULL);
	json_arr(&c->out, "items");
	err = store_gaps(c->reader, gap_item, &p);
	json_arr_end(&c->out);
	json_bool(&c->out, "more", p.more);
	json_nil(&c->out, "next");
	json_obj_end(&c->out);
	if (err)
		call_store_failed(c, err);
}

static bool
dead_item(void *arg, const struct store_dead_letter *d)
{
	struct page *p = arg;
	struct json *j = &p->c->out;
	char         epoch[24];

	p->more = p->left == 0;
	if (p->more)
		return false;
	p->left--;
	p->last = d->id;
	snprintf(epoch, sizeof(epoch), "%llu", (unsigned long long)d->epoch);
	json_obj(j, NULL);
	put_id(j, "id", d->id);
	put_word(j, "sensor", d->sensor_name);
	json_str(j, "epoch", epoch);
	json_u64(j, "seq", d->seq);
	json_time(j, "received", d->received_ns);
	json_str(j, "reason", d->reason);
	json_base64(j, "bytes", d->bytes);
	json_obj_end(j);
	return true;
}

void
serve_dead_letters(struct call *c)
{
	struct page p = {.c = c, .left = call_limit(c)};
	uint64_t    after = 0;
	int         err;

	call_u64(c, "cursor", &after);
	if (c->status)
		return;
	json_obj(&c->out, NULL);
	json_arr(&c->out, "items");
	err = store_dead_letters(c->reader, after, dead_item, &p);
	json_arr_end(&c->out);
	put_id(&c->out, "next", p.more ? p.last : 0);
	json_obj_end(&c->out);
	if (err)
		call_store_failed(c, err);
}

/* ---- changing ---- */

struct adding {
	struct job         job; /* first: the writer gives it back */
	struct store_token token;
	bool               exists;
};

static int
add_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct adding *a = (struct adding *)j;
	int            err;

	(void)now_ns;
	err = store_token_add(s, &a->token);
	a->exists = err == -EEXIST;
	return a->exists ? 0 : err;
}

static const char *
text_of(struct call *c, const char *name)
{
	const json_t *v = json_object_get(c->body, name);
	const char   *text = json_string_value(v);

	if (!text || !*text || strlen(text) != json_string_length(v) ||
		strlen(text) > 64) {
		call_fail(c, 400, "bad_request", "`%s` is a text of 1 to 64 bytes", name);
		return "";
	}
	return text;
}

static uint64_t
valid_of(struct call *c)
{
	const json_t *v = json_object_get(c->body, "valid_s");
	json_int_t    s = v && !json_is_null(v) ? json_integer_value(v) : TOKEN_VALID_S;

	if (s < 1 || s > TOKEN_VALID_MAX_S)
		call_fail(c, 400, "bad_request", "valid_s is 1 to %d seconds",
			TOKEN_VALID_MAX_S);
	return (uint64_t)s;
}

void
serve_sensor_add(struct call *c)
{
	struct adding a = {.job = {.work = add_work, .urgent = true}};
	char          text[TOKEN_TEXT_MAX], id[TOKEN_ID_LEN + 1];
	int           err;

	a.token.name = text_of(c, "name");
	a.token.site = text_of(c, "site");
	a.token.expires_ns = c->now_ns + valid_of(c) * SECOND_NS;
	if (!c->status && !tls_name_ok(a.token.name))
		call_fail(c, 400, "bad_request",
			"a sensor's name is 1 to 64 of a-z 0-9 . _ -");
	if (c->status)
		return;
	err = token_make(text, id, a.token.hash, c->env->pin);
	a.token.id = id;
	if (!err)
		err = writer_run(c->env->writer, &a.job);
	if (err)
		call_store_failed(c, err);
	else if (a.exists)
		call_fail(c, 409, "conflict",
			"sensor %s is there already: revoke it first, or take "
			"another name",
			a.token.name);
	if (c->status)
		return;
	json_obj(&c->out, NULL);
	json_str(&c->out, "name", a.token.name);
	json_str(&c->out, "site", a.token.site);
	json_str(&c->out, "token", text);
	json_time(&c->out, "expires", a.token.expires_ns);
	json_obj_end(&c->out);
}

struct revoking {
	struct job          job; /* first: the writer gives it back */
	const char         *name, *reason;
	struct store_sensor sensor;
	bool                found;
};

static int
revoke_work(struct job *j, struct store *s, uint64_t now_ns)
{
	struct revoking *r = (struct revoking *)j;
	int              err;

	(void)now_ns;
	err = store_sensor_get(s, &r->sensor, r->name);
	r->found = err != -ENOENT;
	if (!r->found)
		return 0;
	if (!err)
		err = store_sensor_revoke(s, r->sensor.id, r->reason);
	return err ? err : store_sensor_get(s, &r->sensor, r->name);
}

void
serve_sensor_revoke(struct call *c)
{
	struct revoking r = {.job = {.work = revoke_work, .urgent = true}, .name = c->id};
	const char     *reason = json_string_value(json_object_get(c->body, "reason"));
	int             err;

	r.reason = reason ? reason : "";
	if (strlen(r.reason) > 255)
		call_fail(c, 400, "bad_request", "a reason has at most 255 bytes");
	if (c->status)
		return;
	err = writer_run(c->env->writer, &r.job);
	if (err)
		call_store_failed(c, err);
	else if (!r.found)
		call_fail(c, 404, "not_found", "there is no sensor %s", c->id);
	if (c->status)
		return;
	if (c->env->revoked)
		c->env->revoked(c->env->arg, r.sensor.id);
	put_sensor(&c->out, &r.sensor, c->now_ns);
}
