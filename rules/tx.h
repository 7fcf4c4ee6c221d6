/* SPDX-License-Identifier: Apache-2.0 */
/* rules/tx.h - a transaction, a file and a flow as rules see them.
 *
 * The head of each protocol's own transaction struct, of the sensor's flow, and
 * the two questions that the engine asks a protocol: give me a buffer, give me
 * a number. One worker owns a flow and all that hangs on it.
 */
#ifndef RULES_TX_H
#define RULES_TX_H

#include "lib/appproto.h"
#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/buffer.h"
#include "rules/packet.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct rule_state; /* engine's memory of what partly matched, rules/engine.c */
struct flow_vars;  /* flowbits, flowints, …, rules/vars.c */
struct rule_group;
struct appframe;      /* rules/appframe.h */

/* A piece of a buffer. Most are whole: start 0, ended true. */
struct view {
	struct bytes data;
	uint64_t     start; /* offset of data.at[0] in the whole buffer */
	bool         ended; /* nothing will follow */
};

/* What rules ask of files beyond their bytes: bits. */
enum file_want { FILE_WANT_MD5 = 1, FILE_WANT_SHA1 = 2, FILE_WANT_SHA256 = 4, FILE_WANT_MAGIC = 8 };

enum file_state { FILE_OPEN, FILE_CLOSED, FILE_TRUNCATED };

/* A file that a transaction carries. Owned by its transaction, memory of the pool. */
struct file {
	TAILQ_ENTRY(file) link;
	uint32_t        id;      /* per flow */
	uint8_t         dir;     /* enum dir in which it travels */
	uint8_t         state;   /* enum file_state */
	bool            no_data; /* its content was given up (budget) */
	struct pbuf     name;
	struct pbuf     data;       /* the part kept */
	uint64_t        data_start; /* offset of data.data[0] in the file */
	uint64_t        size;       /* bytes seen so far */
	uint64_t        inspected;  /* bytes the engine is done with */
	void           *hash;       /* running digests, sensor/file.c */
	uint8_t         md5[16], sha1[20], sha256[32];
	bool            has_md5, has_sha1, has_sha256;
	char           *magic;      /* libmagic's text, NULL: not asked yet */
	uint64_t        gaps;       /* bytes missing inside */
};
TAILQ_HEAD(file_list, file);

struct tx {
	TAILQ_ENTRY(tx) link;
	uint64_t           id;            /* 0, 1, … in its flow */
	uint8_t            progress[2];   /* per direction: index into struct app.states */
	uint8_t            complete_at[2];/* progress that means: nothing more in this direction */
	bool               done_inspect[2]; /* the engine has seen it complete */
	bool               logged;      /* its event was written, or a config rule wants none */
	bool               updated[2];    /* new bytes since the engine looked */
	uint64_t           events;        /* app-layer events: bit = index in struct app.events */
	struct rule_state *rules[2];      /* per direction; engine's */
	struct file_list   files;
};
TAILQ_HEAD(tx_list, tx);

/* The index-th file that travels in a direction, NULL: none. Borrowed. */
static inline struct file *
tx_file(const struct tx *tx, int dir, unsigned index)
{
	struct file *f;

	TAILQ_FOREACH(f, &tx->files, link)
		if (f->dir == dir && index-- == 0)
			return f;
	return NULL;
}

struct dce_iface {
	uint8_t  uuid[16]; /* in the order of its text */
	uint16_t version;
};

/* What dcerpc.iface and the byte order `dce` ask of a transaction. */
struct dce_view {
	struct dce_iface iface;            /* of this request, accepted by the server */
	bool             has_iface;
	bool             first_frag;       /* the request's first fragment was seen */
	bool             little_endian[2]; /* data representation, per direction */
};

/* What the engine asks a protocol. `tx` is the protocol's own struct, head first. */
struct app_ops {
	/* The index-th buffer of this kind; false when there is none (yet). Borrowed until the next packet. */
	bool (*buffer)(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);
	/* The index-th number of this kind; false when there is none. NULL: the protocol has no numbers. */
	bool (*number)(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out);
	/* Could this transaction have such a buffer, so that it can be absent? NULL: any of its protocol's. */
	bool (*may_have)(struct tx *tx, enum buffer b, int dir);
	/* False when the transaction carries no DCERPC request. NULL: never does. */
	bool (*dce)(struct tx *tx, struct dce_view *out);
};

enum flow_state { FLOW_NEW, FLOW_ESTABLISHED, FLOW_CLOSED };

/* What rules can ask about a flow; head of the sensor's struct flow. */
struct flow_facts {
	struct addr           addr[2]; /* [0] client: sender of the first packet, [1] server */
	uint16_t              port[2];
	uint8_t               ip_proto;
	uint8_t               state;   /* enum flow_state */
	bool                  seen[2]; /* packets in this direction */
	bool                  midstream;
	uint64_t              first_ns, last_ns;
	uint64_t              packets[2], bytes[2];
	uint64_t              stream_bytes[2]; /* for stream_size: sequence space seen */
	uint64_t              id;              /* EVE flow_id, random looking, stable for a capture */
	enum appproto         app;
	enum appproto         app_in[2]; /* recognised by each side's bytes */
	enum appproto         app_original; /* before it went over into another; unknown: it did not */
	bool                  fed[2];    /* its parser had bytes since the engine looked */
	const struct app_ops *ops;       /* NULL while app is unknown or failed */
	struct tx_list        txs;       /* oldest first */
	struct appframe         *frames[2]; /* per direction, oldest first, not seen by the engine yet */
	bool                  wants_frames; /* some rule asks for them */
	uint64_t              app_events;/* of the whole flow: detection protocol, gaps, …; rules/events.h */
	struct flow_vars     *vars;      /* NULL until a rule sets one */
	uint64_t              group[2];  /* engine's: generation of the rule set that has seen this direction's header */
	uint8_t               inspected; /* engine's own: what it has seen of the flow */
	bool                  no_alert;  /* a pass rule matched the whole flow */
	bool                  no_log;    /* a config rule wants no events of it but alerts */
	bool                  no_payload;/* noinspect, encrypted and bypassed */
};

#endif
