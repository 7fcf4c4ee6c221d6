/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sources.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BUFFER_MIB_DEFAULT 64
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
add(struct sources *s, const char *name, bool live, struct capture *c)
{
	struct eve_source *names = reallocarray(s->names, s->n + 1, sizeof(*names));
	struct capture   **captures;

	if (!names)
		return -ENOMEM;
	s->names = names;
	captures = reallocarray(s->captures, s->n + 1, sizeof(*captures));
	if (!captures)
		return -ENOMEM;
	s->captures = captures;
	s->names[s->n] = (struct eve_source){ .name = strdup(name), .live = live };
	if (!s->names[s->n].name)
		return -ENOMEM;
	s->captures[s->n++] = c;
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
			err = add(s, path, false, NULL);
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
		return add(s, path, false, NULL);
	if (stat(path, &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = add_folder(s, path);
	else
		return add(s, path, false, NULL);
	if (err < 0) {
		fprintf(stderr, "tocsin-sensor: %s: %s\n", path,
				err == -ENOENT && stat(path, &st) == 0 ? "no captures in this folder"
								       : strerror(-err));
		s->n_refused++;
	}
	return err == -ENOMEM ? err : 0;
}

static int
add_interface(struct sources *s, const struct options *o, const char *interface)
{
	char                why[CAPTURE_WHY_MAX];
	struct capture     *c;
	struct capture_live live = {
		.interface = interface,
		.filter = o->filter,
		.buffer_mib = o->buffer_mib ? atoi(o->buffer_mib) : BUFFER_MIB_DEFAULT,
		.snaplen = SNAPLEN,
		.promiscuous = true,
		.source = (uint16_t)s->n,
	};

	if (capture_open_live(&c, &live, why) < 0) {
		fprintf(stderr, "tocsin-sensor: %s: %s\n", interface, why);
		return -EINVAL;
	}
	return add(s, interface, true, c);
}

int
sources_open(struct sources *s, const struct options *o)
{
	int err = 0;

	*s = (struct sources){ .filter = o->filter };
	for (size_t i = 0; i < o->reads.n && err == 0; i++)
		err = add_read(s, o->reads.list[i]);
	for (size_t i = 0; i < o->interfaces.n && err == 0; i++)
		err = add_interface(s, o, o->interfaces.list[i]);
	return err;
}

void
sources_close(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++) {
		capture_close(s->captures[i]);
		free((char *)(uintptr_t)s->names[i].name);
	}
	free(s->names);
	free(s->captures);
	*s = (struct sources){ 0 };
}

void
sources_refuse(struct sources *s, size_t i, const char *why)
{
	fprintf(stderr, "tocsin-sensor: %s: %s\n", s->names[i].name, why);
	s->n_refused++;
}

bool
sources_open_file(struct sources *s, size_t i)
{
	char why[CAPTURE_WHY_MAX] = "cannot be opened";

	if (capture_open_file(&s->captures[i], s->names[i].name, s->filter, (uint16_t)i, why) == 0)
		return true;
	sources_refuse(s, i, why);
	return false;
}

void
sources_close_file(struct sources *s, size_t i)
{
	capture_close(s->captures[i]);
	s->captures[i] = NULL;
}

struct capture_counters
sources_counters(const struct sources *s)
{
	struct capture_counters sum = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		if (!s->captures[i] || !s->names[i].live)
			continue;
		struct capture_counters c = capture_counters(s->captures[i]);
		sum.received += c.received;
		sum.dropped += c.dropped;
		sum.dropped_by_interface += c.dropped_by_interface;
	}
	return sum;
}
