/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/http1_head.h - the head of one HTTP/1 message: start line and header lines.
 *
 * The lines are kept as they came; when the head (or a trailer) ends they are
 * put in order once: folded lines joined, repeated headers made one, "Name:
 * value\r\n". Everything that rules ask for is then a slice of that text.
 * Memory of the pool, bounded. One thread.
 */
#ifndef SENSOR_PROTO_HTTP1_HEAD_H
#define SENSOR_PROTO_HTTP1_HEAD_H

#include "lib/bytes.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stdint.h>

#define HTTP1_HEAD_MAX (256u << 10) /* bytes of header lines kept of one message */
#define HTTP1_FIELDS_MAX 1024

/* Bits of what is odd about a head. */
enum http1_odd {
	HTTP1_ODD_FOLDING = 1,     /* the first line begins as a continuation */
	HTTP1_ODD_NO_COLON = 2,
	HTTP1_ODD_NAME = 4,        /* bytes in a name that no name has; of this and the two kinds of
				    * name below only the first one is told */
	HTTP1_ODD_REPEATED = 8,
	HTTP1_ODD_TOO_MANY = 16,   /* fields or bytes: the rest was dropped */
	HTTP1_ODD_LENGTH = 32,     /* Content-Length repeated */
	HTTP1_ODD_LENGTH_DIFFERS = 64,
	HTTP1_ODD_BLANK = 128,     /* white space before the colon */
	HTTP1_ODD_EMPTY_NAME = 256,
};

struct http1_field {
	uint32_t name, name_len;   /* offset in text; "Name: value\r\n" lies there whole */
	uint32_t value, value_len;
	uint32_t hash;             /* of the name in lower case */
	uint32_t first, last;      /* lines of it while the head is put in order */
};

struct http1_head {
	struct pbuf line;   /* the start line without its end */
	struct pbuf raw;    /* header lines and the empty line as they came */
	struct pbuf text;   /* in order; cookie lines stand last */
	uint32_t    cookie; /* offset in text of the cookie lines */
	struct pbuf fields; /* struct http1_field[n_fields], as first seen */
	uint32_t    n_fields;
	uint16_t    odd;    /* bits of enum http1_odd */
	bool        response; /* lines end and fold in more ways there */
	bool        ordered;
	struct pbuf names;  /* made when asked for: "\r\nHost\r\nAccept\r\n\r\n" */
	struct pbuf start;  /* made when asked for: start line and fields */
};

/* Keep one more header line (with its end). */
void http1_head_line(struct http1_head *h, struct pool *pool, struct bytes line);
/* All lines are here: put them in order, cookies last. May be called again after more lines (a
 * trailer). */
void http1_head_order(struct http1_head *h, struct pool *pool);
/* A field that needs no ordering (HTTP/2): kept as it is. 0 or -ENOMEM (also: too many). */
int  http1_head_add(struct http1_head *h, struct pool *pool, struct bytes name, struct bytes value);
void http1_head_release(struct http1_head *h, struct pool *pool);

/* Length of the next line with its end, 0: it is not all there. LF ends a line; in responses, as browsers
 * have it, a CR alone does, too, but not at the beginning of a line, unless `after_cr`. */
size_t http1_line_len(struct bytes b, bool response, bool after_cr, bool eof);

/* A field by name, without case and NULs; NULL: none. Borrowed until the head is put in order again. */
const struct http1_field *http1_head_find(const struct http1_head *h, const char *name);
const struct http1_field *http1_head_at(const struct http1_head *h, unsigned index);

static inline struct bytes
http1_name(const struct http1_head *h, const struct http1_field *f)
{
	return bytes_of(h->text.data + f->name, f->name_len);
}

static inline struct bytes
http1_value(const struct http1_head *h, const struct http1_field *f)
{
	return bytes_of(h->text.data + f->value, f->value_len);
}

/* "Name: value" */
static inline struct bytes
http1_name_value(const struct http1_head *h, const struct http1_field *f)
{
	return bytes_of(h->text.data + f->name, f->value + f->value_len - f->name);
}

/* The names and the start buffers, made on the first call. */
const struct pbuf *http1_head_names(struct http1_head *h, struct pool *pool);
const struct pbuf *http1_head_start(struct http1_head *h, struct pool *pool);

/* Does `value` contain `word` (lower case), without case and NULs? */
bool http1_contains(struct bytes value, const char *word);

/* Without white space at both ends; without the line's end. */
struct bytes http1_trim(struct bytes b);
struct bytes http1_chomp(struct bytes b);

static inline bool
http1_is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
http1_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

#endif
