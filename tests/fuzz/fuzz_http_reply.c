/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's answers as `tocsin` reads them: whole and byte by byte come to the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <event2/buffer.h>

#include "cli/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
feed(struct http_reply *r, struct evbuffer *body, const uint8_t *data, size_t size, size_t step)
{
	struct evbuffer *in = evbuffer_new();
	int              err = 0;

	http_start(r);
	for (size_t at = 0; at < size && !err; at += step) {
		evbuffer_add(in, data + at, size - at < step ? size - at : step);
		err = http_feed(r, in, body);
	}
	if (!err)
		err = http_end(r);
	evbuffer_free(in);
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evbuffer  *whole = evbuffer_new(), *pieces = evbuffer_new();
	struct http_reply a, b;
	int               err_a = feed(&a, whole, data, size, size ? size : 1);
	int               err_b = feed(&b, pieces, data, size, 1);

	assert(err_a == err_b && a.part == b.part);
	if (!err_a) {
		size_t len = evbuffer_get_length(whole);

		assert(a.status == b.status && len == evbuffer_get_length(pieces));
		assert(!len || !memcmp(evbuffer_pullup(whole, -1), evbuffer_pullup(pieces, -1), len));
	}
	evbuffer_free(whole);
	evbuffer_free(pieces);
	return 0;
}
