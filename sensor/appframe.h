/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/appframe.h - parsers mark the frames of their protocol here, rules/appframe.h.
 *
 * A parser says where in its bytes a frame begins and how long it is, in the
 * call in which it consumes that place. The bytes are gathered behind its back,
 * over as many calls as it takes. All calls do nothing unless a rule asks for
 * frames. A flow keeps a bounded number of frames that the engine has not seen;
 * more are not marked. One worker.
 */
#ifndef SENSOR_APPFRAME_H
#define SENSOR_APPFRAME_H

#include "lib/bytes.h"
#include "rules/appframe.h"

struct flow_facts;
struct proto_env;

/* A frame begins at `at`, a place in the bytes of this parse call; `len` bytes, or APPFRAME_UNTIL_END. */
void appframe_mark(struct proto_env *env, int dir, enum appframe_kind kind, const uint8_t *at, uint64_t len);
/* The frame of that kind whose end was not known ends before `end`. */
void appframe_end(struct proto_env *env, int dir, enum appframe_kind kind, const uint8_t *end);

/* The parser is through with `data`: gather. What is marked behind it will be marked again. */
void appframes_feed(struct pool *pool, struct flow_facts *flow, int dir, struct bytes data);
/* No more bytes come in this direction, or some are missing: all end. */
void appframes_end(struct flow_facts *flow, int dir);
/* The flow goes. */
void appframes_release(struct pool *pool, struct flow_facts *flow);

#endif
