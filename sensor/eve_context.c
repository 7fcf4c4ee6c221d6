/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/eve.h"

#include <stdio.h>

#include "sensor/tcp.h"

#define NS 1000000000ull

enum { IP_TCP = 6 };

/* HTTP/2 is "http" here too, and names have no hyphens. */
static const char *
event_type(enum appproto app)
{
	if (app == APPPROTO_HTTP2)
		return "http";
	return app == APPPROTO_FTP_DATA ? "ftp_data" : eve_app_name(app);
}

void
eve_tx(struct json *j, const struct eve_about *a, struct tx *tx)
{
	enum appproto app = a->flow->facts.app;

	eve_head(j, a, event_type(app));
	if (app != APPPROTO_DNS) /* has it inside */
		json_u64(j, "tx_id", tx->id);
	eve_proto(j, a->flow, tx);
	json_obj_end(j);
}

void
eve_fileinfo(struct json *j, const struct eve_about *a, struct tx *tx, const struct file *file)
{
	eve_head(j, a, "fileinfo");
	eve_proto(j, a->flow, tx);
	json_str(j, "app_proto", eve_app_name(a->flow->facts.app));
	json_obj(j, "fileinfo");
	eve_file(j, tx, file);
	json_obj_end(j);
	json_obj_end(j);
}

/* ---- flows ---- */

static void
write_tcp_flags(struct json *j, const char *key, uint8_t flags)
{
	char hex[4];

	snprintf(hex, sizeof(hex), "%02x", flags);
	json_str(j, key, hex);
}

static void
write_tcp(struct json *j, const struct flow *f)
{
	static const char *const bits[] = { "fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr" };
	static const char *const states[] = { [TCP_SYN_SENT] = "syn_sent", [TCP_SYN_RECV] = "syn_recv",
		[TCP_ESTABLISHED] = "established", [TCP_FIN_WAIT1] = "fin_wait1",
		[TCP_FIN_WAIT2] = "fin_wait2", [TCP_CLOSING] = "closing", [TCP_CLOSE_WAIT] = "close_wait",
		[TCP_LAST_ACK] = "last_ack", [TCP_TIME_WAIT] = "time_wait", [TCP_CLOSED] = "closed" };
	uint8_t all = f->tcp_flags[0] | f->tcp_flags[1];

	json_obj(j, "tcp");
	write_tcp_flags(j, "tcp_flags", all);
	write_tcp_flags(j, "tcp_flags_ts", f->tcp_flags[DIR_TOSERVER]);
	write_tcp_flags(j, "tcp_flags_tc", f->tcp_flags[DIR_TOCLIENT]);
	for (int i = 0; i < 8; i++)
		if (all >> i & 1)
			json_bool(j, bits[i], true);
	if (f->tcp && states[f->tcp->state])
		json_str(j, "state", states[f->tcp->state]);
	json_obj_end(j);
}

static void
write_facts(struct json *j, const struct flow *f)
{
	static const char *const states[] = { [FLOW_NEW] = "new", [FLOW_ESTABLISHED] = "established",
		[FLOW_CLOSED] = "closed" };
	static const char *const reasons[] = { [FLOW_END_TIMEOUT] = "timeout", [FLOW_END_EVICTED] = "forced",
		[FLOW_END_REUSED] = "tcp_reuse", [FLOW_END_SHUTDOWN] = "shutdown" };
	const struct flow_facts *x = &f->facts;

	json_obj(j, "flow");
	json_u64(j, "pkts_toserver", x->packets[DIR_TOSERVER]);
	json_u64(j, "pkts_toclient", x->packets[DIR_TOCLIENT]);
	json_u64(j, "bytes_toserver", x->bytes[DIR_TOSERVER]);
	json_u64(j, "bytes_toclient", x->bytes[DIR_TOCLIENT]);
	json_time_eve(j, "start", x->first_ns);
	json_time_eve(j, "end", x->last_ns);
	json_u64(j, "age", x->last_ns / NS - x->first_ns / NS);
	json_str(j, "state", states[x->state]);
	json_str(j, "reason", reasons[f->end]);
	json_bool(j, "alerted", f->alerted);
	if (f->n_txs)
		json_u64(j, "tx_cnt", f->n_txs);
	json_obj_end(j);
}

void
eve_flow(struct json *j, const struct eve_about *a)
{
	eve_head(j, a, "flow");
	eve_app(j, &a->flow->facts);
	write_facts(j, a->flow);
	if (a->flow->facts.ip_proto == IP_TCP)
		write_tcp(j, a->flow);
	json_obj_end(j);
}

/* ---- oddities ---- */

void
eve_anomaly(struct json *j, const struct eve_about *a, const struct eve_anomaly *what)
{
	char event[128];

	snprintf(event, sizeof(event), "%s%s", what->prefix, what->event);
	eve_head(j, a, "anomaly");
	if (what->tx)
		json_u64(j, "tx_id", what->tx->id);
	json_obj(j, "anomaly");
	if (a->flow && what->layer)
		json_str(j, "app_proto", eve_app_name(a->flow->facts.app));
	json_str(j, "type", what->type);
	json_str(j, "event", event);
	if (what->layer)
		json_str(j, "layer", what->layer);
	json_obj_end(j);
	json_obj_end(j);
}
