/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inflate.h"

#include <errno.h>
#include <string.h>

#include <brotli/decode.h>
#include <zlib.h>

#define OUT_LEN 8192
#define EARLY_MAX 4096
#define TRAILER_LEN 8 /* CRC and length after a gzip member */

/* RFC 1952 2.3 */
enum { GZIP_FHCRC = 2, GZIP_FEXTRA = 4, GZIP_FNAME = 8, GZIP_FCOMMENT = 16 };

enum step {
	STEP_FIXED, /* ten bytes of gzip header */
	STEP_EXTRA_LEN,
	STEP_EXTRA,
	STEP_NAME,
	STEP_COMMENT,
	STEP_HCRC,
	STEP_PEEK, /* deflate: wrapped or bare? */
	STEP_DATA,
	STEP_TRAILER,
	STEP_END,
};

struct inflate {
	struct pool        *pool;
	uint8_t             kind;
	uint8_t             step;
	bool                has_z;
	bool                started;
	uint8_t             head[10]; /* header fields on their way */
	uint8_t             n_head;
	uint8_t             flags;
	uint32_t            skip; /* bytes of extra field or trailer to go */
	struct pbuf         early; /* what was fed before anything came out */
	z_stream            z;
	BrotliDecoderState *brotli;
};

/* zlib and brotli tell free() no size, the pool wants it: it stands before the block. */
#define SIZE_LEN 16

static void *
get_block(void *pool, size_t size)
{
	uint8_t *block = size > POOL_BLOCK_MAX - SIZE_LEN ? NULL : pool_get(pool, size + SIZE_LEN);

	if (!block)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + SIZE_LEN;
}

static void
put_block(void *pool, void *at)
{
	size_t size;

	if (!at)
		return;
	memcpy(&size, (uint8_t *)at - SIZE_LEN, sizeof(size));
	pool_put(pool, (uint8_t *)at - SIZE_LEN, size + SIZE_LEN);
}

static void *
get_items(void *pool, unsigned n, unsigned size)
{
	return get_block(pool, (size_t)n * size);
}

static int
start_zlib(struct inflate *d, int window_bits)
{
	d->z = (z_stream){ .zalloc = get_items, .zfree = put_block, .opaque = d->pool };
	if (inflateInit2(&d->z, window_bits) != Z_OK)
		return -ENOMEM;
	d->has_z = true;
	return 0;
}

int
inflate_new(struct inflate **out, struct pool *pool, enum inflate_kind kind)
{
	struct inflate *d = pool_zero(pool, sizeof(*d));

	*out = NULL;
	if (!d)
		return -ENOMEM;
	d->pool = pool;
	d->kind = (uint8_t)kind;
	d->step = kind == INFLATE_GZIP ? STEP_FIXED : kind == INFLATE_DEFLATE ? STEP_PEEK : STEP_DATA;
	if (kind == INFLATE_BROTLI)
		d->brotli = BrotliDecoderCreateInstance(get_block, put_block, pool);
	if (kind == INFLATE_BROTLI ? !d->brotli : start_zlib(d, -15) < 0) {
		inflate_free(d);
		return -ENOMEM;
	}
	*out = d;
	return 0;
}

void
inflate_free(struct inflate *d)
{
	if (!d)
		return;
	if (d->has_z)
		inflateEnd(&d->z);
	if (d->brotli)
		BrotliDecoderDestroyInstance(d->brotli);
	pbuf_release(d->pool, &d->early);
	pool_put(d->pool, d, sizeof(*d));
}

bool
inflate_started(const struct inflate *d)
{
	return d->started;
}

struct bytes
inflate_early(const struct inflate *d)
{
	return bytes_of(d->early.data, d->early.len);
}

/* Collect `n` bytes in head; false: more are to come. */
static bool
collect(struct inflate *d, struct bytes *in, size_t n)
{
	while (d->n_head < n && in->left)
		d->head[d->n_head++] = bytes_u8(in);
	return d->n_head == n;
}

static bool
skip(struct inflate *d, struct bytes *in)
{
	size_t n = d->skip < in->left ? d->skip : in->left;

	bytes_skip(in, n);
	d->skip -= (uint32_t)n;
	return d->skip == 0;
}

/* Past the NUL that ends a name or comment? */
static bool
skip_text(struct bytes *in)
{
	size_t nul = bytes_find(in, 0);
	bool   found = nul < in->left;

	bytes_skip(in, nul + found);
	return found;
}

/* The step after `from` among the optional parts of a gzip header. */
static uint8_t
next_part(const struct inflate *d, uint8_t from)
{
	if (from < STEP_EXTRA_LEN && d->flags & GZIP_FEXTRA)
		return STEP_EXTRA_LEN;
	if (from < STEP_NAME && d->flags & GZIP_FNAME)
		return STEP_NAME;
	if (from < STEP_COMMENT && d->flags & GZIP_FCOMMENT)
		return STEP_COMMENT;
	if (from < STEP_HCRC && d->flags & GZIP_FHCRC)
		return STEP_HCRC;
	return STEP_DATA;
}

