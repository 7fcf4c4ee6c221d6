/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto.h - the table of application protocols and what each row must give.
 *
 * sensor/proto/<name>.c holds one protocol and exports one const struct proto,
 * which is a row in sensor/proto.c. The stream (TCP) or the flow (UDP) finds
 * the protocol by content on any port, then hands it each direction's bytes in
 * order, once. Memory comes from the worker's pool and is bounded; a refusal is
 * a counter and the protocol gives up what it was building. One worker a flow.
 */
#ifndef SENSOR_PROTO_H
#define SENSOR_PROTO_H

#include "lib/appproto.h"
#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/app.h"
#include "rules/tx.h"

#include <stdbool.h>
#include <stdint.h>

struct json;
struct file_worker;
struct proto_settings;

enum proto_probe { PROBE_NO, PROBE_MORE, PROBE_YES };

enum proto_over { PROTO_TCP = 1, PROTO_UDP = 2, PROTO_SCTP = 4 };

/* What a parser may use of its surroundings; one for each flow that has a protocol. */
struct proto_env {
	struct pool       *pool;   /* all memory */
	struct flow_facts *flow;   /* its txs list is the parser's to fill, oldest first */
	uint64_t           now_ns; /* time of the packet that brought these bytes */
	uint64_t           next_tx;/* id for the next transaction */
	uint32_t           next_file;
	/* Ask that another flow, not yet seen, be taken as `app` (FTP data): from `addr` port
	 * `port` on either side; `cookie` is handed to that protocol's state. Copied. */
	void (*expect)(struct proto_env *env, const struct addr *addr, uint16_t port,
			enum appproto app, const void *cookie, size_t cookie_len);
	/* Go on with another protocol from the next unconsumed byte (CONNECT, STARTTLS, Upgrade):
	 * APPPROTO_UNKNOWN means: detect anew. */
	void (*switch_to)(struct proto_env *env, enum appproto app);
	void *owner; /* the stream's */
	struct pbuf carried; /* what a parser leaves for the one it switches to, which takes it off */
	bool  look_now[2]; /* set by the parser: rules should look at this direction's stream at once */
	struct file_worker          *files;    /* the worker's, sensor/file.h; NULL: no digests, no magic */
	const struct proto_settings *settings; /* limits, sensor/settings.h; NULL: the defaults */
};

/* Flags of a parse call. */
enum proto_input {
	PROTO_EOF = 1, /* nothing more will come in this direction; data may be empty */
	PROTO_GAP = 2, /* `data` is empty and `gap` bytes are missing here */
};

struct proto {
	enum appproto     id;
	uint8_t           over;  /* bits of enum proto_over */
	uint8_t           deep;  /* 1: it carries files and is followed beyond the stream depth */
	uint8_t           gaps;  /* 1: parse() wants gaps; 0: after a gap it is called no more */
	uint16_t          ports[8]; /* server ports on which it is tried first; 0 ends */
	size_t            state_size; /* of the protocol's own state, zeroed at start */

	/* Could these first bytes of direction `dir` be ours? Content decides, not the port. */
	enum proto_probe (*probe)(struct bytes data, int dir, uint16_t sport, uint16_t dport);

	/* Take bytes. Returns how many were consumed (the rest comes again with more after it),
	 * or -EBADMSG: this is not, or no longer, our protocol; no further call comes.
	 * For UDP each datagram is one call and counts as consumed. */
	int (*parse)(void *state, struct proto_env *env, int dir, struct bytes data, unsigned flags,
			uint64_t gap);

	/* Free what hangs on one transaction / on the state. The struct tx itself included. */
	void (*tx_free)(void *state, struct proto_env *env, struct tx *tx);
	void (*state_free)(void *state, struct proto_env *env);

	struct app_ops ops;

	/* The protocol's own EVE object(s) for an alert or a context event of this transaction:
	 * writes e.g. "http":{…} as a member. NULL: none. */
	void (*eve)(struct tx *tx, struct json *j);
};

/* The row, NULL when we have no parser for it. */
const struct proto *proto_get(enum appproto id);

/* Which protocol do the first bytes belong to? Tries the rows of that transport, those on their
 * ports first. PROBE_YES sets *out; PROBE_MORE: wait for more bytes (asked again up to a limit). */
enum proto_probe proto_detect(const struct proto **out, enum proto_over over, struct bytes data,
		int dir, uint16_t sport, uint16_t dport);

#endif
