/* SPDX-License-Identifier: Apache-2.0 */
/* rules/engine.h - runs a compiled rule set over packets, streams and transactions.
 *
 * The sensor calls one function a packet; everything a rule can ask about comes
 * in `struct inspect`. Alerts come back in an array that the caller reads before
 * the next call. A ruleset is read-only and shared by all workers; an engine
 * (scratch, counters, candidate lists) belongs to one worker. Nothing is
 * allocated after engine_new() but from the worker's pool.
 */
#ifndef RULES_ENGINE_H
#define RULES_ENGINE_H

#include "rules/packet.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

struct rule;
struct ruleset;
struct engine;
struct rule_memory; /* what outlives packets and is shared by workers: thresholds, host bits, datasets */

#define ENGINE_ALERTS_MAX 64 /* of one packet; Suricata's packet-alert-max is 15 */

struct alert {
	const struct rule *rule;
	const struct tx   *tx;     /* of which transaction, NULL: packet or stream */
	uint8_t            dir;
	uint8_t            action; /* enum rule_action: the rule's, or what a rate_filter made of it */
	bool               on_stream; /* matched in reassembled bytes */
	uint32_t           suppressed;/* held back by a threshold since the last one let through */
};

/* Reassembled bytes of the packet's direction that the engine has not seen, and those before them that
 * a match may reach back to. */
struct stream_window {
	struct bytes data;
	uint64_t     start; /* stream offset of data.at[0] */
	uint64_t     fresh; /* stream offset of the first byte not yet inspected */
	bool         ended;
};

struct inspect {
	const struct packet  *packet;
	struct flow_facts    *flow;   /* NULL: the packet has no flow */
	struct stream_window  stream; /* empty when there is nothing new */
	struct pool          *pool;
	uint64_t              now_ns; /* capture time; for thresholds and expiry */
};

/* NULL when out of memory. `rules` and `memory` are borrowed and outlive the engine. */
struct engine *engine_new(const struct ruleset *rules, struct rule_memory *memory);
void           engine_free(struct engine *e);
const struct ruleset *engine_rules(const struct engine *e);

/* Look at one packet with its stream window and its flow's transactions (direction of the packet).
 * Returns the number of alerts; *out is borrowed until the next call. Order is Suricata's: by
 * action (pass first), then priority of the keywords, then as the rules stood in the files. */
unsigned engine_inspect(struct engine *e, struct inspect *in, const struct alert **out);

/* The flow or transaction goes: free what the engine keeps with it. */
void engine_tx_release(struct engine *e, struct pool *pool, struct tx *tx);
void engine_flow_release(struct engine *e, struct pool *pool, struct flow_facts *flow);

#endif
