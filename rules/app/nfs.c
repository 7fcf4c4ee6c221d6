/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/app/nfs.h"

#include "rules/app/plain.h"

#include <stddef.h>

static const char *const events[] = {
#define X(id, name) name,
	NFS_EVENT_LIST(X)
#undef X
	NULL,
};

static const struct app_buffer buffers[] = {
	{ BUF_FILE_DATA, DIR_TOSERVER, PLAIN_STARTED },
	{ BUF_FILE_DATA, DIR_TOCLIENT, PLAIN_STARTED },
	{ BUF_FILE_NAME, DIR_TOSERVER, PLAIN_STARTED },
	{ BUF_FILE_NAME, DIR_TOCLIENT, PLAIN_STARTED },
	{ BUF_FILE_MAGIC, DIR_TOSERVER, PLAIN_STARTED },
	{ BUF_FILE_MAGIC, DIR_TOCLIENT, PLAIN_STARTED },
	{ BUF_NONE, 0, 0 },
};

static const struct app_number numbers[] = {
	PLAIN_REQUEST(NUM_NFS_VERSION),
	PLAIN_REQUEST(NUM_NFS_PROCEDURE),
	{ NUM_NONE, 0, 0 },
};

const struct app nfs_app = {
	.id = APPPROTO_NFS,
	.states = PLAIN_STATES,
	.events = events,
	.buffers = buffers,
	.numbers = numbers,
};
