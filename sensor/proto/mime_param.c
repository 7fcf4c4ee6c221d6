/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/mime_param.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* One parameter as it stands in the text. */
struct param {
	struct bytes name;
	struct bytes value;
	bool         quoted;
};

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_space(struct bytes *in)
{
	while (in->left > 0 && is_space(in->at[0]))
		bytes_skip(in, 1);
}

/* Up to the quote that closes it; backslashes stay and are taken off when copying. */
static struct bytes
quoted_string(struct bytes *in)
{
	struct bytes rest = *in;
	size_t       len = 0;

	while (len < rest.left && rest.at[len] != '"')
		len += rest.at[len] == '\\' && len + 1 < rest.left ? 2 : 1;
	rest = bytes_cut(in, len);
	if (in->left > 0)
		bytes_skip(in, 1);
	return rest;
}

static struct bytes
token(struct bytes *in, const char *ends)
{
	size_t len = 0;

	while (len < in->left && !is_space(in->at[len]) && !strchr(ends, in->at[len]))
		len++;
	return bytes_cut(in, len);
}

static bool
next_param(struct bytes *in, struct param *out)
{
	*out = (struct param){ 0 };
	bytes_skip(in, bytes_find(in, ';'));
	if (in->left == 0)
		return false;
	bytes_skip(in, 1);
	skip_space(in);
	out->name = token(in, "=;");
	skip_space(in);
	if (in->left == 0 || in->at[0] != '=')
		return true; /* a parameter without a value */
	bytes_skip(in, 1);
	skip_space(in);
	out->quoted = in->left > 0 && in->at[0] == '"';
	if (out->quoted) {
		bytes_skip(in, 1);
		out->value = quoted_string(in);
	} else {
		out->value = token(in, ";");
	}
	return true;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t
put(char *out, size_t max, size_t len, uint8_t c)
{
	if (len < max)
		out[len] = (char)c;
	return len + 1;
}

static size_t
copy(char *out, size_t max, size_t len, const struct param *p, bool percent)
{
	struct bytes in = p->value;

	while (in.left > 0) {
		uint8_t c = bytes_u8(&in);

		if (p->quoted && c == '\\' && in.left > 0)
			c = bytes_u8(&in);
		else if (percent && c == '%' && in.left >= 2 && hex_digit(in.at[0]) >= 0 &&
				hex_digit(in.at[1]) >= 0) {
			c = (uint8_t)(hex_digit(in.at[0]) << 4 | hex_digit(in.at[1]));
			bytes_skip(&in, 2);
		}
		len = put(out, max, len, c);
	}
	return len;
}

/* How a parameter continues the name asked for: "name", "name*", "name*0", "name*0*". */
static bool
continues(struct bytes have, const char *name, bool *extended)
{
	size_t len = strlen(name);

	*extended = false;
	if (have.left < len || strncasecmp((const char *)have.at, name, len) != 0)
		return false;
	bytes_skip(&have, len);
	if (have.left == 0)
		return true;
	if (have.at[0] != '*')
		return false;
	*extended = have.at[have.left - 1] == '*';
	return true;
}

size_t
mime_param(char *out, size_t max, struct bytes value, const char *name)
{
	struct param p;
	size_t       len = 0;
	bool         extended, first = true;

	while (next_param(&value, &p)) {
		if (!continues(p.name, name, &extended))
			continue;
		if (first && extended && !p.quoted) { /* charset'language' in front */
			for (unsigned i = 0; i < 2; i++)
				if (bytes_find(&p.value, '\'') < p.value.left)
					bytes_skip(&p.value, bytes_find(&p.value, '\'') + 1);
		}
		len = copy(out, max, len, &p, extended);
		if (p.name.left == strlen(name))
			break;
		first = false;
	}
	return len;
}
