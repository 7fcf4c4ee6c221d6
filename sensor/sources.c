/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sources.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/clock.h"

#define BUFFER_MIB_DEFAULT 64
#define BUFFER_MIB_MIN 4
#define SNAPLEN 262144

static const char *const suffixes[] = { ".pcap", ".pcapng", ".cap", ".dmp", ".pcap.gz", ".pcap.zst",
	".pcapng.gz", ".pcapng.zst", ".cap.gz", ".cap.zst" };

static bool
is_capture_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t n = strlen(suffixes[i]);

		if (len > n && strcmp(name + len - n, suffixes[i]) == 0)
			return true;
	}
	return false;
}

static int
add(struct sources *s, const char *name, bool live)
{
	struct eve_source *names = reallocarray(s->names, s->n + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	s->names = names;
	s->names[s->n] = (struct eve_source){ .name = strdup(name), .live = live };
	if (!s->names[s->n].name)
		return -ENOMEM;
	s->n++;
	return 0;
}

static int
add_folder(struct sources *s, const char *folder)
{
	struct dirent **entries;
	int             n = scandir(folder, &entries, NULL, alphasort), err = 0;
	size_t          before = s->n;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		char        path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (err == 0 && entries[i]->d_name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
				(is_capture_name(path) || capture_looks_like(path)))
			err = add(s, path, false);
		free(entries[i]);
	}
	free(entries);
	return err ? err : s->n == before ? -ENOENT : 0;
}

static int
add_read(struct sources *s, const char *path)
{
	struct stat st;
	int         err;

	if (strcmp(path, "-") == 0)
		return add(s, path, false);
	if (stat(path, &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = add_folder(s, path);
	else
		return add(s, path, false);
	if (err < 0) {
		fprintf(stderr, "tocsin-sensor: %s: %s\n", path,
				err == -ENOENT && stat(path, &st) == 0 ? "no captures in this folder"
								       : strerror(-err));
		s->n_refused++;
	}
	return err == -ENOMEM ? err : 0;
}

/* The ring of an interface is divided between its workers. */
static int
buffer_mib(const struct options *o, unsigned workers)
{
	int mib = (o->buffer_mib ? atoi(o->buffer_mib) : BUFFER_MIB_DEFAULT) / (int)workers;

	return mib > BUFFER_MIB_MIN ? mib : BUFFER_MIB_MIN;
}

/* One handle of the interface for each worker. */
static int
add_interface(struct sources *s, const struct options *o, size_t i)
{
	const char         *interface = o->interfaces.list[i];
	char                why[CAPTURE_WHY_MAX];
	struct capture_live settings = {
		.interface = interface,
		.filter = o->filter,
		.buffer_mib = buffer_mib(o, s->n_live),
		.snaplen = SNAPLEN,
		.promiscuous = true,
		.source = (uint16_t)s->n,
		.group = s->n_live > 1 ? &s->groups[i] : NULL,
	};

	(void)pthread_mutex_init(&s->groups[i].lock, NULL);
	for (unsigned k = 0; k < s->n_live; k++) {
		if (live_add(s->live[k], &settings, why) < 0) {
			fprintf(stderr, "tocsin-sensor: %s: %s\n", interface, why);
			return -EINVAL;
		}
	}
	return add(s, interface, true);
}

static int
add_interfaces(struct sources *s, const struct options *o, unsigned workers)
{
	uint64_t now_ns;
	int      err = 0;

	if (o->interfaces.n > LIVE_PORTS_MAX) {
		fprintf(stderr, "tocsin-sensor: at most %d interfaces\n", LIVE_PORTS_MAX);
		return -EINVAL;
	}
	s->live = calloc(workers, sizeof(struct live *));
	s->groups = calloc(o->interfaces.n, sizeof(*s->groups));
	if (!s->live || !s->groups)
		return -ENOMEM;
	for (; s->n_live < workers; s->n_live++)
		if (!(s->live[s->n_live] = live_new(s->n_live > 0)))
			return -ENOMEM;
	for (size_t i = 0; i < o->interfaces.n && err == 0; i++)
		err = add_interface(s, o, i);
	now_ns = clock_wall_ns();
	for (unsigned k = 0; k < workers && workers > 1 && err == 0; k++)
		live_since(s->live[k], now_ns);
	return err;
}

int
sources_open(struct sources *s, const struct options *o, unsigned workers)
{
	int err = 0;

	*s = (struct sources){ .filter = o->filter };
	for (size_t i = 0; i < o->reads.n && err == 0; i++)
		err = add_read(s, o->reads.list[i]);
	return err == 0 && o->interfaces.n ? add_interfaces(s, o, workers) : err;
}

void
sources_close(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		free((char *)(uintptr_t)s->names[i].name);
	for (unsigned k = 0; k < s->n_live; k++)
		live_free(s->live[k]);
	free(s->names);
	free(s->live);
	free(s->groups);
	*s = (struct sources){ 0 };
}

void
sources_refuse(struct sources *s, size_t i, const char *why)
{
	fprintf(stderr, "tocsin-sensor: %s: %s\n", s->names[i].name, why);
	s->n_refused++;
}

struct capture *
sources_open_file(struct sources *s, size_t i)
{
	char            why[CAPTURE_WHY_MAX] = "cannot be opened";
	struct capture *c;

	if (capture_open_file(&c, s->names[i].name, s->filter, (uint16_t)i, why) == 0)
		return c;
	sources_refuse(s, i, why);
	return NULL;
}
