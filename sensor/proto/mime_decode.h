/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/mime_decode.h - base64 and quoted-printable in pieces (RFC 2045, 6.7 and 6.8).
 *
 * Tolerant as mail programs are: what does not belong is passed over and told.
 * Output is never longer than input. Any thread.
 */
#ifndef SENSOR_PROTO_MIME_DECODE_H
#define SENSOR_PROTO_MIME_DECODE_H

#include "lib/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mime_encoding { MIME_PLAIN, MIME_BASE64, MIME_QP };

struct mime_decoder {
	uint8_t  encoding; /* enum mime_encoding */
	uint8_t  n_held;   /* base64: characters in `group`; QP: bytes in `held` after "=" */
	uint8_t  held[2];
	uint32_t group;
	bool     invalid;  /* something did not belong */
};

/* Decode into `out` of at least in.left + 3 bytes; returns how many. */
size_t mime_decode(struct mime_decoder *d, uint8_t *out, struct bytes in);

/* What an unfinished end still gives; at most 3 bytes. */
size_t mime_decode_end(struct mime_decoder *d, uint8_t *out);

#endif
