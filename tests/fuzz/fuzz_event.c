/* SPDX-License-Identifier: Apache-2.0 */
/* An event that is accepted must come out of the encoder and be accepted again. */
#include "lib/event.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct event e, again;
	struct buf   b = { 0 };

	if (event_decode(&e, bytes_of(data, len), NULL) == 0) {
		if (event_encode(&b, &e) < 0 ||
			event_decode(&again, bytes_of(b.data, b.len), NULL) < 0)
			abort();
		if (again.sid != e.sid || again.eve.left != e.eve.left)
			abort();
	}
	buf_release(&b);
	return 0;
}
