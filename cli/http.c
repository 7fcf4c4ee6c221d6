/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/http.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>

#define LENGTH_MAX (UINT64_C(1) << 40)

void
http_start(struct http_reply *r)
{
	*r = (struct http_reply){ .part = HTTP_STATUS };
}

static const char *
skip_blank(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* Digits of `base`, then nothing but blanks or, in a chunk's size line, an extension. */
static int
read_number(uint64_t *out, const char *at, unsigned base)
{
	const char *start = at;

	*out = 0;
	for (; isxdigit((unsigned char)*at); at++) {
		unsigned digit = isdigit((unsigned char)*at)
				? (unsigned)(*at - '0')
				: (unsigned)(tolower((unsigned char)*at) - 'a') + 10;

		if (digit >= base || *out > LENGTH_MAX)
			return -EBADMSG;
		*out = *out * base + digit;
	}
	if (at == start || *out > LENGTH_MAX)
		return -EBADMSG;
	at = skip_blank(at);
	return *at == '\0' || (base == 16 && *at == ';') ? 0 : -EBADMSG;
}

static int
read_status(struct http_reply *r, const char *line)
{
	const char *code = line + strlen("HTTP/1.1 ");

	if (strncmp(line, "HTTP/1.1 ", 9) != 0 && strncmp(line, "HTTP/1.0 ", 9) != 0)
		return -EBADMSG;
	r->closes = line[7] == '0';
	for (int i = 0; i < 3; i++) {
		if (!isdigit((unsigned char)code[i]))
			return -EBADMSG;
		r->status = r->status * 10 + (code[i] - '0');
	}
	r->part = HTTP_HEADERS;
	return (code[3] == '\0' || code[3] == ' ') && r->status >= 100 ? 0 : -EBADMSG;
}

/* Where the value begins when `line` is the header `name`, else NULL. */
static const char *
value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(line, name, len) == 0 && line[len] == ':' ? skip_blank(line + len + 1)
								     : NULL;
}

static void
head_ends(struct http_reply *r)
{
	if (r->status < 200) /* 100 Continue: the real answer follows */
		http_start(r);
	else if (r->status == 204 || r->status == 304)
		r->part = HTTP_DONE;
	else if (r->chunked)
		r->part = HTTP_CHUNK_SIZE;
	else if (r->sized)
		r->part = r->left ? HTTP_BODY : HTTP_DONE;
	else
		r->part = HTTP_BODY_TO_END;
	r->closes |= r->part == HTTP_BODY_TO_END;
}

static int
read_header(struct http_reply *r, const char *line)
{
	const char *value;
	uint64_t    length;

	if (!*line) {
		head_ends(r);
		return 0;
	}
	if ((value = value_of(line, "Content-Length"))) {
		if (read_number(&length, value, 10) < 0 || (r->sized && length != r->left))
			return -EBADMSG;
		r->sized = true;
		r->left = length;
	} else if ((value = value_of(line, "Transfer-Encoding"))) {
		r->chunked = strcasecmp(value, "chunked") == 0;
		return r->chunked ? 0 : -EBADMSG;
	} else if ((value = value_of(line, "Connection"))) {
		r->closes |= strcasecmp(value, "close") == 0;
	}
	return 0;
}

static int
read_chunk_size(struct http_reply *r, const char *line)
{
	int err = read_number(&r->left, line, 16);

	r->n_head = 0;
	r->part = r->left ? HTTP_CHUNK : HTTP_TRAILERS;
	return err;
}

static int
read_line(struct http_reply *r, const char *line)
{
	switch (r->part) {
	case HTTP_STATUS:
		return read_status(r, line);
	case HTTP_HEADERS:
		return read_header(r, line);
	case HTTP_CHUNK_SIZE:
		return read_chunk_size(r, line);
	case HTTP_CHUNK_END:
		r->part = HTTP_CHUNK_SIZE;
		return *line ? -EBADMSG : 0;
	case HTTP_TRAILERS:
		r->part = *line ? HTTP_TRAILERS : HTTP_DONE;
		return 0;
	default:
		abort(); /* http_feed() sends the other parts elsewhere */
	}
}

/* 1: took a line, 0: none is there yet. */
static int
feed_line(struct http_reply *r, struct evbuffer *in)
{
	size_t len;
	char  *line = evbuffer_readln(in, &len, EVBUFFER_EOL_CRLF);
	int    err;

	if (!line)
		return evbuffer_get_length(in) > HTTP_LINE_MAX ? -EBADMSG : 0;
	r->n_head += len + 2;
	if (len > HTTP_LINE_MAX || r->n_head > HTTP_HEAD_MAX || strlen(line) != len)
		err = -EBADMSG;
	else
		err = read_line(r, line);
	free(line);
	return err < 0 ? err : 1;
}

/* 1: this piece of body is whole, 0: more must come. */
static int
feed_body(struct http_reply *r, struct evbuffer *in, struct evbuffer *body)
{
	size_t have = evbuffer_get_length(in);
	size_t take = have < r->left ? have : (size_t)r->left;

	if (r->part == HTTP_BODY_TO_END)
		return evbuffer_add_buffer(body, in) < 0 ? -ENOMEM : 0;
	if (take && evbuffer_remove_buffer(in, body, take) != (int)take)
		return -ENOMEM;
	r->left -= take;
	if (r->left)
		return 0;
	r->part = r->part == HTTP_BODY ? HTTP_DONE : HTTP_CHUNK_END;
	return 1;
}

int
http_feed(struct http_reply *r, struct evbuffer *in, struct evbuffer *body)
{
	int more = 1;

	while (more > 0 && r->part != HTTP_DONE) {
		if (r->part == HTTP_BODY || r->part == HTTP_BODY_TO_END || r->part == HTTP_CHUNK)
			more = feed_body(r, in, body);
		else
			more = feed_line(r, in);
	}
	return more < 0 ? more : 0;
}

int
http_end(struct http_reply *r)
{
	if (r->part == HTTP_BODY_TO_END)
		r->part = HTTP_DONE;
	return r->part == HTTP_DONE ? 0 : -ECONNRESET;
}
