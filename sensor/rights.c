/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/rights.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/sandbox.h"
#include "rules/vars.h"
#include "sensor/options.h"

#define FOLDERS_MAX 16

struct rights {
	struct sandbox box;
	unsigned       n_folders;
	char          *folders[FOLDERS_MAX]; /* made here */
};

static void
may_read(struct rights *r, const char *path)
{
	if (path && strcmp(path, "-") != 0 && r->box.n_read < SANDBOX_PATHS_MAX)
		r->box.read[r->box.n_read++] = path;
}

/* A file that is read again on a reload: by then it may be another file of the same name, so its folder
 * must be open. */
static void
may_read_again(struct rights *r, const char *path)
{
	struct stat st;
	char       *folder, *slash;

	if (!path || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) || r->n_folders == FOLDERS_MAX ||
			!(folder = strdup(path))) {
		may_read(r, path);
		return;
	}
	r->folders[r->n_folders++] = folder;
	slash = strrchr(folder, '/');
	if (slash && slash != folder)
		*slash = 0;
	may_read(r, slash ? (slash == folder ? "/" : folder) : ".");
}

/* All of a list, or, where it is too long to name, everything. */
static void
may_read_all(struct rights *r, const struct words *w, void (*allow)(struct rights *, const char *))
{
	if (w->n > FOLDERS_MAX / 2) {
		may_read(r, "/");
		return;
	}
	for (size_t i = 0; i < w->n; i++)
		allow(r, w->list[i]);
}

static void
may_use_system(struct rights *r)
{
	static const char *const network[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
		"/etc/host.conf", "/etc/gai.conf" };

	may_read(r, "/proc/self");
	may_read(r, "/etc/magic"); /* libmagic's, when other rules ask for it */
	may_read(r, "/usr/share/misc");
	may_read(r, "/usr/lib/file");
	if (r->box.capture) {
		may_read(r, "/sys/class/net"); /* links to … */
		may_read(r, "/sys/devices");   /* … where an interface counts what it dropped */
	}
	for (size_t i = 0; r->box.network && i < sizeof(network) / sizeof(network[0]); i++)
		may_read(r, network[i]);
}

/* Files that rules name by a setting. */
static void
may_read_settings(struct rights *r, const struct vars *settings)
{
	static const char *const names[] = { "threshold-file", "geoip-database", "default-reputation-path",
		"reputation-categories-file" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (vars_get(settings, names[i]))
			may_read_again(r, vars_get(settings, names[i]));
}

int
rights_drop(const struct options *o, const struct vars *settings)
{
	struct rights r = { .box = { .user = o->user, .capture = o->interfaces.n > 0,
				    .network = o->collectors.n > 0 } };
	int           err;

	may_use_system(&r);
	may_read_again(&r, o->classification);
	may_read_again(&r, o->reference);
	may_read_again(&r, o->threshold);
	may_read_settings(&r, settings);
	may_read_all(&r, &o->rules, may_read_again);
	may_read_all(&r, &o->reads, may_read);
	if (o->state && o->collectors.n)
		r.box.write[r.box.n_write++] = o->state;
	if (o->cache)
		r.box.write[r.box.n_write++] = o->cache;
	err = sandbox_sensor(&r.box);
	while (r.n_folders)
		free(r.folders[--r.n_folders]);
	return err;
}
