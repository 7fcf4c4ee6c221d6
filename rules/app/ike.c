/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/ike.h"

#include "rules/app/plain.h"

#include <stddef.h>

static const char *const events[] = {
#define X(id, name) name,
	IKE_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	PLAIN_REQUEST(BUF_IKE_INIT_SPI),
	PLAIN_RESPONSE(BUF_IKE_RESP_SPI),
	PLAIN_REQUEST(BUF_IKE_VENDOR),
	PLAIN_BOTH(BUF_IKE_NONCE_PAYLOAD),
	PLAIN_BOTH(BUF_IKE_KEY_EXCHANGE_PAYLOAD),
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	PLAIN_BOTH(NUM_IKE_EXCHTYPE),
	PLAIN_RESPONSE(NUM_IKE_SA_ATTRIBUTE),
	PLAIN_BOTH(NUM_IKE_KEY_EXCHANGE_PAYLOAD_LENGTH),
	PLAIN_BOTH(NUM_IKE_NONCE_PAYLOAD_LENGTH),
	{ NUM_NONE, 0, 0 },
};

const struct app ike_app = {
	.id = APPPROTO_IKE,
	.states = PLAIN_STATES,
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
