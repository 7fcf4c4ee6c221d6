/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode.h"

#include "sensor/decode/layer.h"
#include "sensor/defrag.h"

#include <stddef.h>

/* Values as in pcap files (LINKTYPE_) and on Linux (DLT_); pcap.h stays in capture.c. */
enum linktype {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_RAW_OLD = 12,
	LINK_RAW_BSD = 14,
	LINK_PPP_SERIAL = 50,
	LINK_RAW = 101,
	LINK_CHDLC = 104,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

static const struct {
	uint16_t  linktype;
	layer_fn *fn;
} links[] = {
	{ LINK_ETHERNET, layer_ethernet },
	{ LINK_SLL, layer_sll },
	{ LINK_SLL2, layer_sll2 },
	{ LINK_RAW, layer_raw },
	{ LINK_RAW_OLD, layer_raw },
	{ LINK_RAW_BSD, layer_raw },
	{ LINK_IPV4, layer_raw },
	{ LINK_IPV6, layer_raw },
	{ LINK_NULL, layer_null },
	{ LINK_LOOP, layer_null },
	{ LINK_PPP, layer_ppp },
	{ LINK_PPP_SERIAL, layer_ppp },
	{ LINK_CHDLC, layer_chdlc },
};

const struct decode_settings decode_defaults = {
	.vxlan_ports = { 4789 },
	.geneve_ports = { 6081 },
	.teredo_ports = { 3544 },
	.teredo = true,
};

static layer_fn *
link_decoder(int linktype)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].linktype == linktype)
			return links[i].fn;
	return NULL;
}

bool
decode_knows(int linktype)
{
	return link_decoder(linktype) != NULL;
}

void
decode_init(struct decode *d, const struct decode_settings *settings, struct defrag *defrag)
{
	d->settings = *settings;
	d->defrag = defrag;
	d->n = 0;
	d->layers = 0;
	d->invalid_total = 0;
}

unsigned
decode_frame(struct decode *d, const struct wire_frame *f)
{
	struct packet *p = &d->out[0];
	layer_fn      *fn = link_decoder(f->linktype);

	if (d->defrag)
		defrag_release(d->defrag);
	*p = (struct packet){
		.ts_ns = f->ts_ns,
		.number = f->number,
		.frame = f->bytes.at,
		.len = (uint32_t)f->bytes.left,
		.wire_len = f->wire_len,
		.linktype = f->linktype,
		.source = f->source,
		.truncated = f->bytes.left < f->wire_len,
		.tcp_wscale = 0xff,
	};
	d->n = 1;
	d->layers = 0;
	if (!fn || !fn(d, p, f->bytes))
		d->invalid_total++;
	return d->n;
}

/* The next slot, with what a packet inside `outer` shares with it. NULL: no more slots. */
static struct packet *
next_packet(struct decode *d, const struct packet *outer, unsigned tunnels)
{
	struct packet *p = &d->out[d->n];

	if (d->n == DECODE_PACKETS_MAX)
		return NULL;
	*p = (struct packet){
		.ts_ns = outer->ts_ns,
		.number = outer->number,
		.frame = outer->frame,
		.len = outer->len,
		.wire_len = outer->wire_len,
		.linktype = outer->linktype,
		.source = outer->source,
		.eth = outer->eth,
		.ethertype = outer->ethertype,
		.n_vlan = outer->n_vlan,
		.depth = (uint8_t)(outer->depth + tunnels),
		.truncated = outer->truncated,
		.tcp_wscale = 0xff,
	};
	for (int i = 0; i < outer->n_vlan; i++)
		p->vlan[i] = outer->vlan[i];
	d->n++;
	return p;
}

static bool
inner(struct decode *d, struct packet *p, layer_fn *fn, struct bytes in)
{
	unsigned n = d->n;

	if (!p) { /* what is in there is not looked at: say so */
		packet_event(&d->out[0], DECODE_TOO_MANY_LAYERS);
		return false;
	}
	if (fn(d, p, in))
		return true;
	d->n = n - 1;
	return false;
}

bool
layer_tunnel(struct decode *d, const struct packet *outer, layer_fn *fn, struct bytes in)
{
	return in.left && inner(d, next_packet(d, outer, 1), fn, in);
}

bool
layer_rebuilt(struct decode *d, const struct packet *last, layer_fn *fn, struct bytes whole)
{
	struct packet *p = next_packet(d, last, 0);

	if (p)
		p->rebuilt = true;
	return inner(d, p, fn, whole);
}
