/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/utf8.h"

/* By the lead byte: how many follow, the payload bits of the lead, the smallest code point
 * that needs this length. */
static const struct form {
	uint8_t  mask, lead, more;
	uint32_t min;
} forms[] = {
	{ 0x80, 0x00, 0, 0 },
	{ 0xe0, 0xc0, 1, 0x80 },
	{ 0xf0, 0xe0, 2, 0x800 },
	{ 0xf8, 0xf0, 3, 0x10000 },
};

static const struct form *
form_of(uint8_t lead)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if ((lead & forms[i].mask) == forms[i].lead)
			return &forms[i];
	}
	return NULL;
}

size_t
utf8_first(struct bytes b, uint32_t *out_cp)
{
	const struct form *f = b.left ? form_of(b.at[0]) : NULL;
	uint32_t           cp;

	if (!f || b.left < f->more + 1u)
		return 0;
	cp = b.at[0] & (uint8_t)~f->mask;
	for (size_t i = 1; i <= f->more; i++) {
		if ((b.at[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (b.at[i] & 0x3f);
	}
	if (cp < f->min || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	if (out_cp)
		*out_cp = cp;
	return f->more + 1u;
}

bool
utf8_ok(struct bytes b)
{
	while (b.left) {
		size_t n = b.at[0] < 0x80 ? 1 : utf8_first(b, NULL);

		if (n == 0)
			return false;
		bytes_skip(&b, n);
	}
	return true;
}

bool
utf8_is_shown(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f },     /* C0 */
		{ 0x7f, 0x9f },     /* DEL, C1 */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x200e, 0x200f }, /* left-to-right, right-to-left mark */
		{ 0x2028, 0x202e }, /* line and paragraph separator, embeddings, overrides */
		{ 0x2066, 0x2069 }, /* isolates */
		{ 0xfeff, 0xfeff }, /* byte order mark */
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return false;
	}
	return true;
}
