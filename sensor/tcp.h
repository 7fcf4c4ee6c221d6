/* SPDX-License-Identifier: Apache-2.0 */
/* sensor/tcp.h - the state of one TCP connection, followed from outside.
 *
 * Decides which packets the two hosts would accept, and names what is odd about
 * the others (stream events on the packet). Knows sequence numbers only; the
 * bytes are reassembly's. No memory of its own. One worker.
 */
#ifndef SENSOR_TCP_H
#define SENSOR_TCP_H

#include "rules/packet.h"

#include <stdbool.h>
#include <stdint.h>

enum tcp_state {
	TCP_NONE,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_ESTABLISHED,
	TCP_FIN_WAIT1,  /* the server closed first */
	TCP_FIN_WAIT2,
	TCP_CLOSING,
	TCP_CLOSE_WAIT, /* the client closed first */
	TCP_LAST_ACK,
	TCP_TIME_WAIT,
	TCP_CLOSED,
};

#define TCP_ISN_MAX 10 /* SYNs with different numbers; one more is a flood */

struct tcp_settings {
	bool midstream;     /* take up connections whose handshake we did not see */
	bool async_oneside; /* believe one side alone */
	bool inline_mode;   /* do not wait for acknowledgements */
};

/* What one side sends. */
struct tcp_side {
	uint32_t isn;
	uint32_t other_isn[TCP_ISN_MAX]; /* of SYNs or SYN/ACKs that said otherwise */
	uint32_t latest_isn; /* the last one beyond those */
	uint32_t next_seq;  /* after the last byte seen */
	uint32_t last_ack;  /* the other side acknowledged up to here */
	uint32_t next_win;  /* and allows up to here */
	uint32_t window;    /* as the other side advertised it, scaled */
	uint32_t last_ts;
	uint64_t last_ts_ns;
	uint8_t  wscale;    /* of what the other side advertises */
	bool     has_ts;
	uint8_t  n_other_isn;
	bool     fin;       /* its FIN was accepted */
	bool     keep_alive;/* it asked, the answer is outstanding */
	uint32_t fin_seq;   /* sequence number of that FIN */
};

struct tcp {
	uint8_t         state; /* enum tcp_state */
	bool            midstream;
	bool            async; /* only one side is seen */
	bool            four_way; /* both sides sent a SYN */
	bool            tfo;
	bool            reset; /* closed by RST */
	uint8_t         reset_dir;
	struct tcp_side side[2];
};

enum tcp_verdict {
	TCP_REFUSE,  /* not part of the connection: an event says why */
	TCP_NEUTRAL, /* part of it, without data: handshake, keep-alives, window probes */
	TCP_ACCEPT,  /* its payload and acknowledgement count */
};

static inline bool
tcp_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Would this packet begin a connection that we follow? Sets events when it cannot. */
bool tcp_opens(const struct tcp_settings *settings, struct packet *p);

/* The next packet of the connection; t->state TCP_NONE for the first. `swap` is set when the first packet
 * shows that client and server are the other way round; p->dir is then turned. */
enum tcp_verdict tcp_packet(const struct tcp_settings *settings, struct tcp *t, struct packet *p,
		bool *swap);

/* Does this SYN open a new connection on the same ports? */
bool tcp_is_reuse(const struct tcp *t, const struct packet *p);

#endif
