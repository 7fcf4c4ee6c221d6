/* SPDX-License-Identifier: Apache-2.0 */
/* pcre: a regular expression on the current buffer, or on one that a flag names; captures go to variables. */
#include "rules/regex.h"

#include "lib/arena.h"
#include "rules/build.h"
#include "rules/flowvars.h"
#include "rules/keyword.h"
#include "rules/lex.h"
#include "rules/number.h"
#include "rules/program.h"

#include <errno.h>
#include <string.h>

#define CAPTURES_MAX 8

enum capture_kind { CAPTURE_PACKET, CAPTURE_FLOW, CAPTURE_ALERT };

struct pcre {
	const struct regex *re;
	bool                negated, relative;
	uint8_t             n_captures;
	struct {
		uint8_t  kind; /* enum capture_kind */
		uint32_t name;
	} captures[CAPTURES_MAX];
};

/* A flag's letter to regex flag or buffer. */
static const struct {
	char        letter;
	unsigned    flag;
	enum buffer buffer;
} letters[] = {
	{ 'i', REGEX_NOCASE, BUF_NONE },
	{ 's', REGEX_DOTALL, BUF_NONE },
	{ 'm', REGEX_MULTILINE, BUF_NONE },
	{ 'x', REGEX_EXTENDED, BUF_NONE },
	{ 'A', REGEX_ANCHORED, BUF_NONE },
	{ 'E', REGEX_DOLLAR_END, BUF_NONE },
	{ 'G', REGEX_UNGREEDY, BUF_NONE },
	{ 'B', 0, BUF_NONE }, /* raw bytes: payload is always raw */
	{ 'O', 0, BUF_NONE }, /* own limits: ours hold for all */
	{ 'U', 0, BUF_HTTP_URI },
	{ 'I', 0, BUF_HTTP_URI_RAW },
	{ 'P', 0, BUF_HTTP_REQUEST_BODY },
	{ 'Q', 0, BUF_HTTP_RESPONSE_BODY },
	{ 'H', 0, BUF_HTTP_HEADER },
	{ 'D', 0, BUF_HTTP_HEADER_RAW },
	{ 'M', 0, BUF_HTTP_METHOD },
	{ 'C', 0, BUF_HTTP_COOKIE },
	{ 'S', 0, BUF_HTTP_STAT_CODE },
	{ 'Y', 0, BUF_HTTP_STAT_MSG },
	{ 'V', 0, BUF_HTTP_USER_AGENT },
	{ 'W', 0, BUF_HTTP_HOST },
	{ 'Z', 0, BUF_HTTP_HOST_RAW },
};

static void
keep_captures(struct match *m, const struct pcre *p, const struct regex_span *spans, unsigned n)
{
	for (unsigned i = 0; i < p->n_captures && i + 1 < n; i++) {
		struct regex_span s = spans[i + 1];

		if (s.from > s.to)
			continue;
		flowvars_set_text(m->pool, m->flow, p->captures[i].name,
				bytes_of(m->view.data.at + s.from, s.to - s.from));
	}
}

static enum verdict
match(struct match *m, const struct check *c)
{
	const struct pcre *p = (const void *)c->arg;
	struct bytes       data = m->view.data;
	size_t             base = p->relative ? m->cursor : 0, at = 0;

	if (base > data.left)
		return p->negated ? CHECK_YES : CHECK_NO;
	bytes_skip(&data, base);
	for (;;) {
		struct regex_span spans[REGEX_SPANS];
		int               n = regex_match(p->re, m->regex, data, at, spans);
		enum verdict      v;

		if (n < 0)
			return CHECK_NEVER; /* negated or not */
		if (p->negated)
			return n ? (p->relative ? CHECK_NO : CHECK_NEVER) : CHECK_YES;
		if (!n)
			return p->relative || at ? CHECK_NO : CHECK_NEVER;
		m->cursor = (uint32_t)(base + spans[0].to);
		if (p->n_captures) {
			for (int i = 0; i < n; i++) {
				spans[i].from += base;
				spans[i].to += base;
			}
			keep_captures(m, p, spans, (unsigned)n);
			spans[0].from -= base;
		}
		if (!(c->flags & CHECK_NEXT_RELATIVE))
			return CHECK_YES;
		v = check_rest(m, check_next(c));
		if (v != CHECK_NO)
			return v == CHECK_YES ? CHECK_DONE : v;
		at = spans[0].from + 1;
	}
}

