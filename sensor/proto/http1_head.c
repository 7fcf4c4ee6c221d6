/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/http1_head.h"

#include <string.h>

#define NONE UINT32_MAX

/* One header with its continuation lines, while the head is put in order. */
struct line {
	uint32_t value, end; /* in raw */
	uint32_t next;       /* the next one of the same name, NONE at the end */
	uint32_t name, name_len;
};

struct ordering {
	struct http1_head *h;
	struct pool       *pool;
	struct pbuf        lines; /* struct line[] */
	uint32_t           n_lines;
	bool               failed; /* no memory for the text */
};

struct bytes
http1_trim(struct bytes b)
{
	while (b.left && http1_is_space(b.at[0])) {
		b.at++;
		b.left--;
	}
	while (b.left && http1_is_space(b.at[b.left - 1]))
		b.left--;
	return b;
}

struct bytes
http1_chomp(struct bytes b)
{
	while (b.left && (b.at[b.left - 1] == '\n' || b.at[b.left - 1] == '\r'))
		b.left--;
	return b;
}

void
http1_head_line(struct http1_head *h, struct pool *pool, struct bytes line)
{
	if (h->raw.len + line.left > HTTP1_HEAD_MAX ||
			pbuf_add(pool, &h->raw, line.at, line.left) < 0)
		h->odd |= HTTP1_ODD_TOO_MANY;
}

static struct http1_field *
fields(const struct http1_head *h)
{
	return (struct http1_field *)(void *)h->fields.data;
}

