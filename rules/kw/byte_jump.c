/* SPDX-License-Identifier: Apache-2.0 */
/* byte_jump: go on from where a number in the buffer points to. */
#include "rules/build.h"
#include "rules/extract.h"
#include "rules/keyword.h"
#include "rules/number.h"

#include <errno.h>

enum jump_from { JUMP_HERE, JUMP_BEGINNING, JUMP_END };

struct byte_jump {
	struct extract from;
	uint32_t       multiplier; /* 1 where none is said */
	int32_t        post_offset;
	int16_t        post_var; /* that byte variable instead; -1: none */
	uint8_t        start;    /* enum jump_from */
	bool           align;    /* the distance is rounded up to a multiple of 4 */
};

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct byte_jump *j = (const void *)c->arg;
	int64_t                 to, len = (int64_t)m->view.data.left;
	uint64_t                distance;
	uint32_t                end;

	if (!extract_read(m, &j->from, &distance, &end))
		return CHECK_NO;
	distance *= j->multiplier;
	if (j->align)
		distance = (distance + 3) & ~3ULL;
	to = (int64_t)(distance & UINT32_MAX);
	to += j->post_var < 0 ? j->post_offset : match_place(m, (unsigned)j->post_var);
	to += j->start == JUMP_HERE ? (int64_t)end : j->start == JUMP_END ? len : 0;
	to = to < 0 ? 0 : to; /* before the buffer is its start */
	if (to >= len)
		return CHECK_NO;
	m->cursor = (uint32_t)to;
	return CHECK_YES;
}

static int
post_offset(struct build *b, struct byte_jump *j, struct lex_word w)
{
	struct extract as; /* a signed number or a variable, as an offset is */

	extract_init(&as);
	if (extract_offset(b, &as, w) < 0)
		return -EINVAL;
	j->post_offset = as.offset;
	j->post_var = as.offset_var;
	return 0;
}

static int
word(struct build *b, struct byte_jump *j, struct lex_word w)
{
	int             taken = extract_word(b, &j->from, w);
	struct lex_word arg;
	uint64_t        n;

	if (taken)
		return taken < 0 ? taken : 0;
	if (lex_argument(w, "post_offset", &arg))
		return post_offset(b, j, arg);
	if (lex_argument(w, "multiplier", &arg)) {
		if (number_parse(&n, arg.at, arg.len, UINT16_MAX) < 0 || n == 0)
			return build_error(b, "not a multiplier: %.*s", (int)arg.len, arg.at);
		j->multiplier = (uint32_t)n;
	} else if (lex_is(w, "align")) {
		j->align = true;
	} else if (lex_is(w, "from_beginning")) {
		j->start = JUMP_BEGINNING;
	} else if (lex_is(w, "from_end")) {
		j->start = JUMP_END;
	} else {
		return build_error(b, "unknown: %.*s", (int)w.len, w.at);
	}
	return 0;
}

static int
setup(struct build *b, const struct option *o)
{
	struct byte_jump *j = build_buffer(b, match, sizeof(*j));
	struct lex_word   list = { o->value, o->len }, w;

	if (!j)
		return -ENOMEM;
	extract_init(&j->from);
	j->multiplier = 1;
	j->post_var = -1;
	if (!lex_piece(&list, &w) || extract_bytes(b, &j->from, w) < 0 || !lex_piece(&list, &w) ||
			extract_offset(b, &j->from, w) < 0)
		return build_error(b, "needs bytes and offset");
	while (lex_piece(&list, &w))
		if (word(b, j, w) < 0)
			return -EINVAL;
	return extract_finish(b, &j->from);
}

const struct keyword kw_byte_jump = {
	.name = "byte_jump",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.setup = setup,
	.help = "byte_jump:N,OFFSET[,relative][,multiplier M][,align][,from_beginning|from_end][,post_offset P]"
		"[,big|little|dce][,string,hex|dec|oct][,bitmask M]",
};
