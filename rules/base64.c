/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/base64.h"

#define NOT_BASE64 0xff

static uint8_t
value_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	return c == '+' ? 62 : c == '/' ? 63 : NOT_BASE64;
}

/* The bytes in `n` gathered digits of six bits: 2 → 1, 3 → 2, 4 → 3. */
static size_t
flush(uint32_t digits, unsigned n, uint8_t *out, size_t cap)
{
	size_t len = n < 2 ? 0 : n - 1;

	digits <<= 6 * (4 - n);
	if (len > cap)
		len = cap;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(digits >> (16 - 8 * i));
	return len;
}

static bool
is_well_formed(struct bytes in)
{
	size_t pad = 0;

	if (in.left % 4)
		return false;
	while (pad < 2 && pad < in.left && in.at[in.left - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < in.left - pad; i++)
		if (value_of(in.at[i]) == NOT_BASE64)
			return false;
	return true;
}

size_t
base64_decode(enum base64_mode mode, struct bytes in, uint8_t *out, size_t cap)
{
	uint32_t digits = 0;
	unsigned n = 0;
	size_t   len = 0;

	if (mode == BASE64_STRICT && !is_well_formed(in))
		return 0;
	for (size_t i = 0; i < in.left && len < cap; i++) {
		uint8_t v = value_of(in.at[i]);

		if (v == NOT_BASE64) {
			if (mode == BASE64_RFC2045 && in.at[i] != '=')
				continue;
			break;
		}
		digits = digits << 6 | v;
		if (++n == 4) {
			len += flush(digits, n, out + len, cap - len);
			digits = 0;
			n = 0;
		}
	}
	return n ? len + flush(digits, n, out + len, cap - len) : len;
}
