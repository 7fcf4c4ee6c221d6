/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/http2.h - HTTP/2 (RFC 9113), begun with its preface or by Upgrade.
 *
 * A stream is one transaction; frames of the connection as a whole (settings,
 * window, goaway, ping) are one each. A stream's transaction is one of HTTP/1
 * with more behind it: fields, bodies, forms, files and most buffers are those
 * of http1_*.c. A stream that carries DNS messages (RFC 8484) makes the flow
 * DoH, and answers for both protocols. Header compression is nghttp2's, in
 * memory of the pool. See sensor/proto.h for threads and memory.
 */
#ifndef SENSOR_PROTO_HTTP2_H
#define SENSOR_PROTO_HTTP2_H

#include "rules/app/http2.h"
#include "sensor/proto/http1.h"
#include "sensor/settings.h"

#include <nghttp2/nghttp2.h>

#define HTTP2_FRAME_MAX (100u << 10)  /* frames (but DATA) and header blocks that are put together */
#define HTTP2_TABLE_MAX (64u << 10)   /* of header compression */
#define HTTP2_STREAMS_MAX 4096        /* transactions at the same time */
#define HTTP2_FRAMES_MAX 65536        /* of one stream */
#define HTTP2_NOTES_MAX 1024          /* of one stream and direction */
#define HTTP2_BUCKETS 64

/* RFC 9113 6 */
enum http2_frame {
	HTTP2_DATA,
	HTTP2_FRAME_HEADERS,
	HTTP2_PRIORITY,
	HTTP2_RST_STREAM,
	HTTP2_SETTINGS,
	HTTP2_PUSH_PROMISE,
	HTTP2_PING,
	HTTP2_GOAWAY,
	HTTP2_WINDOW_UPDATE,
	HTTP2_CONTINUATION,
};

/* What rules ask of frames: the number, and its value; of settings, its id in the upper half. */
struct http2_note {
	uint64_t value;
	uint8_t  number; /* enum number */
};

struct dns_tx;

/* What HTTP/2 adds to one direction of a transaction. */
struct http2_more {
	struct pbuf    notes; /* struct http2_note[] */
	struct dns_tx *dns;   /* the message it carries, NULL: none */
	struct pbuf    wire;  /* of that, while it comes */
	bool           ended; /* END_STREAM was seen */
};

struct http2_tx {
	struct http1_tx   http; /* head first */
	uint32_t          stream;
	uint32_t          n_frames;
	struct http2_tx  *next; /* in its bucket */
	bool              is_dns;
	struct http2_more more[2];
};

/* One direction of the connection. */
struct http2_side {
	bool                 begun;     /* the preface is over; only the client has one */
	bool                 lost;      /* bytes were missing in a frame: nothing more is understood */
	uint32_t             stream;    /* of the DATA frame or header block on its way */
	uint32_t             data_left; /* of the DATA frame on its way: payload, … */
	uint32_t             pad_left;  /* … and padding or a frame too long for us */
	bool                 data_last; /* it ends the stream */
	uint8_t              block_type;
	uint8_t              block_flags;
	bool                 in_block;  /* CONTINUATION is to come */
	struct pbuf          block;     /* header block so far */
	nghttp2_hd_inflater *inflater;  /* of what this side sends */
};

struct http2_state {
	struct http2_side side[2];
	struct http2_tx  *buckets[HTTP2_BUCKETS];
	uint32_t          n_streams;
	uint32_t          last_stream; /* highest seen */
	bool              begun;
	struct proto_settings settings; /* of HTTP/1's code, but without its limits on bodies */
	nghttp2_mem       mem; /* the inflaters' way to the pool */
};

struct http2_conn {
	struct http2_state *state;
	struct proto_env   *env;
};

static inline void
http2_event(struct http2_tx *t, enum http2_event e)
{
	t->http.tx.events |= 1ULL << e;
	t->http.tx.updated[0] = t->http.tx.updated[1] = true;
}

/* Remember a number that rules may ask. */
void http2_note(struct http2_conn *c, struct http2_tx *t, int dir, enum number n, uint64_t value);

/* A header block is complete: take its fields into the transaction. */
void http2_head_read(struct http2_conn *c, struct http2_tx *t, int dir, int into, struct bytes block);
/* All fields of a direction are there: what they mean for the message. */
void http2_head_end(struct http2_conn *c, struct http2_tx *t, int dir);
void http2_inflater_free(struct http2_side *side);

/* Payload of DATA, and the end of a direction's message. */
void http2_body_data(struct http2_conn *c, struct http2_tx *t, int dir, struct bytes data);
void http2_body_end(struct http2_conn *c, struct http2_tx *t, int dir);
/* Decode base64url without padding; returns how many bytes, at most `cap`. */
size_t http2_base64url(struct bytes text, uint8_t *out, size_t cap);
/* The message in the path of a GET. */
void http2_dns_query(struct http2_conn *c, struct http2_tx *t, struct bytes path);
void http2_body_release(struct http2_more *more, struct pool *pool);

extern const struct proto http2_proto;

bool http2_buffer(struct tx *tx, enum buffer b, int dir, unsigned index, struct view *out);
bool http2_may_have(struct tx *tx, enum buffer b, int dir);
bool http2_number(struct tx *tx, enum number n, int dir, unsigned index, uint64_t *out);
/* EVE's "http" object, and "dns" where there is one. */
void http2_eve(struct tx *tx, struct json *j);

#endif
