/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a transaction: filesize; filename, fileext, filemagic; filestore. All ask one and the same file. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/number.h"
#include "rules/program.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* ---- filesize ---- */

static enum verdict
size_match(struct match *m, const struct check *c)
{
	const struct condition *want = (const void *)c->arg;
	const struct file      *f = tx_file(m->tx, m->dir, m->index);

	if (!f)
		return CHECK_NO;
	/* while it grows only "more than" is certain */
	if (f->state == FILE_OPEN && want->op != NUMBER_GT && want->op != NUMBER_GE)
		return CHECK_NO;
	return condition_holds(want, f->size) ? CHECK_YES : CHECK_NO;
}

static int
size_setup(struct build *b, const struct option *o)
{
	struct condition *want = build_tx(b, (struct build_where){ .files = true }, size_match, sizeof(*want));
	char              text[64];
	size_t            len = o->len;
	unsigned          shift = 0;

	if (!want)
		return -ENOMEM;
	if (len > 2 && (o->value[len - 1] | 0x20) == 'b' && strchr("kKmMgG", o->value[len - 2])) {
		shift = (o->value[len - 2] | 0x20) == 'k' ? 10 : (o->value[len - 2] | 0x20) == 'm' ? 20 : 30;
		len -= 2;
	}
	if (len >= sizeof(text))
		return build_error(b, "not a size: %s", o->value);
	memcpy(text, o->value, len);
	text[len] = '\0';
	if (condition_parse(want, text, UINT32_MAX) < 0)
		return build_error(b, "not a size or range of sizes: %s", o->value);
	want->low <<= shift;
	want->high <<= shift;
	return 0;
}

/* ---- filename, fileext, filemagic ---- */

enum text_of { TEXT_NAME, TEXT_EXTENSION, TEXT_MAGIC };

struct text {
	uint8_t of; /* enum text_of */
	bool    negated;
	size_t  len;
	uint8_t lower[]; /* in lower case */
};

static bool
contains(struct bytes in, const struct text *t)
{
	size_t at = t->of == TEXT_EXTENSION && in.left >= t->len ? in.left - t->len : 0;

	for (; at + t->len <= in.left; at++) {
		size_t i = 0;

		while (i < t->len && tolower(in.at[at + i]) == t->lower[i])
			i++;
		if (i == t->len)
			return true;
	}
	return false;
}

static enum verdict
text_match(struct match *m, const struct check *c)
{
	const struct text *t = (const void *)c->arg;
	const struct file *f = tx_file(m->tx, m->dir, m->index);
	struct view        magic;

	if (!f)
		return CHECK_NO;
	if (t->of != TEXT_MAGIC)
		return f->name.len && contains(bytes_of(f->name.data, f->name.len), t) != t->negated ? CHECK_YES : CHECK_NO;
	if (!m->flow->ops->buffer(m->tx, BUF_FILE_MAGIC, m->dir, m->index, &magic))
		return CHECK_NO;
	return contains(magic.data, t) != t->negated ? CHECK_YES : CHECK_NO;
}

static int
text_setup(struct build *b, const struct option *o)
{
	bool         extension = strcmp(o->keyword->name, "fileext") == 0;
	size_t       len = o->len + extension;
	struct text *t = build_tx(b, (struct build_where){ .files = true }, text_match, sizeof(*t) + len);

	if (!t)
		return -ENOMEM;
	if (o->len == 0)
		return build_error(b, "is empty");
	t->of = extension ? TEXT_EXTENSION : strcmp(o->keyword->name, "filemagic") == 0 ? TEXT_MAGIC : TEXT_NAME;
	t->negated = o->negated;
	t->len = len;
	t->lower[0] = '.';
	for (size_t i = 0; i < o->len; i++)
		t->lower[i + extension] = (uint8_t)tolower((unsigned char)o->value[i]);
	return 0;
}

/* filestore asks that the file be kept, which is the sensor's own policy here; it matches any file. */
static enum verdict
store_match(struct match *m, const struct check *c)
{
	(void)c;
	return tx_file(m->tx, m->dir, m->index) ? CHECK_YES : CHECK_NO;
}

static int
store_setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_tx(b, (struct build_where){ .files = true }, store_match, 0) ? 0 : -ENOMEM;
}

#define FILEWORD(id, argument, bits, fn, text) \
	const struct keyword kw_##id = {       \
		.name = #id,                   \
		.kind = KEYWORD_TX,            \
		.arg = KEYWORD_ARG_##argument, \
		.flags = bits,                 \
		.setup = fn,                   \
		.help = text,                  \
	}

FILEWORD(filesize, NEEDED, 0, size_setup, "filesize:[<|>]N[kb|mb] or N<>M - size of a file");
FILEWORD(filename, NEEDED, KEYWORD_NEGATABLE | KEYWORD_QUOTED, text_setup, "filename:[!]\"text\" - in the name of a file");
FILEWORD(fileext, NEEDED, KEYWORD_NEGATABLE | KEYWORD_QUOTED, text_setup, "fileext:[!]\"ext\" - how the name of a file ends");
FILEWORD(filemagic, NEEDED, KEYWORD_NEGATABLE | KEYWORD_QUOTED, text_setup, "filemagic:[!]\"text\" - in what libmagic says of a file");
FILEWORD(filestore, OPTIONAL, 0, store_setup, "filestore - accepted: whether files are kept is the sensor's policy");
