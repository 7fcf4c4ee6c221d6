/* SPDX-License-Identifier: Apache-2.0 */
/* Frames with their link type, through decoder and defragmenter.
 *
 * Input: pieces of a byte (which link type), two bytes of length (big-endian), and that many bytes.
 */
#include <stdlib.h>

#include "sensor/decode.h"
#include "sensor/defrag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Everything that was cut out must lie where the decoder may read. */
static void
touch(struct bytes b)
{
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < b.left; i++)
		sum = (uint8_t)(sum + b.at[i]);
}

static void
look(const struct packet *p)
{
	touch(p->eth);
	touch(p->ip);
	touch(p->ip_hdr);
	touch(p->l4_hdr);
	touch(p->payload);
	if (p->n_vlan > PACKET_VLAN_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint16_t  linktypes[] = { 1, 0, 9, 12, 50, 101, 104, 108, 113, 228, 229, 276 };
	static struct decode   d; /* large */
	struct decode_settings settings = decode_defaults;
	struct pool           *pool = pool_new(4u << 20);
	struct defrag         *df = defrag_new(&defrag_defaults, pool);
	struct bytes           in = bytes_of(data, len);

	settings.checksums = true;
	settings.erspan1 = true;
	settings.teredo_ports[0] = 0;
	decode_init(&d, &settings, df);
	for (uint64_t number = 1; in.left >= 3; number++) {
		uint8_t           kind = bytes_u8(&in);
		uint16_t          size = bytes_be16(&in);
		struct bytes      frame = bytes_cut(&in, size < in.left ? size : in.left);
		struct wire_frame f = { .bytes = frame, .ts_ns = number * 1000000000, .number = number,
			.wire_len = (uint32_t)frame.left,
			.linktype = linktypes[kind % (sizeof(linktypes) / sizeof(linktypes[0]))] };
		unsigned          n = decode_frame(&d, &f);

		for (unsigned i = 0; i < n; i++)
			look(&d.out[i]);
	}
	defrag_free(df);
	if (pool_used(pool) != 0)
		abort();
	pool_free(pool);
	return 0;
}
