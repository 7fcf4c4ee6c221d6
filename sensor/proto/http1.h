/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/http1.h - HTTP/1 (RFC 9112, and what is really sent).
 *
 * A connection is two message streams; a request and its response are one
 * transaction. The parser is as lenient as the most lenient browser or server:
 * what some peer would accept must be seen. The files http1_*.c share the
 * structs below. See sensor/proto.h for threads and memory.
 */
#ifndef SENSOR_PROTO_HTTP1_H
#define SENSOR_PROTO_HTTP1_H

#include "rules/app/http1.h"
#include "rules/tx.h"
#include "sensor/proto/http1_body.h"
#include "sensor/proto/http1_head.h"

#include <stdbool.h>
#include <stdint.h>

struct json;
struct proto;
struct proto_env;
struct proto_settings;

#define HTTP1_LINE_MAX 18000 /* a line without an end is cut here */
#define HTTP1_TX_MAX 512     /* transactions that may wait for their responses */

/* Part of a start line. */
struct http1_span {
	uint32_t at, len;
};

struct http1_tx {
	struct tx                    tx; /* head first */
	struct pool                 *pool;
	const struct proto_settings *settings;
	struct http1_head            head[2];
	struct http1_body            body[2];
	/* request */
	struct http1_span method, target, protocol;
	struct pbuf       uri;      /* canonical; empty for CONNECT */
	uint32_t          path_len; /* of uri */
	struct pbuf       host;     /* lower case, without port */
	bool              host_from_uri;
	uint16_t          port;     /* of the URI or the Host header, 0: none */
	bool              is_connect, is_head, is_old; /* old: HTTP/0.9 */
	bool              no_request;                  /* only its response was seen */
	/* response */
	struct http1_span response_protocol, code, reason;
	uint16_t          status; /* 0: not a number */
	bool              seen_continue;
};

/* What comes next in one direction. */
enum http1_step {
	HTTP1_STEP_LINE,
	HTTP1_STEP_OLD,  /* after a request line without protocol: do headers follow? */
	HTTP1_STEP_HEAD,
	HTTP1_STEP_LENGTH,
	HTTP1_STEP_CLOSE, /* body until the end of the stream */
	HTTP1_STEP_CHUNK_SIZE,
	HTTP1_STEP_CHUNK_DATA,
	HTTP1_STEP_CHUNK_END,
	HTTP1_STEP_TRAILER,
	HTTP1_STEP_END,  /* the message is over; what follows may still belong to it */
	HTTP1_STEP_RESYNC, /* bytes are missing: until a line looks like the first one of a message */
	HTTP1_STEP_WAIT, /* CONNECT: until the response is there */
	HTTP1_STEP_IGNORE,
	HTTP1_STEPS,
};

enum http1_line_end { HTTP1_END_CRLF, HTTP1_END_LF, HTTP1_END_CR };

struct http1_side {
	uint8_t          step;
	uint8_t          line_end; /* enum http1_line_end, of the last line */
	bool             in_line;  /* STEP_RESYNC: not at the beginning of a line */
	struct http1_tx *tx;   /* the message on its way, NULL between messages */
	uint64_t         left; /* bytes of body or chunk to come */
};

struct http1_state {
	struct http1_side side[2];
	uint64_t          next_response; /* id of the transaction that the next response answers */
};

/* One parse call. */
struct http1_conn {
	struct http1_state *state;
	struct proto_env   *env;
	bool                eof;
};

/* A step takes what it can off `b`. 1: go on with the next step, 0: wants more bytes, -EBADMSG. */
typedef int http1_step_fn(struct http1_conn *c, int dir, struct bytes *b);

http1_step_fn http1_request_line, http1_request_old, http1_request_end;
http1_step_fn http1_response_line, http1_response_end;
http1_step_fn http1_length, http1_close, http1_chunk_size, http1_chunk_data, http1_chunk_end;

/* The head of a message is complete: choose the next step. */
int http1_request_head(struct http1_conn *c, struct http1_tx *t);
int http1_response_head(struct http1_conn *c, struct http1_tx *t);

/* The request on its way is HTTP/0.9: a line and nothing more. */
void http1_request_is_old(struct http1_conn *c);

/* A new transaction at the end of the flow's list; NULL: no memory. */
struct http1_tx *http1_tx_begin(struct http1_conn *c);
/* That direction's message is complete. */
void http1_message_end(struct http1_conn *c, int dir);

/* The next line of a head with its end, also a last one without end at the end of the stream or when it is
 * too long. false: wants more. */
bool http1_take_line(struct http1_conn *c, int dir, struct bytes *b, struct bytes *line);

/* How a body comes, by Transfer-Encoding and Content-Length: the step to go on with, HTTP1_STEP_END when
 * neither says anything. */
enum http1_step http1_transfer(struct http1_tx *t, int dir, uint64_t *left);

static inline void
http1_event(struct http1_tx *t, enum http1_event e)
{
	t->tx.events |= 1ULL << e;
	t->tx.updated[0] = t->tx.updated[1] = true;
}

static inline struct bytes
http1_part(const struct http1_head *h, struct http1_span s)
{
	return bytes_of(h->line.data ? h->line.data + s.at : NULL, s.len);
}

extern const struct proto http1_proto;

bool http1_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);
/* EVE's "http" object, and what stands in it. */
void http1_eve_members(struct http1_tx *t, struct json *j);
void http1_eve(struct tx *tx, struct json *j);

#endif
