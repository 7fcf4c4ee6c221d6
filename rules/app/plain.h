/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/plain.h - the states of protocols whose messages are read whole: begun, complete.
 *
 * Most protocols have no more to tell; they share these rows. Constant data, any thread.
 */
#ifndef RULES_APP_PLAIN_H
#define RULES_APP_PLAIN_H

#include "rules/packet.h"

enum plain_state {
	PLAIN_STARTED,
	PLAIN_COMPLETE,
};

extern const char *const plain_request_states[];
extern const char *const plain_response_states[];

/* For struct app.states. */
#define PLAIN_STATES { plain_request_states, plain_response_states }

/* Rows of struct app_buffer and struct app_number. */
#define PLAIN_REQUEST(id) { id, DIR_TOSERVER, PLAIN_COMPLETE }
#define PLAIN_RESPONSE(id) { id, DIR_TOCLIENT, PLAIN_COMPLETE }
#define PLAIN_BOTH(id) PLAIN_REQUEST(id), PLAIN_RESPONSE(id)

#endif
