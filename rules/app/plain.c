/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/plain.h"

#include <stddef.h>

const char *const plain_request_states[] = {
	[PLAIN_STARTED] = "request_started",
	[PLAIN_COMPLETE] = "request_complete",
	NULL,
};

const char *const plain_response_states[] = {
	[PLAIN_STARTED] = "response_started",
	[PLAIN_COMPLETE] = "response_complete",
	NULL,
};
