/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/frame.h"

#include <errno.h>

int64_t
frame_peek(struct bytes in, uint32_t body_max)
{
	uint32_t len;

	if (in.left < FRAME_HEAD)
		return 0;
	len = bytes_be32(&in);
	return len > body_max ? -EMSGSIZE : (int64_t)len + FRAME_HEAD;
}

int
frame_next(struct frame *out, struct bytes *in, uint32_t body_max)
{
	int64_t      len = frame_peek(*in, body_max);
	struct bytes f;

	if (len < 0)
		return (int)len;
	if (len == 0 || (size_t)len > in->left)
		return 0;
	f = bytes_cut(in, (size_t)len);
	bytes_skip(&f, 4);
	out->type = bytes_u8(&f);
	out->flags = bytes_u8(&f);
	out->body = f;
	return 1;
}

size_t
frame_begin(struct buf *out, enum frame_type type)
{
	size_t begun = out->len;

	buf_be32(out, 0);
	buf_u8(out, (uint8_t)type);
	buf_u8(out, 0);
	return begun;
}

int
frame_end(struct buf *out, size_t begun)
{
	size_t   len = out->len - begun - FRAME_HEAD;
	uint8_t *head;
	int      err = 0;

	if (out->failed)
		err = -ENOMEM;
	else if (len > FRAME_BODY_MAX)
		err = -EMSGSIZE;
	if (err < 0) {
		out->len = begun;
		return err;
	}
	head = out->data + begun;
	for (int i = 4; i-- > 0; len >>= 8)
		head[i] = (uint8_t)len;
	return 0;
}

const char *
frame_name(uint8_t type)
{
	static const char *const names[] = {
		[FRAME_HELLO] = "hello",
		[FRAME_WELCOME] = "welcome",
		[FRAME_BATCH] = "batch",
		[FRAME_ACK] = "ack",
		[FRAME_HEARTBEAT] = "heartbeat",
		[FRAME_ENROLL] = "enroll",
		[FRAME_ENROLLED] = "enrolled",
		[FRAME_BYE] = "bye",
		[FRAME_ERROR] = "error",
	};

	if (type >= sizeof(names) / sizeof(*names) || !names[type])
		return "unknown";
	return names[type];
}
