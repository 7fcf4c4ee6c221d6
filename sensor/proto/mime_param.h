/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/mime_param.h - parameters of a header field: `; name="value"` (RFC 2045, 5.1; RFC 2231).
 *
 * Any thread.
 */
#ifndef SENSOR_PROTO_MIME_PARAM_H
#define SENSOR_PROTO_MIME_PARAM_H

#include "lib/bytes.h"

#include <stddef.h>

/* The value of `name` in the field's `value`, put together from RFC 2231 pieces and percent signs where
 * it has any. Written to `out`, cut at `max`; returns its whole length, 0 when there is none. */
size_t mime_param(char *out, size_t max, struct bytes value, const char *name);

#endif
