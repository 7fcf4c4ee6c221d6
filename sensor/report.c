/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/report.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "rules/addrset.h"
#include "rules/rule.h"
#include "sensor/outfile.h"

#define BUFFER_SIZE (256u << 10)
#define RATE_KEYS 4096u /* keys whose rates are known; two that fall together share a limit no longer */
#define NS 1000000000ull
#define PCAP_HEADER 24u
#define RECORD_HEADER 16u

/* How many events of one key in its window. */
struct rate {
	uint64_t since_ns;
	uint32_t sid, n, held;
	struct addr src, dst;
};

struct report {
	struct report_settings settings;
	struct report_counters counters;
	struct json            json;
	size_t                 used; /* of `out` */
	struct rate           *rates;
	char                   eve[EVENT_EVE_MAX];
	char                   out[BUFFER_SIZE];
	uint8_t                image[EVENT_PACKETS_MAX];
};

struct report *
report_new(const struct report_settings *settings)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->settings = *settings;
	if (settings->rate_limit && !(r->rates = calloc(RATE_KEYS, sizeof(*r->rates)))) {
		free(r);
		return NULL;
	}
	return r;
}

void
report_free(struct report *r)
{
	if (!r)
		return;
	(void)report_flush(r);
	free(r->rates);
	free(r);
}

/* ---- EVE lines ---- */

int
report_flush(struct report *r)
{
	int err = 0;

	if (r->used)
		err = outfile_write(r->settings.eve, r->out, r->used);
	if (err < 0)
		r->counters.write_errors++;
	r->used = 0;
	return err;
}

static void
write_line(struct report *r, const char *text, size_t len)
{
	if (!r->settings.eve)
		return;
	if (r->used + len + 1 > sizeof(r->out))
		(void)report_flush(r);
	memcpy(r->out + r->used, text, len);
	r->out[r->used + len] = '\n';
	r->used += len + 1;
	if (r->settings.flush)
		(void)report_flush(r);
}

/* ---- events ---- */

static uint8_t
severity_of(const struct rule_info *r)
{
	static const struct {
		const char *text;
		uint8_t     severity;
	} named[] = {
		{ "\"signature_severity\":[\"Critical\"", SEV_CRITICAL },
		{ "\"signature_severity\":[\"Major\"", SEV_HIGH },
		{ "\"signature_severity\":[\"Minor\"", SEV_LOW },
		{ "\"signature_severity\":[\"Informational\"", SEV_INFO },
	};
	static const uint8_t by_priority[] = { SEV_HIGH, SEV_HIGH, SEV_MEDIUM, SEV_LOW };

	if (r->metadata_json)
		for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
			if (strstr(r->metadata_json, named[i].text))
				return named[i].severity;
	return r->priority < sizeof(by_priority) ? by_priority[r->priority] : SEV_INFO;
}

/* The rule may say it; else the one who is at home, else the one who is spoken to. */
static uint8_t
victim_of(const struct report *r, const struct rule_info *rule, const struct packet *p)
{
	bool src_home, dst_home;

	if (rule->target == RULE_TARGET_SRC)
		return EVENT_VICTIM_SRC;
	if (rule->target == RULE_TARGET_DST || !r->settings.home)
		return EVENT_VICTIM_DST;
	src_home = addrset_has(r->settings.home, &p->src);
	dst_home = addrset_has(r->settings.home, &p->dst);
	return src_home && !dst_home ? EVENT_VICTIM_SRC : EVENT_VICTIM_DST;
}

static size_t
put_le32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
	return 4;
}

/* The packet as a capture file of its own, with nanoseconds. Empty: there is none, or it is too long. */
static struct bytes
packet_image(struct report *r, const struct packet *p)
{
	uint8_t *at = r->image;
	size_t   n = 0;

	if (!r->settings.packets || p->pseudo || !p->frame || !p->len ||
			p->len > EVENT_PACKETS_MAX - PCAP_HEADER - RECORD_HEADER)
		return bytes_of(NULL, 0);
	n += put_le32(at + n, 0xa1b23c4d);
	n += put_le32(at + n, 2 | 4 << 16); /* version 2.4 */
	n += put_le32(at + n, 0);
	n += put_le32(at + n, 0);
	n += put_le32(at + n, 262144);
	n += put_le32(at + n, p->linktype);
	n += put_le32(at + n, (uint32_t)(p->ts_ns / NS));
	n += put_le32(at + n, (uint32_t)(p->ts_ns % NS));
	n += put_le32(at + n, p->len);
	n += put_le32(at + n, p->wire_len);
	memcpy(at + n, p->frame, p->len);
	return bytes_of(at, n + p->len);
}

