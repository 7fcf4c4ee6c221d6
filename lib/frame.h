/* SPDX-License-Identifier: Apache-2.0 */
/* lib/frame.h - messages on a byte stream: length, type, flags, body.
 *
 * Knows nothing of sockets: the owner of the connection collects bytes, asks
 * frame_peek() how many make the next frame, then cuts it. docs/protocol.md.
 * Any thread.
 */
#ifndef LIB_FRAME_H
#define LIB_FRAME_H

#include "lib/buf.h"
#include "lib/bytes.h"

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD 6 /* u32 length of the body, u8 type, u8 flags */
#define FRAME_BODY_MAX ((4u << 20) + (64u << 10))
#define FRAME_BODY_MAX_GREETING (64u << 10) /* before HELLO was accepted */

enum frame_type {
	FRAME_HELLO = 1,
	FRAME_WELCOME = 2,
	FRAME_BATCH = 3,
	FRAME_ACK = 4,
	FRAME_HEARTBEAT = 5,
	FRAME_ENROLL = 6,
	FRAME_ENROLLED = 7,
	FRAME_BYE = 8,
	FRAME_ERROR = 9,
};

struct frame {
	uint8_t      type;  /* enum frame_type, or one that we do not know */
	uint8_t      flags; /* none defined: written 0, not looked at */
	struct bytes body;  /* borrowed */
};

/* Bytes that the frame at the start of `in` has with its head. 0: fewer than FRAME_HEAD
 * are there yet; -EMSGSIZE: its body is above `body_max`, drop the peer. */
int64_t frame_peek(struct bytes in, uint32_t body_max);

/* Cut the next whole frame off `in`. 1; 0 when more bytes are needed (`in` unchanged);
 * -EMSGSIZE as above. */
int frame_next(struct frame *out, struct bytes *in, uint32_t body_max);

/* Begin a frame in `out`; append its body; then end it with what begin returned. A body
 * above FRAME_BODY_MAX: -EMSGSIZE, no memory: -ENOMEM, and the frame is taken back. */
size_t frame_begin(struct buf *out, enum frame_type type);
int    frame_end(struct buf *out, size_t begun);

/* "hello", …; "unknown". */
const char *frame_name(uint8_t type);

#endif
