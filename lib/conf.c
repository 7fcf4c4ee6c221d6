/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/conf.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "lib/buf.h"

#define FILE_MAX (1u << 20)
#define ERRORS_MAX 100 /* reported of one file */

/* ---- values from text ---- */

struct unit {
	const char *suffix;
	uint64_t    factor;
};

static const struct unit byte_units[] = {
	{ "", 1 }, { "K", 1u << 10 }, { "M", 1u << 20 }, { "G", 1u << 30 },
	{ "T", UINT64_C(1) << 40 }, { 0 },
};
static const struct unit duration_units[] = {
	{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 7 * 86400 }, { 0 },
};
static const struct unit no_units[] = { { "", 1 }, { 0 } };

static const char *
parse_number(const struct conf_row *row, const struct unit *units, uint64_t *out, const char *text)
{
	char    *rest;
	uint64_t v;

	errno = 0;
	v = strtoull(text, &rest, 10);
	if (rest == text || *text == '-' || *text == '+' || *text == ' ')
		return "not a number";
	while (units->suffix && strcmp(units->suffix, rest) != 0)
		units++;
	if (!units->suffix)
		return "unknown unit";
	if (errno == ERANGE || v > UINT64_MAX / units->factor)
		return "too large";
	v *= units->factor;
	if (v < row->min)
		return "too small";
	if (row->max && v > row->max)
		return "too large";
	*out = v;
	return NULL;
}

static const char *
parse_bool(bool *out, const char *text)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i % 2;
			return NULL;
		}
	}
	return "not yes or no";
}

static const char *
parse_text(const struct conf_row *row, char **out, const char *text)
{
	size_t len = strlen(text);
	char  *copy;

	if (len < row->min)
		return "too short";
	if (row->max && len > row->max)
		return "too long";
	copy = strdup(text);
	if (!copy)
		return "no memory";
	free(*out);
	*out = copy;
	return NULL;
}

static void
clear_list(struct conf_list *l)
{
	while (l->n)
		free(l->at[--l->n]);
}

static const char *
append_list(const struct conf_row *row, struct conf_list *l, const char *text)
{
	if (l->n == CONF_LIST_MAX || (row->max && l->n == row->max))
		return "too many";
	l->at[l->n] = strdup(text);
	if (!l->at[l->n])
		return "no memory";
	l->n++;
	return NULL;
}

/* NULL, or what is wrong. */
static const char *
set_value(void *out, const struct conf_row *row, const char *text)
{
	void *at = (char *)out + row->offset;

	switch (row->type) {
	case CONF_BOOL:
		return parse_bool(at, text);
	case CONF_UINT:
		return parse_number(row, no_units, at, text);
	case CONF_BYTES:
		return parse_number(row, byte_units, at, text);
	case CONF_DURATION:
		return parse_number(row, duration_units, at, text);
	case CONF_TEXT:
		return parse_text(row, at, text);
	case CONF_LIST:
		return append_list(row, at, text);
	}
	assert(!"a type");
	return "type";
}

/* ---- tables ---- */

static const struct conf_row *
find_row(const struct conf_row *rows, const char *name)
{
	for (; rows->name; rows++) {
		if (strcmp(rows->name, name) == 0)
			return rows;
	}
	return NULL;
}

static size_t
count_rows(const struct conf_row *rows)
{
	size_t n = 0;

	while (rows[n].name)
		n++;
	return n;
}

int
conf_defaults(void *out, const struct conf_row *rows)
{
	for (; rows->name; rows++) {
		const char *why = NULL;

		if (rows->type == CONF_LIST)
			clear_list((struct conf_list *)(void *)((char *)out + rows->offset));
		if (rows->value)
			why = set_value(out, rows, rows->value);
		if (why && strcmp(why, "no memory") == 0)
			return -ENOMEM;
		assert(!why);
	}
	return 0;
}

void
conf_release(void *out, const struct conf_row *rows)
{
	for (; rows->name; rows++) {
		void *at = (char *)out + rows->offset;

		if (rows->type == CONF_LIST) {
			clear_list(at);
		} else if (rows->type == CONF_TEXT) {
			free(*(char **)at);
			*(char **)at = NULL;
		}
	}
}

int
conf_set(void *out, const struct conf_row *rows, const char *name, const char *value,
		const char **why)
{
	const struct conf_row *row = find_row(rows, name);

	*why = NULL;
	if (!row)
		return -ENOENT;
	*why = set_value(out, row, value);
	return *why ? -EINVAL : 0;
}

/* ---- files ---- */

struct reading {
	const struct conf_row *rows;
	const char            *path;
	int                   *lines;  /* by row: where its value stood */
	int                    errors;
	int                    failed_line; /* of the mistake that stopped the parser */
};

/* libconfuse's callbacks have no argument of the caller's. */
static _Thread_local struct reading *current;

static void
report(struct reading *r, int line, const char *name, const char *why)
{
	if (++r->errors <= ERRORS_MAX)
		fprintf(stderr, "%s:%d: %s%s%s\n", r->path, line, name, *name ? ": " : "", why);
}

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *fmt, va_list args)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, args);
	current->failed_line = cfg->line;
	report(current, cfg->line, "", text);
}

