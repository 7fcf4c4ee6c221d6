/* SPDX-License-Identifier: Apache-2.0 */
/* byte_extract: keep a number of the buffer in a variable. */
#include "rules/build.h"
#include "rules/extract.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>
#include <string.h>

struct byte_extract {
	struct extract from;
	uint32_t       multiplier; /* 1 where none is said */
	uint8_t        align;      /* 2, 4, or 0: none */
	uint8_t        var;
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct byte_extract *x = (const void *)c->arg;
	uint64_t                   value;
	uint32_t                   end;

	if (!extract_read(m, &x->from, &value, &end))
		return CHECK_NO;
	value *= x->multiplier;
	if (x->align)
		value = (value + x->align - 1) & ~(uint64_t)(x->align - 1);
	m->var[x->var] = value;
	m->cursor = end;
	return CHECK_YES;
}

static int
word(struct build *b, struct byte_extract *x, struct lex_word w)
{
	int             taken = extract_word(b, &x->from, w);
	struct lex_word arg;
	uint64_t        n;

	if (taken)
		return taken < 0 ? taken : 0;
	if (lex_argument(w, "multiplier", &arg) && number_parse(&n, arg.at, arg.len, UINT16_MAX) == 0 && n > 0)
		x->multiplier = (uint32_t)n;
	else if (lex_argument(w, "align", &arg) && number_parse(&n, arg.at, arg.len, 4) == 0 && n && n % 2 == 0)
		x->align = (uint8_t)n;
	else
		return build_error(b, "unknown: %.*s", (int)w.len, w.at);
	return 0;
}

static int
define(struct build *b, struct byte_extract *x, struct lex_word w)
{
	char name[64];
	int  var;

	if (w.len == 0 || w.len >= sizeof(name) || (w.at[0] >= '0' && w.at[0] <= '9'))
		return build_error(b, "not a name: %.*s", (int)w.len, w.at);
	memcpy(name, w.at, w.len);
	name[w.len] = '\0';
	var = build_var_define(b, name);
	x->var = (uint8_t)var;
	return var < 0 ? var : 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct byte_extract *x = build_buffer(b, match, sizeof(*x));
	struct lex_word      list = { o->value, o->len }, w[3];

	if (!x)
		return -ENOMEM;
	extract_init(&x->from);
	x->multiplier = 1;
	for (int i = 0; i < 3; i++)
		if (!lex_piece(&list, &w[i]))
			return build_error(b, "needs bytes, offset and a name");
	if (extract_bytes(b, &x->from, w[0]) < 0 || extract_offset(b, &x->from, w[1]) < 0 ||
			define(b, x, w[2]) < 0)
		return -EINVAL;
	while (lex_piece(&list, &w[0]))
		if (word(b, x, w[0]) < 0)
			return -EINVAL;
	return extract_finish(b, &x->from);
}

const struct keyword kw_byte_extract = {
	.name = "byte_extract",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "byte_extract:N,OFFSET,NAME[,relative][,multiplier M][,align 2|4][,big|little|dce][,string,hex|dec|oct]"
		"[,bitmask M]",
};
