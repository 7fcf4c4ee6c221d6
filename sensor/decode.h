/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/decode.h - a captured frame to struct packet, tunnels to several.
 *
 * One pass from the link layer to the transport header. Each tunnel yields a
 * packet of its own, so that the outer and the inner one are both inspected.
 * Malformed bytes set decode events and end the packet where they stand; they
 * never end the program. Owned by one worker; no memory but its own.
 */
#ifndef SENSOR_DECODE_H
#define SENSOR_DECODE_H

#include "rules/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define DECODE_PACKETS_MAX 8 /* of one frame: itself and what its tunnels hold */
#define DECODE_LAYERS_MAX 16
#define DECODE_PORTS_MAX 4

struct defrag;

struct decode_settings {
	uint16_t vxlan_ports[DECODE_PORTS_MAX]; /* 0 ends a list */
	uint16_t geneve_ports[DECODE_PORTS_MAX];
	uint16_t teredo_ports[DECODE_PORTS_MAX]; /* first 0: any port */
	bool     teredo;
	bool     erspan1;   /* ERSPAN type I has no header to know it by */
	bool     checksums; /* verify those of TCP, UDP and ICMP */
	bool     unfinished_ok; /* … but take one that a network card was to finish for right */
};

/* What the capture knows of a frame. */
struct wire_frame {
	struct bytes bytes;
	uint64_t     ts_ns;
	uint64_t     number;
	uint32_t     wire_len;
	uint16_t     linktype; /* DLT_* */
	uint16_t     source;
};

struct decode {
	struct decode_settings settings;
	struct defrag         *defrag; /* borrowed; NULL: fragments stay as they are */
	unsigned               n;      /* packets in `out` */
	unsigned               layers; /* so far in this frame */
	uint64_t               invalid_total;
	struct packet          out[DECODE_PACKETS_MAX];
};

/* As Suricata's sample configuration has them. */
extern const struct decode_settings decode_defaults;

void decode_init(struct decode *d, const struct decode_settings *settings, struct defrag *defrag);

/* Fills d->out, outermost first, and returns how many: at least one. Borrowed
 * from the frame and the defragmenter until the next call. */
unsigned decode_frame(struct decode *d, const struct wire_frame *f);

/* Is there a decoder for this link type? */
bool decode_knows(int linktype);

#endif
