/* SPDX-License-Identifier: Apache-2.0 */
/* rules/program.h - the compiled rule set, as the engine runs it.
 *
 * A rule is its header, a row of checks of the packet, parts (each a row of
 * checks of one buffer), and a row of things to do on a match. What is read for
 * every candidate stands first and close together; what only an alert needs
 * (rule_info) lies elsewhere. Made by rules/build.c, read-only afterwards.
 */
#ifndef RULES_PROGRAM_H
#define RULES_PROGRAM_H

#include "lib/appproto.h"
#include "rules/addrset.h"
#include "rules/build.h"
#include "rules/buffer.h"
#include "rules/check.h"
#include "rules/lex.h"
#include "rules/portset.h"
#include "rules/rule.h"

#include <stdbool.h>
#include <stdint.h>

#define VIEW_TRANSFORMS_MAX 8
#define RULE_PARTS_MAX 31
#define STATE_NONE 0xff /* the protocol does not have it in this direction */

/* What a part looks at. Equal ones are one row of ruleset.views; row 0 is the payload. */
enum view_kind {
	VIEW_PAYLOAD, /* of the packet or the stream */
	VIEW_HEADER,  /* a header of the packet, perhaps transformed */
	VIEW_BUFFER,  /* a sticky buffer, perhaps transformed */
	VIEW_FILE,    /* no bytes, but each file of the transaction */
	VIEW_NUMBER,  /* no bytes, but from the state on at which this number is known */
	VIEW_ANY,     /* no bytes, from the start of the transaction on */
	VIEW_HOOK,    /* no bytes, from a named state on */
	VIEW_FRAME,   /* a record of the protocol, perhaps transformed */
};

struct transform {
	transform_fn *fn;
	const void   *key; /* interned: equal keys are one pointer */
	size_t        len;
};

struct view_spec {
	uint8_t          kind; /* enum view_kind */
	uint8_t          flags;/* enum buffer_flag */
	uint16_t         id;   /* enum buffer, enum number or enum appframe_kind */
	uint8_t          app, dir, state; /* of a hook */
	uint8_t          n_transforms;
	struct transform transforms[VIEW_TRANSFORMS_MAX];
};

enum part_flag {
	PART_DECODED = 1, /* of what base64_decode in the part before left */
	PART_ABSENT = 2,  /* holds when there is no such buffer … */
	PART_OR_ELSE = 4, /* … or when its checks hold */
};

struct part {
	const struct check *checks; /* may be an empty row */
	uint16_t            view;
	uint16_t            flags;
};

enum rule_l4 { L4_TCP = 1, L4_UDP = 2, L4_ICMP = 4, L4_ICMP6 = 8, L4_SCTP = 16, L4_OTHER = 32, L4_ALL = 63 };

enum rule_flow {
	FLOW_IS_ESTABLISHED = 1,
	FLOW_NOT_ESTABLISHED = 2,
	FLOW_STATELESS = 4,
	FLOW_ONLY_STREAM = 8,
	FLOW_NO_STREAM = 16,
	FLOW_ONLY_FRAG = 32,
	FLOW_NO_FRAG = 64,
	FLOW_DIRECTED = 128, /* to_server or to_client was said */
};

enum rule_flag {
	RULE_BOTH_WAYS = 1,    /* <> */
	RULE_ON_PACKET = 2,    /* payload checks ask the packet … */
	RULE_ON_STREAM = 4,    /* … the stream, or both */
	RULE_TX = 8,           /* some part asks a transaction */
	RULE_PAYLOAD = 16,     /* some part asks the payload */
	RULE_NOALERT = 32,
	RULE_WRITES_FLOW = 64, /* sets a flowbit or the like: goes before those that read */
	RULE_READS_FLOW = 128,
	RULE_HEADER_ONLY = 256,/* nothing but addresses and protocol: once for each flow and direction */
	RULE_PRIORITY_SET = 512,
	RULE_ALERTS = 1024,    /* a pass rule that alerts all the same */
	RULE_PROTOCOL_ONLY = 2048, /* nothing but app-layer-protocol: once, when that is known */
	RULE_PER_FILE = 4096,  /* asks files: alerts for each of a transaction */
	RULE_HOOK = 8192,      /* nothing but a state of the transaction: each time while it lasts */
	RULE_FRAME = 16384,    /* some part asks a frame */
};

