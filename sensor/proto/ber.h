/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/ber.h - elements of ASN.1's basic encoding, as Kerberos and SNMP use it.
 *
 * Single-byte tags and definite lengths only, which is all that these have. A hot
 * value type, so everything is inline. Any thread.
 */
#ifndef SENSOR_PROTO_BER_H
#define SENSOR_PROTO_BER_H

#include "lib/bytes.h"

#define BER_INTEGER 0x02
#define BER_OCTETS 0x04
#define BER_OID 0x06
#define BER_SEQUENCE 0x30
#define BER_APPLICATION(n) (0x60 | (n)) /* constructed */
#define BER_CONTEXT(n) (0xa0 | (n))     /* constructed */

/* The length that follows a tag. */
static inline size_t
ber_len(struct bytes *in)
{
	uint8_t first = bytes_u8(in);
	size_t  len = 0;

	if (!(first & 0x80))
		return first;
	first &= 0x7f;
	if (first == 0 || first > 4)
		in->bad = true;
	for (; first > 0 && !in->bad; first--)
		len = len << 8 | bytes_u8(in);
	return len;
}

/* The next element; empty, and `in` bad, when there is none that is whole. */
static inline struct bytes
ber_next(struct bytes *in, uint8_t *tag)
{
	*tag = bytes_u8(in);
	return bytes_cut(in, ber_len(in));
}

/* The next element, which must have that tag. */
static inline struct bytes
ber_need(struct bytes *in, uint8_t tag)
{
	uint8_t      is;
	struct bytes body = ber_next(in, &is);

	if (is != tag)
		body.bad = in->bad = true;
	return body;
}

/* The next element if it has that tag; otherwise nothing is taken. */
static inline bool
ber_may(struct bytes *in, uint8_t tag, struct bytes *body)
{
	*body = bytes_of(NULL, 0);
	if (!bytes_starts(in, &tag, 1))
		return false;
	*body = ber_need(in, tag);
	return bytes_ok(in);
}

/* An INTEGER, which must fit. */
static inline int64_t
ber_int(struct bytes *in)
{
	struct bytes body = ber_need(in, BER_INTEGER);
	uint64_t     n;

	if (body.left == 0 || body.left > 8) {
		in->bad = true;
		return 0;
	}
	for (n = body.at[0] & 0x80 ? UINT64_MAX : 0; body.left > 0;)
		n = n << 8 | bytes_u8(&body);
	return (int64_t)n;
}

#endif
