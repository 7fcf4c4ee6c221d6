/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/multi.h"

#include <errno.h>
#include <fcntl.h>
#include <hs.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CACHE_MAGIC 0x32444d54u /* TMD2 */
#define CACHE_FILE_MAX (256u << 20)

struct multi {
	hs_database_t *db;
};

struct multi_scratch {
	hs_scratch_t *hs;
};

/* Before the serialized database in a cache file. */
struct cache_head {
	uint32_t magic;
	uint32_t spare;
	uint64_t len;
	uint64_t check; /* XXH3 of what follows */
};

/* What HS takes: parallel arrays. */
struct input {
	const char **text;
	size_t      *len;
	unsigned    *flags, *ids;
};

static void
input_release(struct input *in)
{
	free(in->text);
	free(in->len);
	free(in->flags);
	free(in->ids);
}

static int
input_init(struct input *in, const struct multi_literal *list, size_t n)
{
	in->text = malloc(n * sizeof(*in->text));
	in->len = malloc(n * sizeof(*in->len));
	in->flags = malloc(n * sizeof(*in->flags));
	in->ids = malloc(n * sizeof(*in->ids));
	if (!in->text || !in->len || !in->flags || !in->ids)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		in->text[i] = (const char *)list[i].bytes;
		in->len[i] = list[i].len;
		in->flags[i] = list[i].nocase ? HS_FLAG_CASELESS : 0;
		in->ids[i] = (unsigned)i;
	}
	return 0;
}

static int
compile(struct multi *m, const struct multi_literal *list, size_t n)
{
	struct input        in = { 0 };
	hs_compile_error_t *bad = NULL;
	hs_error_t          err = HS_NOMEM;

	if (input_init(&in, list, n) == 0)
		err = hs_compile_lit_multi(in.text, in.flags, in.ids, in.len, (unsigned)n, HS_MODE_BLOCK, NULL,
				&m->db, &bad);
	hs_free_compile_error(bad);
	input_release(&in);
	return err == HS_SUCCESS ? 0 : err == HS_NOMEM ? -ENOMEM : -EINVAL;
}

/* ---- cache ---- */

static void
cache_path(char path[PATH_MAX], const char *folder, const struct multi_literal *list, size_t n)
{
	XXH3_state_t   *state = XXH3_createState();
	XXH128_hash_t   sum = { 0, 0 };
	const char     *version = hs_version();

	if (state) {
		XXH3_128bits_reset(state);
		XXH3_128bits_update(state, version, strlen(version));
		for (size_t i = 0; i < n; i++) {
			uint32_t head = (uint32_t)list[i].len << 1 | list[i].nocase;

			XXH3_128bits_update(state, &head, sizeof(head));
			XXH3_128bits_update(state, list[i].bytes, list[i].len);
		}
		sum = XXH3_128bits_digest(state);
		XXH3_freeState(state);
	}
	snprintf(path, PATH_MAX, "%s/%016llx%016llx.hs", folder, (unsigned long long)sum.high64,
			(unsigned long long)sum.low64);
}

/* All of an open file; NULL when it is not one of ours. Owned. */
static char *
read_all(int fd, size_t *len)
{
	struct stat st;
	char       *data;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(struct cache_head) || st.st_size > (off_t)CACHE_FILE_MAX)
		return NULL;
	*len = (size_t)st.st_size;
	data = malloc(*len);
	for (size_t at = 0; data && at < *len;) {
		ssize_t got = read(fd, data + at, *len - at);

		if (got <= 0) {
			free(data);
			return NULL;
		}
		at += (size_t)got;
	}
	return data;
}

/* Any doubt means: compile anew. */
static int
cache_read(struct multi *m, const char *path)
{
	int               fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct cache_head head;
	size_t            len = 0;
	char             *data = fd < 0 ? NULL : read_all(fd, &len);
	int               rc = -ENOENT;

	if (fd >= 0)
		close(fd);
	if (!data)
		return rc;
	memcpy(&head, data, sizeof(head));
	len -= sizeof(head);
	if (head.magic == CACHE_MAGIC && head.len == len && head.check == XXH3_64bits(data + sizeof(head), len) &&
			hs_deserialize_database(data + sizeof(head), len, &m->db) == HS_SUCCESS)
		rc = 0;
	free(data);
	return rc;
}

static bool
write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* A cache that cannot be written is no cache: the next start compiles again. */
static void
cache_write(const struct multi *m, const char *path)
{
	struct cache_head head = { .magic = CACHE_MAGIC };
	char              temp[PATH_MAX + 16];
	char             *data = NULL;
	size_t            len = 0;
	int               fd;
	bool              good;

	if (hs_serialize_database(m->db, &data, &len) != HS_SUCCESS)
		return;
	snprintf(temp, sizeof(temp), "%s.%d", path, (int)getpid());
	head.len = len;
	head.check = XXH3_64bits(data, len);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		good = write_all(fd, &head, sizeof(head)) && write_all(fd, data, len);
		good = close(fd) == 0 && good;
		if (!good || rename(temp, path) < 0)
			unlink(temp);
	}
	free(data);
}

int
multi_new(struct multi **out, const struct multi_literal *list, size_t n, const char *cache)
{
	struct multi *m = calloc(1, sizeof(*m));
	char          path[PATH_MAX];
	int           rc = 0;

	*out = NULL;
	if (!m)
		return -ENOMEM;
	if (cache)
		cache_path(path, cache, list, n);
	if (!cache || cache_read(m, path) < 0) {
		rc = compile(m, list, n);
		if (rc == 0 && cache)
			cache_write(m, path);
	}
	if (rc < 0) {
		multi_free(m);
		return rc;
	}
	*out = m;
	return 0;
}

void
multi_free(struct multi *m)
{
	if (!m)
		return;
	hs_free_database(m->db);
	free(m);
}

size_t
multi_size(const struct multi *m)
{
	size_t size = 0;

	hs_database_size(m->db, &size);
	return size;
}

/* ---- search ---- */

struct multi_scratch *
multi_scratch_new(void)
{
	return calloc(1, sizeof(struct multi_scratch));
}

void
multi_scratch_free(struct multi_scratch *s)
{
	if (!s)
		return;
	hs_free_scratch(s->hs);
	free(s);
}

int
multi_scratch_fit(struct multi_scratch *s, const struct multi *m)
{
	return hs_alloc_scratch(m->db, &s->hs) == HS_SUCCESS ? 0 : -ENOMEM;
}

struct call {
	multi_hit *hit;
	void      *arg;
};

static int
on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	struct call *c = arg;

	(void)from;
	(void)flags;
	c->hit(c->arg, id, (size_t)to);
	return 0;
}

void
multi_scan(const struct multi *m, struct multi_scratch *s, struct bytes data, multi_hit *hit, void *arg)
{
	struct call c = { hit, arg };

	if (data.left)
		hs_scan(m->db, (const char *)data.at, (unsigned)data.left, 0, s->hs, on_match, &c);
}
