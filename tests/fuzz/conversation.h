/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/conversation.h - a fuzz target's input as what two sides say to each other.
 *
 * Pieces, each of a head byte (bit 0: direction, 1: a gap before it, 2: finished transactions are
 * freed after it, 3: this side ends with it), two bytes of length (big-endian), and that many bytes.
 */
#ifndef TESTS_FUZZ_CONVERSATION_H
#define TESTS_FUZZ_CONVERSATION_H

#include "tests/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
ask_everything(struct parser *p)
{
	struct tx      *tx;
	struct view     view;
	struct dce_view dce;
	uint64_t        number;

	TAILQ_FOREACH (tx, &p->flow.txs, link) {
		for (int b = 1; b < BUF_COUNT; b++)
			for (int dir = 0; dir < 2; dir++)
				for (unsigned i = 0; i < 3; i++)
					if (p->proto->ops.buffer(tx, (enum buffer)b, dir, i, &view) &&
							view.data.left > 0)
						(void)*(volatile const uint8_t *)&view.data.at[view.data.left - 1];
		for (int n = 1; p->proto->ops.number && n < NUM_COUNT; n++)
			(void)p->proto->ops.number(tx, (enum number)n, 0, 0, &number);
		if (p->proto->ops.dce)
			(void)p->proto->ops.dce(tx, &dce);
		if (p->proto->eve)
			(void)parser_eve(p, tx);
	}
}

static int
fuzz_conversation(const struct proto *proto, struct bytes in)
{
	static struct parser p; /* large */

	parser_open(&p, proto, 1u << 20);
	while (in.left >= 3) {
		uint8_t      head = bytes_u8(&in);
		uint16_t     len = bytes_be16(&in);
		struct bytes piece = bytes_cut(&in, len < in.left ? len : in.left);
		int          dir = head & 1;

		if (head & 2)
			parser_gap(&p, dir, piece.left ? piece.at[0] : 1);
		parser_give(&p, dir, piece.at, piece.left);
		if (head & 4) {
			ask_everything(&p);
			parser_reap(&p, false);
		}
		if (head & 8)
			parser_call(&p, dir, PROTO_EOF, 0);
	}
	parser_end(&p);
	ask_everything(&p);
	parser_close(&p);
	return 0;
}

#endif
