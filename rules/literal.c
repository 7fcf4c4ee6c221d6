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

/* Two digits in the bar; blanks may stand between bytes. Returns how many signs were read, 0: bad. */
static size_t
hex_byte(uint8_t *out, const char *text, size_t left)
{
	if (left < 2 || hex_of(text[0]) < 0 || hex_of(text[1]) < 0)
		return 0;
	*out = (uint8_t)(hex_of(text[0]) << 4 | hex_of(text[1]));
	return 2;
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
			if (!hex_byte(out + n, text + i, len - i)) {
				*why = "bad hex byte between the bars";
				return -1;
			}
			n++;
			i++;
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
