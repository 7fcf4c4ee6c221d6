/* SPDX-License-Identifier: Apache-2.0 */
/* rules/packet.h - what is known of one packet: the facts that a rule can ask for.
 *
 * sensor/decode fills it, everything after reads it. Pointers are borrowed from
 * the capture's frame (or the defragmenter's buffer) and live until the next
 * packet. One thread.
 */
#ifndef RULES_PACKET_H
#define RULES_PACKET_H

#include "lib/addr.h"
#include "lib/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum dir { DIR_TOSERVER, DIR_TOCLIENT, DIR_COUNT };

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECN = 0x40,
	TCP_CWR = 0x80,
};

/* Bits of packet.ip_opts. */
enum ip_opt {
	IP_OPT_EOL = 1 << 0,
	IP_OPT_NOP = 1 << 1,
	IP_OPT_RR = 1 << 2,
	IP_OPT_TS = 1 << 3,
	IP_OPT_QS = 1 << 4,
	IP_OPT_LSRR = 1 << 5,
	IP_OPT_SSRR = 1 << 6,
	IP_OPT_SATID = 1 << 7,
	IP_OPT_SEC = 1 << 8,
	IP_OPT_ESEC = 1 << 9,
	IP_OPT_CIPSO = 1 << 10,
	IP_OPT_RTRALT = 1 << 11,
	IP_OPT_OTHER = 1 << 12,
};

#define PACKET_VLAN_MAX 3
#define PACKET_EVENT_WORDS 4 /* bits for decode and stream events, see rules/events.h */

struct packet {
	/* capture */
	uint64_t       ts_ns;    /* capture time, since 1970 UTC */
	uint64_t       number;   /* 1 for the first packet of the capture (EVE pcap_cnt) */
	const uint8_t *frame;    /* as captured, from the link layer on */
	uint32_t       len;      /* bytes captured */
	uint32_t       wire_len; /* bytes on the wire */
	uint16_t       linktype; /* DLT_* */
	uint16_t       source;   /* index of the interface or capture file */

	/* layers, outermost that we kept; empty when there is none */
	struct bytes eth;     /* Ethernet header */
	struct bytes ip;      /* IP header with options/extension headers and payload */
	struct bytes ip_hdr;  /* the IP header alone */
	struct bytes l4_hdr;  /* TCP, UDP, ICMP, SCTP header alone */
	struct bytes payload; /* what follows the layer-4 header (IP payload without one) */

	uint16_t vlan[PACKET_VLAN_MAX]; /* ids, outermost first */
	uint8_t  n_vlan;
	uint8_t  depth;     /* tunnels around it: 0 = not tunnelled */
	uint16_t ethertype; /* of the innermost layer 2 */

	/* network layer */
	uint8_t     ip_version; /* 4, 6, or 0: not IP */
	uint8_t     ip_proto;   /* layer-4 protocol number after extension headers */
	uint8_t     ttl;        /* or hop limit */
	uint8_t     tos;        /* or traffic class */
	uint16_t    ip_id;
	uint16_t    frag_off;   /* RFC 791 flags and offset as on the wire */
	bool        fragment;   /* a fragment that could not be (or is not yet) put together */
	bool        rebuilt;    /* put together from fragments */
	uint32_t    ip_opts;    /* bit per IPv4 option class seen, enum ip_opt */
	struct addr src, dst;

	/* transport: ports are zero without them; ICMP has type and code */
	uint16_t sport, dport;
	uint8_t  icmp_type, icmp_code;
	uint16_t icmp_id, icmp_seq;
	bool     has_icmp_echo;

	uint8_t  tcp_flags;
	uint8_t  tcp_wscale; /* 0xff: option absent */
	uint16_t tcp_win, tcp_mss, tcp_urg;
	uint32_t tcp_seq, tcp_ack;
	bool     tcp_has_ts, tcp_has_sack, tcp_has_tfo;
	uint32_t tcp_tsval, tcp_tsecr;

	bool     bad_checksum; /* some checksum was checked and is wrong */
	bool     truncated;    /* headers claim more than was captured */
	uint64_t events[PACKET_EVENT_WORDS];

	/* set by flow and stream */
	uint8_t dir;      /* enum dir, of the flow */
	bool    in_flow;  /* has a flow */
	bool    in_stream;/* its payload went into reassembly, so it is seen there */
	bool    app_decided; /* the first packet of its direction since that direction's protocol is
	                      * known, or known not to be known */
	bool    pseudo;   /* made by us at the end of a flow, no bytes of its own */
};

static inline void
packet_event(struct packet *p, unsigned event)
{
	p->events[event / 64] |= 1ULL << (event % 64);
}

static inline bool
packet_has_event(const struct packet *p, unsigned event)
{
	return p->events[event / 64] >> (event % 64) & 1;
}

#endif