static void
send_event(struct report *r, const struct eve_about *a, const struct alert *alert, struct bytes eve,
		uint32_t suppressed)
{
	const struct packet    *p = a->packet;
	const struct rule_info *rule = rule_info(alert->rule);
	struct event            e = {
			   .ts_ns = p->ts_ns,
			   .type = EVENT_ALERT,
			   .severity = severity_of(rule),
			   .victim = victim_of(r, rule, p),
			   .ip_proto = p->ip_proto,
			   .to_client = p->in_flow && p->dir == DIR_TOCLIENT,
			   .src = p->src,
			   .dst = p->dst,
			   .sport = p->sport,
			   .dport = p->dport,
			   .gid = rule->gid,
			   .sid = rule->sid,
			   .rev = rule->rev,
			   .suppressed = suppressed,
			   .flow_id = a->flow ? a->flow->facts.id : 0,
			   .eve = eve,
			   .packets = packet_image(r, p),
	};

	r->settings.sink(r->settings.sink_arg, &e);
}

/* ---- rates ---- */

static struct rate *
rate_of(struct report *r, const struct packet *p, uint32_t sid)
{
	uint32_t h = sid * 2654435761u;

	for (size_t i = 0; i < sizeof(p->src.b); i++)
		h = (h ^ p->src.b[i]) * 16777619u;
	for (size_t i = 0; i < sizeof(p->dst.b); i++)
		h = (h ^ p->dst.b[i]) * 16777619u;
	return &r->rates[(h ^ h >> 16) % RATE_KEYS];
}

/* May an event of this key go? Then *held gets how many were held back before it. */
static bool
rate_allows(struct report *r, const struct packet *p, uint32_t sid, uint32_t *held)
{
	struct rate *rate;

	*held = 0;
	if (!r->rates)
		return true;
	rate = rate_of(r, p, sid);
	if (rate->sid != sid || !addr_eq(&rate->src, &p->src) || !addr_eq(&rate->dst, &p->dst))
		*rate = (struct rate){ .since_ns = p->ts_ns, .sid = sid, .src = p->src, .dst = p->dst };
	if (p->ts_ns >= rate->since_ns + r->settings.rate_window_s * NS) {
		rate->since_ns = p->ts_ns;
		rate->n = 0;
	}
	if (rate->n >= r->settings.rate_limit) {
		rate->held++;
		r->counters.suppressed++;
		return false;
	}
	rate->n++;
	*held = rate->held;
	rate->held = 0;
	return true;
}

void
report_alert(struct report *r, const struct packet *p, struct flow *f, const struct alert *alert)
{
	struct eve_about a = { .packet = p, .flow = f, .source = &r->settings.sources[p->source] };
	const char      *text;
	uint32_t         held;

	r->counters.alerts++;
	if (!rate_allows(r, p, rule_info(alert->rule)->sid, &held))
		return;
	json_init(&r->json, r->eve, sizeof(r->eve));
	eve_alert(&r->json, &a, alert);
	text = json_end(&r->json);
	if (!text) {
		r->counters.too_large++;
		return;
	}
	write_line(r, text, r->json.len);
	if (r->settings.sink)
		send_event(r, &a, alert, bytes_of(text, r->json.len), alert->suppressed + held);
}

struct json *
report_begin(struct report *r)
{
	json_init(&r->json, r->eve, sizeof(r->eve));
	return &r->json;
}

void
report_send(struct report *r, const struct event *e)
{
	if (r->settings.sink)
		r->settings.sink(r->settings.sink_arg, e);
}

const struct eve_source *
report_source(const struct report *r, uint16_t source)
{
	return &r->settings.sources[source];
}

void
report_end(struct report *r, bool line, struct event *e)
{
	const char *text = json_end(&r->json);

	if (!text) {
		r->counters.too_large++;
		return;
	}
	r->counters.context++;
	if (line)
		write_line(r, text, r->json.len);
	if (!e || !r->settings.sink)
		return;
	e->eve = bytes_of(text, r->json.len);
	r->settings.sink(r->settings.sink_arg, e);
}

const struct report_counters *
report_counters(const struct report *r)
{
	return &r->counters;
}
