/* SPDX-License-Identifier: Apache-2.0 */
/* filemd5, filesha1, filesha256: is the digest of a whole file in a list? The list is a text file, one digest in
 * hexadecimal at the start of each line, read once while loading. */
#include "rules/build.h"
#include "rules/keyword.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_CAP 4096

struct digests {
	const uint8_t *list; /* sorted, `size` bytes each */
	size_t         n;
	uint8_t        size; /* 16, 20 or 32: which digest it is */
	bool           negated;
};

static const struct {
	const char *name;
	uint8_t     size;
	unsigned    want;
} rows[] = {
	{ "filemd5", 16, FILE_WANT_MD5 },
	{ "filesha1", 20, FILE_WANT_SHA1 },
	{ "filesha256", 32, FILE_WANT_SHA256 },
};

static const uint8_t *
digest_of(const struct file *f, uint8_t size)
{
	if (size == 16)
		return f->has_md5 ? f->md5 : NULL;
	if (size == 20)
		return f->has_sha1 ? f->sha1 : NULL;
	return f->has_sha256 ? f->sha256 : NULL;
}

static bool
is_listed(const struct digests *d, const uint8_t *digest)
{
	size_t low = 0, high = d->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int    order = memcmp(digest, d->list + mid * d->size, d->size);

		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct digests *d = (const void *)c->arg;
	const struct file    *f = tx_file(m->tx, m->dir, m->index);
	const uint8_t        *digest = f ? digest_of(f, d->size) : NULL;

	if (!digest)
		return CHECK_NO;
	return is_listed(d, digest) != d->negated ? CHECK_YES : CHECK_NO;
}

/* ---- the list ---- */

static int
by_16(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static int
by_20(const void *a, const void *b)
{
	return memcmp(a, b, 20);
}

static int
by_32(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static bool
read_digest(uint8_t *out, size_t size, const char *line)
{
	for (size_t i = 0; i < size; i++, line += 2) {
		char pair[3] = { line[0], line[0] ? line[1] : '\0', '\0' };

		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
			return false;
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return !isxdigit((unsigned char)*line);
}

/* Append what a line has. A list of another kind would never match, so a line that is no digest is an error. */
static int
take_line(struct build *b, uint8_t **list, size_t *n, size_t size, const char *line)
{
	uint8_t *more;

	line += strspn(line, " \t");
	if (*line == '#' || *line == '\r' || *line == '\n' || *line == '\0')
		return 0;
	if ((*n & (*n - 1)) == 0) { /* full at each power of two */
		more = realloc(*list, (*n ? *n * 2 : 1) * size);
		if (!more)
			return -ENOMEM;
		*list = more;
	}
	if (!read_digest(*list + *n * size, size, line))
		return build_error(b, "a line of the list is no such digest: %.40s", line);
	(*n)++;
	return 0;
}

static int
read_list(struct build *b, struct digests *d, const char *path)
{
	int (*const order)(const void *, const void *) = d->size == 16 ? by_16 : d->size == 20 ? by_20 : by_32;
	FILE    *f = path ? fopen(path, "re") : NULL;
	uint8_t *list = NULL;
	char     line[LINE_CAP];
	int      rc = 0;

	if (!f)
		return build_error(b, "cannot read the list: %s", strerror(errno));
	while (rc == 0 && fgets(line, sizeof(line), f))
		rc = take_line(b, &list, &d->n, d->size, line);
	if (rc == 0 && ferror(f))
		rc = build_error(b, "cannot read the list: %s", strerror(errno));
	fclose(f);
	if (rc == 0 && d->n) {
		qsort(list, d->n, d->size, order);
		d->list = build_keep(b, list, d->n * d->size);
		rc = d->list ? 0 : -ENOMEM;
	}
	free(list);
	return rc;
}

static int
setup(struct build *b, const struct option *o)
{
	struct digests *d = build_tx(b, (struct build_where){ .files = true }, match, sizeof(*d));
	size_t          i = 0;

	if (!d)
		return -ENOMEM;
	while (strcmp(rows[i].name, o->keyword->name) != 0)
		i++;
	d->size = rows[i].size;
	d->negated = o->negated;
	build_want_files(b, rows[i].want);
	return read_list(b, d, build_path(b, o->value));
}

#define HASHWORD(id, what)                                        \
	const struct keyword kw_##id = {                          \
		.name = #id,                                      \
		.kind = KEYWORD_TX,                               \
		.arg = KEYWORD_ARG_NEEDED,                        \
		.flags = KEYWORD_NEGATABLE | KEYWORD_QUOTED,      \
		.setup = setup,                                   \
		.help = #id ":[!]LIST - " what " of a file is in the list", \
	}

HASHWORD(filemd5, "MD5");
HASHWORD(filesha1, "SHA-1");
HASHWORD(filesha256, "SHA-256");
