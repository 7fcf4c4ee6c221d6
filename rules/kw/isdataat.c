/* SPDX-License-Identifier: Apache-2.0 */
/* isdataat: there is (not) a byte so far into the buffer. */
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>

struct isdataat {
	uint32_t at;
	int16_t  var; /* -1: `at` is a number */
	bool     negated, relative;
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct isdataat *d = (const void *)c->arg;
	uint64_t               at = d->var < 0 ? d->at : m->var[d->var], end = m->view.data.left;
	bool                   there;

	/* relative: so many bytes are left behind the match before (0: any); else: offset in the buffer */
	if (d->relative)
		there = m->cursor <= end && (at ? at : 1) <= end - m->cursor;
	else
		there = at < m->view.start + end;
	if (there != d->negated)
		return CHECK_YES;
	return d->relative ? CHECK_NO : CHECK_NEVER;
}

static int
setup(struct build *b, const struct option *o)
{
	struct lex_word  list = { o->value, o->len }, first, w;
	struct isdataat *d = build_buffer(b, match, sizeof(*d));
	uint64_t         v;
	char             name[64];

	if (!d)
		return -ENOMEM;
	d->var = -1;
	d->negated = o->negated;
	lex_piece(&list, &first);
	while (lex_piece(&list, &w)) {
		if (lex_is(w, "relative"))
			d->relative = true;
		else if (!lex_is(w, "rawbytes"))
			return build_error(b, "unknown: %.*s", (int)w.len, w.at);
	}
	if (d->relative)
		build_relative(b);
	if (number_parse(&v, first.at, first.len, UINT16_MAX) == 0) {
		d->at = (uint32_t)v;
		return 0;
	}
	if (first.len == 0 || first.len >= sizeof(name))
		return build_error(b, "wants a number or a byte variable");
	for (size_t i = 0; i < first.len; i++)
		name[i] = first.at[i];
	name[first.len] = '\0';
	d->var = (int16_t)build_var(b, name);
	return d->var < 0 ? -EINVAL : 0;
}

const struct keyword kw_isdataat = {
	.name = "isdataat",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_NEGATABLE,
	.setup = setup,
	.help = "isdataat:[!]N[,relative] - there is (no) data at byte N, or N bytes behind the match before",
};
