/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/http1_form.h"

#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/proto/http1.h"

#include <string.h>

#define BOUNDARY_MAX 200
#define HEADER_MAX 4096 /* bytes of header lines of one part */

enum step { STEP_PREAMBLE, STEP_AFTER_BOUNDARY, STEP_HEADERS, STEP_DATA, STEP_EPILOGUE };

struct http1_form {
	uint8_t      step;
	uint8_t      delimiter[BOUNDARY_MAX + 4]; /* CR LF "--" boundary */
	size_t       len;
	struct pbuf  held;  /* bytes that are not decided yet */
	struct file *file;  /* of the part on its way, NULL: it is a plain field */
};

/* ---- parameters ---- */

static bool
is_word_end(uint8_t c)
{
	return c == ';' || c == ',' || http1_is_space(c);
}

/* Read a quoted or bare value at `v`. */
static size_t
read_value(uint8_t *out, size_t cap, struct bytes v)
{
	bool   quoted = bytes_starts(&v, "\"", 1);
	size_t n = 0;

	bytes_skip(&v, quoted);
	while (v.left && n < cap) {
		uint8_t c = bytes_u8(&v);

		if (quoted ? c == '"' : is_word_end(c))
			break;
		if (quoted && c == '\\' && v.left)
			c = bytes_u8(&v);
		out[n++] = c;
	}
	return n;
}

size_t
http1_parameter(uint8_t *out, size_t cap, struct bytes value, const char *name)
{
	size_t len = strlen(name);
	bool   quoted = false;

	for (size_t i = 0; i + len < value.left; i++) {
		struct bytes rest;

		if (value.at[i] == '"')
			quoted = !quoted;
		if (quoted || (i > 0 && !is_word_end(value.at[i - 1])))
			continue;
		if (!bytes_is_nocase(bytes_of(value.at + i, len), name))
			continue;
		rest = bytes_of(value.at + i + len, value.left - i - len);
		rest = http1_trim(rest);
		if (!bytes_starts(&rest, "=", 1))
			continue;
		bytes_skip(&rest, 1);
		return read_value(out, cap, http1_trim(rest));
	}
	return 0;
}

/* ---- life ---- */

struct http1_form *
http1_form_new(struct proto_env *env, struct bytes content_type)
{
	uint8_t            boundary[BOUNDARY_MAX];
	size_t             n = http1_parameter(boundary, sizeof(boundary), content_type, "boundary");
	struct http1_form *f = n ? pool_zero(env->pool, sizeof(*f)) : NULL;

	if (!f)
		return NULL;
	memcpy(f->delimiter, "\r\n--", 4);
	memcpy(f->delimiter + 4, boundary, n);
	f->len = n + 4;
	return f;
}

void
http1_form_free(struct http1_form *f, struct pool *pool)
{
	if (!f)
		return;
	pbuf_release(pool, &f->held);
	pool_put(pool, f, sizeof(*f));
}

/* ---- parts ---- */

/* Offset of `needle` in `b`; b.left when it is not there. */
static size_t
find(struct bytes b, const uint8_t *needle, size_t len)
{
	const uint8_t *hit = b.left ? memmem(b.at, b.left, needle, len) : NULL;

	return hit ? (size_t)(hit - b.at) : b.left;
}

/* How many bytes at the end of `b` may be the beginning of the delimiter. */
static size_t
maybe_delimiter(const struct http1_form *f, struct bytes b)
{
	size_t most = b.left < f->len - 1 ? b.left : f->len - 1;

	for (size_t n = most; n > 0; n--)
		if (memcmp(b.at + b.left - n, f->delimiter, n) == 0)
			return n;
	return 0;
}

static int
preamble(struct http1_form *f, struct bytes *b)
{
	/* the first delimiter stands at the beginning and has no line end before it */
	size_t at = find(*b, f->delimiter + 2, f->len - 2);

	if (at == b->left) {
		if (b->left > f->len)
			bytes_skip(b, b->left - f->len);
		return 0;
	}
	bytes_skip(b, at + f->len - 2);
	f->step = STEP_AFTER_BOUNDARY;
	return 1;
}

