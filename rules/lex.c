/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/lex.h"

#include "lib/arena.h"

#include <errno.h>
#include <string.h>

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct lex_word
lex_trim(const char *at, size_t len)
{
	while (len && blank(*at))
		at++, len--;
	while (len && blank(at[len - 1]))
		len--;
	return (struct lex_word){ at, len };
}

bool
lex_is(struct lex_word w, const char *s)
{
	return strlen(s) == w.len && memcmp(w.at, s, w.len) == 0;
}

/* End of the line that starts at `at`, without its line end; *continued: its last sign is a backslash. */
static size_t
line_end(const struct lex *l, size_t at, bool *continued)
{
	const char *nl = memchr(l->text + at, '\n', l->len - at);
	size_t      end = nl ? (size_t)(nl - l->text) : l->len;
	size_t      last = end;

	if (last > at && l->text[last - 1] == '\r')
		last--;
	*continued = last > at && l->text[last - 1] == '\\' && end < l->len;
	return end;
}

/* A copy in which backslash and line end of continued lines are blanks. */
static const char *
joined(struct arena *scratch, const char *text, size_t len)
{
	char *copy = arena_dup(scratch, text, len);

	for (size_t i = 0; copy && i < len; i++) {
		if (copy[i] != '\n')
			continue;
		copy[i] = ' ';
		for (size_t k = i; k-- > 0 && (copy[k] == '\r' || copy[k] == '\\');) {
			bool stop = copy[k] == '\\';

			copy[k] = ' ';
			if (stop)
				break;
		}
	}
	return copy;
}

bool
lex_next(struct lex *l, struct arena *scratch, struct lex_rule *out)
{
	while (l->at < l->len) {
		size_t          start = l->at, end;
		uint32_t        line = l->line, lines = 1;
		bool            more, any = false;
		struct lex_word w;

		end = line_end(l, start, &more);
		w = lex_trim(l->text + start, end - start);
		while (more && w.len && *w.at != '#') {
			end = line_end(l, end + 1, &more);
			lines++;
			any = true;
		}
		l->at = end + (end < l->len);
		l->line += lines;
		if (w.len == 0 || *w.at == '#')
			continue;
		out->source = l->text + start;
		out->len = end - start;
		out->line = line;
		out->text = any ? joined(scratch, out->source, out->len) : out->source;
		return out->text != NULL;
	}
	return false;
}

void
lex_position(const struct lex_rule *r, size_t offset, uint32_t *line, uint32_t *column)
{
	*line = r->line;
	*column = 1;
	for (size_t i = 0; i < offset && i < r->len; i++) {
		++*column;
		if (r->source[i] == '\n') {
			++*line;
			*column = 1;
		}
	}
}

bool
lex_word(const struct lex_rule *r, size_t *at, struct lex_word *out)
{
	int    depth = 0;
	size_t i = *at;

	while (i < r->len && blank(r->text[i]))
		i++;
	out->at = r->text + i;
	for (; i < r->len; i++) {
		char c = r->text[i];

		depth += c == '[';
		depth -= c == ']' && depth > 0;
		if (depth == 0 && (blank(c) || c == '('))
			break;
	}
	out->len = (size_t)(r->text + i - out->at);
	*at = i;
	return out->len > 0;
}

/* Offset of the `;` that ends an option which starts at `i`; r->len when there is none. */
static size_t
option_end(const struct lex_rule *r, size_t i)
{
	while (i < r->len) {
		const char *semi = memchr(r->text + i, ';', r->len - i);
		size_t      slashes = 0;

		if (!semi)
			break;
		while (semi - slashes > r->text + i && semi[-1 - (ptrdiff_t)slashes] == '\\')
			slashes++;
		i = (size_t)(semi - r->text);
		if (slashes % 2 == 0)
			return i;
		i++;
	}
	return r->len;
}

int
lex_option(const struct lex_rule *r, size_t *at, struct lex_option *out, const char **why)
{
	size_t      end;
	const char *colon, *start;

	while (*at < r->len && blank(r->text[*at]))
		++*at;
	if (*at >= r->len) {
		*why = "no ) at the end of the rule";
		return -EINVAL;
	}
	if (r->text[*at] == ')') {
		if (lex_trim(r->text + *at + 1, r->len - *at - 1).len == 0)
			return 0;
		*why = "text behind the closing )";
		return -EINVAL;
	}
	start = r->text + *at;
	end = option_end(r, *at);
	if (end == r->len) {
		*why = "option does not end with ;";
		return -EINVAL;
	}
	*at = end + 1;
	end -= (size_t)(start - r->text);
	colon = memchr(start, ':', end);
	out->name = lex_trim(start, colon ? (size_t)(colon - start) : end);
	out->value = (struct lex_word){ NULL, 0 };
	if (colon)
		out->value = lex_trim(colon + 1, end - (size_t)(colon + 1 - start));
	return 1;
}

bool
lex_piece(struct lex_word *list, struct lex_word *out)
{
	int    depth = 0;
	bool   quoted = false;
	size_t i;

	if (!list->at)
		return false;
	for (i = 0; i < list->len; i++) {
		char c = list->at[i];

		quoted ^= c == '"';
		depth += c == '[';
		depth -= c == ']' && depth > 0;
		if (c == ',' && depth == 0 && !quoted)
			break;
	}
	*out = lex_trim(list->at, i);
	list->at = i < list->len ? list->at + i + 1 : NULL;
	list->len = i < list->len ? list->len - i - 1 : 0;
	return true;
}

bool
lex_argument(struct lex_word w, const char *word, struct lex_word *out)
{
	size_t len = strlen(word);

	if (w.len <= len || memcmp(w.at, word, len) != 0 || (w.at[len] != ' ' && w.at[len] != '\t'))
		return false;
	*out = lex_trim(w.at + len, w.len - len);
	return true;
}
