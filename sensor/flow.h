/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/flow.h - the table of conversations of one worker.
 *
 * Fixed size: slots of eight bytes, open addressing, and an array of flows behind
 * them, so that finding a flow costs one cache miss for the slot and one for the
 * flow. Flows end by packet time (a timer wheel that no packet touches), when
 * their place is needed, or when their owner says so; whatever the reason, the
 * `end` callback sees them first. Nothing is allocated after flow_table_new().
 */
#ifndef SENSOR_FLOW_H
#define SENSOR_FLOW_H

#include "rules/packet.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

struct tcp;
struct applayer;
struct flow_table;

enum flow_end { FLOW_END_TIMEOUT, FLOW_END_EVICTED, FLOW_END_REUSED, FLOW_END_SHUTDOWN, FLOW_END_COUNT };

struct flow {
	struct flow_facts facts; /* head: what rules can ask */

	/* what makes it this flow, besides facts' addresses, ports and protocol */
	uint32_t tag;
	uint16_t vlan[PACKET_VLAN_MAX];
	uint8_t  depth;

	uint8_t  timeout_class;
	uint32_t wheel_next, wheel_prev; /* indexes into the table's flows */
	uint32_t wheel_slot;

	struct tcp      *tcp; /* memory of the worker's pool; NULL: none yet, or not TCP */
	struct applayer *app;
	uint64_t         first_packet; /* number in the capture, for people */
	uint16_t         source;
	uint8_t          end; /* enum flow_end, while it ends */
	bool             decided[2]; /* rules were told that this direction's protocol is decided */
	bool             alerted;
	uint8_t          tcp_flags[2]; /* all that a direction's packets had */
	uint64_t         n_txs;        /* transactions that are over */
};

struct flow_timeouts {
	uint32_t fresh_s, established_s, closed_s;
};

struct flow_settings {
	uint32_t             max_flows;
	bool                 use_vlan;
	uint64_t             seed; /* of hashes and ids; fixed when captures are read */
	struct flow_timeouts tcp, udp, icmp, other;
};

struct flow_counters {
	uint64_t created_total;
	uint64_t ended_total[FLOW_END_COUNT];
	uint64_t live;
};

typedef void flow_end_fn(void *arg, struct flow *f, enum flow_end reason);

extern const struct flow_settings flow_defaults;

/* NULL: no memory. `end` is called for each flow before it goes and must release what hangs on it. */
struct flow_table *flow_table_new(const struct flow_settings *settings, flow_end_fn *end, void *arg);
/* Ends all flows, oldest place first. */
void flow_table_free(struct flow_table *t);

/* End what timed out by `now_ns`. Cheap when the second has not changed. */
void flow_expire(struct flow_table *t, uint64_t now_ns);

/* The packet's flow, made when there is none; sets p->dir and p->in_flow. NULL: this packet has no flow
 * (not IP, a fragment, an ICMP error about nothing we know). */
struct flow *flow_get(struct flow_table *t, struct packet *p);

/* Count the packet and note the time. */
void flow_update(struct flow_table *t, struct flow *f, const struct packet *p);

/* State for rules and timeouts; never back from closed. */
void flow_set_state(struct flow *f, enum flow_state state);

/* End it now. */
void flow_remove(struct flow_table *t, struct flow *f, enum flow_end reason);
void flow_end_all(struct flow_table *t);

/* A packet of this flow without bytes of its own, as if sent in direction `dir`. Borrows nothing that ends
 * before the program. */
void flow_packet(struct packet *out, const struct flow *f, int dir, uint64_t ts_ns);

/* Client and server are the other way round. */
void flow_swap(struct flow *f);

const struct flow_counters *flow_counters(const struct flow_table *t);

#endif