static int
after_boundary(struct http1_form *f, struct bytes *b)
{
	size_t end;

	if (b->left < 2)
		return 0;
	if (bytes_starts(b, "--", 2)) {
		f->step = STEP_EPILOGUE;
		return 1;
	}
	end = bytes_find(b, '\n');
	if (end == b->left)
		return 0;
	bytes_skip(b, end + 1);
	f->step = STEP_HEADERS;
	return 1;
}

static void
begin_part(struct proto_env *env, struct http1_tx *t, struct http1_form *f, struct bytes headers)
{
	static const char disposition[] = "content-disposition:";
	uint8_t           name[FILE_NAME_MAX];
	size_t            n;
	bool              seen = false;

	f->file = NULL;
	while (headers.left) {
		size_t       end = bytes_find(&headers, '\n');
		struct bytes line = bytes_cut(&headers, end < headers.left ? end + 1 : end);
		size_t       len = sizeof(disposition) - 1;

		if (line.left < len || !bytes_is_nocase(bytes_of(line.at, len), disposition))
			continue;
		seen = true;
		bytes_skip(&line, len);
		n = http1_parameter(name, sizeof(name), http1_chomp(line), "filename");
		if (n)
			f->file = file_open(env, &t->tx, DIR_TOSERVER, bytes_of(name, n));
	}
	if (!seen)
		http1_event(t, HTTP1_EVENT_MULTIPART_INVALID_HEADER);
	f->step = STEP_DATA;
}

static int
part_headers(struct proto_env *env, struct http1_tx *t, struct http1_form *f, struct bytes *b)
{
	size_t at = 0;

	/* up to an empty line */
	for (;;) {
		struct bytes rest = bytes_of(b->at + at, b->left - at);
		size_t       end = bytes_find(&rest, '\n');

		if (end == rest.left) {
			if (b->left <= HEADER_MAX)
				return 0;
			http1_event(t, HTTP1_EVENT_MULTIPART_GENERIC_ERROR);
			f->step = STEP_EPILOGUE;
			return 1;
		}
		at += end + 1;
		if (http1_chomp(bytes_of(rest.at, end + 1)).left == 0)
			break;
	}
	begin_part(env, t, f, bytes_of(b->at, at));
	bytes_skip(b, at);
	return 1;
}

static int
part_data(struct proto_env *env, struct http1_form *f, struct bytes *b)
{
	size_t at = find(*b, f->delimiter, f->len);
	bool   found = at < b->left;

	if (!found)
		at = b->left - maybe_delimiter(f, *b);
	file_append(env, f->file, bytes_cut(b, at));
	if (!found)
		return 0;
	file_close(env, f->file, FILE_CLOSED);
	f->file = NULL;
	bytes_skip(b, f->len);
	f->step = STEP_AFTER_BOUNDARY;
	return 1;
}

static int
step(struct proto_env *env, struct http1_tx *t, struct http1_form *f, struct bytes *b)
{
	switch (f->step) {
	case STEP_PREAMBLE:
		return preamble(f, b);
	case STEP_AFTER_BOUNDARY:
		return after_boundary(f, b);
	case STEP_HEADERS:
		return part_headers(env, t, f, b);
	case STEP_DATA:
		return part_data(env, f, b);
	default:
		bytes_skip(b, b->left);
		return 0;
	}
}

void
http1_form_data(struct proto_env *env, struct http1_tx *t, struct http1_form *f, struct bytes data)
{
	struct bytes b;

	if (pbuf_add(env->pool, &f->held, data.at, data.left) < 0) {
		f->step = STEP_EPILOGUE;
		return;
	}
	b = bytes_of(f->held.data, f->held.len);
	while (step(env, t, f, &b) > 0)
		;
	pbuf_cut(&f->held, f->held.len - b.left);
}

void
http1_form_close(struct proto_env *env, struct http1_tx *t, struct http1_form *f, bool whole)
{
	if (f->step == STEP_DATA) /* what looked like a boundary was none */
		file_append(env, f->file, bytes_of(f->held.data, f->held.len));
	file_close(env, f->file, whole ? FILE_CLOSED : FILE_TRUNCATED);
	f->file = NULL;
	if (whole && f->step != STEP_EPILOGUE && f->step != STEP_DATA)
		http1_event(t, HTTP1_EVENT_MULTIPART_GENERIC_ERROR);
	f->held.len = 0;
	f->step = STEP_EPILOGUE;
}