static int
on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_row *row = find_row(current->rows, opt->name);

	if (row)
		current->lines[row - current->rows] = cfg->line;
	return 0;
}

static int
read_file(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "re");
	int   err = 0;

	if (!f)
		return -errno;
	for (;;) {
		uint8_t *to = buf_room(b, 4096);
		size_t   n = to ? fread(to, 1, 4095, f) : 0;

		b->len += n;
		if (n == 0)
			break;
		if (b->len > FILE_MAX)
			err = -EFBIG;
		if (err < 0)
			break;
	}
	if (err == 0 && ferror(f))
		err = errno ? -errno : -EIO;
	fclose(f);
	buf_u8(b, 0);
	if (err == 0 && memchr(b->data, 0, b->len - 1))
		err = -EBADMSG;
	return b->failed ? -ENOMEM : err;
}

/* Take line `n` out, so that the parser comes past it and finds the next mistake. False
 * when there is no such line, or nothing on it. */
static bool
blank_line(char *text, int n)
{
	bool something = false;

	while (--n > 0) {
		text = strchr(text, '\n');
		if (!text)
			return false;
		text++;
	}
	for (; *text && *text != '\n'; text++) {
		something |= *text != ' ';
		*text = ' ';
	}
	return something;
}

/* What libconfuse made of the text, or NULL after a report. Owned by the caller. */
static cfg_t *
parse_once(struct reading *r, cfg_opt_t *opts, const char *text)
{
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);

	r->failed_line = 0;
	if (!cfg)
		return NULL;
	cfg_set_error_function(cfg, on_error);
	for (const struct conf_row *row = r->rows; row->name; row++)
		cfg_set_validate_func(cfg, row->name, on_value);
	if (cfg_parse_buf(cfg, text) == CFG_SUCCESS && r->failed_line == 0)
		return cfg;
	cfg_free(cfg);
	return NULL;
}

/* Convert what the file set. */
static void
take_values(struct reading *r, void *out, cfg_t *cfg)
{
	for (const struct conf_row *row = r->rows; row->name; row++) {
		int      line = r->lines[row - r->rows];
		unsigned n = line ? cfg_size(cfg, row->name) : 0;

		if (line && row->type == CONF_LIST)
			clear_list((struct conf_list *)(void *)((char *)out + row->offset));
		for (unsigned i = 0; i < n; i++) {
			const char *text = cfg_getnstr(cfg, row->name, i);
			const char *why = set_value(out, row, text ? text : "");

			if (why)
				report(r, line, row->name, why);
		}
	}
}

static cfg_opt_t *
make_opts(const struct conf_row *rows)
{
	cfg_opt_t *opts = calloc(count_rows(rows) + 1, sizeof(*opts));
	size_t     i = 0;

	for (; opts && rows->name; rows++) {
		cfg_opt_t one = CFG_STR(rows->name, NULL, CFGF_NODEFAULT);
		cfg_opt_t list = CFG_STR_LIST(rows->name, NULL, CFGF_NODEFAULT);

		opts[i++] = rows->type == CONF_LIST ? list : one;
	}
	if (opts)
		opts[i] = (cfg_opt_t)CFG_END();
	return opts;
}

/* The parser stops at its first mistake: report it, blank its line, parse again. */
static void
parse_all(struct reading *r, void *out, cfg_opt_t *opts, char *text)
{
	cfg_t *cfg = NULL;

	current = r;
	while (!cfg) {
		cfg = parse_once(r, opts, text);
		if (!cfg && (r->failed_line == 0 || r->errors >= ERRORS_MAX ||
					    !blank_line(text, r->failed_line)))
			break;
	}
	if (cfg) {
		take_values(r, out, cfg);
		cfg_free(cfg);
	}
	current = NULL;
}

int
conf_read(void *out, const struct conf_row *rows, const char *path)
{
	struct reading r = { .rows = rows, .path = path };
	struct buf     text = { 0 };
	cfg_opt_t     *opts = make_opts(rows);
	int            err = opts ? read_file(&text, path) : -ENOMEM;

	r.lines = calloc(count_rows(rows) + 1, sizeof(*r.lines));
	if (!r.lines)
		err = -ENOMEM;
	if (err == 0)
		parse_all(&r, out, opts, (char *)text.data);
	else if (err != -ENOMEM)
		fprintf(stderr, "%s: %s\n", path, strerror(-err));
	if (r.errors > ERRORS_MAX)
		fprintf(stderr, "%s: and %d more\n", path, r.errors - ERRORS_MAX);
	free(r.lines);
	free(opts);
	buf_release(&text);
	if (err < 0)
		return err == -ENOMEM ? err : 1;
	return r.errors;
}

void
conf_print_example(const struct conf_row *rows)
{
	for (; rows->name; rows++) {
		printf("# %s", rows->help);
		if (rows->unit)
			printf(" (%s)", rows->unit);
		if (rows->type == CONF_LIST)
			printf("\n# %s = { %s }\n\n", rows->name, rows->value ? rows->value : "");
		else
			printf("\n# %s = %s\n\n", rows->name, rows->value ? rows->value : "\"\"");
	}
}
