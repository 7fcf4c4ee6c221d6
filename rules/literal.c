/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/literal.h"

#include <stdbool.h>
#include <string.h>

static int
hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Two digits in the bars; blanks may stand even between them. How many signs were read, 0: bad. */
static size_t
hex_byte(uint8_t *out, const char *text, size_t left)
{
	size_t second = 1;

	while (second < left && text[second] == ' ')
		second++;
	if (second >= left || hex_of(text[0]) < 0 || hex_of(text[second]) < 0)
		return 0;
	*out = (uint8_t)(hex_of(text[0]) << 4 | hex_of(text[second]));
	return second + 1;
}

long
literal_parse(uint8_t *out, const char *text, size_t len, const char **why)
{
	bool hex = false;
	long n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '|') {
			hex = !hex;
		} else if (hex && (c == ' ' || c == '\t' || c == ',')) {
			continue;
		} else if (hex) {
			size_t read = hex_byte(out + n, text + i, len - i);

			if (!read) {
				*why = "bad hex byte between the bars";
				return -1;
			}
			n++;
			i += read - 1;
		} else if (c == '\\') {
			if (i + 1 == len || !strchr(";\"\\:|", text[i + 1])) {
				*why = "backslash before a sign that needs none";
				return -1;
			}
			out[n++] = (uint8_t)text[++i];
		} else if (c == '"' || c == ';') {
			*why = "a quote or semicolon without a backslash before it";
			return -1;
		} else {
			out[n++] = (uint8_t)c;
		}
	}
	if (hex) {
		*why = "no bar at the end of the hex bytes";
		return -1;
	}
	return n;
}
