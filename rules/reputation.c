/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/reputation.h"

#include "lib/addr.h"
#include "rules/lex.h"
#include "rules/number.h"
#include "rules/vars.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CAP 32
#define LINE_CAP 512
#define PATH_CAP 4096
#define FILES_MAX 64

struct score {
	struct prefix prefix;
	uint8_t       category, score;
};

struct reputation {
	char          names[REPUTATION_CATEGORIES][NAME_CAP]; /* "": no such category */
	struct score *list; /* sorted by category and prefix */
	size_t        n, cap;
	uint64_t      lengths4;    /* bit per prefix length that occurs … */
	uint64_t      lengths6[3]; /* … of IPv6, too */
};

static int
compare(const void *a, const void *b)
{
	const struct score *x = a, *y = b;
	int                 order = addr_cmp(&x->prefix.addr, &y->prefix.addr);

	if (x->category != y->category)
		return x->category < y->category ? -1 : 1;
	return order ? order : (int)x->prefix.bits - (int)y->prefix.bits;
}

/* ---- files ---- */

static int
take_category(struct reputation *r, struct lex_word line)
{
	struct lex_word number, name;
	uint64_t        n;

	if (!lex_piece(&line, &number) || !line.at || !lex_piece(&line, &name))
		return -EINVAL;
	if (number_parse(&n, number.at, number.len, REPUTATION_CATEGORIES - 1) < 0 || n == 0 || name.len == 0 ||
			name.len >= NAME_CAP)
		return -EINVAL;
	memcpy(r->names[n], name.at, name.len);
	r->names[n][name.len] = '\0';
	return 0;
}

static int
take_score(struct reputation *r, struct lex_word line)
{
	struct lex_word where, category, score;
	struct score    s = { .score = 0 };
	uint64_t        c, v;

	if (!lex_piece(&line, &where) || !line.at || !lex_piece(&line, &category) || !line.at ||
			!lex_piece(&line, &score))
		return -EINVAL;
	if (prefix_parse(&s.prefix, where.at, where.len) < 0 ||
			number_parse(&c, category.at, category.len, REPUTATION_CATEGORIES - 1) < 0 ||
			number_parse(&v, score.at, score.len, REPUTATION_SCORE_MAX) < 0)
		return -EINVAL;
	if (r->n == r->cap) {
		size_t        cap = r->cap ? r->cap * 2 : 256;
		struct score *list = realloc(r->list, cap * sizeof(*list));

		if (!list)
			return -ENOMEM;
		r->list = list;
		r->cap = cap;
	}
	s.category = (uint8_t)c;
	s.score = (uint8_t)v;
	if (s.prefix.addr.family == 4)
		r->lengths4 |= 1ULL << s.prefix.bits;
	else
		r->lengths6[s.prefix.bits / 64] |= 1ULL << (s.prefix.bits % 64);
	r->list[r->n++] = s;
	return 0;
}

static int
read_lines(struct reputation *r, const char *path, int (*take)(struct reputation *, struct lex_word), char *why, size_t len)
{
	FILE    *f = fopen(path, "re");
	char     line[LINE_CAP];
	unsigned at = 0;
	int      rc = f ? 0 : -errno;

	if (!f)
		snprintf(why, len, "%s: %s", path, strerror(errno));
	while (rc == 0 && fgets(line, sizeof(line), f)) {
		struct lex_word w = lex_trim(line, strcspn(line, "\r\n"));

		at++;
		if (w.len == 0 || *w.at == '#')
			continue;
		rc = take(r, w);
		if (rc < 0)
			snprintf(why, len, "%s:%u: not understood", path, at);
	}
	if (f)
		fclose(f);
	return rc;
}

static int
read_scores(struct reputation *r, const struct vars *vars, char *why, size_t len)
{
	const char *folder = vars_get(vars, "default-reputation-path");
	char        name[32] = "reputation-files", path[PATH_CAP];
	unsigned    found = 0;

	for (int i = -1; i < FILES_MAX; i++) {
		const char *file;
		int         rc;

		if (i >= 0)
			snprintf(name, sizeof(name), "reputation-files.%d", i);
		file = vars_get(vars, name);
		if (!file)
			continue;
		if (folder && *file != '/')
			snprintf(path, sizeof(path), "%s/%s", folder, file);
		else
			snprintf(path, sizeof(path), "%s", file);
		rc = read_lines(r, path, take_score, why, len);
		if (rc < 0)
			return rc;
		found++;
	}
	if (found)
		return 0;
	snprintf(why, len, "needs the setting reputation-files");
	return -EINVAL;
}

struct reputation *
reputation_open(const struct vars *vars, char *why, size_t len)
{
	const char        *categories = vars_get(vars, "reputation-categories-file");
	struct reputation *r = calloc(1, sizeof(*r));

	snprintf(why, len, "%s", categories ? "no memory" : "needs the setting reputation-categories-file");
	if (!r || !categories || read_lines(r, categories, take_category, why, len) < 0 ||
			read_scores(r, vars, why, len) < 0) {
		reputation_free(r);
		return NULL;
	}
	if (r->n)
		qsort(r->list, r->n, sizeof(*r->list), compare);
	return r;
}

void
reputation_free(struct reputation *r)
{
	if (!r)
		return;
	free(r->list);
	free(r);
}

/* ---- questions ---- */

int
reputation_category(const struct reputation *r, const char *name)
{
	for (int i = 1; i < REPUTATION_CATEGORIES; i++)
		if (r->names[i][0] && strcmp(r->names[i], name) == 0)
			return i;
	return -1;
}

static bool
occurs(const struct reputation *r, uint8_t family, unsigned bits)
{
	return family == 4 ? r->lengths4 >> bits & 1 : r->lengths6[bits / 64] >> (bits % 64) & 1;
}

static void
clear_host_bits(struct addr *a, unsigned bits)
{
	for (unsigned i = 0; i < sizeof(a->b); i++) {
		unsigned keep = bits > i * 8 ? bits - i * 8 : 0;

		if (keep < 8)
			a->b[i] &= (uint8_t)(0xff00 >> keep);
	}
}

int
reputation_score(const struct reputation *r, int category, const struct addr *a)
{
	struct score key = { .prefix.addr = *a, .category = (uint8_t)category };

	if (r->n == 0 || a->family == 0)
		return -1;
	for (int bits = a->family == 4 ? 32 : 128; bits >= 0; bits--) {
		const struct score *hit;

		if (!occurs(r, a->family, (unsigned)bits))
			continue;
		key.prefix.bits = (uint8_t)bits;
		clear_host_bits(&key.prefix.addr, (unsigned)bits);
		hit = bsearch(&key, r->list, r->n, sizeof(key), compare);
		if (hit)
			return hit->score;
	}
	return -1;
}
