/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/ring.h - frames on their way from the thread that reads a capture file to a worker.
 *
 * A bounded queue of batches, one thread at each end. Frames are copied into
 * the batch, since the reader's own buffer holds one at a time; a lock is taken
 * once for each batch. The reader waits where the worker cannot follow: files
 * have time.
 */
#ifndef SENSOR_RING_H
#define SENSOR_RING_H

#include "sensor/decode.h"

#include <stdbool.h>
#include <stddef.h>

#define RING_FRAMES 256          /* of a batch */
#define RING_BYTES (512u << 10)  /* of a batch; no frame is longer */

struct batch {
	unsigned          n;
	size_t            used; /* of `bytes` */
	struct wire_frame frames[RING_FRAMES];
	uint8_t           bytes[RING_BYTES];
};

struct ring;

/* NULL: no memory. */
struct ring *ring_new(void);
void         ring_free(struct ring *r);

/* The reader's end. A frame is copied; ring_flush() hands on a batch that is not full; after ring_end()
 * the worker gets NULL. */
void ring_put(struct ring *r, const struct wire_frame *f);
void ring_flush(struct ring *r);
void ring_end(struct ring *r);

/* The worker's end: the next batch, waited for; NULL: the end. Borrowed until the next call. */
const struct batch *ring_take(struct ring *r);
/* Nothing was given back at the end: begin anew. No thread may be inside. */
void ring_reset(struct ring *r);

#endif
