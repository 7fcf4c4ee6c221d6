/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/tftp.h - states of TFTP: a request is complete at once. Constant data, any thread. */
#ifndef RULES_APP_TFTP_H
#define RULES_APP_TFTP_H

#include "rules/app.h"

enum tftp_state {
	TFTP_STARTED,
	TFTP_COMPLETE,
};

extern const struct app tftp_app;

#endif
