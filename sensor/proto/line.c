/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/line.h"

static bool
skip_rest(struct bytes *data, bool *skipping)
{
	size_t end = bytes_find(data, '\n');

	*skipping = end == data->left;
	bytes_skip(data, *skipping ? end : end + 1);
	return !*skipping;
}

bool
line_take(struct line *out, struct bytes *data, size_t max, bool *skipping)
{
	struct bytes head;
	size_t       end, len;
	bool         whole;

	*out = (struct line){ 0 };
	if (*skipping && !skip_rest(data, skipping))
		return false;
	head = bytes_of(data->at, data->left < max + 2 ? data->left : max + 2);
	end = bytes_find(&head, '\n');
	whole = end < head.left;
	if (!whole && head.left < max + 2)
		return false;
	len = whole && end > 0 && head.at[end - 1] == '\r' ? end - 1 : end;
	out->cut = len > max;
	out->text = bytes_of(head.at, out->cut ? max : len);
	bytes_skip(data, whole ? end + 1 : end);
	*skipping = !whole;
	if (!whole)
		(void)skip_rest(data, skipping);
	return true;
}

struct bytes
line_word(struct bytes *line)
{
	struct bytes word = bytes_cut(line, bytes_find(line, ' '));

	if (line->left > 0)
		bytes_skip(line, 1);
	return word;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct bytes
line_trim(struct bytes text)
{
	while (text.left > 0 && is_blank(text.at[0]))
		bytes_skip(&text, 1);
	while (text.left > 0 && is_blank(text.at[text.left - 1]))
		text.left--;
	return text;
}

unsigned
line_code(struct bytes text)
{
	unsigned code = 0;

	for (unsigned i = 0; i < 3; i++) {
		uint8_t c = bytes_u8(&text);

		if (c < '0' || c > '9')
			return 0;
		code = 10 * code + c - '0';
	}
	return code;
}
