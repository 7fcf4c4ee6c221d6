/* SPDX-License-Identifier: Apache-2.0 */
/* A byte stream of a peer, as the sensor and the collector take it apart. */
#include "lib/batch.h"
#include "lib/event.h"
#include "lib/frame.h"
#include "lib/message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
read_batch(struct batch *b, struct bytes body)
{
	struct event e;
	struct bytes wire;
	uint64_t     seq, last = 0;
	int          got;

	if (batch_get(b, body, NULL) < 0)
		return;
	while ((got = batch_next(b, &seq, &wire)) != 0) {
		if (seq <= last || seq > batch_last(b))
			abort();
		last = seq;
		if (got > 0)
			event_decode(&e, wire, NULL);
	}
}

union any {
	struct message_hello     hello;
	struct message_welcome   welcome;
	struct message_ack       ack;
	struct message_heartbeat heartbeat;
	struct message_enroll    enroll;
	struct message_enrolled  enrolled;
	struct message_bye       bye;
};

static void
read_frame(const struct frame *f, union any *m, struct batch *b)
{
	switch ((enum frame_type)f->type) {
	case FRAME_HELLO:
		message_get_hello(&m->hello, f->body, NULL);
		break;
	case FRAME_WELCOME:
		message_get_welcome(&m->welcome, f->body, NULL);
		break;
	case FRAME_BATCH:
		read_batch(b, f->body);
		break;
	case FRAME_ACK:
		message_get_ack(&m->ack, f->body, NULL);
		break;
	case FRAME_HEARTBEAT:
		message_get_heartbeat(&m->heartbeat, f->body, NULL);
		break;
	case FRAME_ENROLL:
		message_get_enroll(&m->enroll, f->body, NULL);
		break;
	case FRAME_ENROLLED:
		message_get_enrolled(&m->enrolled, f->body, NULL);
		break;
	case FRAME_BYE:
	case FRAME_ERROR:
		message_get_bye(&m->bye, f->body, NULL);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes  in = bytes_of(data, len);
	struct batch *b = batch_new();
	struct frame  f;
	union any     m;

	if (!b)
		abort();
	while (frame_next(&f, &in, FRAME_BODY_MAX) == 1)
		read_frame(&f, &m, b);
	batch_free(b);
	return 0;
}
