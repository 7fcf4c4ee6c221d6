/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/quic.h - states and events of QUIC. Constant data, any thread. */
#ifndef RULES_APP_QUIC_H
#define RULES_APP_QUIC_H

#include "rules/app.h"

/* Progress of either direction: what is told is told whole. */
enum quic_progress {
	QUIC_STARTED,
	QUIC_COMPLETE,
};

/* Bit, name after the protocol. */
#define QUIC_EVENT_LIST(X)				\
	X(FAILED_DECRYPT, "failed_decrypt")		\
	X(ERROR_ON_DATA, "error_on_data")		\
	X(CRYPTO_FRAG_TOO_LONG, "crypto_frag_too_long")

enum quic_event {
#define X(id, name) QUIC_EVENT_##id,
	QUIC_EVENT_LIST(X)
#undef X
	QUIC_EVENT_COUNT
};

extern const struct app quic_app;

#endif
