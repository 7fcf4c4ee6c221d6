/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/proto/line.h - text lines out of a stream, for SMTP, FTP and their kind.
 *
 * A line ends with LF; a CR before it does not belong to it. The bytes of a line
 * that is not whole yet stay with the stream, so only overlong ones are cut.
 */
#ifndef SENSOR_PROTO_LINE_H
#define SENSOR_PROTO_LINE_H

#include "lib/bytes.h"

struct line {
	struct bytes text; /* without its end; borrowed */
	bool         cut;  /* longer than allowed: the first bytes, the rest is thrown away */
};

/* Take the next line off `data`, of at most `max` bytes. `*skipping` (false at first) remembers that the
 * rest of a cut line is still to come. False: there is no whole line; what is to be kept stays in data. */
bool line_take(struct line *out, struct bytes *data, size_t max, bool *skipping);

/* Take the next word, up to a space or the end, off a line; further spaces stay. */
struct bytes line_word(struct bytes *line);

/* Without leading and trailing spaces and tabs. */
struct bytes line_trim(struct bytes text);

/* The first three bytes as a reply code; 0 when they are not digits. */
unsigned line_code(struct bytes text);

#endif
