/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/eve.h"

#include <string.h>

/* A cursor that reads zero at the end is enough: zero is nowhere allowed in JSON. */
static uint8_t
peek(const struct bytes *b)
{
	return b->left ? b->at[0] : 0;
}

static uint8_t
take(struct bytes *b)
{
	uint8_t c = peek(b);

	bytes_skip(b, b->left ? 1 : 0);
	return c;
}

/* Tabs and blanks alone: a line feed would break those who read line by line. */
static void
blanks(struct bytes *b)
{
	while (peek(b) == ' ' || peek(b) == '\t')
		take(b);
}

static bool
hex4(struct bytes *b)
{
	for (int i = 0; i < 4; i++) {
		uint8_t c = take(b) | 0x20;

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

static bool
escape(struct bytes *b)
{
	uint8_t c = take(b);

	return c == 'u' ? hex4(b) : c && strchr("\"\\/bfnrt", c);
}

static bool
string(struct bytes *b)
{
	if (take(b) != '"')
		return false;
	for (;;) {
		uint8_t c = take(b);

		if (c == '"')
			return true;
		if (c < 0x20 || (c == '\\' && !escape(b)))
			return false;
	}
}

static bool
digits(struct bytes *b)
{
	bool any = false;

	for (; peek(b) >= '0' && peek(b) <= '9'; any = true)
		take(b);
	return any;
}

static bool
number(struct bytes *b)
{
	if (peek(b) == '-')
		take(b);
	if (peek(b) == '0')
		take(b);
	else if (!digits(b))
		return false;
	if (peek(b) == '.') {
		take(b);
		if (!digits(b))
			return false;
	}
	if ((peek(b) | 0x20) != 'e')
		return true;
	take(b);
	if (peek(b) == '+' || peek(b) == '-')
		take(b);
	return digits(b);
}

static bool
word(struct bytes *b, const char *w)
{
	if (!bytes_starts(b, w, strlen(w)))
		return false;
	bytes_skip(b, strlen(w));
	return true;
}

static bool
scalar(struct bytes *b)
{
	switch (peek(b)) {
	case '"':
		return string(b);
	case 't':
		return word(b, "true");
	case 'f':
		return word(b, "false");
	case 'n':
		return word(b, "null");
	default:
		return number(b);
	}
}

/* The name and colon before a member's value. */
static bool
name(struct bytes *b)
{
	blanks(b);
	if (!string(b))
		return false;
	blanks(b);
	return take(b) == ':';
}

/* After a value: close what ends here. False: it is malformed. *more: another value
 * follows. */
static bool
after_value(struct bytes *b, char *open, int *depth, bool *more)
{
	for (*more = false; *depth > 0; --*depth) {
		uint8_t c;

		blanks(b);
		c = take(b);
		if (c == ',') {
			*more = true;
			return open[*depth - 1] == '[' || name(b);
		}
		if (c != (open[*depth - 1] == '[' ? ']' : '}'))
			return false;
	}
	return true;
}

bool
eve_ok(struct bytes text)
{
	struct bytes *b = &text;
	char          open[EVE_DEPTH_MAX];
	int           depth = 0;
	bool          more = true;

	blanks(b);
	if (peek(b) != '{')
		return false;
	while (more) {
		uint8_t c;

		blanks(b);
		c = peek(b);
		if (c != '{' && c != '[') {
			if (!scalar(b))
				return false;
		} else {
			if (depth == EVE_DEPTH_MAX)
				return false;
			take(b);
			open[depth++] = (char)c;
			blanks(b);
			if (peek(b) != (c == '{' ? '}' : ']')) {
				if (c == '{' && !name(b))
					return false;
				continue;
			}
			take(b); /* empty */
			depth--;
		}
		if (!after_value(b, open, &depth, &more))
			return false;
	}
	blanks(b);
	return b->left == 0;
}
