/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/mime_decode.h"

static int
base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* What `n` characters of a group of four stand for. */
static size_t
base64_flush(struct mime_decoder *d, uint8_t *out)
{
	static const uint8_t n_bytes[] = { 0, 0, 1, 2, 3 };
	size_t               n = n_bytes[d->n_held];
	uint32_t             group = d->group << 6 * (4 - d->n_held);

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(group >> (16 - 8 * i));
	d->n_held = 0;
	d->group = 0;
	return n;
}

static size_t
base64(struct mime_decoder *d, uint8_t *out, struct bytes in)
{
	size_t len = 0;

	while (in.left > 0) {
		uint8_t c = bytes_u8(&in);
		int     value = base64_value(c);

		if (value >= 0) {
			d->group = d->group << 6 | (uint32_t)value;
			if (++d->n_held == 4)
				len += base64_flush(d, out + len);
		} else if (c == '=') {
			len += base64_flush(d, out + len);
		} else if (c != '\r' && c != '\n' && c != ' ' && c != '\t') {
			d->invalid = true;
		}
	}
	return len;
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "=" is held until two more bytes tell whether it is =XX, a soft line end or neither. */
static size_t
qp_held(struct mime_decoder *d, uint8_t *out, uint8_t c)
{
	size_t len = 0;

	if (c == '\n') { /* "=\n", "=\r\n": the line goes on */
		d->n_held = 0;
		return 0;
	}
	if (d->n_held == 1) {
		d->held[d->n_held++] = c;
		return 0;
	}
	if (hex_value(d->held[1]) >= 0 && hex_value(c) >= 0) {
		out[len++] = (uint8_t)(hex_value(d->held[1]) << 4 | hex_value(c));
	} else {
		d->invalid = true;
		out[len++] = '=';
		out[len++] = d->held[1];
		out[len++] = c;
	}
	d->n_held = 0;
	return len;
}

static size_t
quoted_printable(struct mime_decoder *d, uint8_t *out, struct bytes in)
{
	size_t len = 0;

	while (in.left > 0) {
		uint8_t c = bytes_u8(&in);

		if (d->n_held > 0) {
			len += qp_held(d, out + len, c);
		} else if (c == '=') {
			d->held[0] = c;
			d->n_held = 1;
		} else {
			out[len++] = c;
		}
	}
	return len;
}

size_t
mime_decode(struct mime_decoder *d, uint8_t *out, struct bytes in)
{
	switch (d->encoding) {
	case MIME_BASE64:
		return base64(d, out, in);
	case MIME_QP:
		return quoted_printable(d, out, in);
	default:
		if (in.left > 0)
			memcpy(out, in.at, in.left);
		return in.left;
	}
}

size_t
mime_decode_end(struct mime_decoder *d, uint8_t *out)
{
	if (d->encoding == MIME_BASE64)
		return base64_flush(d, out);
	d->n_held = 0;
	return 0;
}
