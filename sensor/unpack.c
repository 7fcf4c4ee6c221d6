/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#define INPUT_SIZE (128u << 10)
#define OUTPUT_SIZE (256u << 10)

enum kind { KIND_PLAIN, KIND_GZIP, KIND_ZSTD };

struct unpack {
	FILE         *in;
	enum kind     kind;
	z_stream      gzip;
	ZSTD_DStream *zstd;
	size_t        at, len; /* unread part of `input` */
	bool          end;     /* of `in` */
	bool          failed;  /* reading it */
	bool          whole;   /* stands behind a complete gzip member or zstd frame */
	uint8_t       input[INPUT_SIZE];
};

/* What is there now: a pipe is not waited on until the buffer is full, since its packets are fresh. */
static bool
refill(struct unpack *u)
{
	ssize_t n;

	if (u->at < u->len || u->end)
		return u->at < u->len;
	do
		n = read(fileno(u->in), u->input, INPUT_SIZE);
	while (n < 0 && errno == EINTR);
	u->failed |= n < 0;
	u->at = 0;
	u->len = n > 0 ? (size_t)n : 0;
	u->end = u->len == 0;
	return u->len > 0;
}

static ssize_t
read_plain(struct unpack *u, char *buf, size_t size)
{
	size_t n;

	if (!refill(u))
		return u->failed ? -1 : 0;
	n = u->len - u->at < size ? u->len - u->at : size;
	memcpy(buf, u->input + u->at, n);
	u->at += n;
	return (ssize_t)n;
}

static ssize_t
read_gzip(struct unpack *u, char *buf, size_t size)
{
	size_t made = 0;

	while (made == 0) {
		if (!refill(u))
			return u->whole ? 0 : (errno = EBADMSG, -1);
		u->gzip.next_in = u->input + u->at;
		u->gzip.avail_in = (uInt)(u->len - u->at);
		u->gzip.next_out = (Bytef *)buf;
		u->gzip.avail_out = (uInt)size;
		int rc = inflate(&u->gzip, Z_NO_FLUSH);

		u->at = u->len - u->gzip.avail_in;
		made = size - u->gzip.avail_out;
		u->whole = rc == Z_STREAM_END;
		if (rc == Z_STREAM_END)
			(void)inflateReset(&u->gzip); /* another member may follow */
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			return errno = EBADMSG, -1;
	}
	return (ssize_t)made;
}

static ssize_t
read_zstd(struct unpack *u, char *buf, size_t size)
{
	ZSTD_outBuffer out = { .dst = buf, .size = size };

	while (out.pos == 0) {
		if (!refill(u))
			return u->whole ? 0 : (errno = EBADMSG, -1);
		ZSTD_inBuffer in = { .src = u->input, .size = u->len, .pos = u->at };
		size_t        rc = ZSTD_decompressStream(u->zstd, &out, &in);

		u->at = in.pos;
		if (ZSTD_isError(rc))
			return errno = EBADMSG, -1;
		u->whole = rc == 0;
	}
	return (ssize_t)out.pos;
}

static ssize_t
unpack_read(void *cookie, char *buf, size_t size)
{
	struct unpack *u = cookie;

	switch (u->kind) {
	case KIND_GZIP:
		return read_gzip(u, buf, size);
	case KIND_ZSTD:
		return read_zstd(u, buf, size);
	case KIND_PLAIN:
		break;
	}
	return read_plain(u, buf, size);
}

static int
unpack_close(void *cookie)
{
	struct unpack *u = cookie;

	if (u->kind == KIND_GZIP)
		(void)inflateEnd(&u->gzip);
	ZSTD_freeDStream(u->zstd);
	(void)fclose(u->in);
	free(u);
	return 0;
}

static bool
begin(struct unpack *u)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };

	(void)refill(u);
	if (u->len >= sizeof(gzip) && memcmp(u->input, gzip, sizeof(gzip)) == 0) {
		u->kind = KIND_GZIP;
		return inflateInit2(&u->gzip, 15 + 16) == Z_OK; /* 16: gzip's header and trailer */
	}
	if (u->len >= sizeof(zstd) && memcmp(u->input, zstd, sizeof(zstd)) == 0) {
		u->kind = KIND_ZSTD;
		u->zstd = ZSTD_createDStream();
		return u->zstd != NULL;
	}
	return true;
}

FILE *
unpack_open(FILE *in)
{
	struct unpack *u = calloc(1, sizeof(*u));
	FILE          *out;

	if (!u) {
		(void)fclose(in);
		return NULL;
	}
	u->in = in;
	if (!begin(u)) {
		u->kind = KIND_PLAIN;
		(void)unpack_close(u);
		errno = ENOMEM;
		return NULL;
	}
	out = fopencookie(u, "r", (cookie_io_functions_t){ .read = unpack_read, .close = unpack_close });
	if (!out) {
		(void)unpack_close(u);
		return NULL;
	}
	(void)setvbuf(out, NULL, _IOFBF, OUTPUT_SIZE);
	return out;
}
