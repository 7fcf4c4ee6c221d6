/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/fields.h"

#include "lib/json.h"

struct row {
	uint32_t what, at, len;
};

void
fields_add(struct fields *f, struct pool *pool, unsigned what, struct bytes text)
{
	struct row r = { what, f->text.len, (uint32_t)text.left };

	if (f->rows.len / sizeof(r) >= FIELDS_MAX || text.left > FIELDS_BYTES_MAX - f->text.len)
		return;
	if (text.left > 0 && pbuf_add(pool, &f->text, text.at, text.left) < 0)
		return;
	(void)pbuf_add(pool, &f->rows, &r, sizeof(r));
}

void
fields_release(struct fields *f, struct pool *pool)
{
	pbuf_release(pool, &f->text);
	pbuf_release(pool, &f->rows);
}

bool
fields_at(const struct fields *f, unsigned i, unsigned *what, struct bytes *out)
{
	const struct row *r = (const void *)f->rows.data;

	if (i >= f->rows.len / sizeof(*r))
		return false;
	*what = r[i].what;
	*out = bytes_of(r[i].len > 0 ? f->text.data + r[i].at : NULL, r[i].len);
	return true;
}

bool
fields_get(const struct fields *f, unsigned what, unsigned index, struct bytes *out)
{
	unsigned is;

	for (unsigned i = 0; fields_at(f, i, &is, out); i++)
		if (is == what && index-- == 0)
			return true;
	return false;
}

bool
fields_view(const struct fields *f, enum buffer b, unsigned index, struct view *out)
{
	*out = (struct view){ .ended = true };
	return fields_get(f, b, index, &out->data);
}

void
fields_eve(const struct fields *f, unsigned what, struct json *j, const char *key)
{
	struct bytes text;

	if (fields_get(f, what, 0, &text))
		json_bytes(j, key, text);
}

void
fields_eve_all(const struct fields *f, unsigned what, struct json *j, const char *key)
{
	struct bytes text;

	if (!fields_get(f, what, 0, &text))
		return;
	json_arr(j, key);
	for (unsigned i = 0; fields_get(f, what, i, &text); i++)
		json_bytes(j, NULL, text);
	json_arr_end(j);
}
