/* SPDX-License-Identifier: Apache-2.0 */
/* base64_decode: decode a part of the buffer; base64_data: the checks after it ask what came out. */
#include "rules/base64.h"
#include "rules/build.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"

#include <errno.h>

struct decode {
	uint32_t offset, bytes; /* of the text; bytes 0: to the end */
	bool     relative;
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct decode *d = (const void *)c->arg;
	struct bytes         in = m->view.data;
	size_t               len;

	bytes_skip(&in, (size_t)d->offset + (d->relative ? m->cursor : 0));
	if (!bytes_ok(&in) || in.left == 0)
		return CHECK_NO;
	if (d->bytes && d->bytes < in.left)
		in.left = d->bytes;
	len = base64_decode(BASE64_RFC2045, in, m->decode_to, CHECK_DECODE_MAX);
	m->decoded = bytes_of(m->decode_to, len);
	return len ? CHECK_YES : CHECK_NO;
}

static int
piece(struct build *b, struct decode *d, struct lex_word w)
{
	struct lex_word arg;
	uint64_t        n;

	if (lex_is(w, "relative")) {
		d->relative = true;
		build_relative(b);
	} else if (lex_argument(w, "offset", &arg) && number_parse(&n, arg.at, arg.len, UINT16_MAX) == 0) {
		d->offset = (uint32_t)n;
	} else if (lex_argument(w, "bytes", &arg) && number_parse(&n, arg.at, arg.len, UINT16_MAX) == 0 && n) {
		d->bytes = (uint32_t)n;
	} else {
		return build_error(b, "needs bytes N, offset N or relative: %.*s", (int)w.len, w.at);
	}
	return 0;
}

static int
decode_setup(struct build *b, const struct option *o)
{
	struct decode  *d = build_buffer(b, match, sizeof(*d));
	struct lex_word list = { o->value, o->len }, w;

	if (!d)
		return -ENOMEM;
	while (o->len && lex_piece(&list, &w))
		if (piece(b, d, w) < 0)
			return -EINVAL;
	return 0;
}

static int
data_setup(struct build *b, const struct option *o)
{
	(void)o;
	return build_decoded(b);
}

const struct keyword kw_base64_decode = {
	.name = "base64_decode",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_OPTIONAL,
	.setup = decode_setup,
	.help = "base64_decode[:bytes N][, offset N][, relative] - decodes base64 for base64_data",
};

const struct keyword kw_base64_data = {
	.name = "base64_data",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NONE,
	.setup = data_setup,
	.help = "base64_data - the following checks ask what base64_decode left",
};
