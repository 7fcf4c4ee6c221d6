/* SPDX-License-Identifier: Apache-2.0 */
/* collector/stream.h - clients that follow what happens: one JSON object a line, as it is
 * stored.
 *
 * Each client has a place in the store and is fed from there when something was
 * committed and it has taken what it got before. So a slow one costs no memory
 * and misses nothing. The API's thread.
 */
#ifndef COLLECTOR_STREAM_H
#define COLLECTOR_STREAM_H

#include <stdint.h>

struct evhttp_request;
struct store_reader;
struct streams;

/* `reader` is borrowed. NULL: no memory. */
struct streams *streams_new(struct store_reader *reader);
/* End all answers. */
void streams_free(struct streams *s);

/* Answer this request with a stream of what comes after this event; it is the stream's
 * from now on. 0 or -errno, and then it is the caller's still. */
int streams_add(struct streams *s, struct evhttp_request *req, uint64_t after);
/* The newest event, where a stream begins that names none. */
int streams_newest(struct streams *s, uint64_t *out);

/* Something was committed. */
void streams_feed(struct streams *s);
/* Once a second: incidents that changed, and a word to those that have heard nothing for
 * a while. */
void     streams_tick(struct streams *s);
uint32_t streams_count(const struct streams *s);

#endif
