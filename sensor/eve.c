/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/eve.h"

#include <stdio.h>
#include <string.h>

#include "rules/app.h"
#include "rules/rule.h"
#include "sensor/applayer.h"
#include "sensor/community_id.h"

enum { IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17, IP_ICMP6 = 58, IP_SCTP = 132 };

static const struct {
	uint8_t     ip_proto;
	const char *name;
} ip_names[] = {
	{ IP_TCP, "TCP" },
	{ IP_UDP, "UDP" },
	{ IP_ICMP, "ICMP" },
	{ IP_ICMP6, "IPv6-ICMP" },
	{ IP_SCTP, "SCTP" },
	{ 2, "IGMP" },
	{ 4, "IP" },
	{ 41, "IPv6" },
	{ 47, "GRE" },
	{ 50, "ESP" },
	{ 51, "AH" },
	{ 89, "OSPF" },
	{ 103, "PIM" },
	{ 112, "VRRP" },
};

const char *
eve_app_name(enum appproto app)
{
	return app == APPPROTO_HTTP1 ? "http" : appproto_name(app);
}

static bool
has_ports(uint8_t ip_proto)
{
	return ip_proto == IP_TCP || ip_proto == IP_UDP || ip_proto == IP_SCTP;
}

static void
write_proto(struct json *j, uint8_t ip_proto)
{
	char number[4];

	for (size_t i = 0; i < sizeof(ip_names) / sizeof(ip_names[0]); i++) {
		if (ip_names[i].ip_proto == ip_proto) {
			json_str(j, "proto", ip_names[i].name);
			return;
		}
	}
	snprintf(number, sizeof(number), "%03u", ip_proto);
	json_str(j, "proto", number);
}

static void
write_addr(struct json *j, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	json_str(j, key, a->family == 6 ? addr_format_full(a, text) : addr_format(a, text));
}

static void
write_vlan(struct json *j, const struct packet *p)
{
	if (!p->n_vlan)
		return;
	json_arr(j, "vlan");
	for (int i = 0; i < p->n_vlan; i++)
		json_u64(j, NULL, p->vlan[i]);
	json_arr_end(j);
}

static void
write_endpoints(struct json *j, const struct packet *p)
{
	if (p->ip_version) {
		write_addr(j, "src_ip", &p->src);
		if (has_ports(p->ip_proto))
			json_u64(j, "src_port", p->sport);
		write_addr(j, "dest_ip", &p->dst);
		if (has_ports(p->ip_proto))
			json_u64(j, "dest_port", p->dport);
		write_proto(j, p->ip_proto);
		json_u64(j, "ip_v", p->ip_version);
	}
	if (p->ip_proto == IP_ICMP || p->ip_proto == IP_ICMP6) {
		json_u64(j, "icmp_type", p->icmp_type);
		json_u64(j, "icmp_code", p->icmp_code);
	}
}

static const char *
packet_source(const struct packet *p, const struct flow *f)
{
	if (p->pseudo)
		return f && f->end == FLOW_END_TIMEOUT ? "stream (flow timeout)" : "stream (detect/log)";
	if (p->rebuilt)
		return "defrag";
	return p->depth ? "tunnel" : "wire/pcap";
}

static void
write_community_id(struct json *j, const struct flow *f)
{
	const struct flow_facts *x = &f->facts;
	struct community_end     a = { x->addr[0], x->port[0] }, b = { x->addr[1], x->port[1] };
	char                     text[COMMUNITY_ID_MAX];

	json_str(j, "community_id", community_id(text, x->ip_proto, &a, &b));
}

static void
write_rule(struct json *j, const struct alert *alert)
{
	const struct rule_info *r = rule_info(alert->rule);

	json_obj(j, "alert");
	json_str(j, "action", "allowed");
	json_u64(j, "gid", r->gid);
	json_u64(j, "signature_id", r->sid);
	json_u64(j, "rev", r->rev);
	json_str(j, "signature", r->msg);
	json_str(j, "category", r->category);
	json_u64(j, "severity", r->priority);
	if (r->metadata_json)
		json_raw(j, "metadata", r->metadata_json, strlen(r->metadata_json));
	json_obj_end(j);
}

void
eve_app(struct json *j, const struct flow_facts *x)
{
	static const char *const side_keys[2] = { "app_proto_ts", "app_proto_tc" };

	if (x->app != APPPROTO_UNKNOWN)
		json_str(j, "app_proto", eve_app_name(x->app));
	for (int dir = 0; dir < 2; dir++)
		if (x->app_in[dir] != x->app && x->app_in[dir] != APPPROTO_UNKNOWN)
			json_str(j, side_keys[dir], eve_app_name(x->app_in[dir]));
}

