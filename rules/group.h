/* SPDX-License-Identifier: Apache-2.0 */
/* rules/group.h - which rules can matter to a packet, a stream, a transaction.
 *
 * Rules are laid out by what is known before any byte is looked at: transport,
 * direction, application protocol, port. Each place holds one search over the
 * best literals of its rules and the list of those that have none. A packet
 * looks at three places: the rules for all, those of its protocol, those of its
 * ports; a transaction at the searches of its protocol whose buffer is there.
 * Made when the rule set is compiled, read-only afterwards.
 */
#ifndef RULES_GROUP_H
#define RULES_GROUP_H

#include "lib/appproto.h"
#include "rules/addrindex.h"
#include "rules/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct multi;
struct multi_scratch;
struct ruleset;

/* A rule behind a literal: only ends from `low` to `high` can do (0 and 0xffff: any). */
struct scan_entry {
	uint32_t rule;
	uint16_t low, high;
};

/* Literals and the rules that wait for them. */
struct scan {
	struct multi            *multi;
	const uint32_t          *first; /* per literal: its first entry; one more at the end */
	const struct scan_entry *entries;
	uint32_t                 n_literals;
	uint16_t                 max_len; /* of a literal */
	uint16_t                 max_size; /* of a payload that any of the rules can match */
	uint16_t                 max_end; /* no literal that ends behind this can do; 0xffff: any */
};

/* Rules of one place that look at packets and streams. */
struct place {
	/* literals in the payload of a packet and in the stream; NULL: nothing to look for. Those that must
	 * end near the start are apart, so that no more than the start is searched for them, and those of
	 * rules for small packets. */
	const struct scan *packet_head, *packet_small, *packet;
	const struct scan *stream_head, *stream;
	const uint32_t    *plain; /* rules without a literal, in order */
	uint32_t           n_plain;
};

enum group_l4 { GROUP_TCP, GROUP_UDP, GROUP_OTHER, GROUP_L4_COUNT };

struct side {
	struct place        all;
	struct place        app[APPPROTO_COUNT];
	const uint16_t     *by_dport, *by_sport; /* port to index in ports[]; NULL: none; 0: none of that port */
	const struct place *ports;
};

struct tx_scan {
	const struct scan *scan;
	uint16_t           view;
	uint8_t            state;
	uint8_t            flags; /* enum buffer_flag */
};

struct tx_plain {
	uint32_t rule;
	uint8_t  state; /* from which on it is worth a look */
};

/* Rules of one protocol and direction that look at transactions. */
struct tx_side {
	const struct tx_scan  *scans; /* by state; at most 64 */
	const struct tx_plain *plain; /* by state, then rule */
	uint32_t               n_scans, n_plain;
};

struct groups {
	struct side     sides[GROUP_L4_COUNT][DIR_COUNT];
	struct tx_side  txs[APPPROTO_COUNT][DIR_COUNT];
	const uint8_t  *states; /* [view][protocol][direction], see groups_state() */
	/* rules that ask the header alone, once for each flow and direction: by the address that they name, and others */
	struct addrindex header_src, header_dst;
	const uint32_t  *header_only;
	uint32_t         n_header_only;
	bool             any_header_only;
	const uint32_t  *frame_rules; /* that ask frames */
	uint32_t         n_frame_rules;
	struct scan   **scans; /* all, for freeing and for fitting scratches */
	size_t          n_scans;
};

static inline uint8_t
groups_state(const struct groups *g, unsigned view, unsigned app, int dir)
{
	return g->states[(view * APPPROTO_COUNT + app) * DIR_COUNT + (unsigned)dir];
}

/* `cache`: folder for compiled databases, NULL: none. 0 or -errno. */
int  groups_new(struct groups **out, const struct ruleset *rs, const char *cache);
void groups_free(struct groups *g);

/* Make a scratch that fits all databases. 0 or -ENOMEM. */
int groups_fit(const struct groups *g, struct multi_scratch *s);

#endif
