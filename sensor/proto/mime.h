/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/mime.h - an Internet message (RFC 5322, 2045-2047, 2231) while it passes by.
 *
 * Takes the message in pieces of lines, keeps the few header fields that rules
 * ask for, opens a file for every part that has a name, finds the URLs of text.
 * Nesting, sizes and counts are bounded. Memory of the pool, one worker.
 */
#ifndef SENSOR_PROTO_MIME_H
#define SENSOR_PROTO_MIME_H

#include "lib/bytes.h"
#include "rules/buffer.h"
#include "rules/tx.h"

#include <stdbool.h>

struct json;
struct mime;
struct proto_env;

/* What was found wrong: bits of mime_wrong(). */
enum mime_wrong {
	MIME_INVALID_BASE64 = 1,
	MIME_INVALID_QP = 2,
	MIME_LONG_LINE = 4,
	MIME_LONG_ENC_LINE = 8,
	MIME_LONG_HEADER_NAME = 16,
	MIME_LONG_HEADER_VALUE = 32,
	MIME_LONG_BOUNDARY = 64,
	MIME_LONG_FILENAME = 128,
};

/* A message that `tx` carries in direction `dir`. NULL: no memory, fine for all calls below. */
struct mime *mime_new(struct proto_env *env, struct tx *tx, int dir);
void         mime_free(struct mime *m, struct proto_env *env);

/* The next piece: a line with its LF, or a part of one without. */
void mime_take(struct mime *m, struct proto_env *env, struct bytes piece);

/* Nothing more comes; `whole`: as it should. */
void mime_end(struct mime *m, struct proto_env *env, bool whole);

unsigned mime_wrong(const struct mime *m);

/* The email.* buffers. */
bool mime_buffer(const struct mime *m, enum buffer b, unsigned index, struct view *out);

/* EVE's "email" object. */
void mime_eve(const struct mime *m, const struct tx *tx, struct json *j);

#endif
