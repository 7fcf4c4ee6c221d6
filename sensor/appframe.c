/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/appframe.h"

#include "rules/tx.h"
#include "sensor/proto.h"

#define FRAMES_MAX 256 /* of one direction that the engine has not seen */

void
appframe_mark(struct proto_env *env, int dir, enum appframe_kind kind, const uint8_t *at, uint64_t len)
{
	struct appframe **last = &env->flow->frames[dir], *f;
	unsigned       n = 0;

	if (!env->flow->wants_frames)
		return;
	for (; *last; last = &(*last)->next)
		n++;
	if (n >= FRAMES_MAX || !(f = pool_zero(env->pool, sizeof(*f))))
		return;
	f->kind = (uint8_t)kind;
	f->at = at;
	f->left = len;
	*last = f;
}

void
appframe_end(struct proto_env *env, int dir, enum appframe_kind kind, const uint8_t *end)
{
	for (struct appframe *f = env->flow->frames[dir]; f; f = f->next)
		if (!f->ended && !f->end && f->kind == kind && f->left == APPFRAME_UNTIL_END)
			f->end = end;
}

static void
gather(struct pool *pool, struct appframe *f, struct bytes data)
{
	const uint8_t *from = f->at ? f->at : data.at;
	const uint8_t *to = f->end ? f->end : data.at + data.left;
	uint64_t       n = (uint64_t)(to - from), room = APPFRAME_BYTES_MAX - f->data.len;

	if (n > f->left)
		n = f->left;
	if (f->left != APPFRAME_UNTIL_END)
		f->left -= n;
	f->cut = n > room || pbuf_add(pool, &f->data, from, n < room ? n : room) < 0;
	f->ended = f->end || f->left == 0 || f->cut;
	f->at = NULL;
}

void
appframes_feed(struct pool *pool, struct flow_facts *flow, int dir, struct bytes data)
{
	struct appframe **at = &flow->frames[dir], *f;

	while ((f = *at)) {
		if (f->at && f->at >= data.at + data.left) {
			*at = f->next;
			appframe_free(pool, f);
			continue;
		}
		if (!f->ended)
			gather(pool, f, data);
		at = &f->next;
	}
}

void
appframes_end(struct flow_facts *flow, int dir)
{
	for (struct appframe *f = flow->frames[dir]; f; f = f->next) {
		f->cut |= !f->ended && f->left != APPFRAME_UNTIL_END;
		f->ended = true;
	}
}

void
appframes_release(struct pool *pool, struct flow_facts *flow)
{
	for (int dir = 0; dir < 2; dir++) {
		struct appframe *f;

		while ((f = flow->frames[dir])) {
			flow->frames[dir] = f->next;
			appframe_free(pool, f);
		}
	}
}