/* A packet that cannot have what is asked here is out; mask 0: anything goes. */
struct rule_quick {
	uint8_t tcp_mask, tcp_want;
	int16_t icmp_type; /* -1: any */
	uint16_t size_low, size_high; /* payload bytes, both inside; 0 … 65535: any */
};

struct threshold;

struct rule {
	uint32_t index; /* in ruleset.rules: the order of alerts */
	uint16_t flags; /* enum rule_flag */
	uint8_t  l4;    /* enum rule_l4 */
	uint8_t  ip_versions; /* 1: IPv4, 2: IPv6 */
	uint8_t  dirs;  /* bit per enum dir */
	uint8_t  flow;  /* enum rule_flow */
	uint8_t  n_parts;
	uint8_t  fast_part; /* the part whose literal is looked for; 0xff: none */
	uint16_t src, dst;     /* index in ruleset.addrsets; 0: any */
	uint16_t sport, dport; /* index in ruleset.portsets; 0: any */
	uint64_t apps;         /* bits of enum appproto; 0: any */
	const struct check     *packet; /* NULL: none */
	const struct part      *parts;
	const struct check     *post;   /* NULL: none */
	const struct threshold *threshold; /* NULL: none */
	const struct threshold *suppress;  /* by threshold.config; NULL: none */
	struct rule_quick       quick;
	const uint8_t          *literal; /* what is looked for first; NULL: none */
	uint16_t                literal_len;
	bool                    literal_nocase;
	uint16_t                literal_low;  /* first end of the literal that can do, 0: any */
	uint16_t                literal_high; /* last one, 0xffff: any */
	struct rule_info       *info;
};

struct arena;
struct classification;
struct datasets;
struct groups;
struct intern;
struct MMDB_s;
struct regex_set;
struct reputation;
struct vars;
struct words;

struct ruleset {
	struct arena                 *keep; /* all that lives as long as the set */
	const struct vars            *vars;
	struct words                 *words; /* keywords by name, rules/words.h */
	struct classification        *classes;
	struct rule                 **rules; /* in the order of alerts once compiled */
	size_t                        n_rules, cap_rules;
	struct addrset               *addrsets; /* [0] is any; texts hold their numbers less one */
	struct portset               *portsets;
	size_t                        n_addrsets;
	struct intern                *addr_texts, *port_texts;
	struct view_spec             *views;
	struct intern                *view_keys;
	size_t                        n_views;
	struct intern                *names[NAMES_COUNT];
	uint64_t                      generation; /* 1, 2, … with each set that takes another's place */
	struct regex_set             *regexes;
	struct datasets              *datasets;
	struct MMDB_s                *geo;        /* NULL: no rule asked for it */
	struct reputation            *reputation; /* the same */
	struct intern                *kept; /* strings of build_keep() */
	uint64_t                      buffer_apps[BUF_COUNT][DIR_COUNT]; /* which protocols have it */
	uint64_t                      number_apps[NUM_COUNT][DIR_COUNT];
	unsigned                      file_wants; /* bits of enum file_want */
	const char                   *file;   /* being read now, "" none */
	struct groups                *groups; /* NULL until compiled, rules/group.h */
	struct ruleset_log           *log;    /* errors and counts, rules/ruleset.c */
	bool                          compiled;
	bool                          inline_mode; /* drop rules end their flow */
};

/* Index in addrsets or portsets of a header word, 0: any. -EINVAL with *why, -ENOMEM. */
int ruleset_addrset(struct ruleset *rs, struct lex_word text, const char **why);
int ruleset_portset(struct ruleset *rs, struct lex_word text, const char **why);
/* Index in views of this one, added when new. -ENOMEM. */
int ruleset_view(struct ruleset *rs, const struct view_spec *spec);

/* State from which on a view can be asked in a protocol and direction, STATE_NONE: never. */
uint8_t view_state(const struct view_spec *v, enum appproto app, int dir);
/* Protocols (bits) that have the view in a direction. */
uint64_t view_apps(const struct ruleset *rs, const struct view_spec *v, int dir);

#endif
