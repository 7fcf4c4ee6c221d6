/* SPDX-License-Identifier: Apache-2.0 */
/* cli/http.h - reads one HTTP/1.1 answer as it arrives (RFC 9112, sections 4 to 7).
 *
 * Knows bytes only: the connection is client.c's. Bounded: a line of the head or of
 * the chunk framing is at most HTTP_LINE_MAX, a head HTTP_HEAD_MAX; the body is handed
 * on piece by piece and its size is the caller's matter. Not thread-safe.
 */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LINE_MAX 8192u
#define HTTP_HEAD_MAX 65536u

struct evbuffer;

enum http_part {
	HTTP_STATUS,
	HTTP_HEADERS,
	HTTP_BODY,       /* `left` bytes of Content-Length */
	HTTP_BODY_TO_END /* until the peer closes */,
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK,      /* `left` bytes of this chunk */
	HTTP_CHUNK_END,
	HTTP_TRAILERS,
	HTTP_DONE,
};

struct http_reply {
	enum http_part part;
	int            status;  /* 0 until known */
	bool           closes;  /* the peer will close after this answer */
	bool           chunked;
	bool           sized;
	uint64_t       left;
	size_t         n_head;  /* bytes of head or trailers so far */
};

/* Before the first byte of an answer. */
void http_start(struct http_reply *r);

/* Take what `in` holds; body bytes are moved to the end of `body`. 0 or -EBADMSG; r->part is
 * HTTP_DONE when the answer is whole, bytes after it stay in `in`. */
int http_feed(struct http_reply *r, struct evbuffer *in, struct evbuffer *body);

/* The peer closed. 0 when that ends the answer, -ECONNRESET when something is missing. */
int http_end(struct http_reply *r);

#endif
