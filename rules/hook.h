/* SPDX-License-Identifier: Apache-2.0 */
/* rules/hook.h - the hook of a rule's header: `http1:request_headers`, `tcp:flow_start`.
 *
 * Of a protocol: the rule is asked once its transaction is that far, and as long
 * as it stays there. Of a transport: it is asked of certain packets only. While
 * loading, one thread.
 */
#ifndef RULES_HOOK_H
#define RULES_HOOK_H

#include "rules/lex.h"

struct build;

/* 0, or -EINVAL after build_error(). */
int hook_app(struct build *b, struct lex_word protocol, struct lex_word state);
int hook_packet(struct build *b, struct lex_word name);

/* Find a state of the rule's protocols by name, in either direction. 0 or -EINVAL. */
struct hook_state {
	uint8_t app, dir, state; /* enum appproto, enum dir, index of struct app.states */
};
int hook_find(struct hook_state *out, uint64_t apps, const char *name);

#endif
