/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "lib/arena.h"

#define ESCAPE_MARKS_MAX 3 /* combining marks on one letter; Vietnamese, decomposed, has two */
#define ESCAPE_GROWTH 4    /* one bad byte becomes \xff; every other escape grows less */

static bool
is_mark(utf8proc_int32_t code)
{
	utf8proc_category_t c = utf8proc_category(code);

	return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_ME;
}

static bool
is_harmless(utf8proc_int32_t code)
{
	switch (utf8proc_category(code)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	default:
		return !utf8proc_get_property(code)->ignorable;
	}
}

static bool
is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

/* One code point, or one bad byte (bad set). Returns the bytes that it took. */
static size_t
next_code(utf8proc_int32_t *code, bool *bad, const char *at, size_t left)
{
	utf8proc_ssize_t n =
			utf8proc_iterate((const uint8_t *)at, (utf8proc_ssize_t)left, code);

	*bad = n <= 0;
	if (*bad)
		*code = (unsigned char)*at;
	return *bad ? 1 : (size_t)n;
}

static int
write_escape(char *to, utf8proc_int32_t code, bool byte)
{
	if (code == '\n' || code == '\r' || code == '\t')
		return sprintf(to, "\\%c", code == '\n' ? 'n' : code == '\r' ? 'r' : 't');
	if (byte || code < 0x80)
		return sprintf(to, "\\x%02x", (unsigned)code);
	return sprintf(to, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
}

const char *
escape_text(struct arena *a, const char *text, size_t len)
{
	char  *out, *to;
	size_t n, marks = ESCAPE_MARKS_MAX; /* a mark without a letter is piled up already */
	bool   plain = is_plain(text, len);

	out = plain ? arena_dup(a, text, len) : arena_get(a, len * ESCAPE_GROWTH + 16);
	if (!out)
		abort();
	if (plain)
		return out;

	to = out;
	for (size_t i = 0; i < len; i += n) {
		utf8proc_int32_t code;
		bool             bad;

		n = next_code(&code, &bad, text + i, len - i);
		marks = !bad && is_mark(code) ? marks + 1 : 0;
		if (bad || !is_harmless(code) || marks > ESCAPE_MARKS_MAX)
			to += write_escape(to, code, bad);
		else
			to = mempcpy(to, text + i, n);
	}
	*to = '\0';
	return out;
}

void
escape_json(FILE *to, const char *json, size_t len)
{
	size_t n, done = 0;

	for (size_t i = 0; i < len; i += n) {
		utf8proc_int32_t code;
		bool             bad;

		n = 1;
		if ((json[i] >= ' ' && json[i] <= '~') || json[i] == '\n')
			continue;
		n = next_code(&code, &bad, json + i, len - i);
		if (!bad && is_harmless(code))
			continue;
		fwrite(json + done, 1, i - done, to);
		done = i + n;
		if (code > 0xffff)
			fprintf(to, "\\u%04x\\u%04x",
					(unsigned)(0xd800 + ((code - 0x10000) >> 10)),
					(unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
		else
			fprintf(to, "\\u%04x", (unsigned)code);
	}
	fwrite(json + done, 1, len - done, to);
}

/* How many bytes of `text` fit into `columns`; *used gets the columns they take. */
static size_t
fitting(const char *text, size_t len, size_t columns, size_t *used)
{
	size_t i, n;

	*used = 0;
	for (i = 0; i < len; i += n) {
		utf8proc_int32_t code;
		bool             bad;
		size_t           width;

		n = next_code(&code, &bad, text + i, len - i);
		width = bad ? 1 : (size_t)utf8proc_charwidth(code);
		if (*used + width > columns)
			break;
		*used += width;
	}
	return i;
}

size_t
escape_width(const char *text)
{
	size_t columns;

	fitting(text, strlen(text), SIZE_MAX / 2, &columns);
	return columns;
}

const char *
escape_cut(struct arena *a, const char *text, size_t columns)
{
	size_t used, len = strlen(text);
	char  *cut;

	if (fitting(text, len, columns, &used) == len)
		return text;
	cut = arena_printf(a, "%.*s…", (int)fitting(text, len, columns - 1, &used), text);
	if (!cut)
		abort();
	return cut;
}

/* How many bytes of `text` the next line takes; *skip gets those of the blank after it. */
static size_t
line_length(size_t *skip, const char *text, size_t len, size_t columns)
{
	size_t used, fit = fitting(text, len, columns, &used);
	size_t at = fit;

	*skip = 0;
	if (fit == len)
		return fit;
	while (at > 0 && text[at] != ' ')
		at--;
	*skip = at > 0;
	return at > 0 ? at : fit;
}

const char *
escape_wrap(struct arena *a, const char *text, size_t columns)
{
	size_t len = strlen(text), skip, n;
	char  *out = arena_get(a, 2 * len + 1), *to = out;

	if (!out)
		abort();
	columns = columns < 2 ? 2 : columns; /* a wide letter must fit */
	while (len) {
		n = line_length(&skip, text, len, columns);
		to = mempcpy(to, text, n);
		text += n + skip;
		len -= n + skip;
		if (len)
			*to++ = '\n';
	}
	*to = '\0';
	return out;
}