static struct line *
lines(const struct ordering *o)
{
	return (struct line *)(void *)o->lines.data;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static uint32_t
hash_name(struct bytes name)
{
	uint32_t h = 2166136261u; /* FNV-1a: only tells names apart before they are compared */

	for (size_t i = 0; i < name.left; i++)
		h = (h ^ lower(name.at[i])) * 16777619u;
	return h;
}

static bool
same_name(struct bytes x, struct bytes y)
{
	if (x.left != y.left)
		return false;
	for (size_t i = 0; i < x.left; i++)
		if (lower(x.at[i]) != lower(y.at[i]))
			return false;
	return true;
}

static bool
is_name_byte(uint8_t c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

/* Split at the colon. A line without one has an empty name, its text is the value. */
static void
split(struct http1_head *h, struct bytes line, struct bytes *name, size_t *value_at)
{
	size_t colon = bytes_find(&line, ':');

	*name = bytes_of(line.at, 0);
	*value_at = 0;
	if (colon == line.left) {
		h->odd |= HTTP1_ODD_NO_COLON;
		return;
	}
	*name = http1_trim(bytes_of(line.at, colon));
	*value_at = colon + 1;
	for (size_t i = 0; i < name->left; i++)
		if (!is_name_byte(name->at[i]))
			h->odd |= HTTP1_ODD_NAME;
}

/* The field of this name, made when it is new. NULL: too many or no memory. */
static struct http1_field *
field_of(struct ordering *o, struct bytes name, uint32_t line)
{
	struct http1_head *h = o->h;
	struct http1_field fresh = { .hash = hash_name(name), .first = line, .last = line };

	for (uint32_t i = 0; i < h->n_fields; i++) {
		struct http1_field *f = &fields(h)[i];
		struct line        *first = &lines(o)[f->first];

		if (f->hash == fresh.hash && same_name(name, bytes_of(h->raw.data + first->name,
								first->name_len)))
			return f;
	}
	if (h->n_fields >= HTTP1_FIELDS_MAX || pbuf_add(o->pool, &h->fields, &fresh, sizeof(fresh)) < 0) {
		h->odd |= HTTP1_ODD_TOO_MANY;
		return NULL;
	}
	return &fields(h)[h->n_fields++];
}

/* One header: `text` is its first line, which lies in raw; its continuation ends at `end`. */
static void
add_header(struct ordering *o, struct bytes text, uint32_t end)
{
	struct http1_head  *h = o->h;
	uint32_t            at = (uint32_t)(text.at - h->raw.data);
	struct bytes        name;
	size_t              value;
	struct line         l;
	struct http1_field *f;

	split(h, http1_chomp(text), &name, &value);
	l = (struct line){ .value = at + (uint32_t)value, .end = end, .next = NONE,
		.name = (uint32_t)(name.at - h->raw.data), .name_len = (uint32_t)name.left };
	if (pbuf_add(o->pool, &o->lines, &l, sizeof(l)) < 0) {
		h->odd |= HTTP1_ODD_TOO_MANY;
		return;
	}
	f = field_of(o, name, o->n_lines);
	if (f && f->last != o->n_lines) {
		lines(o)[f->last].next = o->n_lines;
		f->last = o->n_lines;
		h->odd |= HTTP1_ODD_REPEATED;
	}
	o->n_lines++;
}

/* The next line of raw with its end: up to and with LF, or with a CR that stands alone. */
static struct bytes
next_line(struct bytes *b)
{
	size_t n = 0;

	while (n < b->left && b->at[n] != '\n' && b->at[n] != '\r')
		n++;
	if (n < b->left && b->at[n] == '\r')
		n++;
	if (n < b->left && b->at[n] == '\n')
		n++;
	return bytes_cut(b, n);
}

static void
find_headers(struct ordering *o)
{
	struct http1_head *h = o->h;
	struct bytes       all = bytes_of(h->raw.data, h->raw.len);

	if (all.left && http1_is_blank(all.at[0]))
		h->odd |= HTTP1_ODD_FOLDING;
	while (all.left) {
		struct bytes line = next_line(&all);

		if (http1_chomp(line).left == 0)
			continue; /* the empty line before the body, or before the end of a trailer */
		while (all.left && http1_is_blank(all.at[0]))
			(void)next_line(&all);
		add_header(o, line, h->raw.len - (uint32_t)all.left);
	}
}

static void
put(struct ordering *o, const void *data, size_t len)
{
	if (!o->failed && pbuf_add(o->pool, &o->h->text, data, len) < 0)
		o->failed = true;
}

/* The value of one header to the text: its lines without their ends, trimmed as a whole. */
static void
put_value(struct ordering *o, const struct line *l)
{
	struct http1_head *h = o->h;
	struct bytes       all = bytes_of(h->raw.data + l->value, l->end - l->value);
	uint32_t           start = h->text.len;
	bool               first = true;

	while (all.left) {
		struct bytes part = http1_chomp(next_line(&all));

		if (first)
			while (part.left && http1_is_space(part.at[0]))
				bytes_skip(&part, 1);
		first = first && part.left == 0;
		put(o, part.at, part.left);
	}
	while (h->text.len > start && http1_is_space(h->text.data[h->text.len - 1]))
		h->text.len--;
}

/* Are all values of a repeated Content-Length the same? The first one counts. */
static void
check_lengths(struct ordering *o, const struct http1_field *f)
{
	const struct line *l = &lines(o)[f->first];
	struct bytes       first = http1_value(o->h, f);

	for (uint32_t i = l->next; i != NONE; i = l->next) {
		struct bytes other;

		l = &lines(o)[i];
		o->h->odd |= HTTP1_ODD_LENGTH;
		other = http1_trim(bytes_of(o->h->raw.data + l->value, l->end - l->value));
		if (other.left != first.left || !bytes_starts(&other, first.at, first.left))
			o->h->odd |= HTTP1_ODD_LENGTH_DIFFERS;
	}
}

static void
put_field(struct ordering *o, struct http1_field *f)
{
	struct http1_head *h = o->h;
	const struct line *l = &lines(o)[f->first];
	bool               is_length;

	f->name = h->text.len;
	f->name_len = l->name_len;
	put(o, h->raw.data + l->name, l->name_len);
	is_length = bytes_is_nocase(bytes_of(h->raw.data + l->name, l->name_len), "content-length");
	put(o, ": ", 2);
	f->value = h->text.len;
	put_value(o, l);
	for (uint32_t i = l->next; i != NONE && !is_length; i = l->next) {
		l = &lines(o)[i];
		put(o, ", ", 2);
		put_value(o, l);
	}
	f->value_len = h->text.len - f->value;
	put(o, "\r\n", 2);
	if (is_length)
		check_lengths(o, f);
}

void
http1_head_order(struct http1_head *h, struct pool *pool, const char *cookie)
{
	struct ordering o = { .h = h, .pool = pool };

	h->n_fields = h->fields.len = h->text.len = h->names.len = h->start.len = 0;
	find_headers(&o);
	for (uint32_t i = 0; i < h->n_fields; i++) {
		const struct line *l = &lines(&o)[fields(h)[i].first];

		if (!bytes_is_nocase(bytes_of(h->raw.data + l->name, l->name_len), cookie))
			put_field(&o, &fields(h)[i]);
	}
	h->cookie = h->text.len;
	for (uint32_t i = 0; i < h->n_fields; i++) {
		const struct line *l = &lines(&o)[fields(h)[i].first];

		if (bytes_is_nocase(bytes_of(h->raw.data + l->name, l->name_len), cookie))
			put_field(&o, &fields(h)[i]);
	}
	pbuf_release(pool, &o.lines);
	if (o.failed) { /* offsets would point past the text: all or nothing */
		h->n_fields = h->text.len = h->cookie = 0;
		h->odd |= HTTP1_ODD_TOO_MANY;
	}
	h->ordered = true;
}

void
http1_head_release(struct http1_head *h, struct pool *pool)
{
	struct pbuf *all[] = { &h->line, &h->raw, &h->text, &h->fields, &h->names, &h->start };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		pbuf_release(pool, all[i]);
	memset(h, 0, sizeof(*h));
}

const struct http1_field *
http1_head_at(const struct http1_head *h, unsigned index)
{
	return index < h->n_fields ? &fields(h)[index] : NULL;
}

const struct http1_field *
http1_head_find(const struct http1_head *h, const char *name)
{
	uint32_t hash = hash_name(bytes_str(name));

	for (uint32_t i = 0; i < h->n_fields; i++) {
		const struct http1_field *f = &fields(h)[i];

		if (f->hash == hash && bytes_is_nocase(http1_name(h, f), name))
			return f;
	}
	return NULL;
}

const struct pbuf *
http1_head_names(struct http1_head *h, struct pool *pool)
{
	if (h->names.len || h->n_fields == 0)
		return &h->names;
	(void)pbuf_add(pool, &h->names, "\r\n", 2);
	for (uint32_t i = 0; i < h->n_fields; i++) {
		struct bytes name = http1_name(h, &fields(h)[i]);

		(void)pbuf_add(pool, &h->names, name.at, name.left);
		(void)pbuf_add(pool, &h->names, "\r\n", 2);
	}
	(void)pbuf_add(pool, &h->names, "\r\n", 2);
	return &h->names;
}

const struct pbuf *
http1_head_start(struct http1_head *h, struct pool *pool, bool response)
{
	if (h->start.len || !h->ordered)
		return &h->start;
	(void)pbuf_add(pool, &h->start, h->line.data, h->line.len);
	(void)pbuf_add(pool, &h->start, "\r\n", 2);
	if (response) /* Suricata's response line brings its own line end, so there are two */
		(void)pbuf_add(pool, &h->start, "\r\n", 2);
	for (uint32_t i = 0; i < h->n_fields; i++) {
		struct bytes field = http1_name_value(h, &fields(h)[i]);

		(void)pbuf_add(pool, &h->start, field.at, field.left + 2);
	}
	if (h->n_fields)
		(void)pbuf_add(pool, &h->start, "\r\n", 2);
	return &h->start;
}
