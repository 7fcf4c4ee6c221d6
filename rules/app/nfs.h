/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/nfs.h - events of NFS. Constant data, any thread. */
#ifndef RULES_APP_NFS_H
#define RULES_APP_NFS_H

#include "rules/app.h"

/* Bit, name after the protocol. */
#define NFS_EVENT_LIST(X) \
	X(MALFORMED_DATA, "malformed_data") \
	X(NONEXISTENT_VERSION, "nonexistent_version") \
	X(UNSUPPORTED_VERSION, "unsupported_version") \
	X(TOO_MANY_TRANSACTIONS, "too_many_transactions")

enum nfs_event {
#define X(id, name) NFS_EVENT_##id,
	NFS_EVENT_LIST(X)
#undef X
	NFS_EVENT_COUNT
};

extern const struct app nfs_app;

#endif
