/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/http1_form.h - multipart/form-data (RFC 7578) as it streams: each part with a file name is a file.
 *
 * Holds back only what may turn out to be a boundary and the header lines of
 * the part that begins. Memory of the pool. One thread.
 */
#ifndef SENSOR_PROTO_HTTP1_FORM_H
#define SENSOR_PROTO_HTTP1_FORM_H

#include "lib/bytes.h"

struct http1_form;
struct http1_tx;
struct proto_env;
struct pool;

/* Parameter `name` of a header value like `form-data; name="x"; filename="y"`, unquoted into `out`.
 * Returns its length, 0: none. */
size_t http1_parameter(uint8_t *out, size_t cap, struct bytes value, const char *name);

/* NULL: no boundary in this Content-Type, or no memory. */
struct http1_form *http1_form_new(struct proto_env *env, struct bytes content_type);
void               http1_form_free(struct http1_form *f, struct pool *pool);
void http1_form_data(struct proto_env *env, struct http1_tx *t, struct http1_form *f, struct bytes data);
/* The body ends: so does an open part. `whole`: all of it was seen. */
void http1_form_close(struct proto_env *env, struct http1_tx *t, struct http1_form *f, bool whole);

#endif
