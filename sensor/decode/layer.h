/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/decode/layer.h - the decoders of single layers, for each other.
 *
 * Each takes the packet being filled and the bytes from its own header on, and
 * hands what follows to the next. False: the packet is invalid from here on (an
 * event says why). Worker's thread, nothing kept between calls.
 */
#ifndef SENSOR_DECODE_LAYER_H
#define SENSOR_DECODE_LAYER_H

#include "lib/bytes.h"
#include "rules/events.h"
#include "rules/packet.h"
#include "sensor/decode.h"

#include <stdbool.h>
#include <stdint.h>

typedef bool layer_fn(struct decode *d, struct packet *p, struct bytes in);

layer_fn layer_ethernet, layer_sll, layer_sll2, layer_null, layer_raw, layer_chdlc, layer_ppp;
layer_fn layer_vlan, layer_vntag, layer_etag, layer_8021ah, layer_mpls, layer_arp, layer_nsh;
layer_fn layer_pppoe_session, layer_pppoe_discovery;
layer_fn layer_ip4, layer_ip6;
layer_fn layer_tcp, layer_udp, layer_icmp4, layer_icmp6, layer_sctp, layer_igmp, layer_esp;
layer_fn layer_gre, layer_erspan, layer_vxlan, layer_geneve, layer_teredo;

/* The layer that an ethertype names. False with *known false: there is none. */
bool layer_by_ethertype(struct decode *d, struct packet *p, uint16_t type, struct bytes in,
		bool *known);

/* The layer above IP, by protocol number. */
bool layer_above_ip(struct decode *d, struct packet *p, struct bytes in);

/* `in` is a packet of its own inside `outer`, starting with layer `fn`. An invalid one is dropped. */
bool layer_tunnel(struct decode *d, const struct packet *outer, layer_fn *fn, struct bytes in);

/* The datagram `whole` was put together from fragments, the last of them `last`. */
bool layer_rebuilt(struct decode *d, const struct packet *last, layer_fn *fn, struct bytes whole);

/* Set an event and say invalid. */
static inline bool
layer_bad(struct packet *p, enum packet_event event)
{
	packet_event(p, event);
	return false;
}

#endif
