/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a transaction: filesize; filename, fileext, filemagic as older forms of sticky buffers; filestore. */
#include "rules/build.h"
#include "rules/content.h"
#include "rules/keyword.h"
#include "rules/number.h"
#include "rules/program.h"

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

/* ---- older forms: a sticky buffer and one content in it ---- */

static int
text_setup(struct build *b, const struct option *o)
{
	bool            extension = strcmp(o->keyword->name, "fileext") == 0;
	bool            magic = strcmp(o->keyword->name, "filemagic") == 0;
	size_t          len = o->len + extension;
	struct content *c;
	int             rc = build_sticky(b, magic ? BUF_FILE_MAGIC : BUF_FILE_NAME);

	if (rc < 0)
		return rc;
	c = build_buffer(b, content_match, sizeof(*c) + len);
	if (!c)
		return -ENOMEM;
	if (o->len == 0 || len > UINT16_MAX)
		return build_error(b, "empty or too long");
	c->len = (uint16_t)len;
	c->flags = CONTENT_NOCASE | (o->negated ? CONTENT_NEGATED : 0) | (extension ? CONTENT_ENDS : 0);
	c->pattern[0] = '.';
	memcpy(c->pattern + extension, o->value, o->len);
	for (size_t i = 0; i < len; i++)
		if (c->pattern[i] >= 'A' && c->pattern[i] <= 'Z')
			c->pattern[i] |= 0x20;
	return build_sticky(b, BUF_NONE);
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