static void
write_progress(struct json *j, const struct flow_facts *x, const struct tx *tx)
{
	const struct app *app = app_get(x->app);

	if (!app || !app->states[0] || !app->states[1])
		return;
	json_str(j, "ts_progress", app->states[0][tx->progress[0]]);
	json_str(j, "tc_progress", app->states[1][tx->progress[1]]);
}

void
eve_file(struct json *j, const struct tx *tx, const struct file *file)
{
	static const char *const states[] = { "UNKNOWN", "CLOSED", "TRUNCATED" };

	json_bytes(j, "filename", bytes_of(file->name.data, file->name.len));
	if (file->magic)
		json_str(j, "magic", file->magic);
	json_bool(j, "gaps", file->gaps > 0);
	json_str(j, "state", states[file->state]);
	if (file->has_md5)
		json_hex(j, "md5", bytes_of(file->md5, sizeof(file->md5)), 0);
	if (file->has_sha1)
		json_hex(j, "sha1", bytes_of(file->sha1, sizeof(file->sha1)), 0);
	if (file->has_sha256)
		json_hex(j, "sha256", bytes_of(file->sha256, sizeof(file->sha256)), 0);
	json_bool(j, "stored", false);
	json_u64(j, "size", file->size);
	json_u64(j, "tx_id", tx->id);
}

static void
write_files(struct json *j, const struct tx *tx)
{
	const struct file *file;

	if (TAILQ_EMPTY(&tx->files))
		return;
	json_arr(j, "files");
	TAILQ_FOREACH(file, &tx->files, link) {
		json_obj(j, NULL);
		eve_file(j, tx, file);
		json_obj_end(j);
	}
	json_arr_end(j);
}

static void
write_flow(struct json *j, const struct flow_facts *x)
{
	json_obj(j, "flow");
	json_u64(j, "pkts_toserver", x->packets[DIR_TOSERVER]);
	json_u64(j, "pkts_toclient", x->packets[DIR_TOCLIENT]);
	json_u64(j, "bytes_toserver", x->bytes[DIR_TOSERVER]);
	json_u64(j, "bytes_toclient", x->bytes[DIR_TOCLIENT]);
	json_time_eve(j, "start", x->first_ns);
	write_addr(j, "src_ip", &x->addr[0]);
	write_addr(j, "dest_ip", &x->addr[1]);
	if (has_ports(x->ip_proto)) {
		json_u64(j, "src_port", x->port[0]);
		json_u64(j, "dest_port", x->port[1]);
	}
	json_obj_end(j);
}

void
eve_proto(struct json *j, struct flow *f, struct tx *tx)
{
	const struct proto *proto = applayer_proto(f);

	if (proto && proto->eve)
		proto->eve(tx, j);
}

void
eve_head(struct json *j, const struct eve_about *a, const char *type)
{
	const struct packet *p = a->packet;

	json_obj(j, NULL);
	json_time_eve(j, "timestamp", p->ts_ns);
	if (a->flow)
		json_u64(j, "flow_id", a->flow->facts.id);
	json_str(j, a->source->live ? "in_iface" : "pcap_filename", a->source->name);
	if (p->number)
		json_u64(j, "pcap_cnt", p->number);
	json_str(j, "event_type", type);
	write_vlan(j, p);
	write_endpoints(j, p);
	json_str(j, "pkt_src", packet_source(p, a->flow));
	if (a->flow)
		write_community_id(j, a->flow);
}

void
eve_alert(struct json *j, const struct eve_about *a, const struct alert *alert)
{
	struct flow *f = a->flow;

	eve_head(j, a, "alert");
	if (alert->tx)
		json_u64(j, "tx_id", alert->tx->id);
	write_rule(j, alert);
	if (f && alert->tx) {
		write_progress(j, &f->facts, alert->tx);
		/* the protocol only reads it, but asks for its own struct */
		eve_proto(j, f, (struct tx *)(uintptr_t)alert->tx);
	}
	if (f) {
		eve_app(j, &f->facts);
		json_str(j, "direction", a->packet->dir == DIR_TOSERVER ? "to_server" : "to_client");
		if (alert->tx)
			write_files(j, alert->tx);
		write_flow(j, &f->facts);
	}
	json_obj_end(j);
}
