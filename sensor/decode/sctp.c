/* SPDX-License-Identifier: Apache-2.0 */
/* SCTP (RFC 9260): common header and a walk over the chunks. */
#include "sensor/decode/layer.h"

enum { SCTP_DATA = 0, SCTP_INIT = 1, SCTP_CHUNKS_MAX = 64 };

/* What a packet's chunks add up to. */
struct sctp_chunks {
	unsigned     n, n_data;
	bool         init;
	struct bytes data; /* user data of the first DATA chunk */
};

static bool
sctp_chunk(struct packet *p, struct sctp_chunks *c, struct bytes *in)
{
	struct bytes all = *in;
	uint8_t      type = bytes_u8(in);

	bytes_skip(in, 1);
	uint16_t len = bytes_be16(in);
	if (!bytes_ok(in))
		return layer_bad(p, DECODE_SCTP_CHUNK_TOO_SMALL);
	if (len < 4 || len > all.left)
		return layer_bad(p, DECODE_SCTP_CHUNK_LEN_INVALID);
	c->n++;
	c->init |= type == SCTP_INIT;
	if (type == SCTP_DATA && c->n_data++ == 0 && len > 16)
		c->data = bytes_of(all.at + 16, len - 16u);
	unsigned padded = (len + 3u) & ~3u;
	bytes_skip(&all, padded < all.left ? padded : all.left);
	*in = all;
	return true;
}

bool
layer_sctp(struct decode *d, struct packet *p, struct bytes in)
{
	struct sctp_chunks c = { 0 };
	struct bytes       f = in;

	(void)d;
	if (in.left < 12)
		return layer_bad(p, DECODE_SCTP_PKT_TOO_SMALL);
	p->sport = bytes_be16(&f);
	p->dport = bytes_be16(&f);
	uint32_t tag = bytes_be32(&f);
	p->l4_hdr = bytes_cut(&in, 12);
	p->payload = in;
	while (in.left) {
		if (c.n == SCTP_CHUNKS_MAX) {
			packet_event(p, DECODE_SCTP_TOO_MANY_CHUNKS);
			break;
		}
		if (!sctp_chunk(p, &c, &in))
			break;
	}
	if (c.init && tag != 0)
		packet_event(p, DECODE_SCTP_INIT_WITH_NON_ZERO_VTAG);
	if (c.init && c.n > 1)
		packet_event(p, DECODE_SCTP_INIT_CHUNK_BUNDLED);
	if (c.n_data && tag == 0)
		packet_event(p, DECODE_SCTP_DATA_WITH_ZERO_VTAG);
	return true;
}
