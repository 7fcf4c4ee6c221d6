/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/dcerpc.h - states of DCERPC: a request with its response. Constant data, any thread. */
#ifndef RULES_APP_DCERPC_H
#define RULES_APP_DCERPC_H

#include "rules/app.h"

enum dcerpc_state {
	DCERPC_STARTED,
	DCERPC_COMPLETE,
};

extern const struct app dcerpc_app;

#endif
