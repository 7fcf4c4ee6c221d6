/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/inflate.h - undo gzip, deflate and brotli as the bytes come.
 *
 * As lenient as browsers are: deflate with or without zlib's wrapper, gzip with
 * a wrong or missing checksum, several gzip members. Memory of the pool, given
 * back by inflate_free(). How much may come out is the caller's to limit. One
 * thread.
 */
#ifndef SENSOR_INFLATE_H
#define SENSOR_INFLATE_H

#include "lib/bytes.h"
#include "lib/pool.h"

enum inflate_kind { INFLATE_GZIP, INFLATE_DEFLATE, INFLATE_BROTLI };

struct inflate;

/* Where the output goes; `out` is borrowed for the call. 0, or -errno to stop. */
typedef int inflate_sink(void *arg, struct bytes out);

/* 0 or -ENOMEM. */
int  inflate_new(struct inflate **out, struct pool *pool, enum inflate_kind kind);
void inflate_free(struct inflate *d);

/* Feed bytes; what they decode to goes to `sink`. 0, what `sink` returned, or -EBADMSG: this is not (or
 * no longer) such data. Bytes after the end of the data are thrown away. */
int inflate_feed(struct inflate *d, struct bytes in, inflate_sink *sink, void *arg);

/* Has anything come out yet? If not, all that was fed so far (as much as is remembered) is in
 * inflate_early(), for those who want to take it as it is. */
bool         inflate_started(const struct inflate *d);
struct bytes inflate_early(const struct inflate *d);

#endif