/* "/expression/flags,pkt:name,…" cut apart. */
static int
cut(struct build *b, const struct option *o, struct lex_word *text, struct lex_word *flags, struct lex_word *names)
{
	const char *end, *comma;

	if (o->len < 2 || o->value[0] != '/')
		return build_error(b, "the expression must stand between slashes");
	end = memrchr(o->value + 1, '/', o->len - 1);
	if (!end)
		return build_error(b, "no closing slash");
	*text = (struct lex_word){ o->value + 1, (size_t)(end - o->value - 1) };
	*flags = (struct lex_word){ end + 1, o->len - (size_t)(end + 1 - o->value) };
	comma = memchr(flags->at, ',', flags->len);
	*names = (struct lex_word){ NULL, 0 };
	if (comma) {
		*names = (struct lex_word){ comma + 1, flags->len - (size_t)(comma + 1 - flags->at) };
		flags->len = (size_t)(comma - flags->at);
	}
	return 0;
}

static int
read_flags(struct build *b, struct lex_word flags, unsigned *re_flags, bool *relative, enum buffer *buffer)
{
	for (size_t i = 0; i < flags.len; i++) {
		size_t k = 0;

		if (flags.at[i] == 'R') {
			*relative = true;
			continue;
		}
		while (k < sizeof(letters) / sizeof(*letters) && letters[k].letter != flags.at[i])
			k++;
		if (k == sizeof(letters) / sizeof(*letters))
			return build_error(b, "unknown flag %c", flags.at[i]);
		*re_flags |= letters[k].flag;
		if (letters[k].buffer == BUF_NONE)
			continue;
		if (*buffer != BUF_NONE && *buffer != letters[k].buffer)
			return build_error(b, "flags name two buffers");
		*buffer = letters[k].buffer;
	}
	return 0;
}

/* "pkt:name" or "flow:name", one for each group of the expression. */
static int
read_captures(struct build *b, struct pcre *p, struct lex_word names)
{
	struct lex_word w;

	while (lex_piece(&names, &w)) {
		const char *colon = memchr(w.at, ':', w.len);
		size_t      len = colon ? (size_t)(colon - w.at) : 0;
		int         id;

		if (p->n_captures == CAPTURES_MAX)
			return build_error(b, "more than %d captures", CAPTURES_MAX);
		if (!colon || !((len == 3 && memcmp(w.at, "pkt", 3) == 0) || (len == 4 && memcmp(w.at, "flow", 4) == 0) ||
					(len == 5 && memcmp(w.at, "alert", 5) == 0)))
			return build_error(b, "a capture is pkt:name, flow:name or alert:name");
		id = build_name(b, NAMES_FLOWVAR, colon + 1, w.len - len - 1);
		if (id < 0)
			return id;
		p->captures[p->n_captures].kind = len == 3 ? CAPTURE_PACKET : len == 4 ? CAPTURE_FLOW : CAPTURE_ALERT;
		p->captures[p->n_captures++].name = (uint32_t)id;
	}
	if (p->n_captures > regex_captures(p->re))
		return build_error(b, "more names than groups in the expression");
	return 0;
}

/* Old capture syntax: (?P<pkt_name>…) and (?P<flow_name>…) name the variable themselves. */
static int
setup(struct build *b, const struct option *o)
{
	struct lex_word text = { NULL, 0 }, flags = text, names = text;
	unsigned        re_flags = 0;
	bool            relative = false;
	enum buffer     buffer = BUF_NONE;
	struct pcre    *p;
	char            why[160] = "";
	int             rc;

	if (cut(b, o, &text, &flags, &names) < 0 || read_flags(b, flags, &re_flags, &relative, &buffer) < 0)
		return -EINVAL;
	p = build_buffer(b, match, sizeof(*p));
	if (!p)
		return -ENOMEM;
	build_retries(b);
	rc = regex_add(build_regexes(b), &p->re, text.at, text.len, re_flags, why, sizeof(why));
	if (rc < 0)
		return rc == -EINVAL ? build_error(b, "%s", why) : rc;
	p->negated = o->negated;
	p->relative = relative;
	if (relative)
		build_relative(b);
	if (names.at && read_captures(b, p, names) < 0)
		return -EINVAL;
	if (buffer == BUF_NONE)
		return 0;
	if (build_current(b) == buffer || (buffer == BUF_HTTP_RESPONSE_BODY && build_current(b) == BUF_FILE_DATA))
		return 0;
	if (build_current(b) != BUF_NONE)
		return build_error(b, "the flag names another buffer than the sticky buffer before it");
	return build_move_last(b, buffer);
}

const struct keyword kw_pcre = {
	.name = "pcre",
	.kind = KEYWORD_BUFFER,
	.arg = KEYWORD_ARG_NEEDED,
	.flags = KEYWORD_NEGATABLE | KEYWORD_QUOTED | KEYWORD_RAW,
	.setup = setup,
	.help = "pcre:[!]\"/expression/flags[,pkt:name|flow:name…]\" - the buffer matches (not)",
};
