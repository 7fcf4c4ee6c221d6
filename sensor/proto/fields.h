/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/fields.h - the pieces of a message that rules and events ask for, by what they are.
 *
 * A parser adds each piece under the buffer that it is for (or a number of its own
 * from FIELDS_OWN on); a piece may come several times. The bytes are copied, so
 * that the message may go. Bounded; memory of the pool. One worker.
 */
#ifndef SENSOR_PROTO_FIELDS_H
#define SENSOR_PROTO_FIELDS_H

#include "lib/bytes.h"
#include "lib/pool.h"
#include "rules/tx.h"

#include <stdbool.h>

#define FIELDS_MAX 256u           /* pieces of one message; more are left out */
#define FIELDS_BYTES_MAX (64u << 10) /* of all of them */
#define FIELDS_OWN BUF_COUNT      /* first number that is no buffer */

struct json;

struct fields {
	struct pbuf text;
	struct pbuf rows;
};

void fields_add(struct fields *f, struct pool *pool, unsigned what, struct bytes text);
void fields_release(struct fields *f, struct pool *pool);

/* The index-th piece of that kind; false: there is none. Borrowed until the next fields_add(). */
bool fields_get(const struct fields *f, unsigned what, unsigned index, struct bytes *out);
/* The i-th piece of all, in the order of the message. */
bool fields_at(const struct fields *f, unsigned i, unsigned *what, struct bytes *out);
/* The index-th piece as a buffer of struct app_ops. */
bool fields_view(const struct fields *f, enum buffer b, unsigned index, struct view *out);
/* A member of an event: the first piece of that kind, where there is one. */
void fields_eve(const struct fields *f, unsigned what, struct json *j, const char *key);
/* All of them as an array. */
void fields_eve_all(const struct fields *f, unsigned what, struct json *j, const char *key);

#endif
