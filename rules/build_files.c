/* SPDX-License-Identifier: Apache-2.0 */
/* Files that rules read beside the rules: where they lie, and the databases that all rules share. */
#include "rules/build_impl.h"

#include "lib/arena.h"
#include "rules/reputation.h"
#include "rules/vars.h"

#include <maxminddb.h>
#include <stdlib.h>
#include <string.h>

const char *
build_path(struct build *b, const char *name)
{
	const char *slash = strrchr(b->rs->file, '/');
	size_t      folder = slash ? (size_t)(slash + 1 - b->rs->file) : 0;
	char       *path;

	if (*name == '/' || folder == 0)
		return name;
	path = arena_get(b->scratch, folder + strlen(name) + 1);
	if (!path)
		return NULL;
	memcpy(path, b->rs->file, folder);
	strcpy(path + folder, name);
	return path;
}

const struct MMDB_s *
build_geo(struct build *b)
{
	const char *path = vars_get(b->rs->vars, "geoip-database");
	MMDB_s     *db;

	if (b->rs->geo)
		return b->rs->geo;
	if (!path) {
		build_error(b, "needs the setting geoip-database");
		return NULL;
	}
	db = calloc(1, sizeof(*db));
	if (!db || MMDB_open(path, MMDB_MODE_MMAP, db) != MMDB_SUCCESS) {
		free(db);
		build_error(b, "cannot open the database %s", path);
		return NULL;
	}
	b->rs->geo = db;
	return db;
}

const struct reputation *
build_reputation(struct build *b)
{
	char why[256];

	if (!b->rs->reputation)
		b->rs->reputation = reputation_open(b->rs->vars, why, sizeof(why));
	if (!b->rs->reputation)
		build_error(b, "%s", why);
	return b->rs->reputation;
}
