/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/http1_uri.h - request targets: split into parts, and made canonical for rules.
 *
 * What a server of any make might see: escapes decoded (also %uXXXX), back-
 * slashes as slashes, repeated slashes as one, dot segments taken out, UTF-8
 * brought down to the nearest byte. One thread.
 */
#ifndef SENSOR_PROTO_HTTP1_URI_H
#define SENSOR_PROTO_HTTP1_URI_H

#include "lib/bytes.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stdint.h>

/* Parts of a request target, borrowed from it. */
struct http1_uri {
	struct bytes host; /* as sent, without user and port; empty: none */
	struct bytes port; /* digits after the colon, empty: none */
	struct bytes path;
	struct bytes query;    /* with its '?', empty: none */
	struct bytes fragment; /* with its '#' */
};

struct http1_uri http1_uri_split(struct bytes target);
/* "host:port", "[v6]:port" (CONNECT's target, the Host header) */
void http1_uri_authority(struct http1_uri *out, struct bytes text);

/* Append the canonical path, query and fragment; *path_len gets the length of the path alone.
 * -ENOMEM leaves less. */
int http1_uri_normalise(struct pool *pool, struct pbuf *out, const struct http1_uri *u,
		uint32_t *path_len);

#endif
