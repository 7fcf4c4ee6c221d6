/* SPDX-License-Identifier: Apache-2.0 */
/* TCP packets of one connection, through state, reassembly, detection and parsers.
 *
 * Input: a byte of settings, then pieces of eight bytes: flags of the packet, direction and what its
 * numbers are relative to, sequence and acknowledgement (signed 16 bits, relative), length of its
 * payload (which follows in the input), window.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct world {
	struct pool           *pool;
	struct applayer_worker app;
	struct stream          stream;
	struct flow            flow;
	uint64_t               seen[2];
	uint32_t               base[2]; /* where each side's numbers stand */
};

/* What the matcher is shown moves forward only, and is all readable. */
static void
look(struct world *w, int dir)
{
	struct stream_window win = stream_window(&w->stream, &w->flow, dir);
	volatile uint8_t     sum = 0;

	if (!win.data.left)
		return;
	if (win.start > win.fresh || win.fresh < w->seen[dir])
		abort();
	for (size_t i = 0; i < win.data.left; i++)
		sum = (uint8_t)(sum + win.data.at[i]);
	w->seen[dir] = win.start + win.data.left;
	stream_inspected(&w->stream, &w->flow, dir, &win);
}

static void
settle(struct world *w)
{
	struct tx *tx;

	TAILQ_FOREACH(tx, &w->flow.facts.txs, link)
		tx->done_inspect[0] = tx->done_inspect[1] = true;
	if (w->flow.app)
		applayer_reap(&w->app, &w->flow);
	if (applayer_wants_switch(&w->flow)) {
		applayer_switch(&w->app, &w->flow);
		if (w->flow.tcp)
			stream_resume(&w->stream, &w->flow, 1);
	}
}

static void
one_packet(struct world *w, struct bytes *in, uint64_t now_ns)
{
	struct packet p = { .ts_ns = now_ns, .ip_version = 4, .ip_proto = 6, .sport = 4000, .dport = 80,
		.tcp_wscale = 0xff };
	uint8_t       how;
	uint16_t      size;

	p.tcp_flags = bytes_u8(in);
	how = bytes_u8(in);
	p.dir = how & 1;
	p.tcp_seq = w->base[p.dir] + (uint32_t)(int16_t)bytes_be16(in);
	p.tcp_ack = w->base[!p.dir] + (uint32_t)(int16_t)bytes_be16(in);
	size = bytes_u8(in);
	p.tcp_win = (uint16_t)(bytes_u8(in) << 8 | 0xff);
	p.tcp_has_tfo = how & 2;
	p.tcp_has_ts = how & 4;
	p.tcp_tsval = (uint32_t)now_ns;
	p.tcp_urg = how >> 4;
	p.payload = bytes_cut(in, size < in->left ? size : in->left);
	stream_packet(&w->stream, &w->flow, &p);
	if (how & 8)
		w->base[p.dir] += (uint32_t)p.payload.left + (p.tcp_flags & TCP_SYN ? 1 : 0);
	look(w, p.dir);
	settle(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct world w; /* large */
	struct bytes        in = bytes_of(data, len);
	uint8_t             how = bytes_u8(&in);

	memset(&w, 0, sizeof(w));
	w.pool = pool_new(8u << 20);
	w.app.pool = w.pool;
	w.stream = (struct stream){ .settings = stream_defaults, .pool = w.pool, .app = &w.app };
	w.stream.settings.tcp.midstream = how & 1;
	w.stream.settings.tcp.async_oneside = how & 2;
	w.stream.settings.tcp.inline_mode = how & 4;
	w.stream.settings.policy = (enum overlap)((how >> 3) % (OVERLAP_LAST + 1));
	w.flow.facts.ip_proto = 6;
	w.flow.facts.port[0] = 4000;
	w.flow.facts.port[1] = 80;
	w.base[0] = w.base[1] = 0xffffff00; /* so that they wrap */
	TAILQ_INIT(&w.flow.facts.txs);
	for (uint64_t now_ns = 1; in.left >= 8; now_ns++)
		one_packet(&w, &in, now_ns);
	stream_finish(&w.stream, &w.flow, 1);
	for (int i = 0; i < 4; i++)
		look(&w, i & 1);
	settle(&w);
	applayer_release(&w.app, &w.flow);
	stream_release(&w.stream, &w.flow);
	if (pool_used(w.pool) != 0)
		abort();
	pool_free(w.pool);
	return 0;
}
