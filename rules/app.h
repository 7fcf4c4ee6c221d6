/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app.h - what a rule can say about an application protocol.
 *
 * One const row a protocol, in rules/app/<protocol>.c, with the enums of its
 * states and events in rules/app/<protocol>.h. The parsers of sensor/proto use
 * the same enums, so a name in a rule and a bit in a transaction cannot drift
 * apart. Constant data, any thread.
 */
#ifndef RULES_APP_H
#define RULES_APP_H

#include "lib/appproto.h"
#include "rules/buffer.h"

#include <stdint.h>

/* A buffer of this protocol: in which direction and from which state on it can be read. */
struct app_buffer {
	enum buffer buffer;
	uint8_t     dir;   /* enum dir */
	uint8_t     state; /* progress at which it is final, or first readable when it streams */
};

struct app_number {
	enum number number;
	uint8_t     dir;
	uint8_t     state;
};

struct app {
	enum appproto            id;
	const char *const       *states[2]; /* hook names per direction, NULL-terminated; the index is the progress */
	const char *const       *events;    /* app-layer-event names without the protocol, NULL-terminated; index = bit */
	const struct app_buffer *buffers;   /* ends with BUF_NONE */
	const struct app_number *numbers;   /* ends with NUM_NONE; NULL: none */
};

/* The row of a protocol; NULL when a rule can say nothing about it. */
const struct app *app_get(enum appproto id);

/* Index of an event name, -1 when unknown. */
int app_event(const struct app *app, const char *name);
/* Progress of a hook name in a direction, -1 when unknown. */
int app_state(const struct app *app, int dir, const char *name);

#endif