static int
fixed_header(struct inflate *d)
{
	static const uint8_t magic[] = { 0x1f, 0x8b, 8 };

	d->n_head = 0;
	if (memcmp(d->head, magic, sizeof(magic)) != 0) {
		d->step = STEP_END; /* after a whole member anything may follow */
		return d->started ? 0 : -EBADMSG;
	}
	d->flags = d->head[3];
	d->step = next_part(d, STEP_FIXED);
	return 0;
}

/* One step through a header or trailer; takes all there is when it wants more. 0 or -EBADMSG. */
static int
step_header(struct inflate *d, struct bytes *in)
{
	switch (d->step) {
	case STEP_FIXED:
		return collect(d, in, sizeof(d->head)) ? fixed_header(d) : 0;
	case STEP_EXTRA_LEN:
		if (!collect(d, in, 2))
			return 0;
		d->skip = d->head[0] | (uint32_t)d->head[1] << 8;
		d->n_head = 0;
		d->step = STEP_EXTRA;
		return 0;
	case STEP_EXTRA:
		if (skip(d, in))
			d->step = next_part(d, STEP_EXTRA);
		return 0;
	case STEP_NAME:
	case STEP_COMMENT:
		if (skip_text(in))
			d->step = next_part(d, d->step);
		return 0;
	case STEP_HCRC:
		if (!collect(d, in, 2))
			return 0;
		d->n_head = 0;
		d->step = STEP_DATA;
		return 0;
	case STEP_TRAILER:
		if (!skip(d, in))
			return 0;
		d->step = d->kind == INFLATE_GZIP ? STEP_FIXED : STEP_END;
		return inflateReset2(&d->z, -15) == Z_OK ? 0 : -EBADMSG;
	default:
		return 0;
	}
}

static int
feed_zlib(struct inflate *d, struct bytes *in, inflate_sink *sink, void *arg)
{
	uint8_t out[OUT_LEN];
	int     rc = Z_OK, err;

	d->z.next_in = (uint8_t *)(uintptr_t)in->at; /* zlib only reads it */
	d->z.avail_in = (unsigned)in->left;
	do {
		d->z.next_out = out;
		d->z.avail_out = sizeof(out);
		rc = inflate(&d->z, Z_SYNC_FLUSH);
		if (d->z.avail_out < sizeof(out)) {
			d->started = true;
			err = sink(arg, bytes_of(out, sizeof(out) - d->z.avail_out));
			if (err)
				return err;
		}
	} while (rc == Z_OK && (d->z.avail_in || d->z.avail_out == 0));
	bytes_skip(in, in->left - d->z.avail_in);
	if (rc == Z_STREAM_END) {
		d->step = STEP_TRAILER;
		d->skip = d->kind == INFLATE_GZIP ? TRAILER_LEN : 0;
		return 0;
	}
	/* a wrong Adler-32 comes after all the data */
	return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : -EBADMSG;
}

/* RFC 1950 2.2: is this zlib's wrapper, or does the data begin at once? */
static int
peek(struct inflate *d, struct bytes *in, inflate_sink *sink, void *arg)
{
	struct bytes first = bytes_of(d->head, 2);
	bool         wrapped;

	if (!collect(d, in, 2))
		return 0;
	wrapped = (d->head[0] & 0x0f) == Z_DEFLATED && d->head[0] >> 4 <= 7 &&
			(d->head[0] << 8 | d->head[1]) % 31 == 0;
	d->step = STEP_DATA;
	if (inflateReset2(&d->z, wrapped ? 15 : -15) != Z_OK)
		return -EBADMSG;
	return feed_zlib(d, &first, sink, arg);
}

static int
feed_brotli(struct inflate *d, struct bytes *in, inflate_sink *sink, void *arg)
{
	BrotliDecoderResult rc;

	do {
		uint8_t  out[OUT_LEN];
		uint8_t *next = out;
		size_t   left = sizeof(out);
		int      err;

		rc = BrotliDecoderDecompressStream(d->brotli, &in->left, &in->at, &left, &next, NULL);
		if (left < sizeof(out)) {
			d->started = true;
			err = sink(arg, bytes_of(out, sizeof(out) - left));
			if (err)
				return err;
		}
	} while (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
	if (rc == BROTLI_DECODER_RESULT_SUCCESS)
		d->step = STEP_END;
	return rc == BROTLI_DECODER_RESULT_ERROR ? -EBADMSG : 0;
}

int
inflate_feed(struct inflate *d, struct bytes in, inflate_sink *sink, void *arg)
{
	int rc = 0;

	if (!d->started && d->early.len < EARLY_MAX)
		(void)pbuf_add(d->pool, &d->early, in.at, in.left);

	while (in.left && rc >= 0 && d->step != STEP_END) {
		if (d->step == STEP_PEEK)
			rc = peek(d, &in, sink, arg);
		else if (d->step != STEP_DATA)
			rc = step_header(d, &in);
		else if (d->brotli)
			rc = feed_brotli(d, &in, sink, arg);
		else
			rc = feed_zlib(d, &in, sink, arg);
	}
	if (d->started)
		pbuf_release(d->pool, &d->early);
	return rc < 0 ? rc : 0;
}
