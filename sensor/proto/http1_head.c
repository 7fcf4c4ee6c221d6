/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/http1_head.h"

#include <errno.h>

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
		if (name.at[i]) /* some readers of HTTP leave NULs out */
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

/* Does `word` (lower case) stand at the beginning of `b`, NULs left out? Returns how many bytes it takes. */
static size_t
match_word(struct bytes b, const char *word)
{
	size_t n = 0;

	for (; n < b.left && *word; n++) {
		if (b.at[n] == 0)
			continue;
		if (lower(b.at[n]) != (uint8_t)*word++)
			return 0;
	}
	return *word ? 0 : n;
}

bool
http1_contains(struct bytes value, const char *word)
{
	for (; value.left; bytes_skip(&value, 1))
		if (match_word(value, word))
			return true;
	return false;
}

static bool
is_name_byte(uint8_t c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static uint16_t
odd_name(struct bytes name, struct bytes before)
{
	for (size_t i = 0; i < name.left; i++)
		if (!is_name_byte(name.at[i]))
			return HTTP1_ODD_NAME;
	if (name.left == 0)
		return HTTP1_ODD_EMPTY_NAME;
	return http1_is_blank(before.at[before.left - 1]) ? HTTP1_ODD_BLANK : 0;
}

/* Split a header with its continuation lines at the colon. Without one the name is empty and the text is
 * the value. */
static void
split(struct http1_head *h, struct bytes text, struct bytes *name, size_t *value_at)
{
	static const uint16_t names = HTTP1_ODD_NAME | HTTP1_ODD_BLANK | HTTP1_ODD_EMPTY_NAME;
	size_t                colon = bytes_find(&text, ':');
	struct bytes          before = bytes_of(text.at, colon);
	size_t                end = bytes_find(&before, '\n');

	*name = bytes_of(text.at, 0);
	*value_at = 0;
	if (colon == text.left || colon == 0)
		h->odd |= HTTP1_ODD_NO_COLON;
	if (colon == text.left)
		return;
	*value_at = colon + 1;
	*name = http1_trim(bytes_of(text.at, end)); /* the colon may stand on a continuation line */
	if (end == colon && !(h->odd & names))
		h->odd |= odd_name(*name, before);
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

/* One header with its continuation lines, which lie in raw. */
static void
add_header(struct ordering *o, struct bytes text)
{
	struct http1_head  *h = o->h;
	uint32_t            at = (uint32_t)(text.at - h->raw.data);
	struct bytes        name;
	size_t              value;
	struct line         l;
	struct http1_field *f;

	split(h, text, &name, &value);
	l = (struct line){ .value = at + (uint32_t)value, .end = at + (uint32_t)text.left, .next = NONE,
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

size_t
http1_line_len(struct bytes b, bool response, bool after_cr, bool eof)
{
	size_t n = 0;

	if (!response) {
		n = bytes_find(&b, '\n');
		return n < b.left ? n + 1 : eof ? n : 0;
	}
	while (!after_cr && n < b.left && b.at[n] == '\r')
		n++;
	while (n < b.left && b.at[n] != '\n' && b.at[n] != '\r')
		n++;
	if (n < b.left && b.at[n] == '\n')
		return n + 1;
	if (n + 1 < b.left)
		return b.at[n + 1] == '\n' ? n + 2 : n + 1;
	return eof ? b.left : 0;
}

static struct bytes
next_line(struct bytes *b, bool response)
{
	return bytes_cut(b, http1_line_len(*b, response, false, true));
}

/* Is this, white space at its front aside, a header of its own: a name and a colon? */
static bool
is_header(struct bytes line)
{
	size_t       colon = bytes_find(&line, ':');
	struct bytes name = http1_trim(bytes_of(line.at, colon));

	for (size_t i = 0; i < name.left; i++)
		if (!is_name_byte(name.at[i]))
			return false;
	return colon < line.left && name.left > 0;
}

/* Does the line that comes next go on with `header`? Browsers take an indented line that is a header for
 * one, servers do not. */
static bool
is_continued(const struct http1_head *h, struct bytes header, struct bytes rest)
{
	if (rest.left == 0 || !(http1_is_blank(rest.at[0]) || (h->response && rest.at[0] == 0)))
		return false;
	return !h->response || bytes_find(&header, ':') == header.left ||
			!is_header(next_line(&rest, true));
}

static void
find_headers(struct ordering *o)
{
	struct http1_head *h = o->h;
	struct bytes       all = bytes_of(h->raw.data, h->raw.len);

	if (all.left && http1_is_blank(all.at[0]))
		h->odd |= HTTP1_ODD_FOLDING;
	while (all.left) {
		struct bytes header = next_line(&all, h->response);

		/* the empty line before the body, or at the end of a trailer; CRs more make junk of it */
		if (http1_chomp(header).left == 0 &&
				(h->response || header.left <= 2 || all.left == 0))
			continue;
		while (is_continued(h, header, all))
			header.left += next_line(&all, h->response).left;
		add_header(o, header);
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
	unsigned           lines_seen = 0;

	while (all.left) {
		struct bytes part = http1_chomp(next_line(&all, h->response));

		if (first)
			while (part.left && (http1_is_space(part.at[0]) || (lines_seen && !part.at[0])))
				bytes_skip(&part, 1);
		lines_seen++;
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
http1_head_order(struct http1_head *h, struct pool *pool)
{
	const char     *cookie = h->response ? "set-cookie" : "cookie";
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

		struct bytes text = http1_name(h, f);
		size_t       n;

		if (f->hash != hash)
			continue;
		n = match_word(text, name);
		while (n && n < text.left && text.at[n] == 0)
			n++;
		if (n && n == text.left)
			return f;
	}
	return NULL;
}

int
http1_head_add(struct http1_head *h, struct pool *pool, struct bytes name, struct bytes value)
{
	struct http1_field f = { .name = h->text.len, .name_len = (uint32_t)name.left,
		.value = h->text.len + (uint32_t)name.left + 2, .value_len = (uint32_t)value.left,
		.hash = hash_name(name) };
	uint32_t           before = h->text.len;

	if (h->n_fields >= HTTP1_FIELDS_MAX || before + name.left + value.left > HTTP1_HEAD_MAX) {
		h->odd |= HTTP1_ODD_TOO_MANY;
		return -ENOMEM;
	}
	if (pbuf_add(pool, &h->text, name.at, name.left) < 0 || pbuf_add(pool, &h->text, ": ", 2) < 0 ||
			pbuf_add(pool, &h->text, value.at, value.left) < 0 ||
			pbuf_add(pool, &h->text, "\r\n", 2) < 0 ||
			pbuf_add(pool, &h->fields, &f, sizeof(f)) < 0) {
		h->text.len = before;
		return -ENOMEM;
	}
	h->cookie = h->text.len;
	h->n_fields++;
	return 0;
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
http1_head_start(struct http1_head *h, struct pool *pool)
{
	if (h->start.len || !h->ordered)
		return &h->start;
	(void)pbuf_add(pool, &h->start, h->line.data, h->line.len);
	(void)pbuf_add(pool, &h->start, "\r\n", 2);
	if (h->response) /* Suricata's response line brings its own line end, so there are two */
		(void)pbuf_add(pool, &h->start, "\r\n", 2);
	for (uint32_t i = 0; i < h->n_fields; i++) {
		struct bytes field = http1_name_value(h, &fields(h)[i]);

		(void)pbuf_add(pool, &h->start, field.at, field.left + 2);
	}
	if (h->n_fields)
		(void)pbuf_add(pool, &h->start, "\r\n", 2);
	return &h->start;
}
