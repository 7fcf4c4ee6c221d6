/* SPDX-License-Identifier: Apache-2.0 */
/* rules/engine_impl.h - the inside of struct engine, for rules/engine.c and rules/engine_tx.c. One worker. */
#ifndef RULES_ENGINE_IMPL_H
#define RULES_ENGINE_IMPL_H

#include "rules/check.h"
#include "rules/engine.h"
#include "rules/group.h"
#include "rules/program.h"

#define TX_STREAMS_MAX 4 /* growing buffers of a protocol that are searched */
#define ENGINE_TRANSFORM_BYTES (1u << 20) /* all results of transforms in one packet */

/* Set of rules that came up, in order of their numbers. */
struct candidates {
	uint64_t *bits;
	uint32_t *list; /* numbers as they came */
	uint32_t  n;
};

/* What a rule has of a transaction so far. */
struct partial {
	uint32_t rule;
	uint32_t matched; /* bit per part; PARTIAL_OVER: it fired, or cannot any more */
	uint32_t files;   /* of RULE_PER_FILE: those before this one are done */
};
#define PARTIAL_OVER UINT32_MAX

/* The engine's memory of one direction of a transaction; pool memory. */
struct rule_state {
	uint64_t        generation; /* of the rule set; what another one left is void */
	uint64_t        scanned;   /* bit per search of the side that is done */
	uint32_t        plain_at;  /* rules without literal that were taken up */
	uint32_t        n, cap;
	struct partial *list;      /* in order of rule */
	uint64_t        seen[TX_STREAMS_MAX]; /* per growing buffer: bytes searched */
};

/* A view of the transaction in hand, read once. */
struct view_memo {
	uint32_t    stamp;
	bool        present;
	struct view view;
};

struct engine {
	const struct ruleset *rs;
	const struct groups  *g;
	struct rule_memory   *memory;
	struct multi_scratch *multi;
	struct regex_scratch *regex;
	struct match          m; /* the packet in hand; buffers and variables change with each part */
	struct inspect       *in;
	const struct side    *side;
	struct candidates     found;    /* rules for the packet and the stream */
	struct candidates     tx_found; /* rules for the transaction in hand */
	struct candidates     tx_payload; /* rules with transaction parts whose literal was in the payload */
	uint32_t             *tx_matched; /* per rule: parts that matched in the transaction in hand */
	uint32_t             *tx_files;   /* per rule: files that it is done with there */
	uint32_t              file;       /* from which on the rule in hand asks; set to the one that matched */
	uint32_t             *src_memo, *dst_memo; /* per address set: stamp of the packet and the answer */
	uint32_t              stamp;
	struct view_memo     *views;
	uint32_t              view_stamp;
	uint8_t              *transforms;
	size_t                transforms_used;
	uint8_t              *decoded; /* base64_decode's */
	const struct scan    *scan; /* in hand, for hits */
	uint64_t              scan_base; /* offset of the searched bytes in their buffer */
	uint64_t              scan_after;/* hits that end there or before were told already */
	struct candidates    *scan_to;
	uint8_t               l4;
	bool                  has_payload, has_stream; /* bytes to look at in the packet, in the stream */
	bool                  detected; /* the first packet of its direction since its protocol was recognised */
	bool                  matched_on_stream;
	struct alert          alerts[ENGINE_ALERTS_MAX];
	unsigned              n_alerts;
	unsigned              n_fired; /* since the start, wraps */
};

/* Bits of flow_facts.inspected; those per direction are shifted by it. */
enum flow_inspected {
	FLOW_SAW_APP = 1,     /* the protocol recognised in this direction */
	FLOW_LAST_WINDOW = 4, /* of the stream, after no_payload was set */
	FLOW_LAST_PACKET = 16,
};

void candidates_add(struct candidates *c, uint32_t rule);
void candidates_clear(struct candidates *c);
/* Call in order of number, then forget all. */
bool candidates_take(struct candidates *c, uint32_t *cursor, uint32_t *rule);

/* Search `data`, whose first byte is at `base` of its buffer; rules found go to `to`. */
void engine_scan(struct engine *e, const struct scan *s, struct bytes data, uint64_t base, struct candidates *to);
/* Addresses, ports, protocol, direction, flow state and the row of packet checks. */
bool engine_header(struct engine *e, const struct rule *r);
/* A row of checks on a view. */
bool engine_part(struct engine *e, const struct rule *r, const struct part *p, const struct view *v, bool present);
/* Apply the view's transforms in the worker's scratch. false: no result. */
bool engine_transform(struct engine *e, const struct view_spec *spec, struct view *v);
/* The payload part in stream and packet. */
bool engine_payload(struct engine *e, const struct rule *r, const struct part *p);
/* All matched: do what it does, and note the alert. */
void engine_fire(struct engine *e, const struct rule *r, struct tx *tx);

/* All whole frames of the flow in the packet's direction. */
void engine_frames(struct engine *e);

/* All transactions of the flow in the packet's direction. */
void engine_txs(struct engine *e);

#endif
